/** Waits for idle time in the browser. Knows nothing of the work to be done then. */

/**
 * Milliseconds to wait first. A page that was just painted is idle for a few milliseconds before its next frame; a page
 * that has come to rest is idle for longer, so the same work takes fewer frames.
 */
const quietTime = 60;
/** Milliseconds after which the work goes on although the page is never idle. */
const idleTimeout = 500;
/** Milliseconds for the work at a time if the browser has no `requestIdleCallback`. */
const sliceTime = 8;

/** Resolves when the browser is idle, with a function that returns the milliseconds that are left. */
export async function whenIdle(): Promise<() => number> {
  await new Promise((resolve) => setTimeout(resolve, quietTime));
  if (!('requestIdleCallback' in globalThis)) {
    const end = performance.now() + sliceTime;
    return () => end - performance.now();
  }
  const deadline = await new Promise<IdleDeadline>((resolve) => requestIdleCallback(resolve, {timeout: idleTimeout}));
  return () => deadline.timeRemaining();
}
