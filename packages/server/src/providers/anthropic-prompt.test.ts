import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import type {PromptMessage, ProviderRequest} from '../engine/provider.ts';
import {type AnthropicDefaults, toAnthropicBody} from './anthropic-prompt.ts';
import type {Sampling} from './sampling.ts';

const hello: PromptMessage = {role: 'user', parts: [{type: 'text', text: 'Hello'}]};

/** The body as it is sent, without absent fields. */
function bodyOf(
  request: Partial<ProviderRequest>,
  defaults: Partial<AnthropicDefaults> = {},
  sampling: Sampling = 'either',
) {
  const body = toAnthropicBody(
    {model: 'claude', messages: [hello], ...request},
    {capabilities: {sampling, effort: true, thinking: 'either'}, defaults: {maxTokens: 8192, ...defaults}},
  );
  return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
}

test("Anthropic's body always has max_tokens, because the API requires it", () => {
  assert.deepEqual(bodyOf({}), {
    model: 'claude',
    max_tokens: 8192,
    stream: true,
    messages: [{role: 'user', content: [{type: 'text', text: 'Hello'}]}],
  });
});

test("S0.25: Anthropic's body has instructions beside the messages, verbatim and in order", () => {
  const system = (text: string): PromptMessage => ({role: 'system', parts: [{type: 'text', text}]});
  assert.equal(
    bodyOf({messages: [system('Be kind.\n  Always.'), hello, system('Be short.')]})['system'],
    'Be kind.\n  Always.\n\nBe short.',
  );
});

test("Anthropic's body has temperature or top_p, never both, and temperature up to 1", () => {
  const of = (request: Partial<ProviderRequest>, sampling: Sampling = 'either') => {
    const {temperature, top_p} = bodyOf(request, {}, sampling);
    return [temperature, top_p];
  };
  assert.deepEqual(
    [
      of({temperature: 0}),
      of({temperature: 1.7}),
      of({topP: 0.5}),
      of({temperature: 0.7, topP: 1}),
      of({temperature: 0.7, topP: 0.5}, 'neither'),
      of({temperature: 0.7, topP: 0.5}, 'temperature'),
      of({topP: 0.5}, 'temperature'),
    ],
    [
      [0, undefined],
      [1, undefined],
      [undefined, 0.5],
      [0.7, undefined],
      [undefined, undefined],
      [0.7, undefined],
      [undefined, undefined],
    ],
  );
});

test('max_tokens is at most what the Anthropic model gives, and includes the thinking budget', () => {
  const thinking = {type: 'enabled', budget_tokens: 2000};
  assert.deepEqual(
    [
      bodyOf({maxTokens: 100})['max_tokens'],
      bodyOf({maxTokens: 100_000}, {longestAnswer: 4096})['max_tokens'],
      bodyOf({maxTokens: 100}, {thinking})['max_tokens'],
      bodyOf({maxTokens: 100}, {thinking: {type: 'adaptive'}})['max_tokens'],
    ],
    [100, 4096, 2100, 100],
  );
});

test('an Anthropic model does not think if the thinking budget is not below its longest answer', () => {
  const thinking = {type: 'enabled', budget_tokens: 4096};
  for (const [longestAnswer, thinks, most] of [
    [4096, false, 4096],
    [5000, true, 5000],
  ] as const) {
    const body = bodyOf({}, {thinking, longestAnswer});
    assert.deepEqual(['thinking' in body, body['max_tokens']], [thinks, most]);
  }
});

test('a blank question is refused before Anthropic is asked', () => {
  assert.throws(() => bodyOf({messages: [{role: 'user', parts: [{type: 'text', text: ' \n'}]}]}), {
    code: 'invalid-request',
    message: 'The question has no words.',
  });
});

test('blank stop sequences are left out, because Anthropic refuses them', () => {
  assert.deepEqual(bodyOf({stop: ['END', '\n', '']})['stop_sequences'], ['END']);
  assert.equal('stop_sequences' in bodyOf({stop: ['\n']}), false);
});

test("tools and the tool choice are translated to Anthropic's spelling", () => {
  const tools = [{name: 'weather', description: 'Tells it.', inputSchema: {type: 'object'}}];
  assert.deepEqual(bodyOf({tools})['tools'], [
    {name: 'weather', description: 'Tells it.', input_schema: {type: 'object'}},
  ]);
  assert.deepEqual(
    (['auto', 'none', 'required', {name: 'weather'}] as const).map(
      (toolChoice) => bodyOf({tools, toolChoice})['tool_choice'],
    ),
    [{type: 'auto'}, {type: 'none'}, {type: 'any'}, {type: 'tool', name: 'weather'}],
  );
  assert.deepEqual(
    ['tools' in bodyOf({tools: []}), 'tool_choice' in bodyOf({tools: [], toolChoice: 'auto'})],
    [false, false],
  );
});

test('S4.6: every tool call is followed by its result, and later text is a new message', () => {
  const answer: PromptMessage = {
    role: 'assistant',
    parts: [
      {type: 'reasoning', text: 'Hm.'},
      {type: 'text', text: 'Let me look.'},
      {type: 'tool', callId: 'call:1/x', name: 'weather', input: {city: 'Rome'}, state: 'done', output: {celsius: 20}},
      {type: 'tool', callId: 'b', name: 'now', input: 'not JSON', state: 'failed', output: 'No clock.'},
      {type: 'tool', callId: 'c', name: 'now', input: null, state: 'running'},
      {type: 'text', text: '20 degrees.'},
      {type: 'text', text: ' '},
    ],
  };
  assert.deepEqual(bodyOf({messages: [hello, answer]})['messages'], [
    {role: 'user', content: [{type: 'text', text: 'Hello'}]},
    {
      role: 'assistant',
      content: [
        {type: 'text', text: 'Let me look.'},
        {type: 'tool_use', id: 'call_1_x', name: 'weather', input: {city: 'Rome'}},
        {type: 'tool_use', id: 'b', name: 'now', input: {input: 'not JSON'}},
        {type: 'tool_use', id: 'c', name: 'now', input: {input: null}},
      ],
    },
    {
      role: 'user',
      content: [
        {type: 'tool_result', tool_use_id: 'call_1_x', content: '{"celsius":20}'},
        {type: 'tool_result', tool_use_id: 'b', content: 'No clock.', is_error: true},
        {type: 'tool_result', tool_use_id: 'c', content: 'No result.'},
      ],
    },
    {role: 'assistant', content: [{type: 'text', text: '20 degrees.'}]},
  ]);
});

test('an Anthropic model thinks, except after a tool result without signed thoughts or if it must call a tool', () => {
  const thinking = {type: 'enabled', budget_tokens: 2000};
  const tools = [{name: 'now', inputSchema: {type: 'object'}}];
  const afterTool: readonly PromptMessage[] = [
    hello,
    {role: 'assistant', parts: [{type: 'tool', callId: 'a', name: 'now', input: {}, state: 'done', output: 1}]},
  ];
  const signed = {type: 'reasoning', text: 'Hm', providerMetadata: {anthropic: {signature: 's'}}} as const;
  const afterSigned = afterTool.map((message) =>
    message.role === 'assistant' ? {...message, parts: [signed, ...message.parts]} : message,
  );
  assert.deepEqual(
    [
      {},
      {tools},
      {messages: afterSigned, tools},
      {messages: afterTool, tools},
      {tools, toolChoice: 'required' as const},
      {tools, toolChoice: {name: 'now'}},
    ].map((request) => 'thinking' in bodyOf({...request, temperature: 0.5}, {thinking})),
    [true, true, true, false, false, false],
  );
  assert.equal('temperature' in bodyOf({temperature: 0.5}, {thinking}), false);
});

test('images, PDF and text files are sent to Anthropic; other files are refused by their type', () => {
  const file = (mediaType: string, url: string): PromptMessage => ({
    role: 'user',
    parts: [{type: 'file', mediaType, url, name: 'x'}],
  });
  const contents = [
    file('image/png', 'data:image/png;base64,AAAA'),
    file('image/jpeg', 'https://example.com/a.jpg'),
    file('application/pdf', 'data:application/pdf;base64,BBBB'),
    file('text/csv', 'data:text/csv;charset=utf-8;base64,YSxi'),
  ].map((message) => (bodyOf({messages: [message]})['messages'] as {content: unknown}[])[0]?.content);
  assert.deepEqual(contents, [
    [{type: 'image', source: {type: 'base64', media_type: 'image/png', data: 'AAAA'}}],
    [{type: 'image', source: {type: 'url', url: 'https://example.com/a.jpg'}}],
    [{type: 'document', source: {type: 'base64', media_type: 'application/pdf', data: 'BBBB'}, title: 'x'}],
    [{type: 'document', source: {type: 'text', media_type: 'text/plain', data: 'a,b'}, title: 'x'}],
  ]);
  assert.throws(
    () => bodyOf({messages: [file('video/mp4', 'data:video/mp4;base64,AAAA')]}),
    (error) => error instanceof ChatError && error.code === 'invalid-request' && error.message.includes('video/mp4'),
  );
});

test('a greeting before the first question is left out, and so are blank messages', () => {
  const say = (role: PromptMessage['role'], text: string): PromptMessage => ({role, parts: [{type: 'text', text}]});
  assert.deepEqual(bodyOf({messages: [say('assistant', 'Welcome!'), say('user', ' '), hello]})['messages'], [
    {role: 'user', content: [{type: 'text', text: 'Hello'}]},
  ]);
});

test("a JSON schema becomes Anthropic's output_config; JSON without a schema is refused", () => {
  const schema = {type: 'object', properties: {}};
  assert.deepEqual(bodyOf({responseFormat: {type: 'json_schema', json_schema: {name: 'x', schema}}})['output_config'], {
    format: {type: 'json_schema', schema},
  });
  // That API has no way to ask for JSON without a schema.
  assert.throws(
    () => bodyOf({responseFormat: {type: 'json_object'}}),
    (error) => error instanceof ChatError && error.code === 'invalid-request' && error.message.includes('json_schema'),
  );
});

test('parallelToolCalls: false disables parallel tool use', () => {
  const tools = [{name: 'sum', inputSchema: {type: 'object'}}];
  const single = {parallelToolCalls: false, tools};
  assert.deepEqual(
    [bodyOf(single), bodyOf({...single, toolChoice: 'required'}), bodyOf({...single, toolChoice: 'none'})].map(
      (body) => body['tool_choice'],
    ),
    [{type: 'auto', disable_parallel_tool_use: true}, {type: 'any', disable_parallel_tool_use: true}, {type: 'none'}],
  );
});

test('T2-05: options of OpenAI’s that Anthropic has reach it under its own names', () => {
  const {metadata, service_tier} = bodyOf({
    further: {user: 'u', service_tier: 'default', verbosity: 'low'},
  });
  assert.deepEqual([metadata, service_tier], [{user_id: 'u'}, 'standard_only']);
  assert.deepEqual(bodyOf({further: {verbosity: 'low'}}), bodyOf({}));
});
