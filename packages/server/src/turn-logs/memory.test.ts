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

  test('forgets an ended turn after its time, and not earlier', async () => {
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

  test('keeps a limited number of ended turns', async () => {
    const log = memoryTurnLog({keepAtMost: 2});
    for (const id of [1, 2, 3]) {
      await log.open(turn(id));
      log.close(`msg_${id}`);
    }
    await assert.rejects(read(log, 'msg_1'), {code: 'not-found'});
    await read(log, 'msg_2');
    await read(log, 'msg_3');
  });

  test('keeps a limited number of characters of ended turns, and lets a slow reader read to the end', async () => {
    const log = memoryTurnLog({keepCharacters: 1000});
    const readers = [];
    for (const id of [1, 2, 3]) {
      await log.open(turn(id));
      const reader = log.read(`msg_${id}`, 0, {signal: new AbortController().signal})[Symbol.asyncIterator]();
      log.append(`msg_${id}`, [{type: 'text-delta', delta: 'word '.repeat(90)}]);
      log.close(`msg_${id}`);
      readers.push(reader);
    }
    assert.equal(await log.find('o', 'chat_1', {recent: true}), undefined);
    assert.ok(await log.find('o', 'chat_2', {recent: true}));
    assert.ok(await log.find('o', 'chat_3', {recent: true}));
    for (const reader of readers) {
      assert.equal((await reader.next()).value?.events.length, 1);
      assert.equal((await reader.next()).done, true);
    }
  });

  test('frees the memory of ended turns on an idle server', async (t) => {
    t.mock.timers.enable({apis: ['setTimeout']});
    let now = 0;
    const log = memoryTurnLog({keepFor: 60_000, now: () => now});
    for (const id of [1, 2]) {
      await log.open(turn(id));
      log.close(`msg_${id}`);
      now += 30_000;
    }
    t.mock.timers.tick(60_000);
    t.mock.timers.tick(60_000);
    // If the turn were only expired and not removed, it would be readable again.
    now = 30_000;
    await assert.rejects(read(log, 'msg_1'), {code: 'not-found'});
  });
});
