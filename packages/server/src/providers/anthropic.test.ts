import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import transcripts from '@chatlet/testdata/dialects/anthropic-messages.json' with {type: 'json'};
import {ChatError, type ChatEvent, type Message, applyEvent, emptyAnswer, textOf} from '@chatlet/protocol';
import type {Provider} from '../engine/provider.ts';
import {type Script, type Upstream, refuses as answers, replays, startUpstream} from '../testing/upstream.ts';
import {anthropic} from './anthropic.ts';
import {collect} from './testing/scripted-provider.ts';

let upstream: Upstream;
let provider: Provider;
const request = {model: 'claude', messages: [{role: 'user', parts: [{type: 'text', text: 'Hello'}]}] as const};
const {signal} = new AbortController();

before(async () => {
  upstream = await startUpstream();
});
after(() => upstream.close());
beforeEach(() => {
  provider = anthropic({apiKey: 'sk-ant-canary', baseUrl: upstream.baseUrl});
});
afterEach(() => provider.close?.());

const frame = (event: {readonly type: string}) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const textDelta = (text: string) =>
  frame({type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text}} as {type: string});
const refuses = (
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Script => answers(status, {type: 'error', error: {type, message}, request_id: 'req_1'}, headers);

function messageOf(events: readonly ChatEvent[]): Message {
  return events.reduce(applyEvent, emptyAnswer({id: 'm', createdAt: ''}));
}

for (const transcript of transcripts) {
  const {id, title, expected} = transcript;
  for (const size of [1, 7, 64, 1460, Infinity]) {
    test(`the Anthropic stream ${id} (${title}) reads the same in pieces of ${size} bytes`, async () => {
      upstream.script(replays(transcript, size));
      const {events, error} = await collect(provider.answer(request, {signal}));
      const answer = messageOf(events);
      const calls = answer.parts.flatMap((part) =>
        part.type === 'tool' ? [{id: part.callId, name: part.name, args: part.input}] : [],
      );
      assert.deepEqual(
        {
          text: textOf(answer),
          ...(expected.complete ? {finish: answer.endReason} : {}),
          ...('tool_calls' in expected ? {tool_calls: calls} : {}),
          ...(expected.complete
            ? {usage: {input: answer.usage?.promptTokens, output: answer.usage?.completionTokens}}
            : {}),
        },
        {
          text: expected.text,
          ...(expected.complete ? {finish: expected.finish} : {}),
          ...('tool_calls' in expected ? {tool_calls: expected.tool_calls} : {}),
          ...(expected.complete ? {usage: {input: expected.usage?.input, output: expected.usage?.output}} : {}),
        },
      );
      assert.equal(error instanceof ChatError, !expected.complete);
    });
  }
}

test('a request to Anthropic has the version, the key and the path /v1/messages', async () => {
  upstream.script((exchange) => exchange.end(frame({type: 'message_stop'})));
  await collect(provider.answer({...request, temperature: 0.2}, {signal}));
  const exchange = upstream.requests.at(-1);
  assert.deepEqual(
    [
      exchange?.path,
      exchange?.headers['x-api-key'],
      exchange?.headers['anthropic-version'],
      exchange?.body?.['temperature'],
    ],
    ['/v1/messages', 'sk-ant-canary', '2023-06-01', 0.2],
  );
});

test("Anthropic's thinking becomes reasoning, and its text becomes text", async () => {
  upstream.script((exchange) =>
    exchange.end(
      [
        {type: 'message_start', message: {usage: {input_tokens: 3, output_tokens: 1}}},
        {type: 'content_block_start', index: 0, content_block: {type: 'thinking', thinking: ''}},
        {type: 'content_block_delta', index: 0, delta: {type: 'thinking_delta', thinking: 'Hm.'}},
        {type: 'content_block_delta', index: 0, delta: {type: 'signature_delta', signature: 'x'}},
        {type: 'content_block_stop', index: 0},
        {type: 'content_block_start', index: 1, content_block: {type: 'text', text: ''}},
        {type: 'content_block_delta', index: 1, delta: {type: 'text_delta', text: 'Yes.'}},
        {type: 'content_block_stop', index: 1},
        {type: 'message_delta', delta: {stop_reason: 'max_tokens'}, usage: {output_tokens: 9}},
        {type: 'message_stop'},
      ]
        .map(frame)
        .join(''),
    ),
  );
  const answer = messageOf((await collect(provider.answer(request, {signal}))).events);
  assert.deepEqual(
    [answer.parts, answer.endReason, answer.usage],
    [
      [
        {type: 'reasoning', text: 'Hm.', providerMetadata: {anthropic: {signature: 'x'}}},
        {type: 'text', text: 'Yes.'},
      ],
      'length',
      {promptTokens: 3, completionTokens: 9},
    ],
  );
});

for (const [status, type, message, code, retryable] of [
  [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context-too-long', false],
  [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', 'provider-error', false],
  [400, 'invalid_request_error', 'messages: field required', 'invalid-request', false],
  [401, 'authentication_error', 'invalid x-api-key sk-ant-canary', 'provider-error', false],
  [403, 'permission_error', 'Not for this key.', 'provider-error', false],
  [404, 'not_found_error', 'model: claude', 'model-not-found', false],
  [413, 'request_too_large', 'Request exceeds the maximum size.', 'context-too-long', false],
  [429, 'rate_limit_error', 'Number of requests has exceeded your limit', 'rate-limited', true],
  [500, 'api_error', 'Internal server error', 'provider-error', true],
  [529, 'overloaded_error', 'Overloaded', 'provider-unavailable', true],
] as const) {
  test(`Anthropic's ${status} ${type} becomes ${code} with our message: ${message}`, async () => {
    upstream.script(refuses(status, type, message, {'retry-after': '17'}));
    const {events, error} = await collect(provider.answer(request, {signal}));
    assert.ok(error instanceof ChatError);
    assert.deepEqual([events.length, error.code, error.retryable], [0, code, retryable]);
    const ours = code === 'invalid-request' ? 'The model refused the request.' : new ChatError(code).message;
    assert.equal(error.message, ours);
    assert.equal(error.retryAfter, status === 429 || status === 529 ? 17 : undefined);
  });
}

for (const [message, sentence] of [
  ['tools.0.custom.input_schema: JSON schema is invalid', 'The model refused the request because of its tools.'],
  ['stop_sequences.0: each must hold something else', 'The model refused the request because of its stop.'],
  ['max_tokens: 100000 > 64000, which is the maximum', 'The model refused the request because of its max_tokens.'],
  ['canary: Extra inputs are not permitted', 'The model refused an option of the request.'],
] as const) {
  test(`an option that Anthropic refuses becomes an invalid-request that names it: ${message}`, async () => {
    upstream.script(refuses(400, 'invalid_request_error', message));
    const {error} = await collect(provider.answer(request, {signal}));
    assert.ok(error instanceof ChatError);
    assert.deepEqual([error.code, error.message], ['invalid-request', sentence]);
  });
}

test('an overload inside an answer keeps the text so far, and is retryable', async () => {
  upstream.script((exchange) =>
    exchange.end(
      textDelta('Par') +
        frame({type: 'error', error: {type: 'overloaded_error', message: 'Overloaded'}} as {type: string}),
    ),
  );
  const {events, error} = await collect(provider.answer(request, {signal}));
  assert.ok(error instanceof ChatError);
  assert.deepEqual([textOf(messageOf(events)), error.code, error.retryable], ['Par', 'provider-unavailable', true]);
  assert.doesNotMatch(error.message, /Overloaded/);
});

test('an Anthropic answer is interrupted if its connection breaks', async () => {
  upstream.script(async (exchange) => {
    await exchange.write(textDelta('Par'));
    exchange.cut();
  });
  const {events, error} = await collect(provider.answer(request, {signal}));
  assert.deepEqual([textOf(messageOf(events)), error instanceof ChatError && error.code], ['Par', 'interrupted']);
});

test('aborting closes the socket to Anthropic', async () => {
  const controller = new AbortController();
  upstream.script(async (exchange) => {
    await exchange.write(textDelta('One'));
  });
  const seen: ChatEvent[] = [];
  await assert.rejects(async () => {
    for await (const events of provider.answer(request, {signal: controller.signal})) {
      seen.push(...events);
      controller.abort();
    }
  });
  await upstream.requests.at(-1)?.abandoned;
  assert.deepEqual(seen, [{type: 'text-delta', delta: 'One'}]);
});

test('a model that refuses temperature is asked again without it, and from then on always', async () => {
  upstream.script(
    refuses(400, 'invalid_request_error', '`temperature` is deprecated for this model.'),
    (exchange) => exchange.end(frame({type: 'message_stop'})),
    (exchange) => exchange.end(frame({type: 'message_stop'})),
  );
  const first = upstream.requests.length;
  for (let index = 0; index < 2; index++) {
    const {error} = await collect(provider.answer({...request, temperature: 0.7}, {signal}));
    assert.equal(error, undefined);
  }
  assert.deepEqual(
    upstream.requests.slice(first).map(({body}) => body?.['temperature']),
    [0.7, undefined, undefined],
  );
});

test('a temperature out of range is an error for its caller, and does not change the next request', async () => {
  upstream.script(refuses(400, 'invalid_request_error', 'temperature: range: 0..1'), (exchange) =>
    exchange.end(frame({type: 'message_stop'})),
  );
  const first = upstream.requests.length;
  const {error} = await collect(provider.answer({...request, temperature: -1}, {signal}));
  assert.ok(error instanceof ChatError);
  assert.deepEqual(
    [error.code, error.message],
    ['invalid-request', 'The model refused the request because of its temperature.'],
  );
  await collect(provider.answer({...request, temperature: 0}, {signal}));
  assert.deepEqual(
    upstream.requests.slice(first).map(({body}) => body?.['temperature']),
    [-1, 0],
  );
});

test("Anthropic's models are listed from all pages, and their longest answers are remembered", async () => {
  upstream.script(
    answers(200, {
      data: [
        {type: 'model', id: 'claude-a', display_name: 'Claude A', max_input_tokens: 200_000, max_tokens: 4096},
        {type: 'model', id: 'claude-old', display_name: 'Old', lifecycle: 'retired'},
      ],
      has_more: true,
      last_id: 'claude-old',
    }),
    answers(200, {data: [{type: 'model', id: 'claude-b', display_name: 'Claude B'}, 7], has_more: false}),
    (exchange) => exchange.end(frame({type: 'message_stop'})),
  );
  const first = upstream.requests.length;
  assert.deepEqual(await provider.models({signal}), [
    {id: 'claude-a', name: 'Claude A', provider: 'anthropic', contextLength: 200_000},
    {id: 'claude-b', name: 'Claude B', provider: 'anthropic'},
  ]);
  await collect(provider.answer({...request, model: 'claude-a'}, {signal}));
  const requests = upstream.requests.slice(first);
  assert.deepEqual(
    requests.map(({path}) => path),
    ['/v1/models?limit=1000', '/v1/models?limit=1000&after_id=claude-old', '/v1/messages'],
  );
  assert.equal(requests[2]?.body?.['max_tokens'], 4096);
});

test('an upstream that cannot be reached is provider-unavailable', async () => {
  const nobody = anthropic({apiKey: 'k', baseUrl: 'http://127.0.0.1:1/v1'});
  const {error} = await collect(nobody.answer(request, {signal}));
  await nobody.close?.();
  assert.ok(error instanceof ChatError);
  assert.equal(error.code, 'provider-unavailable');
});

test('an invalid base URL is refused with a sentence that says so', () => {
  assert.throws(() => anthropic({apiKey: 'k', baseUrl: 'api.anthropic.com'}), /no base URL/);
});
