/** The time and timers behind one small interface, so that tests need not wait. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after this many milliseconds. The returned function cancels the call. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's own clock. A pending callback does not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};
