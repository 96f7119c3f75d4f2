/** Several answers to one request on their own: what becomes of the others when one breaks or nobody takes them. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import {readAllWhole, readSideBySide} from './choices.ts';

const hello: ChatEvent = {type: 'text-delta', delta: 'Hello'};
const stopped: ChatEvent = {type: 'message-end', reason: 'stopped'};

/** Says hello and waits to be ended. */
function waiting() {
  const turn = {
    ended: false,
    async *read({signal}: {signal: AbortSignal}) {
      yield [hello];
      if (!signal.aborted) await once(signal, 'abort');
      yield [stopped];
      turn.ended = true;
    },
  };
  return turn;
}

/** Breaks as no answer should: without an event that says so. */
const broken = {
  async *read() {
    yield [hello];
    throw new Error('No.');
  },
};

const staying = new AbortController();

suite('answers side by side', () => {
  test('are all read to their end where one breaks, and whoever takes them hears of it', async () => {
    const other = waiting();
    await assert.rejects(async () => {
      for await (const _ of readSideBySide([other, broken], staying)) {
        // Only how it ends is of interest.
      }
    }, /No\./);
    assert.ok(other.ended);
  });

  test('are all read to their end where nobody takes them any more', async () => {
    const both = [waiting(), waiting()];
    for await (const _ of readSideBySide(both, staying)) break;
    assert.deepEqual(
      both.map(({ended}) => ended),
      [true, true],
    );
  });

  test('are wanted whole or not at all', async () => {
    const other = waiting();
    await assert.rejects(readAllWhole([other, broken], staying), /No\./);
    assert.ok(other.ended);
  });
});
