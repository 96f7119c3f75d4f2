/** Reads an answer that has begun, until it ends, the upstream falls silent, or the signal aborts. */
import {ChatError, type ChatEvent, isEnd} from '@chatlet/protocol';
import {type Step, noMore} from '../engine/step.ts';
import type {BegunAnswer} from './first-token.ts';
import type {Limits} from './time-limits.ts';

export interface Reading {
  next(): Promise<Step>;
  /** Whether its end has been given. */
  complete(): boolean;
  leave(): Promise<void>;
}

export interface ReadingOptions extends Limits {
  /** Called for each batch that arrives. */
  readonly onBatch: () => void;
}

/**
 * Reads the rest of an answer. One timer serves all of it: when it fires, the silence is checked and the timer is set
 * again. That is cheaper than a timer for each batch. Only the upstream's time counts, never that of a slow reader.
 */
export function readUntilSilent(
  {first, rest}: BegunAnswer,
  {controller, signal, ms, clock, onBatch}: ReadingOptions,
): Reading {
  let waitingSince: number | undefined;
  let state: 'open' | 'complete' | 'over' | 'timeout' = 'open';

  const settle = (how: 'complete' | 'over' | 'timeout') => {
    state = how;
    cancel();
    signal.removeEventListener('abort', leave);
  };
  const cut = (how: 'over' | 'timeout') => {
    settle(how);
    controller.abort(signal.reason);
    // Nobody is left to hear of a failure from here on.
    void rest.return?.()?.then(undefined, () => {});
  };
  const leave = () => cut('over');
  const check = () => {
    const waited = waitingSince === undefined ? 0 : clock.now() - waitingSince;
    if (waited >= ms) cut('timeout');
    else cancel = clock.after(ms - waited, check);
  };
  let cancel = clock.after(ms, check);

  const onStep = (step: IteratorResult<readonly ChatEvent[]>): Step => {
    waitingSince = undefined;
    if (state === 'timeout') throw new ChatError('provider-timeout');
    if (state === 'over') return noMore;
    onBatch();
    if (step.done) settle('over');
    else if (step.value.some(isEnd)) settle('complete');
    return step.done ? noMore : step;
  };
  const onError = (error: unknown): Step => {
    if (state === 'timeout') throw new ChatError('provider-timeout');
    if (state === 'over') return noMore;
    settle('over');
    throw ChatError.from(error);
  };

  if (first.some(isEnd)) settle('complete');
  else if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, {once: true});

  return {
    complete: () => state === 'complete',
    async leave() {
      await rest.return?.();
    },
    next() {
      if (state === 'complete') return rest.next();
      if (state !== 'open') return Promise.resolve(noMore);
      waitingSince = clock.now();
      return rest.next().then(onStep, onError);
    },
  };
}
