/** Every option of OpenAI's chat completions through a real server: passed on, read here, or refused by its name. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import schemas from '@chatlet/testdata/openai-chat.schema.json' with {type: 'json'};
import type {ChatServerConfig} from '../../../index.ts';
import {demoProvider} from '../../../providers/demo.ts';
import {json, startChat} from '../../../testing/chat-server.ts';
import {delta, done} from '../../../testing/upstream.ts';

const messages = [{role: 'user', content: 'Hi'}];
const tool = {type: 'function', function: {name: 'weather', parameters: {type: 'object', properties: {}}}};

async function send(more: object, config: ChatServerConfig = {}) {
  await using chat = await startChat(config);
  const response = await chat.post('/v1/chat/completions', {model: 'test-model', messages, ...more}, {});
  const body = await json<{error?: {message: string; param: string | null}}>(response);
  return {
    status: response.status,
    error: body.error,
    upstream: chat.upstream.requests[0]?.body,
    ignored: response.headers.get('x-chatlet-ignored'),
  };
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
  logprobs: true,
  top_logprobs: 0,
};
const refused: Readonly<Record<string, unknown>> = {
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
    const foreign = {thinking_budget: 4, chat_template_kwargs: {enable_thinking: false}, min_p: 0.1, messages};
    const passOptions = ['thinking_budget', 'chat_template_kwargs', 'stream', 'logprobs'];
    const {upstream, ignored} = await send(foreign, {passOptions});
    assert.deepEqual(
      ['thinking_budget', 'chat_template_kwargs', 'min_p', 'stream'].map((name) => upstream?.[name]),
      [4, {enable_thinking: false}, undefined, true],
    );
    assert.equal(ignored, 'min_p');
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

suite('T2-05: keys that an API does not have', () => {
  /** A body of each API that takes options, without further keys. */
  const bodies: Readonly<Record<string, object>> = {
    '/v1/chat/completions': {model: 'test-model', messages},
    '/v1/messages': {model: 'test-model', max_tokens: 9, messages},
    '/v1/messages/count_tokens': {model: 'test-model', messages},
    '/v1/responses': {model: 'test-model', input: 'Hi'},
    '/v1/embeddings': {model: 'embed-1', input: 'Hi'},
    '/v1/completions': {model: 'test-model', prompt: 'Hi'},
    '/v1/moderations': {input: 'Hi'},
  };
  /** Listed keys reach the upstream, except where no upstream is asked. */
  const asksNobody = new Set(['/v1/messages/count_tokens']);

  for (const [path, body] of Object.entries(bodies)) {
    test(`an unlisted key is refused by its name, with the setting that passes it on: ${path}`, async () => {
      await using chat = await startChat();
      const response = await chat.post(path, {...body, thinking_budget: 5}, {});
      const {error} = await json<{error: {message: string; param?: string}}>(response);
      assert.equal(response.status, 400);
      assert.match(error.message, /^thinking_budget .*passOptions/);
      if (!path.startsWith('/v1/messages')) assert.equal(error.param, 'thinking_budget');
      assert.deepEqual(chat.upstream.requests, []);
    });

    test(`null asks for nothing, and what clients send out of habit is left out and named: ${path}`, async () => {
      await using chat = await startChat();
      const response = await chat.post(path, {...body, thinking_budget: null, top_k: 5, keep_alive: '5m'}, {});
      assert.equal(response.status, 200, await response.text());
      assert.equal(response.headers.get('x-chatlet-ignored'), 'top_k, keep_alive');
      const upstream = chat.upstream.requests[0]?.body;
      assert.deepEqual([upstream?.['top_k'], upstream?.['keep_alive']], [undefined, undefined]);
    });

    test(`a key that the setting lists is passed on: ${path}`, async () => {
      await using chat = await startChat({passOptions: ['thinking_budget', 'top_k']});
      const response = await chat.post(path, {...body, thinking_budget: 5, top_k: 4}, {});
      assert.equal(response.status, 200, await response.text());
      assert.equal(response.headers.get('x-chatlet-ignored'), null);
      if (asksNobody.has(path)) return;
      const {thinking_budget, top_k} = chat.upstream.first.body ?? {};
      assert.deepEqual({thinking_budget, top_k}, {thinking_budget: 5, top_k: 4});
    });
  }
});

suite('T2-05: logprobs', () => {
  const tokenOf = (token: string) => ({token, logprob: -0.25, bytes: null, top_logprobs: [{token, logprob: -0.25}]});
  /** The same probability twice, which must not be taken for a repeated chunk. */
  const tokens = ['A', 'B', 'B'].map(tokenOf);
  const logprobsOf = (token: object) => ({content: [token], refusal: null});
  const asked = {model: 'test-model', messages, logprobs: true, top_logprobs: 1};

  async function startWithLogprobs() {
    const chat = await startChat();
    chat.upstream.script(async (exchange) => {
      for (const each of tokens) {
        const choice = {index: 0, delta: {content: each.token}, logprobs: logprobsOf(each), finish_reason: null};
        await exchange.write(`data: ${JSON.stringify({choices: [choice]})}\n\n`);
      }
      exchange.end(done());
    });
    return chat;
  }

  test('logprobs reach the upstream, and come back in the chunks of a stream', async () => {
    await using chat = await startWithLogprobs();
    const text = await (await chat.post('/v1/chat/completions', {...asked, stream: true}, {})).text();
    const chunks = [...text.matchAll(/^data: (\{.*\})$/gm)].map(
      ([, each = '']) =>
        JSON.parse(each) as {choices: {delta: {content: string}; logprobs: {content: object[]} | null}[]},
    );
    const {logprobs, top_logprobs: top} = chat.upstream.first.body ?? {};
    assert.deepEqual([logprobs, top], [true, 1]);
    const choices = chunks.flatMap((chunk) => chunk.choices);
    assert.equal(choices.map(({delta: {content}}) => content).join(''), 'ABB');
    assert.deepEqual(
      choices.flatMap((choice) => choice.logprobs?.content ?? []),
      tokens,
    );
  });

  test('a whole completion has the logprobs of all its tokens', async () => {
    await using chat = await startWithLogprobs();
    const {choices} = await json<{choices: {message: {content: string}; logprobs: unknown}[]}>(
      await chat.post('/v1/chat/completions', asked, {}),
    );
    assert.equal(choices[0]?.message.content, 'ABB');
    assert.deepEqual(choices[0]?.logprobs, {content: tokens, refusal: null});
  });

  test('an upstream that does not stream gives logprobs too', async () => {
    await using chat = await startChat();
    chat.upstream.script((exchange) => {
      exchange.start(200, {'content-type': 'application/json'});
      const message = {role: 'assistant', content: 'ABB'};
      const choice = {index: 0, message, logprobs: {content: tokens, refusal: null}, finish_reason: 'stop'};
      exchange.end(JSON.stringify({object: 'chat.completion', choices: [choice]}));
    });
    const {choices} = await json<{choices: {logprobs: unknown}[]}>(await chat.post('/v1/chat/completions', asked, {}));
    assert.deepEqual(choices[0]?.logprobs, {content: tokens, refusal: null});
  });

  test('no logprobs tell the words that moderation has replaced', async () => {
    await using chat = await startChat({moderate: {output: () => ({replace: 'C'})}});
    chat.upstream.script(async (exchange) => {
      const [token = tokenOf('A')] = tokens;
      const choice = {index: 0, delta: {content: 'secret'}, logprobs: logprobsOf(token), finish_reason: null};
      await exchange.write(`data: ${JSON.stringify({choices: [choice]})}\n\n`);
      exchange.end(done());
    });
    const {choices} = await json<{choices: {message: {content: string}; logprobs: unknown}[]}>(
      await chat.post('/v1/chat/completions', asked, {}),
    );
    assert.deepEqual([choices[0]?.message.content, choices[0]?.logprobs], ['C', null]);
  });

  test('a kind of upstream without logprobs refuses them by their name, and none is asked for false', async () => {
    const demo = await send({logprobs: true, model: 'demo'}, {providers: [demoProvider()]});
    assert.deepEqual([demo.status, demo.error?.param], [400, 'logprobs']);
    const bare = await send({top_logprobs: 2});
    assert.deepEqual([bare.status, bare.error?.param], [400, 'top_logprobs']);
    assert.equal('logprobs' in ((await send({logprobs: false})).upstream ?? {}), false);
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
