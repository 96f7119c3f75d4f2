/**
 * Reads an upstream's answer in a dialect, with backpressure: if its reader is slow, the upstream has to wait. Uses the
 * request only to redact errors.
 */
import {ChatError, type ChatEvent, type Dialect, createReader} from '@chatlet/protocol';
import type {ProviderRequest} from '../engine/provider.ts';
import {noMore} from '../engine/step.ts';
import {mapErrorEvent} from './error-mapping.ts';
import {createEventQueue} from './event-queue.ts';
import type {UpstreamBody} from './upstream-body.ts';
import {type UpstreamResponse, isTimeout, shortBody} from './upstream.ts';

/** With more untaken bytes than this the upstream is paused: its reader is slow, or other answers are read. */
const mostBytesReady = 64 * 1024;
/** Bytes without an event, such as comments of server-sent events: an upstream that sends more is given up. */
const mostBytesWithoutEvent = 10_000_000;
/** Milliseconds that the last bytes of a finished answer may take. */
const lastBytesTimeout = 1000;

/**
 * The events of an answer with status 200 in batches: all that have arrived at a time. Leaving cuts the upstream off.
 * @throws ChatError for an error inside the stream and for a connection that breaks
 */
export function readAnswer(
  {body}: UpstreamResponse,
  {dialect, request}: {readonly dialect: Dialect; readonly request: ProviderRequest},
): AsyncIterator<readonly ChatEvent[], void> {
  const reader = createReader({dialect});
  const backpressure = createBackpressure(body);
  const lastBytes = createLastBytes(body);
  const queue = createEventQueue({onTaken: backpressure.reset, onStarving: backpressure.release});

  let state: 'open' | 'over' = 'open';

  let bytesWithoutEvent = 0;

  /** Without an error the answer has ended, or nobody reads it any more. */
  const finish = (error?: ChatError) => {
    if (state === 'over') return;
    state = 'over';
    queue.close(error);
    if (!reader.ended) {
      // Nobody should pay for words that nobody reads.
      body.cut();
      return;
    }
    lastBytes.start();
    backpressure.release();
  };

  const add = (events: readonly ChatEvent[]) => {
    const at = events.findIndex(({type}) => type === 'error');
    queue.push(at === -1 ? events : events.slice(0, at));
    const failed = events[at];
    if (failed?.type === 'error') finish(mapErrorEvent(failed, request));
  };

  let isDue = false;
  const deliver = () => {
    isDue = false;
    queue.deliver();
  };

  body.read({
    bytes(bytes) {
      if (state === 'over') {
        lastBytes.count(bytes);
        return;
      }
      const events = reader.push(bytes);
      bytesWithoutEvent = events.length > 0 ? 0 : bytesWithoutEvent + bytes.length;
      add(events);
      if (bytesWithoutEvent > mostBytesWithoutEvent) finish(saidNothing());
      if (reader.ended) finish();
      if (state === 'open') backpressure.count(bytes);
      if (isDue) return;
      isDue = true;
      deliverTogether(deliver);
    },
    end() {
      if (state === 'open') add(reader.end());
      finish();
      lastBytes.stop();
      queue.deliver();
    },
    // The connection broke after the answer had begun; the events so far stay.
    broken(cause) {
      lastBytes.stop();
      if (state === 'over') return;
      finish(new ChatError(isTimeout(cause) ? 'provider-timeout' : 'interrupted', undefined, {cause}));
      queue.deliver();
    },
  });

  return {
    next: queue.next,
    return() {
      finish();
      queue.clear();
      queue.deliver();
      return Promise.resolve(noMore);
    },
  };
}

function saidNothing(): ChatError {
  const cause = new Error(`The upstream sent more than ${mostBytesWithoutEvent} bytes without an event.`);
  return new ChatError('provider-error', undefined, {cause});
}

/** Pauses the upstream while more has arrived than may wait for the reader. */
function createBackpressure(body: UpstreamBody) {
  let bytesReady = 0;
  let isPaused = false;
  const reset = () => {
    bytesReady = 0;
  };
  const release = () => {
    reset();
    if (!isPaused) return;
    isPaused = false;
    body.resume();
  };
  const count = (bytes: Uint8Array) => {
    bytesReady += bytes.length;
    if (bytesReady <= mostBytesReady || isPaused) return;
    isPaused = true;
    body.pause();
  };
  return {count, reset, release};
}

/**
 * A finished answer leaves a few bytes behind. Reading them keeps the connection for the next question (keep-alive),
 * but not for long, and not if there are many.
 */
function createLastBytes(body: UpstreamBody) {
  let left = shortBody;
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      timer = setTimeout(() => body.cut(), lastBytesTimeout);
    },
    count(bytes: Uint8Array) {
      left -= bytes.length;
      if (left < 0) body.cut();
    },
    stop: () => clearTimeout(timer),
  };
}

let due: (() => void)[] = [];

/**
 * Runs the deliveries of all answers at the end of this turn of the event loop, one after the other. The server then
 * first reads for many readers and afterwards writes to them: each kind of work is done in one go, with its code warm.
 */
function deliverTogether(deliver: () => void): void {
  if (due.push(deliver) > 1) return;
  setImmediate(() => {
    const deliveries = due;
    due = [];
    for (const next of deliveries) next();
  });
}
