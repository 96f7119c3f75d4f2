/**
 * An index on a thread of its own, so that no stream waits for SQLite. Requests go to the thread one at a time; one that is
 * aborted before never gets there. A thread that dies is reported, and the next request starts another one.
 */
import type {Worker} from 'node:worker_threads';
import {ChatError, type ErrorEvent} from '@chatlet/protocol';
import type {Report} from '../../engine/report.ts';
import type {DocumentIndex} from '../document-index.ts';
import {startWorker} from '../start-worker.ts';
import type {SqliteIndexOptions} from './sqlite.ts';

type Calls = Omit<DocumentIndex, 'close'>;

export interface IndexRequest {
  readonly call: keyof Calls;
  readonly args: readonly unknown[];
}

export type IndexResponse =
  | {readonly result: unknown}
  | {readonly error: ErrorEvent; readonly cause?: string | undefined};

export interface IndexThreadOptions extends SqliteIndexOptions {
  /** Hears of each thread that dies. */
  readonly report: Report;
}

/** Requests that may wait. With 10 ms for a search, the last one waits for five seconds. */
const mostWaiting = 500;

interface Waiting {
  readonly request: IndexRequest;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * While there is no file, the index is empty. What other processes write is seen at once. The thread starts with the first
 * request, and keeps no process alive while nobody waits.
 */
export function indexThread({path, report}: IndexThreadOptions): DocumentIndex {
  let worker: Worker | undefined;
  let running: Waiting | undefined;
  let isClosed = false;
  const queue: Waiting[] = [];

  const next = (): void => {
    if (running) return;
    running = queue.shift();
    if (!running) {
      worker?.unref();
      return;
    }
    worker ??= start();
    worker.ref();
    worker.postMessage(running.request);
  };

  const settle = (response: IndexResponse): void => {
    const settled = running;
    running = undefined;
    if ('result' in response) settled?.resolve(response.result);
    else settled?.reject(errorFrom(response));
    next();
  };

  const start = (): Worker => {
    const started = startWorker('thread-worker', import.meta.url, {workerData: path});
    const fail = (cause: unknown) => {
      if (worker !== started) return;
      worker = undefined;
      const error = new ChatError('internal', undefined, {cause});
      if (!isClosed) report(error, {index: path});
      settle({error: error.toEvent(), cause: String(cause)});
    };
    started.on('message', settle);
    started.on('error', fail);
    started.on('exit', (code) => fail(new Error(`The thread of the index ended with ${code}.`)));
    return started;
  };

  const send = async (request: IndexRequest, signal?: AbortSignal): Promise<unknown> => {
    signal?.throwIfAborted();
    if (isClosed) throw new ChatError('shutting-down');
    if (queue.length >= mostWaiting) throw new ChatError('storage-unavailable');
    const {promise, resolve, reject} = Promise.withResolvers<unknown>();
    const waiting: Waiting = {request, resolve, reject};
    const leave = () => {
      const place = queue.indexOf(waiting);
      if (place >= 0) queue.splice(place, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', leave);
    queue.push(waiting);
    next();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  };

  /** The worker gives what the method of its index gives. */
  const remote = <Name extends keyof Calls>(call: Name): Calls[Name] =>
    ((...args: unknown[]) => send({call, args})) as Calls[Name];

  return {
    sources: remote('sources'),
    setSource: remote('setSource'),
    removeSource: remote('removeSource'),
    documents: remote('documents'),
    put: remote('put'),
    touch: remote('touch'),
    remove: remote('remove'),
    chunksWithoutVector: remote('chunksWithoutVector'),
    putVectors: remote('putVectors'),
    read: remote('read'),
    isEmpty: remote('isEmpty'),
    search: async (query, {signal, ...options}) =>
      (await send({call: 'search', args: [query, options]}, signal)) as Awaited<ReturnType<Calls['search']>>,
    async close() {
      isClosed = true;
      for (const {reject} of queue.splice(0)) reject(new ChatError('shutting-down'));
      await worker?.terminate();
    },
  };
}

function errorFrom({error, cause}: {readonly error: ErrorEvent; readonly cause?: string | undefined}): ChatError {
  const {code, message, retryable} = error;
  return new ChatError(code, message, {retryable, ...(cause !== undefined && {cause: new Error(cause)})});
}
