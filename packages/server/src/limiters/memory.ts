/**
 * Limits of one process, kept in memory. Remembers the moment of every request that passed, so a window is exact and
 * slides: there is no border at which a caller gets double. Knows no other node.
 */
import type {Clock} from '../engine/clock.ts';
import {type Limiter, type LimitVerdict, type LimitWindow, type WindowState, verdictOf} from '../engine/limiter.ts';

export interface MemoryLimiterOptions {
  /** Must not go back. Default: this process's own running time, which nobody can set. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Beyond this those that were quiet longest are forgotten. Default 100 000. */
  readonly maxKeys?: number;
  /**
   * Remembered requests of all keys together, 8 bytes each; beyond it the quietest keys are forgotten. Must be many
   * times the largest limit. Default 4 million.
   */
  readonly maxTimes?: number;
}

const steadyClock = {now: () => Math.floor(performance.timeOrigin + performance.now())};

/** The moments of one key's requests, oldest first. What lies before `from` has left every window. */
interface Caller {
  times: number[];
  from: number;
}

export function memoryLimiter(options: MemoryLimiterOptions = {}): Limiter {
  const {clock = steadyClock, maxKeys = 100_000, maxTimes = 4_000_000} = options;
  // Two generations: who makes a request is in the young one, and who is still in the old one when the young one grows
  // old is forgotten. So neither a list in order of use nor a search for the quiet ones is needed.
  let young = new Map<string, Caller>();
  let old = new Map<string, Caller>();
  let youngTimes = 0;
  let youngSince = clock.now();
  let longest = 0;

  function grow(now: number): void {
    const age = now - youngSince;
    const full = young.size > maxKeys / 2 || youngTimes > maxTimes / 2;
    if (!full && age < longest) return;
    // Every request looks here, so after twice the longest window the last one lies a whole window back.
    old = age >= 2 * longest ? new Map() : young;
    young = new Map();
    youngTimes = 0;
    youngSince = now;
  }

  /** Who asks is young again, also who was refused: what keeps them out must not be forgotten while they try. */
  function renew(key: string, caller: Caller): void {
    if (young.has(key)) return;
    young.set(key, caller);
    old.delete(key);
    youngTimes += caller.times.length;
  }

  function count(key: string, caller: Caller, {now, ms}: {now: number; ms: number}): void {
    longest = Math.max(longest, ms);
    renew(key, caller);
    caller.from = firstAfter(caller, now - longest);
    caller.times.push(now);
    youngTimes++;
    // Moving the rest down costs its length, so it is worth it only where as much has gone.
    if (caller.from <= 32 || caller.from * 2 < caller.times.length) return;
    youngTimes -= caller.from;
    caller.times = caller.times.slice(caller.from);
    caller.from = 0;
  }

  function judge(key: string, windows: readonly LimitWindow[], counts: boolean): LimitVerdict {
    const now = clock.now();
    grow(now);
    const known = young.get(key) ?? old.get(key);
    if (known) renew(key, known);
    const caller = known ?? {times: [], from: 0};
    const allowed = windows.every(({ms, limit}) => caller.times.length - firstAfter(caller, now - ms) < limit);
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
