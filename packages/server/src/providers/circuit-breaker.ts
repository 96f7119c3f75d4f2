/**
 * Stops asking an upstream that has failed several times in a row, so that callers hear at once what they would hear
 * after a long wait, and so that the upstream can recover. After a while one request may try again for all.
 */
import {ChatError} from '@chatlet/protocol';
import type {Clock} from '../engine/clock.ts';

export interface CircuitBreakerOptions {
  /** Requests in a row that failed after which nobody is let through. Default 5. */
  readonly failures?: number;
  /** Milliseconds until one may try again. Default 10 000. */
  readonly openFor?: number;
}

/** One request that was let through. Says once how it went. */
export interface Attempt {
  /** The upstream answered, if only to refuse this request. */
  worked(): void;
  failed(): void;
  /** Nobody knows: the caller has gone away, or tries again. */
  left(): void;
}

/** Milliseconds after a word of some answer in which failures of others do not count. */
const aliveFor = 5000;

export interface CircuitBreaker {
  /** @throws ChatError `provider-unavailable` with `retryAfter` while nobody is let through */
  enter(): Attempt;
  /**
   * Some answer has gone on. An upstream that is answering others is not down: where new requests fail meanwhile, as
   * a thousand at once may, shutting everybody out would make it worse.
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

  /** Who went through while it was closed; it may have opened since, and then this one has nothing more to say. */
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
      // The next one may try at once.
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
      // A probe that says nothing for so long does not keep the others out for ever.
      const until = state.name === 'open' ? state.until : state.since + openFor;
      const left = until - clock.now();
      if (left <= 0) return probe();
      throw new ChatError('provider-unavailable', undefined, {retryAfter: Math.ceil(left / 1000)});
    },
  };
}
