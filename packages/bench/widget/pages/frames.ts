/** Frames as the page sees them. Knows no contestant. */

/** Resolves after the next frame has been painted. */
export function painted(): Promise<number> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const {port1, port2} = new MessageChannel();
      port1.addEventListener('message', () => {
        port1.close();
        resolve(performance.now());
      });
      port1.start();
      port2.postMessage(0);
    });
  });
}

/** Notes the milliseconds between frames until it is stopped. */
export function watchFrames(): () => readonly number[] {
  const intervals: number[] = [];
  let last: number | undefined;
  let handle = requestAnimationFrame(function note(now) {
    if (last !== undefined) intervals.push(now - last);
    last = now;
    handle = requestAnimationFrame(note);
  });
  return () => {
    cancelAnimationFrame(handle);
    return intervals;
  };
}

/** Calls back at most once a frame, however often it is asked. */
export function oncePerFrame(work: () => void): {ask(): void; finish(): void} {
  let handle: number | undefined;
  const run = () => {
    handle = undefined;
    work();
  };
  return {
    ask() {
      handle ??= requestAnimationFrame(run);
    },
    finish() {
      if (handle !== undefined) cancelAnimationFrame(handle);
      run();
    },
  };
}
