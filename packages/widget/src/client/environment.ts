/**
 * What the client needs of the place it runs in: time, chance, frames, and word that the page is back. Handed in, so
 * that a test turns the clock and decides when a frame is drawn.
 */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** 0 up to 1. */
  random(): number;
  /** Calls back before the next frame is drawn, soon where none is drawn because the page is hidden. Gives its undoing. */
  frame(callback: () => void): () => void;
  /** Calls back after some milliseconds. Gives its undoing. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Calls back whenever the page comes back: online again, visible again, out of the back-forward cache. Gives its undoing. */
  onBack(callback: () => void): () => void;
  /** Calls back when the page is left. Gives its undoing. */
  onLeave(callback: () => void): () => void;
}

/** The browser's own. Works without a DOM too: then nothing comes back and frames are timers. */
export function browserEnvironment(): Environment {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    frame(callback) {
      if (typeof requestAnimationFrame === 'function' && typeof document === 'object' && !document.hidden) {
        // A frame that was asked for in a page that is then hidden is not drawn before it is shown again: the timer
        // keeps a hidden chat going.
        let done = false;
        const once = () => {
          if (done) return;
          done = true;
          cancel();
          callback();
        };
        const request = requestAnimationFrame(once);
        const timer = setTimeout(once, 250);
        const cancel = () => {
          cancelAnimationFrame(request);
          clearTimeout(timer);
        };
        return () => {
          done = true;
          cancel();
        };
      }
      const timer = setTimeout(callback, 16);
      return () => clearTimeout(timer);
    },
    after(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    onBack(callback) {
      if (typeof addEventListener !== 'function' || typeof document !== 'object') return () => {};
      const gone = new AbortController();
      const {signal} = gone;
      const whenVisible = () => {
        if (!document.hidden) callback();
      };
      addEventListener('online', callback, {signal});
      addEventListener('pageshow', callback, {signal});
      document.addEventListener('visibilitychange', whenVisible, {signal});
      return () => gone.abort();
    },
    onLeave(callback) {
      if (typeof addEventListener !== 'function') return () => {};
      addEventListener('pagehide', callback);
      return () => removeEventListener('pagehide', callback);
    },
  };
}

/** Waits, at most until the page comes back. Rejects with the signal's reason when it aborts. */
export function waitOrBack(
  environment: Environment,
  milliseconds: number,
  options: {signal: AbortSignal},
): Promise<void> {
  return waitFor(environment, {milliseconds, untilBack: true}, options);
}

/** Waits. Rejects with the signal's reason when it aborts. */
export function wait(environment: Environment, milliseconds: number, options: {signal: AbortSignal}): Promise<void> {
  return waitFor(environment, {milliseconds, untilBack: false}, options);
}

function waitFor(
  environment: Environment,
  {milliseconds, untilBack}: {milliseconds: number; untilBack: boolean},
  {signal}: {signal: AbortSignal},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const finish = (end: () => void) => {
      cancelTimer();
      cancelBack();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onAbort = () => finish(() => reject(signal.reason));
    const cancelTimer = environment.after(milliseconds, () => finish(resolve));
    const cancelBack = untilBack ? environment.onBack(() => finish(resolve)) : () => {};
    signal.addEventListener('abort', onAbort);
  });
}
