/** Ended answers that the store could not take: they stay readable, and are saved when there is room again. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type Message, emptyAnswer, textOf} from '@chatlet/protocol';
import {ends, gives, says, scripted} from '../../providers/testing/scripted-provider.ts';
import {sqliteStore} from '../../stores/sqlite/index.ts';
import {memoryTurnLog} from '../../turn-logs/memory.ts';
import {createModels} from '../models.ts';
import {fakeClock} from '../testing/fake-clock.ts';
import {createTurns} from './turns.ts';
import {createUnsavedEnds} from './unsaved-ends.ts';

const ask = {kind: 'new-question', question: {id: 'one', parts: [{type: 'text', text: 'Hello?'}]}} as const;
const full = new ChatError('storage-unavailable');

/** Turns with a store that is full while `disk.isFull`. */
function turnsOnDisk() {
  const store = sqliteStore({path: ':memory:'});
  const clock = fakeClock();
  const disk = {isFull: false};
  const reported: unknown[] = [];
  const turns = createTurns({
    store: {
      ...store,
      async saveMessage(owner, chatId, message) {
        if (disk.isFull) throw full;
        await store.saveMessage(owner, chatId, message);
      },
    },
    // An ended turn is forgotten at once, so that messages come from the store.
    turnLog: memoryTurnLog({keepFor: 0}),
    models: createModels({providers: [scripted(gives([says('All of it.')], [ends]))], report() {}}),
    report: (error) => void reported.push(error),
    clock,
    maxAnswerLength: 1000,
  });
  return {turns, store, clock, disk, reported};
}

async function lastOf(messages: Promise<{readonly items: readonly Message[]}>) {
  const last = (await messages).items.at(-1);
  assert.ok(last);
  return [last.status, textOf(last)];
}

async function answerWhileFull({turns, clock, disk}: ReturnType<typeof turnsOnDisk>): Promise<string> {
  const turn = await turns.start('o', ask);
  disk.isFull = true;
  const reading = (async () => {
    const types: string[] = [];
    for await (const {events} of turn.read(0, {signal: new AbortController().signal})) {
      types.push(...events.map(({type}) => type));
    }
    return types;
  })();
  for (let tries = 0; tries < 3; tries++) await clock.pass(await clock.someoneWaits());
  assert.equal((await reading).at(-1), 'message-end');
  return turn.chatId;
}

suite('an answer whose end the disk had no room for', () => {
  test('R-5: is shown whole and never as interrupted, and is saved when there is room again', async () => {
    const world = turnsOnDisk();
    const {turns, store, clock, disk} = world;
    const chatId = await answerWhileFull(world);
    assert.deepEqual(await lastOf(turns.messages('o', chatId, {})), ['done', 'All of it.']);
    assert.deepEqual((await lastOf(store.messages('o', chatId, {})))[0], 'answering');

    await clock.pass(1_000);
    assert.deepEqual((await lastOf(store.messages('o', chatId, {})))[0], 'answering');
    disk.isFull = false;
    await clock.pass(2_000);
    assert.deepEqual(await lastOf(store.messages('o', chatId, {})), ['done', 'All of it.']);
    assert.equal(clock.waiting, 0);
  });

  test('R-5: is answered on in the same chat, and the model is told all of it', async () => {
    const world = turnsOnDisk();
    const chatId = await answerWhileFull(world);
    world.disk.isFull = false;
    const next = {...ask, chatId, question: {id: 'two', parts: [{type: 'text', text: 'And then?'}]}} as const;
    const turn = await world.turns.start('o', next);
    for await (const _ of turn.read(0, {signal: new AbortController().signal})) {
      // Read to its end.
    }
    const {items} = await world.turns.messages('o', chatId, {});
    assert.deepEqual(
      items.map(({status}) => status),
      ['done', 'done', 'done', 'done'],
    );
  });

  test('R-5: is saved when the server ends, if there is room by then; else the operator is told', async () => {
    const saved = turnsOnDisk();
    const chatId = await answerWhileFull(saved);
    saved.disk.isFull = false;
    await saved.turns.shutDown();
    assert.deepEqual(await lastOf(saved.store.messages('o', chatId, {})), ['done', 'All of it.']);

    const lost = turnsOnDisk();
    await answerWhileFull(lost);
    await lost.turns.shutDown();
    assert.match(String(lost.reported.at(-1)), /could not be saved before the server ended/);
  });

  test('R-5: is forgotten with its chat', async () => {
    const world = turnsOnDisk();
    const chatId = await answerWhileFull(world);
    await world.store.deleteChat('o', chatId);
    world.disk.isFull = false;
    await world.clock.pass(1_000);
    assert.equal(world.clock.waiting, 0);
    await assert.rejects(world.turns.messages('o', chatId, {}), {code: 'not-found'});
  });
});

test('R-5: unsaved ends are kept within a bound, the newest, and the operator is told of each that is lost', () => {
  const reported: unknown[] = [];
  const unsaved = createUnsavedEnds({
    store: {saveMessage: () => Promise.reject(full)},
    report: (_, about) => void reported.push(about?.['answerId']),
    clock: fakeClock(),
    keepAtMost: 3,
    keepCharacters: 2_000,
  });
  const keep = (id: string, length: number) =>
    unsaved.keep({
      owner: 'o',
      chatId: 'c',
      answer: {...emptyAnswer({id, createdAt: ''}), parts: [{type: 'text', text: 'x'.repeat(length)}]},
    });
  for (const id of ['a', 'b', 'c', 'd']) keep(id, 10);
  assert.deepEqual(reported, ['a']);
  keep('e', 1_800);
  assert.deepEqual(reported, ['a', 'b', 'c', 'd']);
  assert.equal(unsaved.find('a'), undefined);
  assert.ok(unsaved.find('e'));
});
