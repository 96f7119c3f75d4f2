/** How all APIs write an answer with text, tool calls and text again, and blank text. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Part, type ToolPart, toolRoundsOf} from '@chatlet/protocol';
import type {PromptMessage} from '../engine/provider.ts';
import {toCallOptions} from './ai-sdk-prompt.ts';
import {toAnthropicBody} from './anthropic-prompt.ts';
import {toOpenAiBody} from './openai-prompt.ts';
import {inputOf} from './prompt-rules.ts';

const text = (words: string): Part => ({type: 'text', text: words});
const call = (callId: string): ToolPart => ({
  type: 'tool',
  callId,
  name: 'look',
  input: {},
  state: 'done',
  output: 'x',
});

test('text and the tool calls after it are one tool round; blank text, sources, and reasoning that nobody wants back are left out', () => {
  const [a, b, c] = [call('a'), call('b'), call('c')];
  const signed: Part = {type: 'reasoning', text: 'So.', providerMetadata: {anthropic: {signature: 's'}}};
  const parts: readonly Part[] = [
    {type: 'reasoning', text: 'Hm.'},
    a,
    signed,
    text('One'),
    text(' \n'),
    text('two'),
    b,
    text('\n\n'),
    c,
    {type: 'source', id: 's', title: 'S'},
    text('three'),
  ];
  assert.deepEqual(toolRoundsOf(parts), [
    {text: '', calls: [a], thoughts: []},
    {text: 'One \ntwo', calls: [b, c], thoughts: [signed]},
    {text: 'three', calls: [], thoughts: []},
  ]);
  assert.deepEqual(toolRoundsOf([text(''), text('  ')]), []);
});

test("a tool call's input that is no object becomes the field input of one", () => {
  for (const [input, shown] of [
    [{a: 1}, {a: 1}],
    ['{"a":1}', {a: 1}],
    ['{"a":', {input: '{"a":'}],
    [[1], {input: [1]}],
    [null, {input: null}],
  ] as const) {
    assert.deepEqual(inputOf({...call('a'), input}), shown);
  }
});

test('all APIs get the same tool rounds, and no blank messages', () => {
  const messages: readonly PromptMessage[] = [
    {role: 'user', parts: [text('Look')]},
    {role: 'assistant', parts: [text(' '), text('I look.'), call('a'), text('\n'), call('b'), text('Done.')]},
    {role: 'user', parts: [text(' \n')]},
    {role: 'assistant', parts: [text(' ')]},
    {role: 'user', parts: [text(' '), text('Again')]},
  ];
  const told = (sent: unknown) =>
    (sent as readonly {role: string; content: readonly object[]}[]).map(({role, content}) => [role, content.length]);
  const bridge = toCallOptions({model: 'm', messages}, {files: 'named', fetches: () => false});
  const expected: readonly (readonly [role: string, parts: number])[] = [
    ['user', 1],
    ['assistant', 3],
    ['tool', 2],
    ['assistant', 1],
    ['user', 1],
  ];
  assert.deepEqual(told(bridge['prompt']), expected);
  const body = toAnthropicBody(
    {model: 'm', messages},
    {capabilities: {sampling: 'either', effort: true, thinking: 'either'}, defaults: {maxTokens: 10}},
  );
  assert.deepEqual(
    told(body['messages']),
    expected.map(([role, parts]) => [role === 'tool' ? 'user' : role, parts]),
  );
  const answers = (list: unknown) =>
    (list as readonly {role: string; content: unknown; tool_calls?: readonly object[]}[]).flatMap((message) =>
      message.role === 'assistant' ? [[message.content, message.tool_calls?.length]] : [],
    );
  const capabilities = {
    streamOptions: true,
    maxTokens: 'max_tokens',
    padding: 'unknown',
    sampling: 'both',
    reasoning: 'taken',
    signatures: 'optional',
    callIds: 'any',
    streams: true,
    system: 'anywhere',
    budget: 'effort',
  } as const;
  assert.deepEqual(answers(toOpenAiBody({model: 'm', messages}, capabilities)['messages']), [
    [' I look.', 2],
    ['Done.', undefined],
  ]);
});
