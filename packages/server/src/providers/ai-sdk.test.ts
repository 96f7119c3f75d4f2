import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {LoadAPIKeyError, simulateReadableStream} from 'ai';
import {MockLanguageModelV3, MockLanguageModelV4} from 'ai/test';
import {ChatError, type ChatEvent, applyEvent, emptyAnswer, textOf} from '@chatlet/protocol';
import type {PromptMessage, Provider, ProviderRequest} from '../engine/provider.ts';
import {type Upstream, delta, done, refuses, says as upstreamSays, startUpstream} from '../testing/upstream.ts';
import {type AISDKModel, fromAISDK} from './ai-sdk.ts';
import {collect, says} from './testing/scripted-provider.ts';

const {signal} = new AbortController();
const hello: PromptMessage = {role: 'user', parts: [{type: 'text', text: 'Hello'}]};
const request: ProviderRequest = {model: 'mock-model-id', messages: [hello]};

type V4Part =
  Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never;

const usage = {
  inputTokens: {total: 9, noCache: 9, cacheRead: 0, cacheWrite: 0},
  outputTokens: {total: 3, text: 3, reasoning: 0},
};
const finish = (
  unified: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error' | 'interrupted' | 'other',
  raw?: string,
): V4Part => ({
  type: 'finish',
  usage,
  finishReason: {unified, raw},
});
const counted: ChatEvent = {type: 'usage', promptTokens: 9, completionTokens: 3};
const ended: ChatEvent = {type: 'message-end', reason: 'stop'};

function mock(...parts: readonly V4Part[]): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doStream: async () => ({
      stream: simulateReadableStream({chunks: [...parts], initialDelayInMs: null, chunkDelayInMs: null}),
    }),
  });
}

const ask = (model: AISDKModel, more: Partial<ProviderRequest> = {}) =>
  collect(fromAISDK(model).answer({...request, ...more}, {signal}));

test('T2-04: what an AI SDK model wants back with reasoning and calls goes back to it', async () => {
  const signed = {anthropic: {signature: 'SIG=='}};
  const thought = {google: {thoughtSignature: 'T=='}};
  const first = mock(
    {type: 'reasoning-start', id: 'r', providerMetadata: {anthropic: {kind: 'thinking'}}},
    {type: 'reasoning-delta', id: 'r', delta: 'Hm.'},
    {type: 'reasoning-end', id: 'r', providerMetadata: signed},
    {type: 'tool-call', toolCallId: 'c1', toolName: 'now', input: '{}', providerMetadata: thought},
    finish('tool-calls', 'tool_calls'),
  );
  const {events} = await ask(first);
  const {parts} = events.reduce(applyEvent, emptyAnswer({id: 'm', createdAt: ''}));
  const second = mock(finish('stop'));
  await ask(second, {messages: [...request.messages, {role: 'assistant', parts}]});
  const answer = second.doStreamCalls[0]?.prompt.find(({role}) => role === 'assistant');
  assert.deepEqual(answer?.content, [
    {type: 'reasoning', text: 'Hm.', providerOptions: signed},
    {type: 'tool-call', toolCallId: 'c1', toolName: 'now', input: {}, providerOptions: thought},
  ]);
});

test('text, reasoning, tool calls, sources and usage of an AI SDK model become events', async () => {
  const model = mock(
    {type: 'stream-start', warnings: []},
    {type: 'reasoning-start', id: 'r'},
    {type: 'reasoning-delta', id: 'r', delta: 'Hm.'},
    {type: 'reasoning-end', id: 'r'},
    {type: 'text-start', id: 't'},
    {type: 'text-delta', id: 't', delta: ''},
    {type: 'text-delta', id: 't', delta: 'Let me look.'},
    {type: 'text-end', id: 't'},
    {type: 'source', sourceType: 'url', id: 's1', url: 'https://example.com/', title: 'Example'},
    {type: 'source', sourceType: 'document', id: 's2', mediaType: 'text/plain', title: 'Report'},
    {type: 'tool-input-start', id: 'c1', toolName: 'weather'},
    {type: 'tool-input-delta', id: 'c1', delta: '{"city":"Rome"}'},
    {type: 'tool-input-end', id: 'c1'},
    {type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: '{"city":"Rome"}'},
    {type: 'tool-call', toolCallId: 'c2', toolName: 'now', input: ''},
    {type: 'tool-call', toolCallId: 'c3', toolName: 'now', input: '{"broken'},
    {type: 'ping'},
    finish('tool-calls', 'tool_calls'),
  );
  assert.deepEqual(await ask(model), {
    events: [
      {type: 'reasoning-delta', delta: 'Hm.'},
      says('Let me look.'),
      {type: 'source', id: 's1', title: 'Example', url: 'https://example.com/'},
      {type: 'source', id: 's2', title: 'Report'},
      {type: 'tool-call', callId: 'c1', name: 'weather', input: {city: 'Rome'}},
      {type: 'tool-call', callId: 'c2', name: 'now', input: {}},
      {type: 'tool-call', callId: 'c3', name: 'now', input: '{"broken'},
      counted,
      {type: 'message-end', reason: 'tool-calls'},
    ],
  });
});

test('results of tools that the upstream ran come through, without preliminary ones', async () => {
  const result = {type: 'tool-result', toolName: 'search'} as const;
  const model = mock(
    {type: 'tool-call', toolCallId: 'c1', toolName: 'search', input: '{}', providerExecuted: true},
    {...result, toolCallId: 'c1', result: {hits: 1}, preliminary: true},
    {...result, toolCallId: 'c1', result: {hits: 2}},
    {...result, toolCallId: 'c2', result: 'No network.', isError: true},
    finish('stop'),
  );
  assert.deepEqual((await ask(model)).events.slice(1, 3), [
    {type: 'tool-result', callId: 'c1', output: {hits: 2}},
    {type: 'tool-result', callId: 'c2', output: 'No network.', failed: true},
  ]);
});

test('an AI SDK model of the third generation gives the same events', async () => {
  const model = new MockLanguageModelV3({
    doStream: async () => ({
      stream: simulateReadableStream({
        initialDelayInMs: null,
        chunkDelayInMs: null,
        chunks: [
          {type: 'text-delta' as const, id: 't', delta: 'Hi'},
          {type: 'finish' as const, usage, finishReason: {unified: 'length' as const, raw: 'length'}},
        ],
      }),
    }),
  });
  assert.deepEqual(await ask(model), {events: [says('Hi'), counted, {type: 'message-end', reason: 'length'}]});
});

test('an AI SDK model of the second generation gives the same events, and gets files in its own spelling', async () => {
  const calls: unknown[] = [];
  const model = {
    specificationVersion: 'v2',
    provider: 'old.chat',
    modelId: 'mock-model-id',
    supportedUrls: {'image/*': [/^https:/]},
    doStream: async (options: unknown) => {
      calls.push(options);
      return {
        stream: simulateReadableStream<unknown>({
          initialDelayInMs: null,
          chunkDelayInMs: null,
          chunks: [
            {type: 'text-delta', id: 't', delta: 'Hi'},
            {type: 'finish', usage: {inputTokens: 9, outputTokens: 3, totalTokens: 12}, finishReason: 'stop'},
          ],
        }),
      };
    },
  };
  const image: PromptMessage = {
    role: 'user',
    parts: [
      {type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA', name: 'a.png'},
      {type: 'file', mediaType: 'image/png', url: 'https://example.com/b.png'},
    ],
  };
  assert.deepEqual(await ask(model, {messages: [image]}), {events: [says('Hi'), counted, ended]});
  assert.deepEqual((calls[0] as {prompt: unknown}).prompt, [
    {
      role: 'user',
      content: [
        {type: 'file', mediaType: 'image/png', filename: 'a.png', data: 'AAAA'},
        {type: 'file', mediaType: 'image/png', filename: undefined, data: new URL('https://example.com/b.png')},
      ],
    },
  ]);
});

test('an AI SDK model gets the whole request: instructions, tools and their results, limits', async () => {
  const model = mock(finish('stop'));
  await ask(model, {
    messages: [
      {role: 'system', parts: [{type: 'text', text: 'Be kind.'}]},
      hello,
      {
        role: 'assistant',
        parts: [
          {type: 'text', text: 'Let me look.'},
          {type: 'tool', callId: 'c1', name: 'weather', input: {city: 'Rome'}, state: 'done', output: {celsius: 20}},
          {type: 'tool', callId: 'c2', name: 'now', input: 'x', state: 'failed', output: 'No clock.'},
          {type: 'text', text: 'Warm.'},
        ],
      },
      {role: 'user', parts: [{type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA'}]},
    ],
    temperature: 0,
    topP: 0.9,
    maxTokens: 50,
    stop: ['END'],
    seed: 7,
    tools: [{name: 'weather', description: 'Tells it.', inputSchema: {type: 'object'}}],
    toolChoice: {name: 'weather'},
    responseFormat: {type: 'json_schema', json_schema: {name: 'x', schema: {type: 'object'}}},
  });
  const {abortSignal, providerOptions, ...call} = JSON.parse(JSON.stringify(model.doStreamCalls[0]));
  assert.deepEqual([typeof abortSignal, providerOptions], ['object', undefined]);
  assert.deepEqual(call, {
    prompt: [
      {role: 'system', content: 'Be kind.'},
      {role: 'user', content: [{type: 'text', text: 'Hello'}]},
      {
        role: 'assistant',
        content: [
          {type: 'text', text: 'Let me look.'},
          {type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: {city: 'Rome'}},
          {type: 'tool-call', toolCallId: 'c2', toolName: 'now', input: {input: 'x'}},
        ],
      },
      {
        role: 'tool',
        content: [
          {type: 'tool-result', toolCallId: 'c1', toolName: 'weather', output: {type: 'json', value: {celsius: 20}}},
          {type: 'tool-result', toolCallId: 'c2', toolName: 'now', output: {type: 'error-text', value: 'No clock.'}},
        ],
      },
      {role: 'assistant', content: [{type: 'text', text: 'Warm.'}]},
      {role: 'user', content: [{type: 'file', mediaType: 'image/png', data: {type: 'data', data: 'AAAA'}}]},
    ],
    temperature: 0,
    topP: 0.9,
    maxOutputTokens: 50,
    stopSequences: ['END'],
    seed: 7,
    tools: [{type: 'function', name: 'weather', description: 'Tells it.', inputSchema: {type: 'object'}}],
    toolChoice: {type: 'tool', toolName: 'weather'},
    responseFormat: {type: 'json', schema: {type: 'object'}, name: 'x'},
  });
});

test('a file by a URL that the model does not fetch itself is refused, and never fetched by the server', async () => {
  const {error} = await ask(mock(finish('stop')), {
    messages: [{role: 'user', parts: [{type: 'file', mediaType: 'image/png', url: 'http://127.0.0.1/secret'}]}],
  });
  assert.ok(error instanceof ChatError);
  assert.equal(error.code, 'invalid-request');
});

for (const [name, part, events, code] of [
  ['an error in the stream', {type: 'error', error: new Error('canary')}, [], 'provider-error'],
  [
    'an error in the way of OpenAI',
    {type: 'error', error: {message: 'canary', code: 'rate_limit_exceeded'}},
    [],
    'rate-limited',
  ],
  ['an answer that ends by an error', finish('error'), [], 'provider-error'],
] as const satisfies readonly (readonly [string, V4Part, readonly ChatEvent[], string])[]) {
  test(`${name} becomes a ChatError after the text so far`, async () => {
    const {events: got, error} = await ask(mock({type: 'text-delta', id: 't', delta: 'Par'}, part));
    assert.ok(error instanceof ChatError);
    assert.deepEqual([got, error.code, error.message.includes('canary')], [[says('Par'), ...events], code, false]);
  });
}

test('a model without its API key fails with an error that is not retryable', async () => {
  const model = new MockLanguageModelV4({
    doStream: async () => {
      throw new LoadAPIKeyError({message: 'canary: the key is missing'});
    },
  });
  const {error} = await ask(model);
  assert.ok(error instanceof ChatError);
  assert.deepEqual([error.code, error.retryable, error.message.includes('canary')], ['provider-error', false, false]);
});

test('an answer without an end reason is interrupted; one with an unknown reason is complete', async () => {
  const ends = [finish('other'), finish('other', 'eos'), finish('interrupted', 'x')];
  const last = await Promise.all(ends.map(async (end) => (await ask(mock(end))).events.at(-1)));
  assert.deepEqual(last, [new ChatError('interrupted').toEvent(), ended, new ChatError('interrupted').toEvent()]);
});

test('aborting reaches an AI SDK model, and so does a reader that leaves', async () => {
  const signals: AbortSignal[] = [];
  const model = new MockLanguageModelV4({
    doStream: async ({abortSignal}) => {
      assert.ok(abortSignal);
      signals.push(abortSignal);
      return {
        stream: new ReadableStream({
          start(controller) {
            controller.enqueue({type: 'text-delta', id: 't', delta: 'One'});
            abortSignal.addEventListener('abort', () => controller.error(abortSignal.reason));
          },
        }),
      };
    },
  });
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of fromAISDK(model).answer(request, {signal: controller.signal})) controller.abort();
  });
  for await (const _ of fromAISDK(model).answer(request, {signal})) break;
  assert.deepEqual(
    signals.map(({aborted}) => aborted),
    [true, true],
  );
});

test('AI SDK models are listed and asked by their own ids, or by the ids of the configuration', async () => {
  const [fast, good] = [mock(finish('stop')), mock({type: 'text-delta', id: 't', delta: 'Good'}, finish('stop'))];
  const provider: Provider = fromAISDK([fast, {model: good, id: 'good', name: 'Good one', contextLength: 1000}], {
    id: 'house',
  });
  assert.deepEqual(await provider.models({signal}), [
    {id: 'mock-model-id', name: 'mock-model-id', provider: 'house'},
    {id: 'good', name: 'Good one', provider: 'house', contextLength: 1000},
  ]);
  assert.deepEqual((await collect(provider.answer({...request, model: 'good'}, {signal}))).events[0], says('Good'));
  const {error} = await collect(provider.answer({...request, model: 'bad'}, {signal}));
  assert.ok(error instanceof ChatError);
  assert.equal(error.code, 'model-not-found');
});

let upstream: Upstream;
before(async () => {
  upstream = await startUpstream();
});
after(() => upstream.close());

/** A real model of the SDK over real HTTP. */
function overHttp(): Provider {
  return fromAISDK(
    createOpenAICompatible({name: 'test', baseURL: upstream.baseUrl, apiKey: 'k', includeUsage: true})('test-model'),
  );
}
const askOverHttp = (more: Partial<ProviderRequest> = {}) =>
  collect(overHttp().answer({...request, model: 'test-model', ...more}, {signal}));

test('a real model of the AI SDK answers over HTTP', async () => {
  upstream.script(upstreamSays('Hel', 'lo'));
  const {events, error} = await askOverHttp({temperature: 0});
  const answer = events.reduce(applyEvent, emptyAnswer({id: 'm', createdAt: ''}));
  assert.deepEqual(
    [textOf(answer), answer.endReason, answer.usage, error, upstream.requests.at(-1)?.body?.['temperature']],
    ['Hello', 'stop', {promptTokens: 9, completionTokens: 3}, undefined, 0],
  );
});

for (const [status, code, retryAfter] of [
  [429, 'rate-limited', 9],
  [503, 'provider-unavailable', 9],
  [401, 'provider-error', undefined],
  [404, 'model-not-found', undefined],
] as const) {
  test(`an AI SDK upstream's ${status} becomes ${code}, after one request and without its own words`, async () => {
    const first = upstream.requests.length;
    upstream.script(refuses(status, {error: {message: 'canary model', type: 'x'}}, {'retry-after': '9'}));
    const {error} = await askOverHttp();
    assert.ok(error instanceof ChatError);
    assert.deepEqual(
      [error.code, error.retryAfter, error.message.includes('canary'), upstream.requests.length - first],
      [code, retryAfter, false, 1],
    );
  });
}

test('an answer whose AI SDK upstream dies in the middle is interrupted, never complete', async () => {
  for (const die of ['cut', 'end'] as const) {
    upstream.script(async (exchange) => {
      await exchange.write(delta('Par'));
      exchange[die]();
    });
    const {events, error} = await askOverHttp();
    assert.deepEqual(
      [events.filter(({type}) => type === 'text-delta'), error instanceof ChatError && error.code],
      [[says('Par')], 'interrupted'],
      die,
    );
  }
});

test('an unreadable event of an AI SDK stream is skipped, and the answer goes on', async () => {
  upstream.script((exchange) => exchange.end(`${delta('Hel')}data: {"broken\n\n${delta('lo')}${done()}`));
  const {events, error} = await askOverHttp();
  const answer = events.reduce(applyEvent, emptyAnswer({id: 'm', createdAt: ''}));
  assert.deepEqual([textOf(answer), answer.endReason, error], ['Hello', 'stop', undefined]);
});

test('aborting closes the socket of the AI SDK upstream', async () => {
  const controller = new AbortController();
  upstream.script(async (exchange) => {
    await exchange.write(delta('One'));
  });
  await assert.rejects(async () => {
    for await (const _ of overHttp().answer({...request, model: 'test-model'}, {signal: controller.signal}))
      controller.abort();
  });
  await upstream.requests.at(-1)?.abandoned;
});
