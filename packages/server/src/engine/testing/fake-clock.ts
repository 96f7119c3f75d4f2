/** A clock that stands still until a test moves it. */
import type {Clock} from '../clock.ts';

export interface FakeClock extends Clock {
  /** Moves the time forward and makes all due callbacks in order. Promises settle between two callbacks. */
  pass(ms: number): Promise<void>;
  /** Resolves with the milliseconds until the earliest callback, as soon as there is one. */
  someoneWaits(): Promise<number>;
  /** The number of pending callbacks. */
  readonly waiting: number;
}

export function fakeClock(start = Date.parse('2026-01-01T00:00:00.000Z')): FakeClock {
  let now = start;
  const due = new Set<{at: number; callback: () => void}>();
  let wake: (() => void)[] = [];
  const next = () => [...due].sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    after(ms, callback) {
      const entry = {at: now + ms, callback};
      due.add(entry);
      for (const resolve of wake.splice(0)) resolve();
      return () => void due.delete(entry);
    },
    async pass(ms) {
      const end = now + ms;
      for (let entry = next(); entry && entry.at <= end; entry = next()) {
        now = Math.max(now, entry.at);
        due.delete(entry);
        entry.callback();
        await settled();
      }
      now = end;
      await settled();
    },
    async someoneWaits() {
      while (due.size === 0) await new Promise<void>((resolve) => wake.push(resolve));
      return (next()?.at ?? now) - now;
    },
    get waiting() {
      return due.size;
    },
  };
}

/** Waits until all promises that need no timer have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
