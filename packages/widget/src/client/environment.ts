/**
 * The client's interface to the browser: clock, random numbers, animation frames, and whether the page is visible and
 * online. Handed in, so that a test turns the clock and decides when a frame is drawn.
 */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 up to, but not including, 1. */
  random(): number;
  /**
   * Calls back before the next frame is drawn; soon if the page is hidden and draws none. Returns a function that
   * cancels, as all of these do.
   */
  frame(callback: () => void): () => void;
  /** Calls back after some milliseconds. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Calls back whenever the page comes back: online again, visible again, out of the back-forward cache. */
  onBack(callback: () => void): () => void;
  /** Calls back when the visitor leaves the page. */
  onLeave(callback: () => void): () => void;
}

/** The environment of a browser. Without a DOM, frames are timers, and the page never leaves or comes back. */
export function browserEnvironment(): Environment {
  const waiting = new Set<() => void>();
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const run = () => {
    const due = [...waiting];
    waiting.clear();
    for (const callback of due) callback();
  };
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    frame(callback) {
      if (typeof requestAnimationFrame === 'function' && typeof document === 'object' && !document.hidden) {
        waiting.add(callback);
        requestAnimationFrame(run);
        // If the page is hidden after this request, its frame comes only when the page is shown again. The timer keeps
        // a hidden chat going. It is not set anew for each frame: what it finds waiting is called a little early.
        watchdog ??= setTimeout(() => {
          watchdog = undefined;
          run();
        }, 250);
        return () => waiting.delete(callback);
      }
      const timer = setTimeout(callback, 16);
      return () => clearTimeout(timer);
    },
    after(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    onBack(callback) {
      if (typeof document !== 'object') return () => {};
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
