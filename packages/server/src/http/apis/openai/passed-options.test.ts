/** Every option of OpenAI's chat completions through a real server: passed on, read here, or refused by its name. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import schemas from '@chatlet/testdata/openai-chat.schema.json' with {type: 'json'};
import type {ChatServerConfig} from '../../../index.ts';
import {json, startChat} from '../../../testing/chat-server.ts';
import {delta, done} from '../../../testing/upstream.ts';

const messages = [{role: 'user', content: 'Hi'}];
const tool = {type: 'function', function: {name: 'weather', parameters: {type: 'object', properties: {}}}};

async function send(more: object, config: ChatServerConfig = {}) {
  await using chat = await startChat(config);
  const response = await chat.post('/v1/chat/completions', {model: 'test-model', messages, ...more}, {});
  const body = await json<{error?: {message: string; param: string | null}}>(response);
  return {status: response.status, error: body.error, upstream: chat.upstream.requests[0]?.body};
}

/** Options that the upstream gets as they are, with a value of each. */
const passed: Readonly<Record<string, unknown>> = {
  reasoning_effort: 'none',
  verbosity: 'low',
  frequency_penalty: 0.5,
  presence_penalty: -1,
  logit_bias: {50256: -100},
  service_tier: 'flex',
  user: 'user-1',
  safety_identifier: 'hash',
  metadata: {team: 'a'},
  store: false,
  prediction: {type: 'content', content: 'Hi'},
  prompt_cache_key: 'k',
  prompt_cache_retention: '24h',
  prompt_cache_options: {mode: 'auto'},
  web_search_options: {search_context_size: 'low'},
  moderation: {model: 'omni-moderation-latest'},
  temperature: 0.2,
  top_p: 0.9,
  max_tokens: 7,
  stop: ['END'],
  seed: 3,
  response_format: {type: 'json_object'},
};
/** Options that the server reads itself, or that go with others. */
const handled: Readonly<Record<string, unknown>> = {
  messages,
  model: 'test-model',
  max_completion_tokens: 7,
  n: 2,
  stream: false,
  stream_options: null,
  tools: [tool],
  tool_choice: null,
  parallel_tool_calls: null,
  functions: [tool.function],
  function_call: null,
};
const refused: Readonly<Record<string, unknown>> = {
  logprobs: true,
  top_logprobs: 2,
  modalities: ['text', 'audio'],
  audio: {voice: 'alloy', format: 'wav'},
};

/** The properties of a schema and of those that it is made of. */
function propertiesOf(schema: unknown): readonly string[] {
  const {
    properties = {},
    allOf = [],
    $ref,
  } = schema as {
    properties?: object;
    allOf?: readonly object[];
    $ref?: string;
  };
  const named = new Map<string, unknown>(Object.entries(schemas.components.schemas));
  const further = $ref === undefined ? allOf : [named.get($ref.split('/').at(-1) ?? '')];
  return [...Object.keys(properties), ...further.flatMap(propertiesOf)];
}

suite('T2-05: options of chat completions', () => {
  test('every option of OpenAI’s own schema is passed on, read or refused', () => {
    const known = new Set([passed, handled, refused].flatMap(Object.keys));
    const asked = propertiesOf(schemas.components.schemas.CreateChatCompletionRequest);
    assert.ok(asked.length > 30, String(asked));
    assert.deepEqual(
      asked.filter((name) => !known.has(name)),
      [],
    );
  });

  for (const [name, value] of Object.entries(passed)) {
    test(`${name} reaches the upstream as it came`, async () => {
      const {status, upstream} = await send({[name]: value});
      assert.deepEqual([status, upstream?.[name]], [200, value]);
    });
  }

  for (const [name, value] of Object.entries(handled)) {
    test(`${name} is taken`, async () => {
      assert.equal((await send({[name]: value})).status, 200);
    });
  }

  for (const [name, value] of Object.entries(refused)) {
    test(`${name} is refused by its name`, async () => {
      const {status, error, upstream} = await send({[name]: value});
      assert.deepEqual([status, error?.param, upstream], [400, name, undefined]);
      assert.match(error?.message ?? '', new RegExp(`^${name} `));
    });
  }

  test('keys of other upstreams pass if the configuration lists them, and no key replaces what the server writes', async () => {
    const foreign = {top_k: 4, chat_template_kwargs: {enable_thinking: false}, min_p: 0.1, messages};
    const listed = await send(foreign, {passOptions: ['top_k', 'chat_template_kwargs', 'stream', 'logprobs']});
    assert.deepEqual(
      ['top_k', 'chat_template_kwargs', 'min_p', 'stream'].map((name) => listed.upstream?.[name]),
      [4, {enable_thinking: false}, undefined, true],
    );
    const unlisted = await send(foreign);
    assert.deepEqual([unlisted.status, unlisted.upstream?.['top_k']], [200, undefined]);
  });

  test('an option that the upstream refuses is named to the caller', async () => {
    await using chat = await startChat();
    chat.upstream.script((exchange) => {
      exchange.start(400, {'content-type': 'application/json'});
      exchange.end('{"error":{"message":"Unsupported parameter: reasoning_effort","param":"reasoning_effort"}}');
    });
    const response = await chat.post(
      '/v1/chat/completions',
      {model: 'test-model', messages, reasoning_effort: 'low'},
      {},
    );
    const {error} = await json<{error: {message: string; param: string}}>(response);
    assert.deepEqual([response.status, error.param], [400, 'reasoning_effort']);
  });
});

suite('T2-05: functions, the form before tools', () => {
  const calls = [
    {index: 0, id: 'c1', type: 'function', function: {name: 'weather', arguments: '{"a":'}},
    {index: 0, function: {arguments: '1}'}},
  ];
  const chunk = (call: object) =>
    `data: ${JSON.stringify({id: 'x', object: 'chat.completion.chunk', choices: [{index: 0, delta: {tool_calls: [call]}}]})}\n\n`;
  const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n';
  for (const stream of [false, true]) {
    test(`a client that sends functions reads function_call, ${stream ? 'in a stream' : 'whole'}`, async () => {
      await using chat = await startChat();
      chat.upstream.script(async (exchange) => {
        for (const call of calls) await exchange.write(chunk(call));
        exchange.end(finish);
      });
      const body = {
        model: 'test-model',
        messages,
        functions: [tool.function],
        function_call: {name: 'weather'},
        stream,
      };
      const text = await (await chat.post('/v1/chat/completions', body, {})).text();
      assert.deepEqual(chat.upstream.first.body?.['tool_choice'], {type: 'function', function: {name: 'weather'}});
      const pieces = (stream ? [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, each = '']) => each) : [text]).map(
        (each) => JSON.parse(each) as {choices: {message?: object; delta?: object; finish_reason: string | null}[]},
      );
      const said = pieces.map(({choices: [choice]}) => choice?.message ?? choice?.delta ?? {});
      const called = said.flatMap((each) =>
        'function_call' in each ? [each.function_call as {name?: string; arguments?: string}] : [],
      );
      assert.deepEqual(
        [called.map(({name = ''}) => name).join(''), called.map((each) => each.arguments ?? '').join('')],
        ['weather', '{"a":1}'],
      );
      assert.ok(pieces.some(({choices: [choice]}) => choice?.finish_reason === 'function_call'));
      assert.doesNotMatch(text, /tool_calls/);
    });
  }

  test('functions and tools together are refused', async () => {
    const {status, error} = await send({functions: [tool.function], tools: [tool]});
    assert.deepEqual([status, error?.param], [400, 'functions']);
  });
});

test('T2-28: a message of a conversation without a role is refused by its place', async () => {
  await using chat = await startChat();
  for (const message of [
    {content: 'x'},
    {role: null, content: 'x'},
    {parts: [{type: 'text', text: 'x'}]},
    {text: 'x'},
  ]) {
    const response = await chat.post('/api/chat', {messages: [message]}, {});
    assert.equal(response.status, 400);
    assert.match(await response.text(), /messages\[0\]\.role/);
  }
  chat.upstream.script(async (exchange) => exchange.end(delta('Yes.') + done()));
  assert.equal((await chat.ask('A question on its own needs none.')).text, 'Yes.');
});
