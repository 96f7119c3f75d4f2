/** Upstreams of the kind `responses`: an emulator of OpenAI's, and a server of our own that knows nothing of ours. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type ChatEvent, type Message, applyEvent, emptyAnswer, textOf} from '@chatlet/protocol';
import transcripts from '@chatlet/testdata/dialects/openai-responses.json' with {type: 'json'};
import {askUpstreams} from '../check-upstreams.ts';
import type {ProviderRequest} from '../engine/provider.ts';
import type {ChatServerConfig} from '../index.ts';
import {json, readUntil, startChat} from '../testing/chat-server.ts';
import {calls, declines, eventsTo, reasons, responds, says, usage} from '../testing/responses-upstream.ts';
import {type Script, type Upstream, refuses, replays, startUpstream} from '../testing/upstream.ts';
import {createUpstream} from '../upstreams.ts';
import {collect} from './testing/scripted-provider.ts';

const asks: ProviderRequest = {model: 'gpt-9', messages: [{role: 'user', parts: [{type: 'text', text: 'Hi'}]}]};
const weather = {name: 'weather', inputSchema: {type: 'object'}};

interface Asked {
  readonly answer: Message;
  readonly error: ChatError | undefined;
  /** The bodies that the upstream got. */
  readonly bodies: readonly Readonly<Record<string, unknown>>[];
}

/** Asks once, with one script for each request that the provider makes. */
async function ask(scripts: readonly Script[], request: Partial<ProviderRequest> = {}): Promise<Asked> {
  const upstream = await startUpstream();
  upstream.script(...scripts);
  const provider = createUpstream({id: 'r', kind: 'responses', baseUrl: upstream.baseUrl, apiKey: 'sk-canary'});
  const {signal} = new AbortController();
  const {events, error} = await collect(provider.answer({...asks, ...request}, {signal}));
  await provider.close?.();
  await upstream.close();
  assert.deepEqual(
    [...new Set(upstream.requests.map(({path}) => path))],
    upstream.requests.length > 0 ? ['/v1/responses'] : [],
  );
  return {
    answer: messageOf(events),
    error: error === undefined ? undefined : ChatError.from(error),
    bodies: upstream.requests.map(({body = {}}) => body),
  };
}

function messageOf(events: readonly ChatEvent[]): Message {
  return events.reduce(applyEvent, emptyAnswer({id: 'm', createdAt: ''}));
}

const kept = (id: string, encrypted: string) => ({'openai-responses': {id, encrypted_content: encrypted}});

suite('an upstream of the kind responses', () => {
  for (const transcript of transcripts) {
    test(`the stream ${transcript.id} reads the same in pieces of any size`, async () => {
      for (const size of [1, 64, Infinity]) {
        const {answer, error} = await ask([replays(transcript, size)]);
        const {expected} = transcript;
        assert.equal(textOf(answer), expected.text);
        assert.equal(error !== undefined, 'error' in expected);
        if (expected.complete) assert.equal(answer.endReason, expected.finish);
      }
    });
  }

  test('it is asked for a stream that is not kept, and for its reasoning encrypted', async () => {
    const {bodies, answer} = await ask([responds([says('Hello there')])], {
      messages: [
        {role: 'system', parts: [{type: 'text', text: 'Be brief.'}]},
        ...asks.messages,
        {role: 'assistant', parts: [{type: 'text', text: 'Yes?'}]},
        {role: 'system', parts: [{type: 'text', text: 'Be kind.'}]},
        {
          role: 'user',
          parts: [
            {type: 'text', text: 'Look'},
            {type: 'file', url: 'data:image/png;base64,AA==', mediaType: 'image/png'},
          ],
        },
      ],
      maxTokens: 100,
      temperature: 0.5,
      tools: [weather],
      toolChoice: {name: 'weather'},
      parallelToolCalls: false,
      responseFormat: {type: 'json_schema', json_schema: {name: 'a', schema: {type: 'object'}, strict: true}},
      reasoning: {effort: 'high', summary: 'auto'},
      further: {verbosity: 'low', service_tier: 'flex', prompt_cache_key: 'k', frequency_penalty: 0},
    });
    assert.equal(textOf(answer), 'Hello there');
    assert.deepEqual(bodies, [
      {
        store: false,
        service_tier: 'flex',
        prompt_cache_key: 'k',
        model: 'gpt-9',
        instructions: 'Be brief.',
        input: [
          {type: 'message', role: 'user', content: [{type: 'input_text', text: 'Hi'}]},
          {type: 'message', role: 'assistant', content: [{type: 'output_text', text: 'Yes?'}]},
          {type: 'message', role: 'developer', content: 'Be kind.'},
          {
            type: 'message',
            role: 'user',
            content: [
              {type: 'input_text', text: 'Look'},
              {type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'auto'},
            ],
          },
        ],
        stream: true,
        include: ['reasoning.encrypted_content'],
        temperature: 0.5,
        max_output_tokens: 100,
        reasoning: {effort: 'high', summary: 'auto'},
        text: {format: {type: 'json_schema', name: 'a', schema: {type: 'object'}, strict: true}, verbosity: 'low'},
        tools: [{type: 'function', name: 'weather', parameters: {type: 'object'}, strict: false}],
        parallel_tool_calls: false,
        tool_choice: {type: 'function', name: 'weather'},
      },
    ]);
  });

  test('reasoning summaries become reasoning in paragraphs, with the encrypted content of their item', async () => {
    const {answer} = await ask([responds([reasons('rs_1', 'AAA', 'First this.', 'Then that.'), says('42')])]);
    assert.deepEqual(answer.parts, [
      {type: 'reasoning', text: 'First this.\n\nThen that.', providerMetadata: kept('rs_1', 'AAA')},
      {type: 'text', text: '42'},
    ]);
    assert.deepEqual(answer.usage, {promptTokens: 75, completionTokens: 1186, cachedTokens: 64, reasoningTokens: 1024});
  });

  test('the reasoning behind each call goes back before it, round for round', async () => {
    const first = await ask([responds([reasons('rs_1', 'AAA', 'Hm.'), calls('c1', 'weather', '{"city": "Bern"}')])], {
      tools: [weather],
    });
    assert.equal(first.answer.endReason, 'tool-calls');
    const withResult = (message: Message, callId: string) =>
      applyEvent(message, {type: 'tool-result', callId, output: 'sunny'}).parts;
    const messages = [...asks.messages, {role: 'assistant' as const, parts: withResult(first.answer, 'c1')}];
    const second = await ask([responds([reasons('rs_2', 'BBB'), calls('c2', 'weather', '{}')])], {
      tools: [weather],
      messages,
    });
    assert.equal(second.error, undefined);
    const parts = [...withResult(first.answer, 'c1'), ...withResult(second.answer, 'c2')];
    const third = await ask([responds([says('Sunny.')])], {
      tools: [weather],
      messages: [...asks.messages, {role: 'assistant', parts}],
    });
    assert.equal(textOf(third.answer), 'Sunny.');
    assert.deepEqual(third.bodies[0]?.['input'], [
      {type: 'message', role: 'user', content: [{type: 'input_text', text: 'Hi'}]},
      {type: 'reasoning', id: 'rs_1', encrypted_content: 'AAA', summary: [{type: 'summary_text', text: 'Hm.'}]},
      {type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city": "Bern"}'},
      {type: 'function_call_output', call_id: 'c1', output: 'sunny'},
      {type: 'reasoning', id: 'rs_2', encrypted_content: 'BBB', summary: []},
      {type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{}'},
      {type: 'function_call_output', call_id: 'c2', output: 'sunny'},
    ]);
  });

  test('the written reasoning of open models goes back as content', async () => {
    const written: Script = async (exchange) => {
      const send = eventsTo(exchange);
      await send('response.reasoning_text.delta', {item_id: 'rs_1', output_index: 0, content_index: 0, delta: 'Hm.'});
      const content = [{type: 'reasoning_text', text: 'Hm.'}];
      await send('response.output_item.done', {
        output_index: 0,
        item: {id: 'rs_1', type: 'reasoning', summary: [], content},
      });
      await send('response.output_item.done', {output_index: 1, item: calls('c1', 'weather', '{}')});
      await send('response.completed', {response: {status: 'completed'}});
      exchange.end();
    };
    const {answer} = await ask([written]);
    const {bodies} = await ask([replays({http: {status: 200, headers: {}}, body: ''}, 1)], {
      messages: [...asks.messages, {role: 'assistant', parts: answer.parts}],
    });
    const input = bodies[0]?.['input'];
    assert.deepEqual(Array.isArray(input) && input[1], {
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      content: [{type: 'reasoning_text', text: 'Hm.'}],
    });
  });

  test('a refusal is the text of the answer', async () => {
    const {answer} = await ask([responds([declines('I cannot help with that.')])]);
    assert.deepEqual([textOf(answer), answer.endReason], ['I cannot help with that.', 'stop']);
  });

  for (const [why, reason] of [
    ['max_output_tokens', 'length'],
    ['content_filter', 'content-filter'],
  ] as const) {
    test(`an answer that is incomplete because of ${why} ends with ${reason}`, async () => {
      const ending = {status: 'incomplete', incomplete_details: {reason: why}};
      const {answer} = await ask([responds([says('Half')], ending)]);
      assert.deepEqual(
        [textOf(answer), answer.endReason, answer.usage?.promptTokens],
        ['Half', reason, usage.input_tokens],
      );
    });
  }

  for (const [what, error, code] of [
    [
      'a limit',
      {type: 'error', code: 'rate_limit_exceeded', message: 'Slow down, sk-canary', param: null},
      'rate-limited',
    ],
    [
      'a failure',
      {type: 'error', error: {type: 'server_error', code: 'server_error', message: 'sk-canary'}},
      'provider-error',
    ],
  ] as const) {
    test(`${what} that an event of the stream tells is ${code}, after the text so far`, async () => {
      const {answer, error: thrown} = await ask([
        async (exchange) => {
          const send = eventsTo(exchange);
          await send('response.output_text.delta', {item_id: 'm', output_index: 0, content_index: 0, delta: 'Half'});
          await send('error', error);
          exchange.end();
        },
      ]);
      assert.deepEqual([textOf(answer), thrown?.code], ['Half', code]);
      assert.doesNotMatch(thrown?.message ?? '', /canary/);
    });
  }

  test('a response that failed because of the prompt is the caller’s to change', async () => {
    const error = {code: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.'};
    const {error: thrown} = await ask([responds([], {status: 'failed', error})]);
    assert.equal(thrown?.code, 'context-too-long');
  });

  test('a stream that ends without its last event is interrupted', async () => {
    const {events} = await withUpstream(async (exchange) => {
      await eventsTo(exchange)('response.output_text.delta', {item_id: 'm', content_index: 0, delta: 'Half'});
      exchange.end();
    });
    assert.deepEqual(events.at(-1), {
      type: 'error',
      code: 'interrupted',
      message: new ChatError('interrupted').message,
      retryable: true,
    });
  });

  test('a model without a stream, encryption or temperature is asked in its own way, and then at once', async () => {
    const refusal = (message: string, param: string) =>
      refuses(400, {error: {message, type: 'invalid_request_error', param, code: null}});
    const upstream = await startUpstream();
    const whole = refuses(200, {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      error: null,
      output: [reasons('rs_1', '', 'Hm.'), says('Whole')],
      usage,
    });
    upstream.script(
      refusal('Encrypted content is not supported with this model.', 'include'),
      refusal("Unsupported parameter: 'temperature' is not supported with this model.", 'temperature'),
      refusal("Unsupported value: 'stream' does not support true with this model. Only false is supported.", 'stream'),
      whole,
      whole,
    );
    const provider = createUpstream({id: 'r', kind: 'responses', baseUrl: upstream.baseUrl});
    for (const requests of [4, 5]) {
      const {events} = await collect(
        provider.answer({...asks, temperature: 1}, {signal: new AbortController().signal}),
      );
      const {parts} = messageOf(events);
      assert.deepEqual(
        [parts, upstream.requests.length],
        [
          [
            {type: 'reasoning', text: 'Hm.'},
            {type: 'text', text: 'Whole'},
          ],
          requests,
        ],
      );
    }
    await provider.close?.();
    await upstream.close();
  });

  for (const [param, options] of [
    ['stop', {stop: ['x']}],
    ['seed', {seed: 1}],
    ['logit_bias', {further: {logit_bias: {1: 1}}}],
    ['presence_penalty', {further: {presence_penalty: 1}}],
  ] as const) {
    test(`${param}, which this API has not, is a 400 that names it`, async () => {
      const {error, bodies} = await ask([], options);
      assert.deepEqual([error?.code, error?.details?.['param'], bodies], ['invalid-request', param, []]);
    });
  }

  test('a chat keeps the reasoning out of sight of pages, and gives it back with the next question', async () => {
    await withServer(async ({chat, upstream}) => {
      upstream.script(
        responds([reasons('rs_1', 'SECRET', 'Hm.'), calls('c1', 'weather', '{}')]),
        responds([says('Hi')]),
      );
      const {chatId, events} = await chat.ask('Weather?');
      assert.doesNotMatch(JSON.stringify([events, await chat.messages(chatId)]), /SECRET/);
      assert.equal((await chat.ask('And?', {chatId})).text, 'Hi');
      assert.match(JSON.stringify(upstream.requests.at(-1)?.body), /"encrypted_content":"SECRET"/);
    });
  });

  for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/responses'] as const) {
    test(`clients of ${path} get the encrypted reasoning, and give it back`, async () => {
      await withServer(async ({chat, upstream}) => {
        upstream.script(
          responds([reasons('rs_1', 'SECRET', 'Hm.'), calls('c1', 'weather', '{}')]),
          responds([says('Hi')]),
        );
        const [first, second] = twoRounds[path];
        const answer = await json<Record<string, unknown>>(await chat.post(path, first, {}));
        const response = await chat.post(path, second(answer), {});
        assert.equal(response.status, 200, await response.text());
        const input = upstream.requests.at(-1)?.body?.['input'];
        assert.deepEqual(Array.isArray(input) && input[1], {
          type: 'reasoning',
          id: 'rs_1',
          encrypted_content: 'SECRET',
          summary: [{type: 'summary_text', text: 'Hm.'}],
        });
      });
    });
  }

  test('stop ends the answer at the upstream', async () => {
    await withServer(async ({chat, upstream}) => {
      upstream.script(async (exchange) => {
        await eventsTo(exchange)('response.output_text.delta', {item_id: 'm', content_index: 0, delta: 'Half'});
      });
      const response = await chat.post('/api/chat', {message: {text: 'Hi'}});
      await readUntil(response, (text) => text === 'Half');
      const {status} = await chat.post(`/api/chat/${response.headers.get('x-chat-id')}/stop`, {});
      assert.equal(status, 200);
      await upstream.first.abandoned;
    });
  });

  test('embeddings are passed on, and the models are listed', async () => {
    await withServer(async ({chat, upstream}) => {
      const {status} = await chat.post('/v1/embeddings', {model: 'e', input: 'Hi'}, {});
      const {data} = await json<{data: {id: string}[]}>(await chat.get('/v1/models'));
      assert.deepEqual([status, upstream.first.path, data.map(({id}) => id)], [200, '/v1/embeddings', ['test-model']]);
    });
  });

  test('the start says that an address has the path of a question at its end', async () => {
    const upstream = await startUpstream();
    upstream.models = refuses(404, {});
    const baseUrl = `${upstream.baseUrl}/responses`;
    const [checked] = await askUpstreams({upstreams: [{id: 'r', kind: 'responses', baseUrl, apiKey: 'k'}]});
    await checked?.provider.close?.();
    await upstream.close();
    assert.match(checked?.trouble ?? '', /^The upstream "r" .*too much at its end/);
  });
});

suite('our own /v1/responses as the upstream of another server', () => {
  test('text, a call with its result, an image and the usage come through both', async () => {
    await using inner = await startChat();
    const config = {upstreams: [{id: 'inner', kind: 'responses', baseUrl: `${inner.url}/v1`}]} as const;
    await using outer = await startChat({...onlyUpstreams(config), defaultModel: 'test-model'});
    const tools = [{type: 'function', function: {name: 'weather', parameters: {type: 'object'}}}];
    const call = {id: 'c1', type: 'function', function: {name: 'weather', arguments: '{"city": "Bern"}'}};
    const chunk = (delta: object, finish: string | null = null) =>
      `data: ${JSON.stringify({object: 'chat.completion.chunk', choices: [{index: 0, delta, finish_reason: finish}]})}\n\n`;
    inner.upstream.script((exchange) => {
      exchange.end(
        chunk({reasoning_content: 'Hm.'}) + chunk({tool_calls: [{index: 0, ...call}]}) + chunk({}, 'tool_calls'),
      );
    });
    const image = {type: 'image_url', image_url: {url: 'data:image/png;base64,AA==', detail: 'low'}};
    const question = {role: 'user', content: [{type: 'text', text: 'Weather?'}, image]};
    const first = await json<{choices: [{message: Record<string, unknown>; finish_reason: string}]}>(
      await outer.post('/v1/chat/completions', {model: 'default', messages: [question], tools}, {}),
    );
    const [{message, finish_reason}] = first.choices;
    assert.deepEqual([message['tool_calls'], finish_reason], [[call], 'tool_calls']);
    const result = {role: 'tool', tool_call_id: 'c1', content: 'sunny'};
    const second = await json<{choices: [{message: {content: string}}]; usage: object}>(
      await outer.post('/v1/chat/completions', {model: 'default', messages: [question, message, result], tools}, {}),
    );
    assert.deepEqual(
      [second.choices[0].message.content, second.usage],
      ['You said: sunny', {prompt_tokens: 9, completion_tokens: 3, total_tokens: 12}],
    );
    assert.deepEqual(inner.upstream.requests.at(-1)?.body?.['messages'], [
      question,
      {role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call]},
      result,
    ]);
  });
});

const question = {role: 'user', content: 'Weather?'};
type Answer = Readonly<Record<string, unknown>>;
type Rounds = readonly [first: object, second: (answer: Answer) => object];

/** Two requests of each API: a question with a tool, and the same conversation with the tool's result. */
const twoRounds: Readonly<Record<'/v1/chat/completions' | '/v1/messages' | '/v1/responses', Rounds>> = {
  '/v1/chat/completions': [
    {model: 'default', messages: [question], tools: [{type: 'function', function: {name: 'weather'}}]},
    ({choices}) => {
      const [{message}] = choices as readonly [{message: object}];
      return {model: 'default', messages: [question, message, {role: 'tool', tool_call_id: 'c1', content: 'sunny'}]};
    },
  ],
  '/v1/messages': [
    {
      model: 'default',
      max_tokens: 100,
      thinking: {type: 'adaptive'},
      messages: [question],
      tools: [{name: 'weather', input_schema: {type: 'object'}}],
    },
    ({content}) => ({
      model: 'default',
      max_tokens: 100,
      messages: [
        question,
        {role: 'assistant', content},
        {role: 'user', content: [{type: 'tool_result', tool_use_id: 'c1', content: 'sunny'}]},
      ],
    }),
  ],
  '/v1/responses': [
    {
      store: false,
      include: ['reasoning.encrypted_content'],
      input: [question],
      tools: [{type: 'function', name: 'weather', parameters: {type: 'object'}}],
    },
    ({output}) => ({
      store: false,
      input: [
        question,
        ...(output as readonly object[]),
        {type: 'function_call_output', call_id: 'c1', output: 'sunny'},
      ],
    }),
  ],
};

/** The configuration of a server that has no other upstream. */
function onlyUpstreams(config: ChatServerConfig): ChatServerConfig {
  return {openai: undefined, ...config} as unknown as ChatServerConfig;
}

async function withServer(
  run: (at: {chat: Awaited<ReturnType<typeof startChat>>; upstream: Upstream}) => Promise<void>,
): Promise<void> {
  const upstream = await startUpstream();
  const upstreams = [{id: 'r', kind: 'responses', baseUrl: upstream.baseUrl}] as const;
  await using chat = await startChat(onlyUpstreams({upstreams}));
  try {
    await run({chat, upstream});
  } finally {
    await upstream.close();
  }
}

/** The events of an answer as a page gets them. */
async function withUpstream(script: Script): Promise<{events: readonly ChatEvent[]}> {
  let events: readonly ChatEvent[] = [];
  await withServer(async ({chat, upstream}) => {
    upstream.script(script);
    ({events} = await chat.ask('Hi'));
  });
  return {events};
}
