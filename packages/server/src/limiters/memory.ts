/**
 * The limiter of a single process, in memory. It remembers the time of every request that passed, so a window is exact
 * and sliding: a caller never gets double at the border of two windows. Knows no other node.
 */
import type {Clock} from '../engine/clock.ts';
import {type Limiter, type LimitVerdict, type LimitWindow, type WindowState, verdictOf} from '../engine/limiter.ts';

export interface MemoryLimiterOptions {
  /** Must not go back. Default: a monotonic clock, which nobody can set. */
  readonly clock?: Pick<Clock, 'now'>;
  /** The largest number of keys; beyond it the least active ones are forgotten. Default 100 000. */
  readonly maxKeys?: number;
  /**
   * The largest number of request times of all keys together, 8 bytes each; beyond it the least active keys are
   * forgotten. Must be many times the largest limit. Default 4 million.
   */
  readonly maxTimes?: number;
}

const steadyClock = {now: () => Math.floor(performance.timeOrigin + performance.now())};

/** The times of one key's requests, oldest first. Times before the index `from` have left every window. */
interface Caller {
  times: number[];
  from: number;
}

export function memoryLimiter(options: MemoryLimiterOptions = {}): Limiter {
  const {clock = steadyClock, maxKeys = 100_000, maxTimes = 4_000_000} = options;
  // Two generations: a caller that makes a request moves to the young one. When the young generation becomes the old one,
  // callers that are still in the old one are forgotten. So no list in order of use is needed, and no search.
  let young = new Map<string, Caller>();
  let old = new Map<string, Caller>();
  let youngTimes = 0;
  let youngSince = clock.now();
  let longest = 0;

  function ageGenerations(now: number): void {
    const age = now - youngSince;
    const full = young.size > maxKeys / 2 || youngTimes > maxTimes / 2;
    if (!full && age < longest) return;
    // Every request comes through here, so after twice the longest window the last request has left its window.
    old = age >= 2 * longest ? new Map() : young;
    young = new Map();
    youngTimes = 0;
    youngSince = now;
  }

  /** Makes a caller young, even after a refusal: the times that refuse a caller must not be forgotten while it tries. */
  function renew(key: string, caller: Caller): void {
    if (young.has(key)) return;
    young.set(key, caller);
    old.delete(key);
    youngTimes += caller.times.length;
  }

  function count(key: string, caller: Caller, {now, ms}: {now: number; ms: number}): void {
    longest = Math.max(longest, ms);
    renew(key, caller);
    caller.from = findFirstAfter(caller, now - longest);
    caller.times.push(now);
    youngTimes++;
    // Moving the rest costs its length, so it is done only after as many times have left.
    if (caller.from <= 32 || caller.from * 2 < caller.times.length) return;
    youngTimes -= caller.from;
    caller.times = caller.times.slice(caller.from);
    caller.from = 0;
  }

  function judge(key: string, windows: readonly LimitWindow[], counts: boolean): LimitVerdict {
    const now = clock.now();
    ageGenerations(now);
    const known = young.get(key) ?? old.get(key);
    if (known) renew(key, known);
    const caller = known ?? {times: [], from: 0};
    const allowed = windows.every(({ms, limit}) => caller.times.length - findFirstAfter(caller, now - ms) < limit);
    if (allowed && counts) count(key, caller, {now, ms: Math.max(...windows.map(({ms}) => ms))});
    return verdictOf(
      allowed,
      windows.map((window) => stateOf(caller, window, now)),
      now,
    );
  }

  return {
    take: async (key, windows) => judge(key, windows, true),
    peek: async (key, windows) => judge(key, windows, false),
    close: async () => {
      young.clear();
      old.clear();
      youngTimes = 0;
    },
  };
}

/** The index of the first request after the moment; the number of requests if there is none. */
function findFirstAfter({times, from}: Caller, moment: number): number {
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
  const first = findFirstAfter(caller, now - ms);
  const used = caller.times.length - first;
  if (limit <= 0) return {ms, limit, remaining: 0, resetAt: now + ms};
  // If the plan has become smaller, several requests must leave the window before there is room.
  const leaving = caller.times[Math.max(first, caller.times.length - limit)];
  return {ms, limit, remaining: Math.max(0, limit - used), resetAt: leaving === undefined ? now : leaving + ms};
}
