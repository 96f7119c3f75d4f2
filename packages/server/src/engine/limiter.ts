/**
 * Rate limits: how many requests a caller may make in one or more sliding windows. A request passes all windows or counts
 * in none. Implementations pass `limiters/testing/limiter-contract.ts`.
 */
import {ChatError} from '@chatlet/protocol';

/** At most `limit` requests within any `ms` milliseconds. */
export interface LimitWindow {
  /** Milliseconds. */
  readonly ms: number;
  /** Requests. */
  readonly limit: number;
}

/** A window after a request. */
export interface WindowState extends LimitWindow {
  /** Requests that are still allowed in it. */
  readonly remaining: number;
  /** The time, in milliseconds since 1970, at which there is room for one more request than now. */
  readonly resetAt: number;
}

/** Whether a request passes, and how much is left. */
export interface LimitVerdict {
  readonly allowed: boolean;
  /** The window that decides: after a refusal the one that refuses longest, else the one with the least room. */
  readonly tightest: WindowState;
  /** Whole seconds until the next request passes, at least 1; 0 if this one was allowed. */
  readonly retryAfter: number;
  /** All windows in their given order. */
  readonly windows: readonly WindowState[];
}

/** Every call needs at least one window; for a caller without limits no limiter is asked. */
export interface Limiter {
  /** Counts a request if every window has room for it. A refused request is not counted. */
  take(key: string, windows: readonly LimitWindow[]): Promise<LimitVerdict>;
  /** The verdict that `take` would give now, without counting a request. */
  peek(key: string, windows: readonly LimitWindow[]): Promise<LimitVerdict>;
  /** Ends the limiter. No call follows. */
  close(): Promise<void>;
}

export const minute = 60_000;
export const hour = 60 * minute;

/** Makes the verdict from the states of the windows; for implementations of a limiter. */
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

/** A refusal as an error, with the seconds to wait and the time of the reset, which all our APIs tell. */
export function rateLimited({tightest, retryAfter}: LimitVerdict): ChatError {
  const {limit, ms, resetAt} = tightest;
  return new ChatError('rate-limited', `More than ${limit} requests in ${printWindow(ms)}. Wait ${retryAfter} s.`, {
    retryAfter,
    details: {limit, remaining: 0, reset: resetAt},
  });
}

function printWindow(ms: number): string {
  if (ms === minute) return 'a minute';
  return ms === hour ? 'an hour' : `${Math.round(ms / 1000)} s`;
}
