/**
 * Rate limits. Questions count against the caller's plan. Questions of visitors count against their address, too, since
 * visitor tokens are free. Reading has a separate limit, far above the needs of a page.
 */
import {ChatError} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {type Clock, systemClock} from '../../engine/clock.ts';
import {type Limiter, type LimitVerdict, type LimitWindow, minute, rateLimited} from '../../engine/limiter.ts';
import {type Plan, windowsOf} from '../../engine/plans.ts';
import type {Report} from '../../engine/report.ts';
import type {Caller} from './auth.ts';
import {limitHeaders} from './limit-headers.ts';
import {limiterKeyOfAddress} from './limiter-key.ts';

/** For reading history, models and usage. */
const readingWindows: readonly LimitWindow[] = [{ms: minute, limit: 1200}];

export interface Limits {
  /**
   * Counts a question, and writes the limit's headers.
   * @throws ChatError `rate-limited`
   */
  takeQuestion(req: Request, res: Response, caller: Caller): Promise<void>;
  /** @throws ChatError `rate-limited` */
  takeReading(req: Request, caller: Caller | undefined): Promise<void>;
  /** The rest of the plan's limits, without counting; undefined if the plan has no limits. */
  left(req: Request, caller: Caller | undefined, {plan}: {plan: Plan}): Promise<LimitVerdict | undefined>;
}

export interface LimitsOptions {
  readonly limiter: Limiter;
  readonly clock?: Pick<Clock, 'now'>;
  readonly report: Report;
}

export function createLimits({limiter, clock = systemClock, report}: LimitsOptions): Limits {
  let told = false;

  /** Warns once about an untrusted proxy: all visitors behind it share one limit. */
  function suspectProxy(req: Request): void {
    const unheard = req.headers['x-forwarded-for'] !== undefined && req.ip === req.socket.remoteAddress;
    if (!unheard || told) return;
    told = true;
    const sentence =
      'A visitor was refused whose request came through a proxy. Without CHATLET_TRUST_PROXY (or `trustProxy`) all ' +
      'visitors behind it share one limit.';
    report(new ChatError('internal', sentence));
  }

  async function ask(how: 'take' | 'peek', req: Request, caller: Caller): Promise<LimitVerdict | undefined> {
    const windows = windowsOf(caller.plan);
    if (windows.length === 0) return undefined;
    if (caller.kind !== 'visitor') return limiter[how](caller.owner, windows);
    // A question that the visitor's own limit refuses must not count against the address, which others share, nor the
    // other way round. A refusal by address must not leave a key either: each request without a token is a new visitor.
    const before = await limiter.peek(caller.owner, windows);
    if (!before.allowed) return before;
    const ofAddress = await limiter[how](limiterKeyOfAddress(req.ip), windows);
    if (!ofAddress.allowed) return ofAddress;
    const own = await limiter[how](caller.owner, windows);
    return ofAddress.tightest.remaining <= own.tightest.remaining ? ofAddress : own;
  }

  return {
    async takeQuestion(req, res, caller) {
      const verdict = await ask('take', req, caller);
      if (!verdict) return;
      res.set(limitHeaders(verdict, clock.now()));
      if (verdict.allowed) return;
      if (caller.kind === 'visitor') suspectProxy(req);
      throw rateLimited(verdict);
    },
    async takeReading(req, caller) {
      if (caller && windowsOf(caller.plan).length === 0) return;
      const key = caller && caller.kind !== 'visitor' ? caller.owner : limiterKeyOfAddress(req.ip);
      const verdict = await limiter.take(`reading:${key}`, readingWindows);
      if (!verdict.allowed) throw rateLimited(verdict);
    },
    async left(req, caller, {plan}) {
      if (caller) return ask('peek', req, caller);
      const windows = windowsOf(plan);
      return windows.length === 0 ? undefined : limiter.peek(limiterKeyOfAddress(req.ip), windows);
    },
  };
}
