/** Waits by the clock of the client's environment, until the time is over, the page comes back or a signal aborts. */
import type {Environment} from './environment.ts';

/** Waits, but no longer than until the page comes back. Rejects with the signal's reason if that aborts. */
export function waitOrBack(
  environment: Environment,
  milliseconds: number,
  options: {signal: AbortSignal},
): Promise<void> {
  return waitFor(environment, {milliseconds, untilBack: true}, options);
}

/** Waits. Rejects with the signal's reason if that aborts. */
export function wait(environment: Environment, milliseconds: number, options: {signal: AbortSignal}): Promise<void> {
  return waitFor(environment, {milliseconds, untilBack: false}, options);
}

function waitFor(
  environment: Environment,
  {milliseconds, untilBack}: {milliseconds: number; untilBack: boolean},
  {signal}: {signal: AbortSignal},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const finish = (end: () => void) => {
      cancelTimer();
      cancelBack();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onAbort = () => finish(() => reject(signal.reason));
    const cancelTimer = environment.after(milliseconds, () => finish(resolve));
    const cancelBack = untilBack ? environment.onBack(() => finish(resolve)) : () => {};
    signal.addEventListener('abort', onAbort);
  });
}
