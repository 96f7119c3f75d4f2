/** A fake environment: the test turns the clock, draws the frames and brings the page back. */
import type {Environment} from '../environment.ts';

export interface FakeEnvironment extends Environment {
  /** Moves the clock and runs the timers that are due, in order. */
  pass(milliseconds: number): void;
  /** Draws the requested frame. */
  draw(): void;
  /** The page comes back. */
  comeBack(): void;
  /** The visitor leaves the page. */
  leave(): void;
  /** The milliseconds left of each timer that is set. */
  readonly waits: readonly number[];
  /** How many callbacks wait for the page to come back or to be left. */
  readonly listening: number;
}

export function fakeEnvironment({
  start = Date.UTC(2026, 0, 1),
  random = 0.5,
}: {start?: number; random?: number} = {}): FakeEnvironment {
  let now = start;
  const timers = new Set<{due: number; callback: () => void}>();
  const frames = new Set<() => void>();
  const listeners = new Set<() => void>();
  const leavers = new Set<() => void>();
  return {
    now: () => now,
    random: () => random,
    frame(callback) {
      frames.add(callback);
      return () => frames.delete(callback);
    },
    after(milliseconds, callback) {
      const timer = {due: now + milliseconds, callback};
      timers.add(timer);
      return () => timers.delete(timer);
    },
    onBack(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    onLeave(callback) {
      leavers.add(callback);
      return () => leavers.delete(callback);
    },
    pass(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [next] = [...timers].filter(({due}) => due <= end).sort((one, other) => one.due - other.due);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.due);
        next.callback();
      }
      now = end;
    },
    draw() {
      const due = [...frames];
      frames.clear();
      for (const callback of due) callback();
    },
    comeBack() {
      for (const callback of listeners) callback();
    },
    leave() {
      for (const callback of leavers) callback();
    },
    get listening() {
      return listeners.size + leavers.size;
    },
    get waits() {
      return [...timers].map(({due}) => due - now);
    },
  };
}
