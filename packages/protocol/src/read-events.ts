/**
 * Reads a response body as events, whatever its dialect. Knows a finished answer from one that was cut: an answer
 * that ends without its dialect's end becomes an `interrupted` error. Knows no HTTP but headers.
 */
import type {ChatEvent, EventBatches} from './event.ts';
import {createLazyReader} from './lazy-reader.ts';
import type {LazyReader} from './lazy-reader.ts';
import type {ReaderOptions} from './open-reader.ts';

export interface ReadOptions extends ReaderOptions {
  /** Aborting it ends the reading without a further event and cancels the body. */
  readonly signal?: AbortSignal | undefined;
}

/** The events of a body, and how far they have been read. */
export interface EventStream extends EventBatches {
  /** Number of the last event given, in dialects that number them; else 0. Resume after it. */
  readonly lastNumber: number;
}

/**
 * The events of a body, a batch for each chunk that completes some. The last event is a `message-end` or an `error`;
 * a body that breaks off, also by an error of the connection, gives an `interrupted` error. Only an abort of the
 * signal ends the batches without such an event. To be iterated once; leaving the loop cancels the body.
 *
 * @example for await (const events of readEvents(response.body, {headers: response.headers, signal})) …
 */
export function readEvents(
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  {dialect, headers, signal}: ReadOptions = {},
): EventStream {
  const reader = createLazyReader({dialect, headers});
  return {
    [Symbol.asyncIterator]: () => readBatches(reader, openChunks(body), signal),
    get lastNumber() {
      return reader.lastNumber;
    },
  };
}

async function* readBatches(
  reader: LazyReader,
  chunks: Chunks,
  signal: AbortSignal | undefined,
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
        // Whatever broke the connection, what was said stays, and the reader says that it was cut.
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

/** The two kinds of body as one: chunks, and a way to say that no more are wanted. */
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

/** A body that cannot even be cancelled has already ended. */
function ignore(): void {}
