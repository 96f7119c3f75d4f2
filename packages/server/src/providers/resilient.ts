/**
 * Makes a provider resilient: with retries and backoff before the first word, with timeouts, and with a circuit breaker
 * for an upstream that keeps failing. Knows no upstream and no protocol.
 */
import {ChatError, type ChatEvent, type JsonObject} from '@chatlet/protocol';
import {type Clock, systemClock} from '../engine/clock.ts';
import type {PassedOptions, PassedRequest, Provider, ProviderRequest} from '../engine/provider.ts';
import {type Step, noMore} from '../engine/step.ts';
import {answerUntilAborted} from '../engine/until-aborted.ts';
import {type CircuitBreaker, type CircuitBreakerOptions, createCircuitBreaker} from './circuit-breaker.ts';
import {readFirstToken} from './first-token.ts';
import {type Retry, type RetryRequest, createBackoff, createRetry} from './retry.ts';
import {type Reading, readUntilSilent} from './silence-timeout.ts';

/** How often and how fast a failed request is made again, and when no more are sent. */
export interface ResilienceOptions {
  /** How often a failed request is made again. Default 2. */
  readonly retries?: number;
  /** Backoff: milliseconds before the first retry, doubled for each further one, half of it random. Default 500. */
  readonly firstWait?: number;
  /** The longest backoff in milliseconds, unless the upstream asks for more. Default 8000. */
  readonly longestWait?: number;
  /** The longest `Retry-After` in seconds that is waited for; a longer one is passed on to the caller. Default 20. */
  readonly longestRetryAfter?: number;
  /** Milliseconds until the first word. Default 5 minutes, because some models think before they speak. */
  readonly firstTokenTimeout?: number;
  /** Milliseconds between two batches. Default 5 minutes, because a long tool call arrives only at its end. */
  readonly silenceTimeout?: number;
  /** When no more requests are sent to an upstream that fails. */
  readonly circuit?: CircuitBreakerOptions;
  /** The clock of the waits; the machine's own by default. */
  readonly clock?: Clock;
  /** 0 to 1. */
  readonly random?: () => number;
  /** Called for every failure that is retried, for logs and metrics. Must not throw. */
  readonly onRetry?: (retry: Retry) => void;
}

/**
 * Wraps a provider with retries, timeouts and circuit breakers of its own. After the first word nothing is retried: the
 * failure is thrown, and the turn ends with the words so far and the error.
 */
export function resilient(provider: Provider, options: ResilienceOptions = {}): Provider {
  const {clock = systemClock, firstTokenTimeout = 300_000, silenceTimeout = 300_000} = options;
  const {retries = 2, firstWait = 500, longestWait = 8000, longestRetryAfter = 20} = options;
  const {random = Math.random, onRetry, circuit = {}} = options;
  // One each: an upstream that cannot answer may still list its models, and the other way round.
  const answering = createCircuitBreaker(circuit, clock);
  const listing = createCircuitBreaker(circuit, clock);
  const passing = createCircuitBreaker(circuit, clock);
  const retry = createRetry({
    provider: provider.id,
    timeout: firstTokenTimeout,
    backoff: createBackoff({retries, firstWait, longestWait, longestRetryAfter, random}),
    clock,
    onRetry,
  });

  return {
    id: provider.id,
    endsOnAbort: true,
    ...(provider.close && {close: () => provider.close?.() ?? Promise.resolve()}),

    async models({signal}) {
      const listed = await retry((inner) => provider.models({signal: inner}), {circuit: listing, signal});
      if (!listed) throw new ChatError('provider-unavailable', undefined, {cause: signal.reason});
      return listed.result;
    },

    ...(provider.passOn && {
      async passOn(request: PassedRequest, {signal, onPiece}: PassedOptions) {
        let begun = false;
        const hear = (piece: JsonObject) => {
          begun = true;
          return onPiece?.(piece);
        };
        const pass = async (inner: AbortSignal) =>
          provider.passOn?.(request, {signal: inner, ...(onPiece && {onPiece: hear})}).catch((error: unknown) => {
            // Nothing that has been said may be said again.
            if (begun) return {broken: error};
            throw error;
          });
        const passed = await retry(pass, {circuit: passing, signal});
        if (!passed?.result) throw new ChatError('provider-unavailable', undefined, {cause: signal.reason});
        if ('broken' in passed.result) throw passed.result.broken;
        return passed.result;
      },
    }),

    answer: (request, {signal}) => ({
      [Symbol.asyncIterator]: () =>
        answerPatiently({provider, request, retry, circuit: answering, silenceTimeout, clock}, {signal}),
    }),
  };
}

interface PatientAnswer {
  readonly provider: Provider;
  readonly request: ProviderRequest;
  readonly retry: RetryRequest;
  readonly circuit: CircuitBreaker;
  readonly silenceTimeout: number;
  readonly clock: Clock;
}

/** Written out rather than as a generator, which would cost every batch of every answer another round of promises. */
function answerPatiently(
  {provider, request, retry, circuit, silenceTimeout, clock}: PatientAnswer,
  {signal: stop}: {signal: AbortSignal},
): AsyncIterator<readonly ChatEvent[], void> {
  const leaving = new AbortController();
  const {signal} = leaving;
  // One listener, removed at the end: `AbortSignal.any` costs several times as much.
  const follow = () => leaving.abort(stop.reason);
  if (stop.aborted) follow();
  else stop.addEventListener('abort', follow, {once: true});

  let reading: Reading | undefined;
  const begin = async (): Promise<Step> => {
    const begun = await retry((inner) => readFirstToken(answerUntilAborted(provider, request, {signal: inner})), {
      circuit,
      signal,
      model: request.model,
    });
    if (!begun) return noMore;
    const {result, controller} = begun;
    reading = readUntilSilent(result, {controller, signal, ms: silenceTimeout, clock, onBatch: () => circuit.alive()});
    return {done: false, value: result.first};
  };

  return {
    next: () => (reading ? reading.next() : begin()),
    async return() {
      stop.removeEventListener('abort', follow);
      // An answer that has ended keeps its connection; any other is cut off.
      if (reading?.complete()) await reading.leave();
      else leaving.abort(nobodyReads);
      return noMore;
    },
  };
}

/** A constant, because an error with its stack would cost more than the leaving. */
const nobodyReads = 'Nobody reads the answer.';
