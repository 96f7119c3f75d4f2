/** Retries, timeouts and substitutes over real HTTP, with a real provider and a real upstream. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {ChatError, type ChatEvent, applyEvent, emptyAnswer, textOf} from '@chatlet/protocol';
import type {Provider} from '../engine/provider.ts';
import {fakeClock} from '../engine/testing/fake-clock.ts';
import {type Upstream, delta, pause, refuses, says, startUpstream} from '../testing/upstream.ts';
import {withFallback} from './fallback.ts';
import {openAiCompatible} from './openai-compatible.ts';
import {type ResilienceOptions, resilient} from './resilient.ts';
import {collect} from './testing/scripted-provider.ts';

let upstream: Upstream;
const providers: Provider[] = [];
before(async () => {
  upstream = await startUpstream();
});
after(async () => {
  for (const provider of providers) await provider.close?.();
  await upstream.close();
});

const {signal} = new AbortController();
const request = {model: 'm', messages: [{role: 'user', parts: [{type: 'text', text: 'Hello'}]}]} as const;

function patient(options: ResilienceOptions = {}): Provider {
  const provider = resilient(openAiCompatible({baseUrl: upstream.baseUrl, apiKey: 'k'}), {firstWait: 1, ...options});
  providers.push(provider);
  return provider;
}

const textIn = (events: readonly ChatEvent[]) =>
  textOf(events.reduce(applyEvent, emptyAnswer({id: 'm', createdAt: ''})));

test('an overload and a broken connection before the first token are retried, and the reader sees only the answer', async () => {
  const first = upstream.requests.length;
  upstream.script(
    refuses(503, {error: {message: 'Overloaded.'}}),
    (exchange) => {
      exchange.start(200);
      exchange.cut();
    },
    says('Hel', 'lo'),
  );
  const {events, error} = await collect(patient().answer(request, {signal}));
  assert.deepEqual([textIn(events), error, upstream.requests.length - first], ['Hello', undefined, 3]);
});

test('an answer whose connection breaks after the first token is not retried', async () => {
  const first = upstream.requests.length;
  upstream.script(async (exchange) => {
    await exchange.write(delta('Hel'));
    exchange.cut();
  });
  const {events, error} = await collect(patient().answer(request, {signal}));
  assert.deepEqual(
    [textIn(events), error instanceof ChatError && error.code, upstream.requests.length - first],
    ['Hel', 'interrupted', 1],
  );
});

test('a 429 with a long Retry-After is not retried, and keeps its Retry-After', async () => {
  const first = upstream.requests.length;
  upstream.script(refuses(429, {error: {message: 'Slow down.'}}, {'retry-after': '60'}));
  const {error} = await collect(patient().answer(request, {signal}));
  assert.ok(error instanceof ChatError);
  assert.deepEqual([error.code, error.retryAfter, upstream.requests.length - first], ['rate-limited', 60, 1]);
});

test('an upstream without a first word is cut off when its time is over', async () => {
  const clock = fakeClock();
  const silent = pause();
  upstream.script((exchange) => {
    exchange.start(200);
    return silent.here();
  });
  const answer = collect(patient({firstTokenTimeout: 30_000, clock}).answer(request, {signal}));
  // A real timeout could be over before the request has arrived, and then there is nothing to cut off.
  await silent.reached;
  await clock.pass(30_000);
  await upstream.requests.at(-1)?.abandoned;
  const {events, error} = await answer;
  assert.deepEqual([events, error instanceof ChatError && error.code], [[], 'provider-timeout']);
});

test('an upstream that falls silent inside an answer is cut off when its time is over', async () => {
  const clock = fakeClock();
  upstream.script((exchange) => exchange.write(delta('Hel')));
  const batches = patient({silenceTimeout: 30_000, clock}).answer(request, {signal})[Symbol.asyncIterator]();
  assert.equal(textIn((await batches.next()).value ?? []), 'Hel');
  const failed = assert.rejects(batches.next(), {code: 'provider-timeout'});
  await clock.pass(30_000);
  await failed;
  await upstream.requests.at(-1)?.abandoned;
});

test('aborting reaches the upstream through fallback and retries', async () => {
  const controller = new AbortController();
  upstream.script((exchange) => exchange.write(delta('One')));
  const provider = withFallback(patient(), {substitutesFor: () => []});
  for await (const _ of provider.answer(request, controller)) controller.abort();
  await upstream.requests.at(-1)?.abandoned;
});

test('while the circuit breaker is open, the substitute answers at once', async () => {
  const down = patient({retries: 0, circuit: {failures: 1}});
  const first = upstream.requests.length;
  upstream.script(refuses(503, {error: {message: 'Busy.'}}), says('From the other.'), says('Again.'));
  const provider = withFallback(down, {substitutesFor: () => [{provider: patient(), model: 'other'}]});
  const answers = [];
  for (let index = 0; index < 2; index++)
    answers.push(textIn((await collect(provider.answer(request, {signal}))).events));
  assert.deepEqual(
    [answers, upstream.requests.slice(first).map(({body}) => body?.['model'])],
    [
      ['From the other.', 'Again.'],
      ['m', 'other', 'other'],
    ],
  );
});

for (const [what, refused] of [
  ['a prompt that its filter does not like', refuses(400, {error: {message: 'Filtered.', code: 'content_filter'}})],
  ['a key that may not use one model', refuses(403, {error: {message: 'Not this one.'}})],
  ['a path that is not there', refuses(404, {detail: 'Not Found'})],
  ['a prompt that breaks it', refuses(500, {error: {message: 'Oops.'}})],
] as const) {
  test(`an upstream that refuses ${what} still answers other requests`, async () => {
    const provider = patient({retries: 0, circuit: {failures: 2}});
    upstream.script(refused, refused, refused, says('Hello'));
    for (let index = 0; index < 3; index++) await collect(provider.answer(request, {signal}));
    assert.equal(textIn((await collect(provider.answer(request, {signal}))).events), 'Hello');
  });
}

test('a refusal inside a stream is not retried', async () => {
  const first = upstream.requests.length;
  upstream.script((exchange) => exchange.end('data: {"error":{"message":"No.","type":"invalid_request_error"}}\n\n'));
  const {error} = await collect(patient().answer(request, {signal}));
  assert.ok(error instanceof ChatError);
  assert.deepEqual([error.code, error.retryable, upstream.requests.length - first], ['provider-error', false, 1]);
});

test('listing models and answering have circuit breakers of their own', async () => {
  const listed = upstream.models;
  const provider = patient({retries: 0, circuit: {failures: 2}});
  for (const broken of [refuses(404, {detail: 'Not Found'}), refuses(503, {})]) {
    upstream.models = broken;
    for (let index = 0; index < 3; index++) await assert.rejects(provider.models({signal}), ChatError);
  }
  upstream.models = listed;
  upstream.script(says('Hello'));
  assert.equal(textIn((await collect(provider.answer(request, {signal}))).events), 'Hello');

  const other = patient({retries: 0, circuit: {failures: 2}});
  upstream.script(refuses(503, {}), refuses(503, {}));
  for (let index = 0; index < 3; index++) await collect(other.answer(request, {signal}));
  assert.equal((await other.models({signal})).length, 1);
});
