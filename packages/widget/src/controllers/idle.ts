/** Time in which nobody waits for anything. */

/**
 * So long the page is left alone first. One that has just been painted has a few milliseconds before the next frame; one
 * that has come to quietTime has many more at once, and needs fewer frames for the same work.
 */
const quietTime = 60;
/** A page that never is idle gets on all the same. */
const idleTimeout = 500;
/** Taken at a time where a browser does not tell when it is idle. */
const sliceTime = 8;

/** Resolves when the browser has nothing better to do, with a function that tells the milliseconds that are left. */
export async function whenIdle(): Promise<() => number> {
  await new Promise((resolve) => setTimeout(resolve, quietTime));
  if (!('requestIdleCallback' in globalThis)) {
    const end = performance.now() + sliceTime;
    return () => end - performance.now();
  }
  const deadline = await new Promise<IdleDeadline>((resolve) => requestIdleCallback(resolve, {timeout: idleTimeout}));
  return () => deadline.timeRemaining();
}
