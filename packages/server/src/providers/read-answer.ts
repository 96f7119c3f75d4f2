/** Reads an upstream's answer in a dialect, as fast as it is asked for. Of the request only errors know. */
import {ChatError, type ChatEvent, type Dialect, createReader} from '@chatlet/protocol';
import {type Step, noMore} from '../engine/step.ts';
import type {ProviderRequest} from '../engine/provider.ts';
import {errorFromEvent} from './error-mapping.ts';
import {type UpstreamResponse, isTimeout, shortBody} from './upstream.ts';

/**
 * The events of an answer with status 200, as they arrive: all that is there at a time. Leaving cuts the upstream off.
 * @throws ChatError for an error inside the stream and for a connection that breaks
 */
export function readAnswer(
  {body}: UpstreamResponse,
  {dialect, request}: {readonly dialect: Dialect; readonly request: ProviderRequest},
): AsyncIterator<readonly ChatEvent[], void> {
  const reader = createReader({dialect});
  /** What has arrived and nobody has taken. */
  let ready: ChatEvent[] = [];
  let bytesReady = 0;
  let isPaused = false;
  let state: 'open' | 'over' = 'open';
  let error: ChatError | undefined;
  let waiting: {resolve: (step: Step) => void; reject: (error: ChatError) => void} | undefined;

  const give = () => {
    if (!waiting) return;
    const {resolve, reject} = waiting;
    if (ready.length > 0) {
      const value = ready;
      ready = [];
      bytesReady = 0;
      waiting = undefined;
      resolve({done: false, value});
    } else if (state === 'over') {
      waiting = undefined;
      if (error) reject(error);
      else resolve(noMore);
      error = undefined;
    } else {
      // What has come so far says nothing yet.
      bytesReady = 0;
      flow();
    }
  };
  const add = (events: readonly ChatEvent[]) => {
    const at = events.findIndex(({type}) => type === 'error');
    for (const event of at === -1 ? events : events.slice(0, at)) ready.push(event);
    const failed = events[at];
    if (failed?.type === 'error') {
      finish(errorFromEvent(failed, request));
    }
  };
  let late: NodeJS.Timeout | undefined;
  const finish = (failed?: ChatError) => {
    if (state === 'over') return;
    state = 'over';
    error = failed;
    // A finished answer leaves a few bytes behind; reading them keeps the connection for the next question.
    // Anything else is cut off at once, so that nobody pays for words that no one reads.
    if (!reader.ended) {
      body.cut();
      return;
    }
    late = setTimeout(() => body.cut(), lastBytesPatience);
    flow();
  };
  const hold = () => {
    if (isPaused || state === 'over') return;
    isPaused = true;
    body.pause();
  };
  const flow = () => {
    if (!isPaused) return;
    isPaused = false;
    body.resume();
  };
  let lastBytes = shortBody;
  let isDue = false;
  body.read({
    bytes(bytes) {
      if (state === 'over') {
        lastBytes -= bytes.length;
        if (lastBytes < 0) body.cut();
        return;
      }
      bytesReady += bytes.length;
      add(reader.push(bytes));
      if (reader.ended) finish();
      if (bytesReady > mostBytesReady) hold();
      if (isDue) return;
      isDue = true;
      together(() => {
        isDue = false;
        give();
      });
    },
    end() {
      if (state === 'open') add(reader.end());
      finish();
      clearTimeout(late);
      give();
    },
    // The connection broke after the answer had begun; what was said stays.
    broken(cause) {
      clearTimeout(late);
      if (state === 'over') return;
      finish(new ChatError(isTimeout(cause) ? 'provider-timeout' : 'interrupted', undefined, {cause}));
      give();
    },
  });

  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting = {resolve, reject};
        give();
      }),
    return() {
      finish();
      ready = [];
      give();
      return Promise.resolve(noMore);
    },
  };
}

let due: (() => void)[] = [];

/**
 * At the end of this turn of the event loop, one after the other: what has arrived for many readers is read first and
 * then written, so that each kind of work finds its code and its readers awake.
 */
function together(step: () => void): void {
  if (due.push(step) > 1) return;
  setImmediate(() => {
    const steps = due;
    due = [];
    for (const next of steps) next();
  });
}

/** Bytes that nobody has taken before the upstream has to wait: for a slow reader, or for the others' turn. */
const mostBytesReady = 64 * 1024;
/** Milliseconds that the last bytes of a finished answer may take. */
const lastBytesPatience = 1000;

/** An answer that is asked for when its first batch is. Not a generator: a batch passes it without another promise. */
export function whenAsked(
  ask: () => Promise<AsyncIterator<readonly ChatEvent[], void>>,
): AsyncIterable<readonly ChatEvent[]> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<readonly ChatEvent[], void> {
      let answer: AsyncIterator<readonly ChatEvent[], void> | undefined;
      let left = false;
      const begin = async (): Promise<Step> => {
        answer = await ask();
        if (!left) return answer.next();
        await answer.return?.();
        return noMore;
      };
      return {
        next: () => (answer ? answer.next() : left ? Promise.resolve(noMore) : begin()),
        return() {
          left = true;
          return answer?.return?.() ?? Promise.resolve(noMore);
        },
      };
    },
  };
}
