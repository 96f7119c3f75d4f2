import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setImmediate as turn} from 'node:timers/promises';
import {emptyAnswer} from '@chatlet/protocol';
import {createAnswerSaver} from './answer-saver.ts';

const answer = emptyAnswer({id: 'msg_1', createdAt: '2026-01-01T00:00:00.000Z', model: 'm'});
const word = {type: 'text-delta', delta: 'a'} as const;

test('a store that takes no piece is asked once for each growth, and everything else goes on', async () => {
  let asked = 0;
  const saver = createAnswerSaver(() => answer, {
    save: async () => {},
    append: async () => {
      // Without an end this would never let anything else run.
      if (++asked > 1000) throw new Error('The store is asked without end.');
    },
    report: () => {},
  });
  saver.grow([word]);
  await turn();
  assert.equal(asked, 1);
  saver.grow([word]);
  await turn();
  assert.equal(asked, 2);
  await saver.end();
});

test('what a store did not take the first time is in the next piece', async () => {
  const taken: unknown[] = [];
  let refuses = true;
  const saver = createAnswerSaver(() => answer, {
    save: async () => {},
    append: async (take) => {
      if (!refuses) taken.push(take());
    },
    report: () => {},
  });
  saver.grow([word]);
  await turn();
  refuses = false;
  saver.grow([{type: 'text-delta', delta: 'b'}]);
  await turn();
  assert.deepEqual(taken, [{first: 0, events: [{type: 'text-delta', delta: 'ab'}]}]);
  await saver.end();
});
