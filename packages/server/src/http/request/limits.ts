/**
 * How much each caller may ask. Questions count against the caller's plan, and a visitor's against the address they
 * come from as well, since tokens are free; what only reads counts for itself, against a limit that no page reaches.
 */
import {ChatError} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {type Clock, systemClock} from '../../engine/clock.ts';
import {type Limiter, type LimitVerdict, type LimitWindow, minute, rateLimited} from '../../engine/limiter.ts';
import {type Plan, windowsOf} from '../../engine/plans.ts';
import type {Report} from '../../engine/report.ts';
import type {Auth, Caller} from './auth.ts';
import {limitHeaders} from './limit-headers.ts';
import {limiterKeyOfAddress} from './limiter-key.ts';

/** Of history, models and the like. */
const readingWindows: readonly LimitWindow[] = [{ms: minute, limit: 1200}];

export interface Limits {
  /**
   * Counts a question and says in the response's headers what is left.
   * @throws ChatError `rate-limited`
   */
  takeQuestion(req: Request, res: Response, caller: Caller): Promise<void>;
  /** @throws ChatError `rate-limited` */
  takeReading(req: Request, caller: Caller | undefined): Promise<void>;
  /** The plan and what is left of it, without counting. No verdict where the plan sets no limit. */
  left(req: Request, caller: Caller | undefined): Promise<{plan: Plan; verdict: LimitVerdict | undefined}>;
}

export interface LimitsOptions {
  readonly limiter: Limiter;
  /** Of those whom nobody knows yet. */
  readonly defaultPlan: Plan;
  readonly clock?: Pick<Clock, 'now'>;
  readonly report: Report;
}

export function createLimits({limiter, defaultPlan, clock = systemClock, report}: LimitsOptions): Limits {
  let told = false;

  /** Where a proxy tells of addresses and nobody believes it, all visitors behind it share one limit. */
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
    // What one of the two refuses must not cost the other: the address is shared, and a visitor takes theirs elsewhere.
    // Nor may it leave a trace: whoever comes without a token is a new visitor each time.
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
    async left(req, caller) {
      if (caller) return {plan: caller.plan, verdict: await ask('peek', req, caller)};
      const windows = windowsOf(defaultPlan);
      const verdict = windows.length === 0 ? undefined : await limiter.peek(limiterKeyOfAddress(req.ip), windows);
      return {plan: defaultPlan, verdict};
    },
  };
}

/** The same auth, counting: who is admitted has asked a question, who is identified has read something. */
export function limited(auth: Auth, limits: Limits): Auth {
  const counted = new WeakSet<Request>();
  return {
    async identify(req) {
      const caller = await auth.identify(req);
      if (counted.has(req)) return caller;
      counted.add(req);
      await limits.takeReading(req, caller);
      return caller;
    },
    async admit(req, res) {
      const caller = await auth.admit(req, res);
      if (counted.has(req)) return caller;
      counted.add(req);
      await limits.takeQuestion(req, res, caller);
      return caller;
    },
    // Lets in and counts nothing: the path behind it does, by what it is for.
    admitProgram: (req, res) => auth.admitProgram(req, res),
  };
}
