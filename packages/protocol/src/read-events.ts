/**
 * Reads a response body of any dialect as events. Tells a finished answer from one that was cut: if the dialect's end is
 * missing, the last event is an `interrupted` error. Knows no HTTP but headers.
 */
import type {ChatEvent, EventBatches} from './event.ts';
import {createLazyReader} from './lazy-reader.ts';
import type {LazyReader} from './lazy-reader.ts';
import type {ReaderOptions} from './open-reader.ts';

/** How a body is read. */
export interface ReadOptions extends ReaderOptions {
  /** Aborting it ends the stream of events without a further one, and cancels the body. */
  readonly signal?: AbortSignal | undefined;
}

/** The events of a body, and the position that has been read. */
export interface EventStream extends EventBatches {
  /** Number of the last event that was read, in dialects that number them; else 0. Resume after it. */
  readonly lastNumber: number;
}

/**
 * Reads the events of a body, one batch for each chunk that completes some. The next chunk is read when the loop asks
 * for it, which is the backpressure. The last event is a `message-end` or an `error`; if the body or the connection
 * breaks off, it is an `interrupted` error. Only an abort of the signal ends the batches without such an event. To be
 * iterated once; leaving the loop cancels the body.
 *
 * @example for await (const events of readEvents(response.body, {headers: response.headers, signal})) …
 */
export function readEvents(
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  {dialect, headers, signal}: ReadOptions = {},
): EventStream {
  const reader = createLazyReader({dialect, headers});
  return {
    [Symbol.asyncIterator]: () => readBatches(reader, openChunks(body), {signal}),
    get lastNumber() {
      return reader.lastNumber;
    },
  };
}

async function* readBatches(
  reader: LazyReader,
  chunks: Chunks,
  {signal}: {signal: AbortSignal | undefined},
): AsyncGenerator<readonly ChatEvent[], void, undefined> {
  let wake: ((chunk: undefined) => void) | undefined;
  const onAbort = (): void => wake?.(undefined);
  signal?.addEventListener('abort', onAbort);
  try {
    while (!reader.ended) {
      if (signal?.aborted) return;
      let chunk: Uint8Array | undefined;
      try {
        // oxlint-disable-next-line no-loop-func -- one wait at a time; the abort wakes the one that runs
        chunk = await new Promise<Uint8Array | undefined>((resolve, reject) => {
          wake = resolve;
          chunks.next().then(resolve, reject);
        });
      } catch {
        // The connection broke. The text so far stays, and the reader adds that it was cut.
        chunk = undefined;
      }
      if (signal?.aborted) return;
      const events = chunk === undefined ? reader.end() : reader.push(chunk);
      if (events.length > 0) yield events;
      if (!reader.waiting) continue;
      const late = await reader.load();
      if (signal?.aborted) return;
      if (late.length > 0) yield late;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    chunks.cancel();
  }
}

/** One interface for the two kinds of body: reads chunks, or cancels the rest. */
interface Chunks {
  next(): Promise<Uint8Array | undefined>;
  cancel(): void;
}

function openChunks(body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>): Chunks {
  if ('getReader' in body) {
    const reader = body.getReader();
    return {
      next: async () => (await reader.read()).value,
      cancel() {
        reader.cancel().catch(ignore);
      },
    };
  }
  const iterator = body[Symbol.asyncIterator]();
  return {
    async next() {
      const {done, value} = await iterator.next();
      return done === true ? undefined : value;
    },
    cancel() {
      iterator.return?.().catch(ignore);
    },
  };
}

/** If a body cannot be cancelled, it has already ended. */
function ignore(): void {}
