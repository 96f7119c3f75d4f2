/**
 * Circuit breaker: stops asking an upstream that has failed several times in a row. Callers then get at once the error
 * that they would get after a long wait, and the upstream can recover. After a while one request may try for all.
 */
import {ChatError} from '@chatlet/protocol';
import type {Clock} from '../engine/clock.ts';

export interface CircuitBreakerOptions {
  /** After so many failures in a row the breaker opens: no request is let through. Default 5. */
  readonly failures?: number;
  /** Milliseconds until one request may try again. Default 10 000. */
  readonly openFor?: number;
}

/** One request that was let through. It reports once how it went. */
export interface Attempt {
  /** The upstream answered, even if it only refused this request. */
  worked(): void;
  failed(): void;
  /** Nobody knows: the caller has gone away or tries again. */
  left(): void;
}

/** For so many milliseconds after a word of any answer, failures of others do not count. */
const aliveFor = 5000;

export interface CircuitBreaker {
  /** @throws ChatError `provider-unavailable` with `retryAfter` while nobody is let through */
  enter(): Attempt;
  /**
   * An answer has gone on. An upstream that answers somebody is not down. If new requests fail meanwhile, as they may
   * when a thousand come at once, shutting everybody out would make it worse.
   */
  alive(): void;
}

type State =
  | {readonly name: 'closed'; readonly failures: number}
  | {readonly name: 'open'; readonly until: number}
  | {readonly name: 'half-open'; readonly since: number};

export function createCircuitBreaker(
  {failures = 5, openFor = 10_000}: CircuitBreakerOptions,
  clock: Pick<Clock, 'now'>,
): CircuitBreaker {
  let state: State = {name: 'closed', failures: 0};
  let lastAlive = Number.NEGATIVE_INFINITY;
  const open = () => {
    state = {name: 'open', until: clock.now() + openFor};
  };

  /** A request that was let through while the breaker was closed. Once it has opened, the outcome changes nothing. */
  const ordinary: Attempt = {
    worked() {
      if (state.name === 'closed') state = {name: 'closed', failures: 0};
    },
    failed() {
      if (state.name !== 'closed' || clock.now() - lastAlive < aliveFor) return;
      state = {name: 'closed', failures: state.failures + 1};
      if (state.failures >= failures) open();
    },
    left() {},
  };

  const probe = (): Attempt => {
    const mine: State = {name: 'half-open', since: clock.now()};
    state = mine;
    const end = (then: () => void) => () => {
      if (state === mine) then();
    };
    return {
      worked: end(() => {
        state = {name: 'closed', failures: 0};
      }),
      failed: end(open),
      // The next request may try at once.
      left: end(() => {
        state = {name: 'open', until: clock.now()};
      }),
    };
  };

  return {
    alive() {
      lastAlive = clock.now();
    },
    enter() {
      if (state.name === 'closed') return ordinary;
      // A probe that reports nothing for so long must not keep the others out for ever.
      const until = state.name === 'open' ? state.until : state.since + openFor;
      const left = until - clock.now();
      if (left <= 0) return probe();
      throw new ChatError('provider-unavailable', undefined, {retryAfter: Math.ceil(left / 1000)});
    },
  };
}
