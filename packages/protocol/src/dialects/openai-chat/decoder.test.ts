/** Chunks of OpenAI-compatible servers that carry more than text. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createReader} from '../../index.ts';
import type {ChatEvent} from '../../index.ts';

/** Reads chunks with these deltas; the last one brings the reason of the end. */
function read(
  deltas: readonly object[],
  {finish = 'stop', fields = {}}: {finish?: string; fields?: object} = {},
): readonly ChatEvent[] {
  const chunk = (delta: object, reason: string | null) =>
    `data: ${JSON.stringify({object: 'chat.completion.chunk', ...fields, choices: [{index: 0, delta, finish_reason: reason}]})}\n\n`;
  const body = [...deltas.map((delta) => chunk(delta, null)), chunk({}, finish), 'data: [DONE]\n\n'].join('');
  const reader = createReader();
  return [...reader.push(new TextEncoder().encode(body)), ...reader.end()];
}

test('a call in the old form is read although the same deltas say something', () => {
  const piece = {name: undefined, arguments: '1'};
  const deltas = [
    {content: 'One ', function_call: {name: 'count', arguments: '1'}},
    {content: 'moment, ', function_call: piece},
    {content: 'please.', function_call: piece},
  ];
  const call = read(deltas, {finish: 'function_call'}).find(({type}) => type === 'tool-call');
  assert.deepEqual(call?.type === 'tool-call' && [call.name, call.input], ['count', '111']);
});

test('reasoning is read from the texts and summaries of reasoning_details', () => {
  const details = [{type: 'reasoning.text', text: 'First. '}, {type: 'reasoning.summary', summary: 'Then.'}, 'odd', {}];
  const [thought] = read([{content: null, reasoning_details: details}, {content: 'Done.'}]);
  assert.deepEqual(thought, {type: 'reasoning-delta', delta: 'First. Then.'});
});

test('sources that every chunk names come once, at the end', () => {
  const url = 'https://example.com/a';
  const events = read([{content: 'It is so.'}], {fields: {citations: [url]}});
  assert.deepEqual(events.slice(1), [
    {type: 'source', id: url, title: url, url},
    {type: 'message-end', reason: 'stop'},
  ]);
});
