/**
 * Threads that read documents. A document that takes too long or too much memory ends its thread, and no more: the others
 * go on, and the next document gets a new one. Knows no source and no index.
 */
import {availableParallelism} from 'node:os';
import type {Worker} from 'node:worker_threads';
import {startWorker} from '../start-worker.ts';
import type {ChunkedDocument} from './chunked-document.ts';
import type {RawDocument} from './format.ts';
import {UnreadableDocument} from './extracted.ts';

export interface ExtractionThreads {
  /** Documents that can be read at the same time. */
  readonly size: number;
  /**
   * Reads a document in the next thread that is free. The bytes are moved, so the caller has them no more.
   * @throws UnreadableDocument
   */
  readonly read: (raw: RawDocument) => Promise<ChunkedDocument>;
  close(): Promise<void>;
}

export interface ExtractionThreadsOptions {
  /** As many as processors, at most 2, by default. */
  readonly size?: number;
  /** Milliseconds for one document; a minute by default. */
  readonly timeout?: number;
}

/**
 * Megabytes of a thread for what lives long and for what has just been made. The tree of a page takes about 60 times the
 * page. Without a limit for the young, V8 prefers 200 MB more to cleaning up.
 */
const memory = {maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16};

/** `unreadable` is the end of the sentence “It was left out because …”. */
export type ThreadResponse = {readonly document: ChunkedDocument} | {readonly unreadable: string};

interface Waiting {
  readonly raw: RawDocument;
  readonly resolve: (document: ChunkedDocument) => void;
  readonly reject: (reason: unknown) => void;
}

type Settle = (response: ThreadResponse) => void;

export function openExtractionThreads({
  size = Math.min(2, availableParallelism()),
  timeout = 60_000,
}: ExtractionThreadsOptions = {}): ExtractionThreads {
  const queue: Waiting[] = [];
  const idle: Worker[] = [];
  /** All threads, each with the end of the document that it reads. */
  const threads = new Map<Worker, Settle | undefined>();
  let isClosed = false;

  const start = (): Worker => {
    const worker = startWorker('thread-worker', import.meta.url, {resourceLimits: memory});
    const end = (unreadable: string) => {
      const settle = threads.get(worker);
      threads.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
      settle?.({unreadable});
    };
    worker.on('message', (response: ThreadResponse) => threads.get(worker)?.(response));
    worker.on('error', (error) => {
      const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      end(isMemory ? 'it takes too much memory to read' : `reading it failed: ${error.message}`);
    });
    worker.on('exit', () => end('its thread ended'));
    return worker;
  };

  const next = (): void => {
    if (isClosed || queue.length === 0 || (idle.length === 0 && threads.size >= size)) return;
    const waiting = queue.shift();
    if (!waiting) return;
    const worker = idle.pop() ?? start();
    const settle: Settle = (response) => {
      clearTimeout(timer);
      if (threads.has(worker)) {
        threads.set(worker, undefined);
        idle.push(worker);
      }
      if ('document' in response) waiting.resolve(response.document);
      else waiting.reject(new UnreadableDocument(response.unreadable));
      next();
    };
    const timer = setTimeout(() => {
      threads.delete(worker);
      void worker.terminate();
      settle({unreadable: `it takes more than ${timeout / 1_000} s to read`});
    }, timeout);
    threads.set(worker, settle);
    const {buffer} = waiting.raw.bytes;
    worker.postMessage(waiting.raw, buffer instanceof ArrayBuffer ? [buffer] : []);
  };

  return {
    size,
    read(raw) {
      // A small Buffer is a view into memory that others use, too.
      const bytes = raw.bytes.byteLength === raw.bytes.buffer.byteLength ? raw.bytes : new Uint8Array(raw.bytes);
      return new Promise((resolve, reject) => {
        queue.push({raw: {...raw, bytes}, resolve, reject});
        next();
      });
    },
    async close() {
      isClosed = true;
      for (const {reject} of queue.splice(0)) reject(new UnreadableDocument('the run was ended'));
      await Promise.all([...threads.keys()].map((worker) => worker.terminate()));
    },
  };
}
