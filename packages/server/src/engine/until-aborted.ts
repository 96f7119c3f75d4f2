/** Reads a source, or waits for work, until a signal aborts, even if they ignore signals. */
import type {EventBatches} from '@chatlet/protocol';
import type {Provider, ProviderRequest} from './provider.ts';

/** A provider's answer that ends at once when the signal aborts, even if the provider does not guarantee that. */
export function answerUntilAborted(
  provider: Provider,
  request: ProviderRequest,
  {signal}: {signal: AbortSignal},
): EventBatches {
  const open = () => provider.answer(request, {signal});
  return provider.endsOnAbort ? open() : untilAborted(open, {signal});
}

/**
 * Gives the source's items, and ends at once when the signal aborts. The source is told to end too, but nothing waits for
 * its end, and its later errors are ignored.
 */
async function* untilAborted<Item>(
  open: () => AsyncIterable<Item>,
  {signal}: {signal: AbortSignal},
): AsyncGenerator<Item, void, void> {
  if (signal.aborted) return;
  const iterator = open()[Symbol.asyncIterator]();
  // One listener and one wake-up for all steps: racing each step against a long-lived promise would leave something in
  // memory for every step.
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
      // Not awaited, since a hanging source would never settle it. An error now has nobody to go to.
      void iterator.return?.()?.then(undefined, () => {});
    }
  }
}

/** Settles as the promise does, or rejects when the signal aborts: the work may ignore its signal. */
export function endWith<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const {promise: ended, resolve, reject} = Promise.withResolvers<Value>();
  const onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, {once: true});
  promise.then(resolve, reject);
  return ended.finally(() => signal.removeEventListener('abort', onAbort));
}
