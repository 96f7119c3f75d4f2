/** A body of plain text: its byte-order mark, and its lack of any. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createReader, textStream} from '../index.ts';
import type {ChatEvent} from '../index.ts';

function read(...pieces: readonly string[]): readonly ChatEvent[] {
  const reader = createReader({dialect: textStream});
  return [...pieces.flatMap((piece) => reader.push(new TextEncoder().encode(piece))), ...reader.end()];
}

test('a body of plain text is an answer without its byte-order mark', () => {
  assert.deepEqual(read('\uFEFFHello ', '\uFEFFthere'), [
    {type: 'text-delta', delta: 'Hello '},
    {type: 'text-delta', delta: '\uFEFFthere'},
    {type: 'message-end', reason: 'stop'},
  ]);
});

test('a body of plain text without any text is interrupted', () => {
  for (const pieces of [[], ['\uFEFF']]) {
    assert.deepEqual(
      read(...pieces).map((event) => event.type === 'error' && event.code),
      ['interrupted'],
    );
  }
});
