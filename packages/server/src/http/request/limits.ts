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
import {networksOf} from './limiter-key.ts';

/** For reading history, models and usage. */
const readingWindows: readonly LimitWindow[] = [{ms: minute, limit: 1200}];

/** Refused requests of one address: far more than pages with a fault make, far fewer than an attack. */
const refusalWindows: readonly LimitWindow[] = [{ms: minute, limit: 600}];

export interface Limits {
  /**
   * Counts a question, and writes the limit's headers.
   * @throws ChatError `rate-limited`
   */
  takeQuestion(req: Request, res: Response, caller: Caller): Promise<void>;
  /** @throws ChatError `rate-limited` */
  takeReading(req: Request, caller: Caller | undefined): Promise<void>;
  /** Counts a refused request against its address. */
  takeRefusal(req: Request): Promise<void>;
  /**
   * Refuses all requests of an address with too many refused ones, unless they prove a caller.
   * @throws ChatError `rate-limited`
   */
  checkRefusals(req: Request, hasProof: () => Promise<boolean>): Promise<void>;
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

  /**
   * Asks for each network that the address belongs to. A request that a large network refuses must not count against a
   * small one, so nothing is counted before all have room.
   */
  async function askAddress(
    how: 'take' | 'peek',
    req: Request,
    {windows, name = ''}: {windows: readonly LimitWindow[]; name?: string},
  ): Promise<LimitVerdict> {
    const [smallest, ...larger] = networksOf(req);
    if (smallest && larger.length === 0) return limiter[how](name + smallest.key, windows);
    const networks = networksOf(req).map(({key, times}) => ({
      key: name + key,
      windows: windows.map((window) => ({...window, limit: window.limit * times})),
    }));
    const askAll = async (verb: 'take' | 'peek') => {
      let tightest: LimitVerdict | undefined;
      for (const network of networks) {
        const verdict = await limiter[verb](network.key, network.windows);
        if (!verdict.allowed) return verdict;
        if (!tightest || verdict.tightest.remaining < tightest.tightest.remaining) tightest = verdict;
      }
      return tightest;
    };
    const before = await askAll('peek');
    const verdict = how === 'take' && before?.allowed ? await askAll('take') : before;
    if (!verdict) throw new TypeError('An address has at least one network.');
    return verdict;
  }

  async function ask(how: 'take' | 'peek', req: Request, caller: Caller): Promise<LimitVerdict | undefined> {
    const windows = windowsOf(caller.plan);
    if (windows.length === 0) return undefined;
    if (caller.kind !== 'visitor') return limiter[how](caller.owner, windows);
    // A question that the visitor's own limit refuses must not count against the address, which others share, nor the
    // other way round. A refusal by address must not leave a key either: each request without a token is a new visitor.
    const before = await limiter.peek(caller.owner, windows);
    if (!before.allowed) return before;
    const ofAddress = await askAddress(how, req, {windows});
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
      const isProven = caller && caller.kind !== 'visitor';
      const verdict = isProven
        ? await limiter.take(`reading:${caller.owner}`, readingWindows)
        : await askAddress('take', req, {windows: readingWindows, name: 'reading:'});
      if (!verdict.allowed) throw rateLimited(verdict);
    },
    async takeRefusal(req) {
      await askAddress('take', req, {windows: refusalWindows, name: 'refused:'});
    },
    async checkRefusals(req, hasProof) {
      const verdict = await askAddress('peek', req, {windows: refusalWindows, name: 'refused:'});
      // A caller with a key must not suffer from others at the same address.
      if (verdict.allowed || (await hasProof())) return;
      suspectProxy(req);
      throw new ChatError('rate-limited', `Too many refused requests. Wait ${verdict.retryAfter} s.`, {
        retryAfter: verdict.retryAfter,
        details: {cause: 'refused-too-often'},
      });
    },
    async left(req, caller, {plan}) {
      if (caller) return ask('peek', req, caller);
      const windows = windowsOf(plan);
      return windows.length === 0 ? undefined : askAddress('peek', req, {windows});
    },
  };
}
