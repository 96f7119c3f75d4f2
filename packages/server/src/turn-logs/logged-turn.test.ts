import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createEventList} from './event-list.ts';
import {type LoggedTurn, readLoggedTurn} from './logged-turn.ts';

function runningTurn(): LoggedTurn {
  const turn = {turnId: 'msg_1', owner: 'o', chatId: 'chat_1', model: 'm', createdAt: ''};
  return {
    turn,
    events: createEventList(),
    closedAt: undefined,
    readers: new Set(),
    onStop: undefined,
    stopRequested: false,
  };
}

test('a reader that leaves, by itself or by its signal, is not called any more', async () => {
  const log = runningTurn();
  const leaving = new AbortController();
  const one = readLoggedTurn(log, {after: 0, signal: leaving.signal});
  const other = readLoggedTurn(log, {after: 0, signal: new AbortController().signal});
  assert.equal(log.readers.size, 2);
  leaving.abort();
  assert.equal(log.readers.size, 1);
  await other.return?.();
  assert.equal(log.readers.size, 0);
  assert.deepEqual(await one.next(), {done: true, value: undefined});
});
