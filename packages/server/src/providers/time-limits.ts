/** Waits with an end: a step that may only take so long, and a pause between two steps. Knows no provider. */
import type {Clock} from '../engine/clock.ts';

export interface Limits {
  /** Aborts the step. */
  readonly controller: AbortController;
  readonly signal: AbortSignal;
  readonly ms: number;
  readonly clock: Clock;
}

export type Outcome<Result> =
  | {readonly type: 'result'; readonly result: Result}
  | {readonly type: 'error'; readonly error: unknown}
  | {readonly type: 'timeout'}
  | {readonly type: 'aborted'};

/** Runs a step until the time is over or the signal aborts, whether or not the step listens to its own signal. */
export function runWithin<Result>(
  run: (signal: AbortSignal) => Promise<Result>,
  {controller, signal, ms, clock}: Limits,
): Promise<Outcome<Result>> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome<Result>) => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const giveUp = (outcome: Outcome<Result>) => {
      finish(outcome);
      controller.abort(signal.reason);
    };
    const onAbort = () => giveUp({type: 'aborted'});
    const cancel = clock.after(ms, () => giveUp({type: 'timeout'}));
    signal.addEventListener('abort', onAbort, {once: true});
    run(controller.signal).then(
      (result) => finish({type: 'result', result}),
      (error: unknown) => finish(signal.aborted ? {type: 'aborted'} : {type: 'error', error}),
    );
  });
}

/** Resolves after so long, or at once when the signal aborts. */
export function sleep(ms: number, {signal, clock}: {signal: AbortSignal; clock: Clock}): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal.addEventListener('abort', finish, {once: true});
    if (signal.aborted) finish();
  });
}
