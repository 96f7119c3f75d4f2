import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError, type ChatEvent, type ErrorCode} from '@chatlet/protocol';
import {fakeClock} from '../engine/testing/fake-clock.ts';
import {type ResilienceOptions, resilient} from './resilient.ts';
import type {Retry} from './retry.ts';
import {
  type ScriptedProvider,
  collect,
  ends,
  fails,
  gives,
  hangs,
  says,
  scripted,
} from './testing/scripted-provider.ts';

const request = {model: 'm', messages: []};
const hello = gives([says('Hello')], [ends]);

function set(provider: ScriptedProvider, options: ResilienceOptions = {}) {
  const clock = fakeClock();
  const retries: Retry[] = [];
  const wrapped = resilient(provider, {clock, random: () => 1, onRetry: (retry) => retries.push(retry), ...options});
  const controller = new AbortController();
  const {signal} = controller;
  /** Asks and lets all waits pass. */
  const ask = async () => {
    const result = collect(wrapped.answer(request, {signal}));
    for (let step = 0; step < 20; step++) await clock.pass(10_000);
    return result;
  };
  return {clock, retries, wrapped, controller, signal, ask, provider};
}

const codeOf = (error: unknown) => (error instanceof ChatError ? error.code : error);

test('a request to an unreachable upstream is retried with growing backoff, and the reader sees only the answer', async () => {
  const down = new ChatError('provider-unavailable');
  const {ask, retries} = set(scripted(fails(down), fails(down), hello));
  assert.deepEqual(await ask(), {events: [says('Hello'), ends]});
  assert.deepEqual(
    retries.map(({attempt, wait}) => [attempt, wait]),
    [
      [1, 500],
      [2, 1000],
    ],
  );
});

for (const [code, again] of [
  ['rate-limited', true],
  ['provider-error', true],
  ['provider-unavailable', true],
  ['provider-timeout', true],
  ['interrupted', true],
  ['invalid-request', false],
  ['context-too-long', false],
  ['model-not-found', false],
  ['internal', false],
] as const satisfies readonly (readonly [ErrorCode, boolean])[]) {
  test(`${code} before the first token is ${again ? 'retried' : 'passed on at once'}, as an exception or as an event`, async () => {
    for (const failing of [fails(new ChatError(code)), gives([new ChatError(code).toEvent()])]) {
      const {ask, provider} = set(scripted(failing, hello));
      const {events, error} = await ask();
      assert.deepEqual([events.length, codeOf(error), provider.asked.length], again ? [2, undefined, 2] : [0, code, 1]);
    }
  });
}

test('an error that is not retryable is not retried', async () => {
  const {ask, provider} = set(scripted(fails(new ChatError('provider-error', undefined, {retryable: false}))));
  assert.equal(codeOf((await ask()).error), 'provider-error');
  assert.equal(provider.asked.length, 1);
});

test('a stream that ends before the first token is retried, and its message-start is not given twice', async () => {
  const start: ChatEvent = {type: 'message-start', messageId: 'x', model: 'm'};
  const {ask} = set(scripted(gives([start]), gives([start], [says('Hi')], [ends])));
  assert.deepEqual(await ask(), {events: [start, says('Hi'), ends]});
});

test('after two retries the last error is passed on as it is', async () => {
  const error = new ChatError('provider-unavailable', 'Down.', {cause: new Error('ECONNREFUSED')});
  const {ask, provider} = set(scripted(fails(error)));
  assert.equal((await ask()).error, error);
  assert.equal(provider.asked.length, 3);
});

test('a failure after the first token is not retried', async () => {
  const {ask, provider} = set(scripted(fails(new ChatError('provider-unavailable'), [says('Hel')]), hello));
  const {events, error} = await ask();
  assert.deepEqual([events, codeOf(error), provider.asked.length], [[says('Hel')], 'provider-unavailable', 1]);
});

test('an error event in the batch of the first token is passed on as it is', async () => {
  const trouble = new ChatError('rate-limited').toEvent();
  const {ask, provider} = set(scripted(gives([says('Hel'), trouble]), hello));
  assert.deepEqual(await ask(), {events: [says('Hel'), trouble]});
  assert.equal(provider.asked.length, 1);
});

test('a tool call or an empty answer counts as a first token', async () => {
  const call: ChatEvent = {type: 'tool-call', callId: 'c', name: 'now', input: {}};
  for (const batches of [[[call]], [[ends]]]) {
    const {ask, provider} = set(scripted(fails(new ChatError('interrupted'), ...batches)));
    await ask();
    assert.equal(provider.asked.length, 1);
  }
});

test('a retry waits as long as Retry-After asks for', async () => {
  const {ask, retries} = set(scripted(fails(new ChatError('rate-limited', undefined, {retryAfter: 7})), hello));
  assert.equal((await ask()).events.length, 2);
  assert.deepEqual(
    retries.map(({wait}) => wait),
    [7000],
  );
});

test('a request is not retried if Retry-After is too long, and the caller gets Retry-After', async () => {
  const {ask, provider} = set(scripted(fails(new ChatError('rate-limited', undefined, {retryAfter: 60}))));
  const {error} = await ask();
  assert.ok(error instanceof ChatError);
  assert.deepEqual([error.code, error.retryAfter, provider.asked.length], ['rate-limited', 60, 1]);
});

test('the backoff has jitter, between half and the whole', async () => {
  for (const [random, wait] of [
    [0, 250],
    [0.5, 375],
  ] as const) {
    const {ask, retries} = set(scripted(fails(new ChatError('provider-error')), hello), {random: () => random});
    await ask();
    assert.deepEqual(
      retries.map((retry) => retry.wait),
      [wait],
    );
  }
});

test('the backoff grows no further than the longest wait', async () => {
  const {ask, retries} = set(scripted(fails(new ChatError('provider-error'))), {retries: 6, longestWait: 3000});
  await ask();
  assert.deepEqual(
    retries.map(({wait}) => wait),
    [500, 1000, 2000, 3000, 3000, 3000],
  );
});

test('aborting during the backoff ends the answer at once, without another request', async () => {
  const {wrapped, controller, signal, clock, provider} = set(scripted(fails(new ChatError('provider-error'))));
  const result = collect(wrapped.answer(request, {signal}));
  while ((await clock.someoneWaits()) !== 500) await clock.pass(0);
  controller.abort();
  assert.deepEqual(await result, {events: []});
  await clock.pass(60_000);
  assert.deepEqual([provider.asked.length, clock.waiting], [1, 0]);
});

test('no first token in time is provider-timeout: the upstream is aborted and not asked again', async () => {
  const {wrapped, signal, clock, provider} = set(scripted(hangs()), {firstTokenTimeout: 30_000});
  const result = collect(wrapped.answer(request, {signal}));
  await clock.pass(29_999);
  assert.equal(provider.asked[0]?.signal.aborted, false);
  await clock.pass(1);
  assert.equal(codeOf((await result).error), 'provider-timeout');
  assert.deepEqual([provider.asked[0]?.signal.aborted, provider.asked.length, clock.waiting], [true, 1, 0]);
});

test('silence inside an answer is provider-timeout, and the text so far stays', async () => {
  const {wrapped, signal, clock, provider} = set(scripted(hangs([says('Hel')])), {silenceTimeout: 20_000});
  const result = collect(wrapped.answer(request, {signal}));
  await clock.pass(19_999);
  assert.equal(provider.asked[0]?.signal.aborted, false);
  await clock.pass(20_001);
  const {events, error} = await result;
  assert.deepEqual(
    [events, codeOf(error), provider.asked[0]?.signal.aborted],
    [[says('Hel')], 'provider-timeout', true],
  );
  assert.equal(clock.waiting, 0);
});

test('the time of a slow reader does not count as silence of the upstream', async () => {
  const {wrapped, signal, clock} = set(scripted(gives([says('a')], [says('b')], [ends])), {silenceTimeout: 1000});
  const events: ChatEvent[] = [];
  for await (const batch of wrapped.answer(request, {signal})) {
    events.push(...batch);
    await clock.pass(50_000);
  }
  assert.deepEqual(events, [says('a'), says('b'), ends]);
});

for (const [when, script] of [
  ['before the first token', hangs()],
  ['inside the answer', hangs([says('a')])],
] as const) {
  test(`aborting ${when} ends the answer at once, even if the provider ignores the signal`, async () => {
    const {wrapped, controller, signal, provider, clock} = set(scripted(script));
    const result = collect(wrapped.answer(request, {signal}));
    await clock.pass(1);
    controller.abort();
    assert.equal((await result).error, undefined);
    assert.deepEqual([provider.asked[0]?.signal.aborted, clock.waiting], [true, 0]);
  });
}

test('a reader that leaves aborts the upstream', async () => {
  const {wrapped, signal, provider, clock} = set(scripted(hangs([says('a')])));
  for await (const _ of wrapped.answer(request, {signal})) break;
  assert.deepEqual([provider.asked[0]?.signal.aborted, clock.waiting], [true, 0]);
});

test('the circuit breaker leaves a failing upstream alone, and callers get Retry-After at once', async () => {
  const {ask, provider, wrapped, signal, clock} = set(scripted(fails(new ChatError('provider-unavailable'))), {
    retries: 0,
    circuit: {failures: 3, openFor: 30_000},
  });
  for (let index = 0; index < 3; index++) {
    const {error} = await collect(wrapped.answer(request, {signal}));
    assert.equal(codeOf(error), 'provider-unavailable');
  }
  const {error} = await collect(wrapped.answer(request, {signal}));
  assert.ok(error instanceof ChatError);
  assert.deepEqual([error.code, error.retryAfter, provider.asked.length], ['provider-unavailable', 30, 3]);
  await clock.pass(30_000);
  await ask();
  assert.equal(provider.asked.length, 4);
});

test('a probe that gets an answer closes the circuit breaker for all', async () => {
  const {provider, wrapped, signal, clock} = set(scripted(fails(new ChatError('provider-unavailable')), hello), {
    retries: 0,
    circuit: {failures: 1},
  });
  await collect(wrapped.answer(request, {signal}));
  await clock.pass(30_000);
  for (let index = 0; index < 3; index++) {
    assert.deepEqual(await collect(wrapped.answer(request, {signal})), {events: [says('Hello'), ends]});
  }
  assert.equal(provider.asked.length, 4);
});

test('a request with all its retries counts as one failure for the circuit breaker', async () => {
  const {wrapped, signal, clock, provider} = set(scripted(fails(new ChatError('provider-unavailable'))), {
    retries: 2,
    circuit: {failures: 2},
  });
  for (const asked of [3, 6, 6]) {
    const collected = collect(wrapped.answer(request, {signal}));
    for (const ms of [0, 1000, 2000]) await clock.pass(ms);
    assert.equal(codeOf((await collected).error), 'provider-unavailable');
    assert.equal(provider.asked.length, asked);
  }
});

test('refused requests, broken answers and rate limits do not open the circuit breaker', async () => {
  for (const code of ['invalid-request', 'rate-limited', 'model-not-found', 'provider-error'] as const) {
    const {provider, wrapped, signal} = set(scripted(fails(new ChatError(code))), {retries: 0, circuit: {failures: 2}});
    for (let index = 0; index < 5; index++) await collect(wrapped.answer(request, {signal}));
    assert.equal(provider.asked.length, 5);
  }
});

test('a failed list of models is retried', async () => {
  let asked = 0;
  const {clock, signal} = set(scripted(hello));
  const wrapped = resilient(
    {
      ...scripted(hello),
      models: async () => {
        if (asked++ === 0) throw new ChatError('provider-unavailable');
        return [{id: 'm', name: 'M'}];
      },
    },
    {clock},
  );
  const models = wrapped.models({signal});
  await clock.pass(0);
  await clock.pass(1000);
  assert.deepEqual([await models, asked], [[{id: 'm', name: 'M'}], 2]);
});
