/** Options of the encoder for OpenAI's chunks. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {EncodeContext} from '../../dialect.ts';
import type {ChatEvent} from '../../event.ts';
import {openaiChat} from './openai-chat.ts';

const events: readonly ChatEvent[] = [
  {type: 'text-delta', delta: 'Hi'},
  {type: 'usage', promptTokens: 1, completionTokens: 2},
  {type: 'message-end', reason: 'stop'},
];

function chunks(context: Partial<EncodeContext>) {
  const encoder = openaiChat.encoder?.({id: 'c', model: 'm', created: 1, ...context});
  const text = (encoder?.encode(events) ?? '') + (encoder?.end() ?? '');
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, chunk = '']) => JSON.parse(chunk));
}

suite("OpenAI's chunks", () => {
  test("OpenAI's chunks carry the index of their answer", () => {
    assert.deepEqual(
      chunks({choice: 2}).map(({choices: [{index}]}) => index),
      [2, 2, 2],
    );
  });

  for (const includeUsage of [false, true]) {
    test(`only the last of OpenAI's chunks carries closing fields, ${includeUsage ? 'with' : 'without'} a chunk for usage`, () => {
      let asked = 0;
      const closingFields = () => ({cost: ++asked, left: undefined});
      const all = chunks({includeUsage, closingFields});
      assert.deepEqual(
        all.map(({cost}) => cost),
        [...all.slice(1).map(() => undefined), 1],
      );
      assert.equal(all.at(-1).choices.length, includeUsage ? 0 : 1);
    });
  }

  test("OpenAI's chunks are unchanged if the closing fields are empty", () => {
    assert.deepEqual(chunks({closingFields: () => ({})}), chunks({}));
  });
});
