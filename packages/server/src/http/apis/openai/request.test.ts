/** Parsing the bodies of chat completions. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import clientRequests from '@chatlet/testdata/client-requests.json' with {type: 'json'};
import {parseChatCompletion} from './request.ts';

const user = {role: 'user', content: 'Hi'};
const parse = (more: object) => parseChatCompletion({model: 'm', messages: [user], ...more});

suite('options of a chat completion', () => {
  test('options have the defaults of the printed examples', () => {
    const {options, choices, streams, includeUsage} = parse({});
    assert.deepEqual(options, {temperature: 0.7, topP: 1});
    assert.deepEqual({choices, streams, includeUsage}, {choices: 1, streams: false, includeUsage: false});
  });

  test('options that are null are left out', () => {
    const nothing = {temperature: null, top_p: null, max_tokens: null, stop: null, seed: null, n: null, tools: null};
    assert.deepEqual(parse({...nothing, stream: null, response_format: null, stream_options: null}), parse({}));
  });

  test('the newer name of an option wins over the older one', () => {
    const {options} = parse({
      max_tokens: 5,
      max_completion_tokens: 7,
      topP: 0.1,
      top_p: 0.2,
      stopSequences: ['a'],
      stop: 'b',
    });
    assert.deepEqual(options, {temperature: 0.7, topP: 0.2, maxTokens: 7, stop: ['b']});
  });

  const wrong: readonly [name: string, body: object, sentence: RegExp][] = [
    ['an option that nobody has', {base_url: 'http://127.0.0.1:1/'}, /^base_url is not passed on.*passOptions/],
    ['no model', {model: undefined}, /^model must be a string/],
    ['five answers', {n: 5}, /^n must not be more than 4/],
    ['no answer', {n: 0}, /^n must not be less than 1/],
    ['an unknown response format', {response_format: {type: 'xml'}}, /^response_format/],
    ['a tool of another kind', {tools: [{type: 'web_search'}]}, /^tools\[0\]/],
    ['a choice of a missing tool', {tool_choice: {type: 'function', function: {name: 'x'}}}, /"x".*not among/],
    ['a required tool without any tools', {tools: [], tool_choice: 'required'}, /there are no tools/],
    ['a message without content', {messages: [{role: 'user'}]}, /^messages\[0\]\.content must be/],
    [
      'a content part of an unknown type',
      {messages: [{role: 'user', content: [{type: 'text', text: 'Look'}, {type: 'hologram'}]}]},
      /^messages\[0\]\.content\[1\]\.type names a kind of content that no model is given here/,
    ],
    [
      'an image with an http: URL',
      {messages: [{role: 'user', content: [{type: 'image_url', image_url: {url: 'http://169.254.169.254/'}}]}]},
      /must be an https: or data: URL/,
    ],
    [
      'a file by its id',
      {messages: [{role: 'user', content: [{type: 'file', file: {file_id: 'file-1'}}]}]},
      /must bring its content as file_data/,
    ],
    [
      'a tool result with the id of no call',
      {messages: [user, {role: 'tool', tool_call_id: 'c1', content: '5'}]},
      /"c1"/,
    ],
    ['a tool result without an id', {messages: [user, {role: 'tool', content: '5'}]}, /by its tool_call_id/],
  ];
  for (const [name, body, sentence] of wrong) {
    test(`parseChatCompletion refuses ${name}`, () => {
      assert.throws(() => parse(body), {code: 'invalid-request', message: sentence});
    });
  }

  test('tool_choice offers all tools, some or none', () => {
    const tool = (name: string) => ({type: 'function', function: {name, parameters: {type: 'object'}}});
    const tools = [tool('a'), tool('b')];
    const a = {name: 'a', inputSchema: {type: 'object'}};
    const b = {name: 'b', inputSchema: {type: 'object'}};
    const offered = (more: object) => {
      const {tools: given, toolChoice, parallelToolCalls} = parse({tools, ...more}).options;
      return {given, toolChoice, parallelToolCalls};
    };
    assert.deepEqual(offered({}), {given: [a, b], toolChoice: undefined, parallelToolCalls: undefined});
    assert.deepEqual(offered({tool_choice: 'none', parallel_tool_calls: false}), {
      given: [a, b],
      toolChoice: 'none',
      parallelToolCalls: false,
    });
    assert.deepEqual(offered({tool_choice: {type: 'function', function: {name: 'b'}}}).toolChoice, {name: 'b'});
    const allowed = {mode: 'required', tools: [{type: 'function', function: {name: 'b'}}]};
    assert.deepEqual(offered({tool_choice: {type: 'allowed_tools', allowed_tools: allowed}}), {
      given: [b],
      toolChoice: 'required',
      parallelToolCalls: undefined,
    });
    assert.deepEqual(parse({tools: []}), parse({}));
  });

  for (const {client, url, body} of clientRequests.filter((each) => each.url === '/v1/chat/completions')) {
    test(`parseChatCompletion reads a recorded request of ${client} to ${url}`, () => {
      assert.ok(parseChatCompletion(body).messages.length > 0);
    });
  }
});
