import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type ChatEvent} from '@chatlet/protocol';
import {type ScriptedProvider, ends, gives, hangs, says, scripted} from '../../providers/testing/scripted-provider.ts';
import {sqliteStore} from '../../stores/sqlite/index.ts';
import {memoryTurnLog} from '../../turn-logs/memory.ts';
import {createModels} from '../models.ts';
import type {Store} from '../store.ts';
import type {ReadableTurn} from './readable-turn.ts';
import {createTurns} from './turns.ts';

const question = {id: 'one', parts: [{type: 'text', text: 'Hello?'}]} as const;
const ask = {kind: 'new-question', question} as const;

function turnsWith(provider: ScriptedProvider, faults: (store: Store) => Partial<Store> = () => ({})) {
  const store = sqliteStore({path: ':memory:'});
  const services = {
    store: {...store, ...faults(store)},
    turnLog: memoryTurnLog(),
    models: createModels({providers: [provider], report() {}}),
    report() {},
    maxAnswerLength: 1000,
  };
  return {turns: createTurns(services), store};
}

async function eventsOf(turn: ReadableTurn): Promise<readonly ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const batch of turn.read(0, {signal: new AbortController().signal})) events.push(...batch.events);
  return events;
}

async function statesOf(store: Store, {chatId}: ReadableTurn) {
  const {items} = await store.messages('o', chatId, {});
  return items.map(({role, status}) => [role, status]);
}

const answered = [
  ['user', 'done'],
  ['assistant', 'done'],
];

suite('a turn while its question is being stored', () => {
  test('asks the model at once, but says nothing before the question is stored', async () => {
    const written = Promise.withResolvers<void>();
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsWith(provider, ({startTurn}) => ({
      async startTurn(owner, turn) {
        await written.promise;
        await startTurn(owner, turn);
      },
    }));
    let started = false;
    const starting = turns.start('o', ask).finally(() => {
      started = true;
    });
    while (provider.asked.length === 0) await new Promise(setImmediate);
    assert.equal(started, false);
    written.resolve();
    const turn = await starting;
    assert.deepEqual((await eventsOf(turn))[1], says('Hi'));
    assert.deepEqual(await statesOf(store, turn), answered);
  });

  test('aborts the model and leaves the chat free for another try if storing fails', async () => {
    const provider = scripted(hangs(), gives([says('Hi')], [ends]));
    let tries = 0;
    const {turns} = turnsWith(provider, ({startTurn}) => ({
      async startTurn(owner, turn) {
        tries += 1;
        if (tries === 1) throw new ChatError('internal', 'The disk is full.');
        await startTurn(owner, turn);
      },
    }));
    await assert.rejects(turns.start('o', ask), {code: 'internal'});
    assert.equal(provider.asked[0]?.signal.aborted ?? true, true);
    assert.deepEqual((await eventsOf(await turns.start('o', ask))).at(-1), ends);
  });

  test('is begun again if the question was stored but the store said that it failed', async () => {
    let tries = 0;
    const {turns, store} = turnsWith(scripted(gives([says('Hi')], [ends])), ({startTurn}) => ({
      async startTurn(owner, turn) {
        tries += 1;
        await startTurn(owner, turn);
        if (tries === 1) throw new ChatError('internal', 'The disk did not confirm.');
      },
    }));
    await assert.rejects(turns.start('o', ask), {code: 'internal'});
    const turn = await turns.start('o', ask);
    assert.deepEqual((await eventsOf(turn)).at(-1), ends);
    assert.deepEqual(await statesOf(store, turn), answered);
  });
});

suite('a turn, after saving its end failed,', () => {
  function turnsThatSaveLate(provider: ScriptedProvider) {
    let failed = false;
    return turnsWith(provider, ({saveMessage}) => ({
      async saveMessage(owner, chatId, message) {
        if (!failed) {
          failed = true;
          throw new ChatError('internal', 'The disk is full.', {retryable: false});
        }
        await saveMessage(owner, chatId, message);
      },
    }));
  }

  test('is begun again when its question is asked again', async () => {
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsThatSaveLate(provider);
    const first = await turns.start('o', ask);
    assert.deepEqual((await eventsOf(first)).at(-1), ends);
    assert.deepEqual(await statesOf(store, first), [
      ['user', 'done'],
      ['assistant', 'answering'],
    ]);
    const second = await turns.start('o', ask);
    assert.deepEqual((await eventsOf(second)).at(-1), ends);
    assert.deepEqual(await statesOf(store, second), answered);
    assert.equal(provider.asked.length, 2);
  });

  test('is shown as interrupted when the chat is read', async () => {
    const {turns, store} = turnsThatSaveLate(scripted(gives([says('Hi')], [ends])));
    const first = await turns.start('o', ask);
    await eventsOf(first);
    const {items} = await turns.messages('o', first.chatId, {});
    const interrupted = [
      ['user', 'done'],
      ['assistant', 'interrupted'],
    ];
    assert.deepEqual(
      items.map(({role, status}) => [role, status]),
      interrupted,
    );
    assert.deepEqual(await statesOf(store, first), interrupted);
  });

  test('counts as interrupted from the next question on', async () => {
    const {turns, store} = turnsThatSaveLate(scripted(gives([says('Hi')], [ends])));
    const first = await turns.start('o', ask);
    await eventsOf(first);
    const second = await turns.start('o', {...ask, chatId: first.chatId, question: {...question, id: 'two'}});
    await eventsOf(second);
    assert.deepEqual(await statesOf(store, second), [['user', 'done'], ['assistant', 'interrupted'], ...answered]);
  });
});

test('a turn ends with an error if its usage cannot even be counted', async () => {
  const input = {
    get size(): number {
      throw new Error('Cannot be read.');
    },
  };
  const unprintable: ChatEvent = {type: 'tool-call', callId: 'c', name: 'n', input};
  const {turns} = turnsWith(scripted(gives([unprintable, ends])));
  const last = (await eventsOf(await turns.start('o', ask))).at(-1);
  assert.ok(last?.type === 'error' && last.code === 'internal', JSON.stringify(last?.type));
});
