/** Several answers to one request: all are read to their end when one breaks or the reader leaves. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import {readAllWhole, readSideBySide} from './choices.ts';

const hello: ChatEvent = {type: 'text-delta', delta: 'Hello'};
const stopped: ChatEvent = {type: 'message-end', reason: 'stopped'};

/** A turn that says hello and waits for its abort. */
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

/** A turn that throws, instead of ending with an error event. */
const broken = {
  async *read() {
    yield [hello];
    throw new Error('No.');
  },
};

const staying = new AbortController();

suite('several answers to one request', () => {
  test('readSideBySide reads all answers to their end when one breaks, and throws its error', async () => {
    const other = waiting();
    await assert.rejects(async () => {
      for await (const _ of readSideBySide([other, broken], staying)) {
        // Only the end is of interest.
      }
    }, /No\./);
    assert.ok(other.ended);
  });

  test('readSideBySide reads all answers to their end when nobody takes them any more', async () => {
    const both = [waiting(), waiting()];
    for await (const _ of readSideBySide(both, staying)) break;
    assert.deepEqual(
      both.map(({ended}) => ended),
      [true, true],
    );
  });

  test('readAllWhole reads all answers to their end when one breaks, and throws its error', async () => {
    const other = waiting();
    await assert.rejects(readAllWhole([other, broken], staying), /No\./);
    assert.ok(other.ended);
  });
});
