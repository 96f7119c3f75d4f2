/**
 * Makes a provider patient and bounded: asks again where that may help and nobody has seen a word yet, waits for a
 * word only so long, and leaves an upstream alone that keeps failing. Knows no upstream and no protocol.
 */
import {ChatError, type ChatEvent, type ErrorCode, isEnd} from '@chatlet/protocol';
import {type Clock, systemClock} from '../engine/clock.ts';
import type {Provider} from '../engine/provider.ts';
import {type Step, noMore} from '../engine/step.ts';
import {answerUntilAborted} from '../engine/until-aborted.ts';
import {type CircuitBreaker, type CircuitBreakerOptions, createCircuitBreaker} from './circuit-breaker.ts';
import {type BegunAnswer, firstToken} from './first-token.ts';

export interface ResilienceOptions {
  /** How often a failed request is made again. Default 2. */
  readonly retries?: number;
  /** Milliseconds before the first repetition, doubled for each further one, half of it by chance. Default 500. */
  readonly firstWait?: number;
  /** Milliseconds that a wait has at most, unless the upstream asks for more. Default 8000. */
  readonly longestWait?: number;
  /** Seconds that an upstream may ask to be left alone; where it asks for more, the caller is told. Default 20. */
  readonly longestRetryAfter?: number;
  /** Milliseconds until the first word. Default 5 minutes, as some models think before they speak. */
  readonly firstTokenTimeout?: number;
  /** Milliseconds between two signs of life in an answer. Default 5 minutes, as a long tool call shows only at its end. */
  readonly silenceTimeout?: number;
  readonly circuit?: CircuitBreakerOptions;
  readonly clock?: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
  /** Hears of every failure that is not passed on, for logs and metrics. Must not throw. */
  readonly onRetry?: (retry: Retry) => void;
}

export interface Retry {
  readonly provider: string;
  /** Absent where the models were to be listed. */
  readonly model?: string;
  /** 1 for the first repetition. */
  readonly attempt: number;
  /** Milliseconds until it. */
  readonly wait: number;
  readonly error: ChatError;
}

/** Troubles of an upstream that pass; the request itself is fine. */
const passing = new Set<ErrorCode>([
  'rate-limited',
  'provider-error',
  'provider-unavailable',
  'provider-timeout',
  'interrupted',
]);

/** Whether an upstream cannot answer anybody. Who refuses or breaks one request, or asks for patience, is there. */
function isDown({code}: ChatError): boolean {
  return code === 'provider-unavailable' || code === 'provider-timeout';
}

/**
 * The same provider with retries, timeouts and a circuit of its own. Once the first word is there nothing is asked
 * again: a failure after it is thrown, and the turn ends with what was said and the error.
 */
export function resilient(provider: Provider, options: ResilienceOptions = {}): Provider {
  const {clock = systemClock, firstTokenTimeout = 300_000, silenceTimeout = 300_000} = options;
  const {retries = 2, firstWait = 500, longestWait = 8000, longestRetryAfter = 20} = options;
  const {random = Math.random, onRetry} = options;
  // One each: an upstream may answer that lists no models, and list them where it cannot answer.
  const answering = createCircuitBreaker(options.circuit ?? {}, clock);
  const listing = createCircuitBreaker(options.circuit ?? {}, clock);

  /** Milliseconds to wait before asking again; undefined where asking again does not help. */
  function waitAfter(error: ChatError, repetition: number): number | undefined {
    if (repetition >= retries || !error.retryable || !passing.has(error.code)) return undefined;
    const wait = Math.min(longestWait, firstWait * 2 ** repetition) * (0.5 + random() / 2);
    const {retryAfter = 0} = error;
    return retryAfter > longestRetryAfter ? undefined : Math.max(wait, retryAfter * 1000);
  }

  /** Tries until it works. Gives undefined where the signal ended it. */
  async function attempts<Result>(
    run: (signal: AbortSignal) => Promise<Result>,
    {circuit, signal, ...about}: {circuit: CircuitBreaker; signal: AbortSignal; model?: string},
  ): Promise<{result: Result; controller: AbortController} | undefined> {
    for (let repetition = 0; !signal.aborted; repetition++) {
      const attempt = circuit.enter();
      const controller = new AbortController();
      const outcome = await within(run, {controller, signal, ms: firstTokenTimeout, clock});
      switch (outcome.type) {
        case 'result':
          attempt.worked();
          return {result: outcome.result, controller};
        case 'aborted':
          attempt.left();
          return undefined;
        case 'timeout':
          attempt.failed();
          // Not asked again: the caller has waited long enough, and the upstream may still be charging for it.
          throw new ChatError('provider-timeout');
        case 'error': {
          controller.abort();
          const error = ChatError.from(outcome.error);
          const wait = waitAfter(error, repetition);
          // A request is one failure, however often it was tried.
          if (!isDown(error)) attempt.worked();
          else if (wait === undefined) attempt.failed();
          else attempt.left();
          if (wait === undefined) throw error;
          onRetry?.({provider: provider.id, ...about, attempt: repetition + 1, wait, error});
          await sleep(wait, {signal, clock});
          break;
        }
        default:
          outcome satisfies never;
      }
    }
    return undefined;
  }

  return {
    id: provider.id,
    endsOnAbort: true,
    ...(provider.close && {close: () => provider.close?.() ?? Promise.resolve()}),

    async models({signal}) {
      const listed = await attempts((inner) => provider.models({signal: inner}), {circuit: listing, signal});
      if (!listed) throw new ChatError('provider-unavailable', undefined, {cause: signal.reason});
      return listed.result;
    },

    answer: (request, {signal: stop}) => ({
      // Written out rather than as a generator, which would cost every batch of every answer another round of promises.
      [Symbol.asyncIterator](): AsyncIterator<readonly ChatEvent[], void> {
        const leaving = new AbortController();
        const {signal} = leaving;
        // One listener, taken back at the end: `AbortSignal.any` costs several times as much.
        const follow = () => leaving.abort(stop.reason);
        if (stop.aborted) follow();
        else stop.addEventListener('abort', follow, {once: true});
        let reading: Reading | undefined;
        const begin = async (): Promise<Step> => {
          const begun = await attempts((inner) => firstToken(answerUntilAborted(provider, request, {signal: inner})), {
            circuit: answering,
            signal,
            model: request.model,
          });
          if (!begun) return noMore;
          reading = readOn(begun.result, {
            controller: begun.controller,
            signal,
            ms: silenceTimeout,
            clock,
            alive: () => answering.alive(),
          });
          return {done: false, value: begun.result.first};
        };
        return {
          next: () => (reading ? reading.next() : begin()),
          async return() {
            stop.removeEventListener('abort', follow);
            // An answer that has ended is let go as it is, and its connection kept; any other is cut off.
            if (reading?.complete()) await reading.leave();
            else leaving.abort(nobodyReads);
            return noMore;
          },
        };
      },
    }),
  };
}

interface Limits {
  /** Aborts what is being waited for. */
  readonly controller: AbortController;
  readonly signal: AbortSignal;
  readonly ms: number;
  readonly clock: Clock;
}

type Outcome<Result> =
  | {readonly type: 'result'; readonly result: Result}
  | {readonly type: 'error'; readonly error: unknown}
  | {readonly type: 'timeout'}
  | {readonly type: 'aborted'};

/** Runs something that may take so long, or until the signal aborts, whether or not it listens. */
function within<Result>(
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
function sleep(ms: number, {signal, clock}: {signal: AbortSignal; clock: Clock}): Promise<void> {
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

/** A constant: an error with its stack would cost more than the leaving. */
const nobodyReads = 'Nobody reads the answer.';

interface Reading {
  next(): Promise<Step>;
  /** Whether its end has been given. */
  complete(): boolean;
  leave(): Promise<void>;
}

/**
 * Reads the rest of an answer, which ends when it is aborted. One timer for all of it: it is looked at when it goes off,
 * not set anew for each batch. Only the time that the upstream is waited for counts, never a slow reader's.
 */
function readOn(
  {first, rest}: BegunAnswer,
  {controller, signal, ms, clock, alive}: Limits & {readonly alive: () => void},
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
    // One that fails now has nobody left to tell.
    void rest.return?.()?.then(undefined, () => {});
  };
  const leave = () => cut('over');
  const look = () => {
    const waited = waitingSince === undefined ? 0 : clock.now() - waitingSince;
    if (waited >= ms) cut('timeout');
    else cancel = clock.after(ms - waited, look);
  };
  let cancel = clock.after(ms, look);

  const onStep = (step: IteratorResult<readonly ChatEvent[]>): Step => {
    waitingSince = undefined;
    if (state === 'timeout') throw new ChatError('provider-timeout');
    if (state === 'over') return noMore;
    alive();
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
