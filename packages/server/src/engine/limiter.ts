/**
 * How many requests somebody may make. Several windows slide at once; a request passes all of them or counts in none.
 * Implementations pass `limiters/testing/limiter-contract.ts`.
 */
import {ChatError} from '@chatlet/protocol';

/** At most `limit` requests within any `ms` milliseconds. */
export interface LimitWindow {
  readonly ms: number;
  readonly limit: number;
}

/** How a window stands after a request. */
export interface WindowState extends LimitWindow {
  readonly remaining: number;
  /** Milliseconds since 1970: when there is room for one more than now. */
  readonly resetAt: number;
}

export interface LimitVerdict {
  readonly allowed: boolean;
  /** The window that decides: where refused, the one that refuses longest, else the one with the least room. */
  readonly tightest: WindowState;
  /** Whole seconds until the next request passes, at least 1; 0 where this one was allowed. */
  readonly retryAfter: number;
  /** All windows, in the order they were given. */
  readonly windows: readonly WindowState[];
}

/** Every call needs at least one window: whoever has no limits is not asked about. */
export interface Limiter {
  /** Counts a request where every window has room for it; a refused one costs nothing. */
  take(key: string, windows: readonly LimitWindow[]): Promise<LimitVerdict>;
  /** The same verdict without counting: whether a request would pass now. */
  peek(key: string, windows: readonly LimitWindow[]): Promise<LimitVerdict>;
  close(): Promise<void>;
}

export const minute = 60_000;
export const hour = 60 * minute;

/** The verdict over windows that are known already; for those who write a limiter. */
export function verdictOf(allowed: boolean, windows: readonly WindowState[], now: number): LimitVerdict {
  const [first, ...others] = windows;
  if (!first) throw new TypeError('A limiter needs at least one window.');
  const tightest = others.reduce((worst, window) => {
    if (worst.remaining === window.remaining) return window.resetAt > worst.resetAt ? window : worst;
    return window.remaining < worst.remaining ? window : worst;
  }, first);
  const retryAfter = allowed ? 0 : Math.max(1, Math.ceil((tightest.resetAt - now) / 1000));
  return {allowed, tightest, retryAfter, windows};
}

/** A refusal as an error, with what every API of ours tells of it: seconds to wait, and when there is room again. */
export function rateLimited({tightest, retryAfter}: LimitVerdict): ChatError {
  const {limit, ms, resetAt} = tightest;
  return new ChatError('rate-limited', `More than ${limit} requests in ${wordsFor(ms)}. Wait ${retryAfter} s.`, {
    retryAfter,
    details: {limit, remaining: 0, reset: resetAt},
  });
}

function wordsFor(ms: number): string {
  if (ms === minute) return 'a minute';
  return ms === hour ? 'an hour' : `${Math.round(ms / 1000)} s`;
}
