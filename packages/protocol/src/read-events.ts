/**
 * Reads a response body as events, whatever its dialect. Knows a finished answer from one that was cut: an answer
 * that ends without its dialect's end becomes an `interrupted` error. Knows no HTTP but headers.
 */
import {detector, tolerantDecoder} from './detect.ts';
import type {HeadersLike} from './headers.ts';
import type {Decoder, Dialect} from './dialect.ts';
import {ChatError} from './error.ts';
import {isEnd} from './event.ts';
import type {ChatEvent, EventBatches} from './event.ts';
import {noEvents} from './framing.ts';

export interface ReaderOptions {
  /** Read it as this, whatever it looks like. Without it the headers and the first event decide. */
  readonly dialect?: Dialect | undefined;
  /** The response's headers. */
  readonly headers?: HeadersLike | undefined;
}

/** Bytes in, events out, at the caller's pace. One a body. */
export interface Reader {
  /** The events that these bytes complete. Nothing after an event that ended the answer. */
  push(bytes: Uint8Array): readonly ChatEvent[];
  /** The body is over or broke off. Ends the answer with `interrupted` where the body did not end it. */
  end(): readonly ChatEvent[];
  /** Whether an event has ended the answer; what else the body holds does not matter. */
  readonly ended: boolean;
  /** Number of the last event, in dialects that number them; else 0. Resume after it. */
  readonly lastNumber: number;
}

/** The reader under `readEvents`, for those that get their chunks from elsewhere. */
export function createReader({dialect, headers}: ReaderOptions = {}): Reader {
  const decoder: Decoder = dialect === undefined ? detector(headers) : tolerantDecoder(dialect);
  const text = utf8();
  let ended = false;

  const checked = (events: readonly ChatEvent[]): readonly ChatEvent[] => {
    const last = events[events.length - 1];
    if (last !== undefined && isEnd(last)) ended = true;
    return events;
  };
  return {
    push(bytes) {
      if (ended || bytes.length === 0) return noEvents;
      return checked(decoder.push(text(bytes)));
    },
    end() {
      if (ended) return noEvents;
      const events = checked(decoder.end());
      if (ended) return events;
      ended = true;
      return [...events, new ChatError('interrupted').toEvent()];
    },
    get ended() {
      return ended;
    },
    get lastNumber() {
      return decoder.lastNumber ?? 0;
    },
  };
}

/**
 * Decodes UTF-8 over the borders of chunks. A byte-order mark stays, the framing drops it. Characters that the last
 * chunk leaves incomplete are dropped.
 */
function utf8(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
  let waiting = false;
  return (bytes) => {
    // A chunk that ends in ASCII leaves nothing waiting, and decoding a whole is several times as fast.
    const complete = (bytes[bytes.length - 1] ?? 0) < 0x80;
    if (complete && !waiting) return decoder.decode(bytes);
    waiting = !complete;
    return decoder.decode(bytes, {stream: !complete});
  };
}

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
  const reader = createReader({dialect, headers});
  return {
    [Symbol.asyncIterator]: () => batches(reader, chunksOf(body), signal),
    get lastNumber() {
      return reader.lastNumber;
    },
  };
}

async function* batches(
  reader: Reader,
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

function chunksOf(body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>): Chunks {
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
