/**
 * Retries a failed request, after exponential backoff with jitter, if that may help. Knows no provider, and not what a
 * request asks for.
 */
import {ChatError, type ErrorCode} from '@chatlet/protocol';
import type {Clock} from '../engine/clock.ts';
import type {CircuitBreaker} from './circuit-breaker.ts';
import {runWithin, sleep} from './time-limits.ts';

/** One failure that is followed by another attempt. */
export interface Retry {
  readonly provider: string;
  /** Absent if the models were to be listed. */
  readonly model?: string;
  /** 1 for the first repetition. */
  readonly attempt: number;
  /** Milliseconds until it. */
  readonly wait: number;
  readonly error: ChatError;
}

export interface RetryOptions {
  readonly provider: string;
  /** Milliseconds that one attempt may take. */
  readonly timeout: number;
  /** Milliseconds before the next attempt; undefined if another attempt would not help. */
  readonly backoff: (error: ChatError, repetition: number) => number | undefined;
  readonly clock: Clock;
  readonly onRetry: ((retry: Retry) => void) | undefined;
}

export interface RetriedRequest {
  readonly circuit: CircuitBreaker;
  readonly signal: AbortSignal;
  readonly model?: string;
}

/** The result of the attempt that worked, and the controller that aborts it. */
export interface Success<Result> {
  readonly result: Result;
  readonly controller: AbortController;
}

/** Resolves to undefined if the signal aborted. */
export type RetryRequest = <Result>(
  run: (signal: AbortSignal) => Promise<Result>,
  request: RetriedRequest,
) => Promise<Success<Result> | undefined>;

export function createRetry({provider, timeout, backoff, clock, onRetry}: RetryOptions): RetryRequest {
  return async (run, {circuit, signal, ...about}) => {
    for (let repetition = 0; !signal.aborted; repetition++) {
      const attempt = circuit.enter();
      const controller = new AbortController();
      const outcome = await runWithin(run, {controller, signal, ms: timeout, clock});
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
          const wait = backoff(error, repetition);
          // A request is one failure, however often it was tried.
          if (!isDown(error)) attempt.worked();
          else if (wait === undefined) attempt.failed();
          else attempt.left();
          if (wait === undefined) throw error;
          onRetry?.({provider, ...about, attempt: repetition + 1, wait, error});
          await sleep(wait, {signal, clock});
          break;
        }
        default:
          outcome satisfies never;
      }
    }
    return undefined;
  };
}

/** Whether an upstream cannot answer anybody. If it refuses or breaks one request, or asks for patience, it is up. */
function isDown({code}: ChatError): boolean {
  return code === 'provider-unavailable' || code === 'provider-timeout';
}

export interface BackoffOptions {
  readonly retries: number;
  /** Milliseconds. */
  readonly firstWait: number;
  /** Milliseconds. */
  readonly longestWait: number;
  /** Seconds. */
  readonly longestRetryAfter: number;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Errors that may pass; the request itself is fine. */
const transient = new Set<ErrorCode>([
  'rate-limited',
  'provider-error',
  'provider-unavailable',
  'provider-timeout',
  'interrupted',
]);

/** Exponential backoff with jitter, and never less than the upstream asks for. */
export function createBackoff(options: BackoffOptions): RetryOptions['backoff'] {
  const {retries, firstWait, longestWait, longestRetryAfter, random} = options;
  return (error, repetition) => {
    if (repetition >= retries || !error.retryable || !transient.has(error.code)) return undefined;
    const wait = Math.min(longestWait, firstWait * 2 ** repetition) * (0.5 + random() / 2);
    const {retryAfter = 0} = error;
    return retryAfter > longestRetryAfter ? undefined : Math.max(wait, retryAfter * 1000);
  };
}
