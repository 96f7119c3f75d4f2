/** One turn in memory, and the reading of it. Knows no other turn. */
import {noMore} from '../engine/step.ts';
import type {NumberedBatch, RunningTurn} from '../engine/turn-log.ts';
import type {EventList} from './event-list.ts';

export interface LoggedTurn {
  readonly turn: RunningTurn;
  readonly events: EventList;
  /** Milliseconds since 1970 when it was closed; undefined while the turn runs. */
  closedAt: number | undefined;
  /** Called with each appended batch, and with `undefined` at the end. */
  readonly readers: Set<Listener>;
  onStop: (() => void) | undefined;
  stopRequested: boolean;
}

type Listener = (appended: NumberedBatch | undefined) => void;
type Step = IteratorResult<NumberedBatch, void>;

/**
 * Reads a turn from one of its events on. Written by hand and not as a generator: a reader that has read everything is
 * handed each appended batch as it is, with one promise, and that is the common case for every token of every answer.
 */
export function readLoggedTurn(
  log: LoggedTurn,
  {after, signal}: {readonly after: number; readonly signal: AbortSignal},
): AsyncIterator<NumberedBatch, void> {
  let next = Math.max(0, after);
  let state: 'reading' | 'over' = 'reading';
  let waiting: ((step: Step) => void) | undefined;

  const give = (step: Step) => {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(step);
  };
  const leave = () => {
    state = 'over';
    log.readers.delete(listen);
    signal.removeEventListener('abort', leave);
    give(noMore);
  };
  const advance = (batch: NumberedBatch): Step => {
    next = batch.first + batch.events.length - 1;
    return {done: false, value: batch};
  };
  const listen: Listener = (appended) => {
    if (!waiting) return;
    if (!appended) leave();
    else if (appended.first === next + 1) give(advance(appended));
    else {
      // The reader waits for a number that had not been reached yet.
      const events = log.events.from(next);
      if (events.length > 0) give(advance({first: next + 1, events}));
    }
  };

  if (signal.aborted) state = 'over';
  else {
    log.readers.add(listen);
    signal.addEventListener('abort', leave, {once: true});
  }
  return {
    next() {
      if (state === 'reading') {
        const events = log.events.from(next);
        if (events.length > 0) return Promise.resolve(advance({first: next + 1, events}));
        if (log.closedAt !== undefined) leave();
      }
      if (state === 'over') return Promise.resolve(noMore);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    return() {
      leave();
      return Promise.resolve(noMore);
    },
  };
}
