import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {memoryTurnLog} from './memory.ts';
import {turnLogContract} from './testing/turn-log-contract.ts';

turnLogContract({name: 'memory', create: async () => ({log: memoryTurnLog()})});

suite('turn log in memory', () => {
  const turn = (id: number) => ({turnId: `msg_${id}`, owner: 'o', chatId: `chat_${id}`, model: 'm', createdAt: ''});
  const read = async (log: ReturnType<typeof memoryTurnLog>, id: string) => {
    for await (const _ of log.read(id, 0, {signal: new AbortController().signal})) assert.fail('Nothing was said.');
  };

  test('forgets an ended turn after its time, and not before', async () => {
    let now = 0;
    const log = memoryTurnLog({keepFor: 60_000, now: () => now});
    await log.open(turn(1));
    log.close('msg_1');
    now = 59_999;
    await read(log, 'msg_1');
    assert.ok(await log.find('o', 'chat_1', {recent: true}));
    now = 60_000;
    assert.equal(await log.find('o', 'chat_1', {recent: true}), undefined);
    await assert.rejects(read(log, 'msg_1'), {code: 'not-found'});
  });

  test('keeps so many ended turns and no more', async () => {
    const log = memoryTurnLog({keepAtMost: 2});
    for (const id of [1, 2, 3]) {
      await log.open(turn(id));
      log.close(`msg_${id}`);
    }
    await assert.rejects(read(log, 'msg_1'), {code: 'not-found'});
    await read(log, 'msg_2');
    await read(log, 'msg_3');
  });
});
