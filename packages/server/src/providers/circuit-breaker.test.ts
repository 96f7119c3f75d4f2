import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {fakeClock} from '../engine/testing/fake-clock.ts';
import {createCircuitBreaker} from './circuit-breaker.ts';

function errorThrownBy(run: () => unknown): ChatError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ChatError);
    return error;
  }
}

test('the circuit breaker opens only after failures in a row', () => {
  const circuit = createCircuitBreaker({failures: 2}, fakeClock());
  circuit.enter().failed();
  circuit.enter().worked();
  circuit.enter().failed();
  assert.equal(
    errorThrownBy(() => circuit.enter()),
    undefined,
  );
  circuit.enter().failed();
  assert.equal(errorThrownBy(() => circuit.enter())?.retryAfter, 10);
});

test('a half-open circuit breaker lets one probe through, and closes if it works', async () => {
  const clock = fakeClock();
  const circuit = createCircuitBreaker({failures: 1, openFor: 10_000}, clock);
  circuit.enter().failed();
  await clock.pass(10_000);
  const probe = circuit.enter();
  assert.equal(errorThrownBy(() => circuit.enter())?.code, 'provider-unavailable');
  probe.worked();
  assert.equal(
    errorThrownBy(() => circuit.enter()),
    undefined,
  );
});

test('a probe that fails opens the circuit breaker for another wait', async () => {
  const clock = fakeClock();
  const circuit = createCircuitBreaker({failures: 1, openFor: 10_000}, clock);
  circuit.enter().failed();
  await clock.pass(10_000);
  circuit.enter().failed();
  await clock.pass(4000);
  assert.equal(errorThrownBy(() => circuit.enter())?.retryAfter, 6);
});

test('a probe whose caller leaves, or that never reports, makes room for the next probe', async () => {
  const clock = fakeClock();
  const circuit = createCircuitBreaker({failures: 1, openFor: 10_000}, clock);
  circuit.enter().failed();
  await clock.pass(10_000);
  circuit.enter().left();
  const silent = circuit.enter();
  assert.ok(errorThrownBy(() => circuit.enter()));
  await clock.pass(10_000);
  const next = circuit.enter();
  silent.failed();
  next.worked();
  assert.equal(
    errorThrownBy(() => circuit.enter()),
    undefined,
  );
});

test('requests that were under way when the circuit breaker opened change nothing when they end', () => {
  const circuit = createCircuitBreaker({failures: 1}, fakeClock());
  const [early, late] = [circuit.enter(), circuit.enter()];
  early.failed();
  late.worked();
  assert.ok(errorThrownBy(() => circuit.enter()));
});

test('failures do not open the circuit breaker while other answers go on', async () => {
  const clock = fakeClock();
  const circuit = createCircuitBreaker({failures: 2}, clock);
  circuit.alive();
  for (let failure = 0; failure < 10; failure++) circuit.enter().failed();
  circuit.enter().left();
  await clock.pass(5000);
  circuit.enter().failed();
  circuit.enter().failed();
  assert.equal(errorThrownBy(() => circuit.enter())?.code, 'provider-unavailable');
});
