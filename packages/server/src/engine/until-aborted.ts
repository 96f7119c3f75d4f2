/** Reads a source until a signal says stop, even from a source that does not listen to signals. */

/**
 * What the source gives, ended at once when the signal aborts. The source is told to end too, and nobody waits for it
 * or hears of how it ended after that.
 */
export async function* untilAborted<Item>(
  open: () => AsyncIterable<Item>,
  {signal}: {signal: AbortSignal},
): AsyncGenerator<Item, void, void> {
  if (signal.aborted) return;
  const iterator = open()[Symbol.asyncIterator]();
  // One listener and one wake-up for the whole reading: racing each step against a long-lived promise would keep
  // something in memory for every step.
  let wake: (() => void) | undefined;
  const onAbort = () => wake?.();
  signal.addEventListener('abort', onAbort, {once: true});
  let finished = false;
  try {
    while (!signal.aborted) {
      const step = await new Promise<IteratorResult<Item, unknown> | undefined>((resolve, reject) => {
        wake = () => resolve(undefined);
        iterator.next().then(resolve, reject);
      });
      if (!step) return;
      if (step.done) {
        finished = true;
        return;
      }
      yield step.value;
    }
  } catch (error) {
    finished = true;
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!finished) {
      // A source that hangs would never settle this; one that fails now has nobody left to tell.
      void iterator.return?.()?.then(undefined, () => {});
    }
  }
}
