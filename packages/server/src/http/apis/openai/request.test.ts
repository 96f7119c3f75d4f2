/** What clients of chat completions send, as the engine gets it. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import clientRequests from '@chatlet/testdata/client-requests.json' with {type: 'json'};
import {parseChatCompletion} from './request.ts';

const user = {role: 'user', content: 'Hi'};
const parse = (more: object) => parseChatCompletion({model: 'm', messages: [user], ...more});

suite('the options of a completion', () => {
  test('have the defaults of the printed examples', () => {
    const {options, choices, streams, includeUsage} = parse({});
    assert.deepEqual(options, {temperature: 0.7, topP: 1});
    assert.deepEqual({choices, streams, includeUsage}, {choices: 1, streams: false, includeUsage: false});
  });

  test('given as null are not given', () => {
    const nothing = {temperature: null, top_p: null, max_tokens: null, stop: null, seed: null, n: null, tools: null};
    assert.deepEqual(parse({...nothing, stream: null, response_format: null, stream_options: null}), parse({}));
  });

  test('have a newer name that wins over the older', () => {
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

  test('that nobody knows are left out', () => {
    const foreign = {logit_bias: {1: 2}, top_k: 4, provider: {order: []}, base_url: 'http://127.0.0.1:1/', user: 'u'};
    assert.deepEqual(parse(foreign), parse({}));
  });

  const wrong: readonly [name: string, body: object, sentence: RegExp][] = [
    ['no model', {model: undefined}, /^model must be a string/],
    ['five answers', {n: 5}, /^n must not be more than 4/],
    ['no answer', {n: 0}, /^n must not be less than 1/],
    ['a format that nobody knows', {response_format: {type: 'xml'}}, /^response_format/],
    ['a tool of another kind', {tools: [{type: 'web_search'}]}, /^tools\[0\]/],
    [
      'a choice of a tool that is not there',
      {tool_choice: {type: 'function', function: {name: 'x'}}},
      /"x".*not among/,
    ],
    ['a needed tool where there is none', {tools: [], tool_choice: 'required'}, /there are no tools/],
    ['a message that says nothing', {messages: [{role: 'user'}]}, /^messages\[0\]\.content must be/],
    [
      'a part of a kind that nobody knows',
      {messages: [{role: 'user', content: [{type: 'text', text: 'Look'}, {type: 'hologram'}]}]},
      /^messages\[0\]\.content\[1\]\.type names a kind of content that no model is given here/,
    ],
    [
      'an image from anywhere',
      {messages: [{role: 'user', content: [{type: 'image_url', image_url: {url: 'http://169.254.169.254/'}}]}]},
      /must be an https: or data: URL/,
    ],
    [
      'a file that is elsewhere',
      {messages: [{role: 'user', content: [{type: 'file', file: {file_id: 'file-1'}}]}]},
      /must bring its content as file_data/,
    ],
    [
      'a result of a call that nobody made',
      {messages: [user, {role: 'tool', tool_call_id: 'c1', content: '5'}]},
      /"c1"/,
    ],
    ['a result of no call', {messages: [user, {role: 'tool', content: '5'}]}, /by its tool_call_id/],
  ];
  for (const [name, body, sentence] of wrong) {
    test(`refuse ${name}`, () => {
      assert.throws(() => parse(body), {code: 'invalid-request', message: sentence});
    });
  }

  test('offer tools, all or some', () => {
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
    test(`are those of a real client: ${client} to ${url}`, () => {
      assert.ok(parseChatCompletion(body).messages.length > 0);
    });
  }
});
