/** What time it is and what happens later, behind one small interface, so that tests need not wait. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after so many milliseconds, unless the function that it returns is called before. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's own clock. A callback that is still to come does not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};
