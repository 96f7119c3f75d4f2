/** Anthropic's figures and tool calls, in streams that are cut or interleaved. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createReader} from '../index.ts';
import type {ChatEvent} from '../index.ts';
import {anthropic} from './anthropic.ts';

const bytes = new TextEncoder();

/** The events of a body that arrives in two pieces. */
function read(events: readonly object[], cut = 0): readonly ChatEvent[] {
  const body = bytes.encode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  const reader = createReader({dialect: anthropic});
  return [...reader.push(body.subarray(0, cut)), ...reader.push(body.subarray(cut)), ...reader.end()];
}

function lastUsage(events: readonly object[], cut?: number): ChatEvent | undefined {
  return read(events, cut).findLast(({type}) => type === 'usage');
}

test("M-102: the input of each of Anthropic's tool calls is put together from its pieces", () => {
  const piece = (index: number, text: string) => ({
    type: 'content_block_delta',
    index,
    delta: {type: 'input_json_delta', partial_json: text},
  });
  const begin = (index: number, id: string) => ({
    type: 'content_block_start',
    index,
    content_block: {type: 'tool_use', id, name: 'weather', input: {}},
  });
  const events = read([
    begin(0, 'a'),
    begin(1, 'b'),
    piece(0, '{"city":'),
    piece(1, '{"city":"Ro'),
    piece(0, '"Bern"}'),
    piece(1, 'me"}'),
    {type: 'content_block_stop', index: 0},
    {type: 'content_block_stop', index: 1},
  ]);
  assert.deepEqual(
    events.filter(({type}) => type === 'tool-call'),
    [
      {type: 'tool-call', callId: 'a', name: 'weather', input: {city: 'Bern'}},
      {type: 'tool-call', callId: 'b', name: 'weather', input: {city: 'Rome'}},
    ],
  );
});

const start = {type: 'message_start', message: {usage: {input_tokens: 25, output_tokens: 1}}};
const words = {type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text: 'Some words'}};

test("usage of Anthropic's answer that is cut off counts the prompt but no completion", () => {
  const length = JSON.stringify(start).length + JSON.stringify(words).length;
  for (let cut = 0; cut < length; cut++) {
    assert.deepEqual(lastUsage([start, words], cut), {type: 'usage', promptTokens: 25, completionTokens: 0});
  }
});

test("blocks of Anthropic's answer begin with their content, if they have any", () => {
  const blocks = [{type: 'text'}, {type: 'thinking'}, {type: 'text', text: 'Hi'}, {type: 'thinking', thinking: 'Hm'}];
  const events = blocks.map((content_block, index) => ({type: 'content_block_start', index, content_block}));
  assert.deepEqual(read(events).slice(0, -1), [
    {type: 'text-delta', delta: 'Hi'},
    {type: 'reasoning-delta', delta: 'Hm'},
  ]);
});

test("usage at the end of Anthropic's answer replaces earlier figures, except those it leaves out", () => {
  const end = {type: 'message_delta', delta: {stop_reason: 'end_turn'}, usage: {output_tokens: 15}};
  assert.deepEqual(lastUsage([start, words, end]), {type: 'usage', promptTokens: 25, completionTokens: 15});
  const corrected = {...end, usage: {input_tokens: 30, output_tokens: 15}};
  assert.deepEqual(lastUsage([start, words, corrected, {...end, usage: {}}]), {
    type: 'usage',
    promptTokens: 30,
    completionTokens: 15,
  });
  assert.deepEqual(lastUsage([end]), {type: 'usage', promptTokens: 0, completionTokens: 15});
});
