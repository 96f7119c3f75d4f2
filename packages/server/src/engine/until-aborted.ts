/** Reads a source until a signal says stop, even from a source that does not listen to signals. */
import type {EventBatches} from '@chatlet/protocol';
import type {Provider, ProviderRequest} from './provider.ts';

/** A provider's answer, ended at once when the signal aborts, whether or not the provider promises that. */
export function answerUntilAborted(
  provider: Provider,
  request: ProviderRequest,
  {signal}: {signal: AbortSignal},
): EventBatches {
  const open = () => provider.answer(request, {signal});
  return provider.endsOnAbort ? open() : untilAborted(open, {signal});
}

/**
 * What the source gives, ended at once when the signal aborts. The source is told to end too, and nobody waits for it
 * or hears of how it ended after that.
 */
async function* untilAborted<Item>(
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
