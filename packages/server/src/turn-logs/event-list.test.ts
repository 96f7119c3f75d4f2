import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import {createEventList} from './event-list.ts';

/** The events of an answer that is longer than a block, with every kind of neighbour. */
const events: readonly ChatEvent[] = [
  {type: 'message-start', messageId: 'msg_1', model: 'm'},
  {type: 'reasoning-delta', delta: 'Hm'},
  {type: 'reasoning-delta', delta: '.'},
  ...Array.from({length: 200}, (_, index): ChatEvent => ({type: 'text-delta', delta: index % 7 ? `w${index} ` : ''})),
  {type: 'tool-call', callId: 'c', name: 'n', input: {}},
  {type: 'text-delta', delta: '👩‍🚀'.repeat(40_000)},
  {type: 'reasoning-delta', delta: 'So'},
  {type: 'text-delta', delta: 'end'},
  {type: 'usage', promptTokens: 1, completionTokens: 2},
  {type: 'message-end', reason: 'stop'},
];

suite('event list', () => {
  test('gives equal events from every place, packed or not', () => {
    for (const ended of [false, true]) {
      const list = createEventList();
      for (let at = 0; at < events.length; at += 3) list.push(events.slice(at, at + 3));
      if (ended) list.pack();
      assert.equal(list.count(), events.length);
      for (let skipped = 0; skipped <= events.length; skipped++) {
        const read: ChatEvent[] = [];
        for (let some = list.from(skipped); some.length > 0; some = list.from(skipped + read.length)) {
          read.push(...some);
        }
        assert.deepEqual(read, events.slice(skipped));
      }
      assert.deepEqual(list.from(Number.MAX_SAFE_INTEGER), []);
    }
  });

  test('counts its characters', () => {
    const list = createEventList();
    list.push([
      {type: 'text-delta', delta: 'x'.repeat(100_000)},
      {type: 'text-delta', delta: 'y'},
    ]);
    assert.equal(list.characters(), 100_001);
  });
});
