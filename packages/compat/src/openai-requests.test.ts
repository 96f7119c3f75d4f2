/** Unusual requests of real clients of `/v1/chat/completions`: extra keys, nulls, all roles, all kinds of content. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {eventsOf, jsonOf, postJson, startServer, user} from './testing/harness.ts';
import {structuredAnswer} from './testing/model.ts';
import {type Chunk, type Completion, assertOpenai, assertOpenaiError} from './testing/openai-schema.ts';

const path = '/v1/chat/completions';
const question = {model: 'm', ...user('One two three')};
const says = (content: unknown, more: object = {}) => ({model: 'm', messages: [{role: 'user', content}], ...more});
const png = 'data:image/png;base64,iVBORw0KGgo=';

const weather = {type: 'function', function: {name: 'weather', parameters: {type: 'object', properties: {}}}};
const call = {id: 'c1', type: 'function', function: {name: 'weather', arguments: '{}'}};
const turns = (...more: readonly object[]) => ({model: 'm', messages: [{role: 'user', content: 'x'}, ...more]});

/** Optional keys of OpenAI and of compatible upstreams. */
const optionalKeys = `user metadata store seed service_tier logit_bias logprobs top_logprobs prediction modalities audio
  verbosity reasoning_effort parallel_tool_calls web_search_options safety_identifier prompt_cache_key moderation
  temperature top_p n stop max_tokens max_completion_tokens stream stream_options tools tool_choice response_format
  presence_penalty frequency_penalty functions function_call top_k min_p repetition_penalty provider transforms models
  route plugins chat_template_kwargs keep_alive options`.split(/\s+/);

const accepted: readonly (readonly [name: string, body: object])[] = [
  ['every optional key as null', {...question, ...Object.fromEntries(optionalKeys.map((key) => [key, null]))}],
  [
    'keys that nobody knows in a message',
    {...question, messages: [{...question.messages[0], name: 'ann', cache_control: {type: 'x'}}]},
  ],
  ['stop as one word', {...question, stop: 'END'}],
  ['stop as a list', {...question, stop: ['END', 'STOP']}],
  ['an empty list of tools', {...question, tools: [], tool_choice: 'auto'}],
  ['tools, none of which may be used', {...question, tools: [weather], tool_choice: 'none'}],
  ['a tool that must be used', {...question, tools: [weather], tool_choice: 'required'}],
  ['this tool', {...question, tools: [weather], tool_choice: {type: 'function', function: {name: 'weather'}}}],
  ['a tool without parameters', {...question, tools: [{type: 'function', function: {name: 'weather'}}]}],
  ['a text format', {...question, response_format: {type: 'text'}}],
  [
    'an answer that called, content null',
    turns({role: 'assistant', content: null, tool_calls: [call]}, {role: 'tool', tool_call_id: 'c1', content: '20'}),
  ],
  [
    'an answer that called, content missing',
    turns({role: 'assistant', tool_calls: [call]}, {role: 'tool', tool_call_id: 'c1', content: '20'}),
  ],
  [
    'an answer that called, content empty',
    turns({role: 'assistant', content: '', tool_calls: [call]}, {role: 'tool', tool_call_id: 'c1', content: '20'}),
  ],
  [
    'an answer in parts',
    turns({role: 'assistant', content: [{type: 'text', text: 'y'}]}, {role: 'user', content: 'z'}),
  ],
  [
    'a refusal in parts',
    turns({role: 'assistant', content: [{type: 'refusal', refusal: 'No.'}]}, {role: 'user', content: 'z'}),
  ],
  [
    'a tool’s result in parts',
    turns(
      {role: 'assistant', tool_calls: [call]},
      {role: 'tool', tool_call_id: 'c1', content: [{type: 'text', text: '20'}]},
    ),
  ],
  [
    'two calls and their results in the other order',
    turns(
      {role: 'assistant', tool_calls: [call, {...call, id: 'c2'}]},
      {role: 'tool', tool_call_id: 'c2', content: 'b'},
      {role: 'tool', tool_call_id: 'c1', content: 'a'},
    ),
  ],
  [
    'instructions in parts',
    {
      model: 'm',
      messages: [
        {role: 'system', content: [{type: 'text', text: 'Be brief.'}]},
        {role: 'user', content: 'x'},
      ],
    },
  ],
  [
    'text in parts',
    says([
      {type: 'text', text: 'One '},
      {type: 'text', text: 'two'},
    ]),
  ],
  [
    'an image',
    says([
      {type: 'text', text: 'What?'},
      {type: 'image_url', image_url: {url: png, detail: 'low'}},
    ]),
  ],
  ['an image by its address', says([{type: 'image_url', image_url: {url: 'https://example.com/a.png'}}])],
  [
    'a sound',
    says([
      {type: 'text', text: 'What?'},
      {type: 'input_audio', input_audio: {data: 'UklGRg==', format: 'wav'}},
    ]),
  ],
  [
    'a file',
    says([
      {type: 'text', text: 'What?'},
      {type: 'file', file: {filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg=='}},
    ]),
  ],
];

const refused: readonly (readonly [name: string, body: object])[] = [
  ['a key that nobody knows', {...question, extra: {a: [1]}}],
  ['a result that no call asked for', turns({role: 'tool', tool_call_id: 'c9', content: '20'})],
  ['a result without a call’s id', turns({role: 'assistant', tool_calls: [call]}, {role: 'tool', content: '20'})],
  ['a kind of content that is none', says([{type: 'hologram', hologram: {}}])],
  ['an image without an address', says([{type: 'image_url', image_url: {}}])],
  ['an image of an inner address', says([{type: 'image_url', image_url: {url: 'http://10.0.0.1/a.png'}}])],
  ['an image in a file', says([{type: 'image_url', image_url: {url: 'file:///etc/passwd'}}])],
  ['a tool without a name', {...question, tools: [{type: 'function', function: {}}]}],
  [
    'a tool_choice that is no tool',
    {...question, tools: [weather], tool_choice: {type: 'function', function: {name: 'x'}}},
  ],
  ['a response_format that is none', {...question, response_format: {type: 'yaml'}}],
  ['stop that is no word', {...question, stop: [1]}],
];

suite('requests that /v1/chat/completions accepts', () => {
  for (const [name, body] of accepted) {
    test(`accepts ${name}, whole and streamed`, async () => {
      await using chat = await startServer();
      const whole = await jsonOf<Completion>(await postJson(chat, path, body));
      assertOpenai('CreateChatCompletionResponse', whole);
      const chunks = await eventsOf<Chunk>(await postJson(chat, path, {...body, stream: true}));
      for (const chunk of chunks) assertOpenai('CreateChatCompletionStreamResponse', chunk);
      const text = chunks.map(({choices}) => choices[0]?.delta.content ?? '').join('');
      assert.equal(text, whole.choices[0]?.message.content ?? '');
      assert.equal(chunks.filter(({choices}) => choices[0]?.finish_reason != null).length, 1);
      assert.equal(chat.requests.length, 2);
    });
  }
});

suite('requests that /v1/chat/completions refuses', () => {
  for (const [name, body] of refused) {
    test(`refuses ${name} in OpenAI’s shape, before the model is asked`, async () => {
      await using chat = await startServer();
      for (const stream of [false, true]) {
        const answer = await jsonOf(await postJson(chat, path, {...body, stream}), 400);
        assertOpenaiError(answer);
        assert.equal(answer.error.type, 'invalid_request_error');
        assert.match(answer.error.message, /^[^\n]+\.$/);
      }
      assert.equal(chat.requests.length, 0);
    });
  }
});

test('content in parts, with files, reaches the model in parts', async () => {
  await using chat = await startServer();
  const content = [
    {type: 'text', text: 'What?'},
    {type: 'image_url', image_url: {url: png}},
    {type: 'file', file: {filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg=='}},
  ];
  await jsonOf(await postJson(chat, path, says(content)));
  assert.deepEqual(chat.told, [{role: 'user', content}]);
});

test('a tool result belongs to its call in any order', async () => {
  await using chat = await startServer();
  const second = {...call, id: 'c2'};
  const body = turns(
    {role: 'assistant', content: null, tool_calls: [call, second]},
    {role: 'tool', tool_call_id: 'c2', content: 'b'},
    {role: 'tool', tool_call_id: 'c1', content: 'a'},
  );
  await jsonOf(await postJson(chat, path, body));
  const results = chat.told.filter(({role}) => role === 'tool');
  const byCall = results.map((message) => [
    'tool_call_id' in message ? String(message.tool_call_id) : '',
    message.content,
  ]);
  assert.deepEqual(Object.fromEntries(byCall), {c1: 'a', c2: 'b'});
});

test('structured answers come whole and streamed, and the model gets the schema', async () => {
  await using chat = await startServer();
  const format = {type: 'json_schema', json_schema: {name: 'answer', strict: true, schema: {type: 'object'}}};
  const whole = await jsonOf<Completion>(await postJson(chat, path, {...question, response_format: format}));
  assert.equal(whole.choices[0]?.message.content, structuredAnswer);
  assert.deepEqual(chat.asked['response_format'], format);
});

test('a stream has no padding, and usage only if it is asked for', async () => {
  await using chat = await startServer();
  const options = {include_usage: true, include_obfuscation: false};
  const chunks = await eventsOf<Chunk>(
    await postJson(chat, path, {...question, stream: true, stream_options: options}),
  );
  for (const chunk of chunks) assert.equal('obfuscation' in chunk, false);
  assert.deepEqual(chunks.at(-1)?.choices, []);
  assert.equal(chunks.at(-1)?.usage?.completion_tokens, 3);
  const plain = await eventsOf<Chunk>(await postJson(chat, path, {...question, stream: true}));
  for (const {choices, usage} of plain) {
    assert.equal(choices.length, 1);
    assert.ok(usage == null);
  }
});
