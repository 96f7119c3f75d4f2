/**
 * Limits of one process, kept in memory. Remembers the moment of every request that passed, so a window is exact and
 * slides: there is no border at which a caller gets double. Knows no other node.
 */
import type {Clock} from '../engine/clock.ts';
import {type Limiter, type LimitVerdict, type LimitWindow, type WindowState, verdictOf} from '../engine/limiter.ts';

export interface MemoryLimiterOptions {
  /** Must not go back. Default: this process's own running time, which nobody can set. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Beyond this the key that was quiet longest is forgotten. Default 100 000. */
  readonly maxKeys?: number;
  /** Remembered requests of all keys together, 8 bytes each; beyond it the quietest keys are forgotten. Default 4 million. */
  readonly maxTimes?: number;
}

const steadyClock = {now: () => Math.floor(performance.timeOrigin + performance.now())};

/** The moments of one key's requests, oldest first. What lies before `from` has left every window. */
interface Caller {
  times: number[];
  from: number;
  /** When the last of them leaves its longest window. */
  forgetAt: number;
}

export function memoryLimiter(options: MemoryLimiterOptions = {}): Limiter {
  const {clock = steadyClock, maxKeys = 100_000, maxTimes = 4_000_000} = options;
  // A Map remembers the order of insertion: taking a key out and putting it in again keeps the quietest first.
  const callers = new Map<string, Caller>();
  let kept = 0;

  function forget(key: string, caller: Caller): void {
    callers.delete(key);
    kept -= caller.times.length - caller.from;
  }

  /** Looks at the two quietest keys with each request, so that no timer is needed and no request pays for many. */
  function sweep(now: number): void {
    let looked = 0;
    for (const [key, caller] of callers) {
      const full = callers.size > maxKeys || kept > maxTimes;
      if (!full && looked++ === 2) return;
      if (full || caller.forgetAt <= now) forget(key, caller);
    }
  }

  function judge(key: string, windows: readonly LimitWindow[], counts: boolean): LimitVerdict {
    const now = clock.now();
    const caller = callers.get(key) ?? {times: [], from: 0, forgetAt: now};
    const allowed = windows.every(({ms, limit}) => caller.times.length - firstAfter(caller, now - ms) < limit);
    if (allowed && counts) {
      const longest = Math.max(...windows.map(({ms}) => ms));
      dropBefore(caller, now - longest);
      caller.times.push(now);
      kept++;
      caller.forgetAt = Math.max(caller.forgetAt, now + longest);
      callers.delete(key);
      callers.set(key, caller);
      sweep(now);
    }
    return verdictOf(
      allowed,
      windows.map((window) => stateOf(caller, window, now)),
      now,
    );
  }

  function dropBefore(caller: Caller, moment: number): void {
    const from = firstAfter(caller, moment);
    kept -= from - caller.from;
    caller.from = from;
    // Moving the rest down costs its length, so it is worth it only where as much has gone.
    if (from > 32 && from * 2 > caller.times.length) {
      caller.times = caller.times.slice(from);
      caller.from = 0;
    }
  }

  return {
    take: async (key, windows) => judge(key, windows, true),
    peek: async (key, windows) => judge(key, windows, false),
    close: async () => {
      callers.clear();
      kept = 0;
    },
  };
}

/** Index of the first request after the moment; the number of requests where there is none. */
function firstAfter({times, from}: Caller, moment: number): number {
  let low = from;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}

function stateOf(caller: Caller, {ms, limit}: LimitWindow, now: number): WindowState {
  const first = firstAfter(caller, now - ms);
  const used = caller.times.length - first;
  if (limit <= 0) return {ms, limit, remaining: 0, resetAt: now + ms};
  // Where a plan has become smaller, several must leave before there is room.
  const leaving = caller.times[Math.max(first, caller.times.length - limit)];
  return {ms, limit, remaining: Math.max(0, limit - used), resetAt: leaving === undefined ? now : leaving + ms};
}
