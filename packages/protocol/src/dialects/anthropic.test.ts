import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createReader} from '../index.ts';
import type {ChatEvent} from '../index.ts';
import {anthropic} from './anthropic.ts';

const bytes = new TextEncoder();

/** The last usage of a body that arrives in two pieces. */
function lastUsage(events: readonly object[], cut = 0): ChatEvent | undefined {
  const body = bytes.encode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  const reader = createReader({dialect: anthropic});
  const read = [...reader.push(body.subarray(0, cut)), ...reader.push(body.subarray(cut)), ...reader.end()];
  return read.findLast(({type}) => type === 'usage');
}

const start = {type: 'message_start', message: {usage: {input_tokens: 25, output_tokens: 1}}};
const words = {type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text: 'Some words'}};

test("usage of Anthropic's answer that is cut off counts the prompt but no completion", () => {
  const length = JSON.stringify(start).length + JSON.stringify(words).length;
  for (let cut = 0; cut < length; cut++) {
    assert.deepEqual(lastUsage([start, words], cut), {type: 'usage', promptTokens: 25, completionTokens: 0});
  }
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
});
