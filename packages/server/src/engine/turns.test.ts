import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {
  type ScriptedProvider,
  collect,
  ends,
  gives,
  hangs,
  says,
  scripted,
} from '../providers/testing/scripted-provider.ts';
import {sqliteStore} from '../stores/sqlite.ts';
import {memoryTurnLog} from '../turn-logs/memory.ts';
import {createModels} from './models.ts';
import type {Store} from './store.ts';
import {createTurns} from './turns.ts';

const question = {id: 'one', parts: [{type: 'text', text: 'Hello?'}]} as const;

function turnsWith(provider: ScriptedProvider, startTurn?: Store['startTurn']) {
  const store = sqliteStore({path: ':memory:'});
  const services = {
    store: startTurn ? {...store, startTurn} : store,
    turnLog: memoryTurnLog(),
    models: createModels({providers: [provider], report() {}}),
    report() {},
    maxAnswerLength: 1000,
    checkpointEvery: 1000,
  };
  return {turns: createTurns(services), store};
}

suite('a turn whose question is being stored', () => {
  test('has asked the model already, and says nothing before it is stored', async () => {
    const written = Promise.withResolvers<void>();
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsWith(provider, async (owner, turn) => {
      await written.promise;
      await store.startTurn(owner, turn);
    });
    let started = false;
    const starting = turns.start('o', {question}).finally(() => {
      started = true;
    });
    while (provider.asked.length === 0) await new Promise(setImmediate);
    assert.equal(started, false);
    written.resolve();
    const turn = await starting;
    const batches = turn.read(0, {signal: new AbortController().signal});
    const {events} = await collect(
      (async function* () {
        for await (const batch of batches) yield batch.events;
      })(),
    );
    assert.deepEqual(events[1], says('Hi'));
    const {items} = await store.messages('o', turn.chatId, {});
    assert.deepEqual(
      items.map(({role, status}) => [role, status]),
      [
        ['user', 'done'],
        ['assistant', 'done'],
      ],
    );
  });

  test('lets the model go where storing fails, and leaves the chat free for another try', async () => {
    const provider = scripted(hangs(), gives([says('Hi')], [ends]));
    let tries = 0;
    const {turns, store} = turnsWith(provider, async (owner, turn) => {
      tries += 1;
      if (tries === 1) throw new ChatError('internal', 'The disk is full.');
      await store.startTurn(owner, turn);
    });
    await assert.rejects(turns.start('o', {question}), {code: 'internal'});
    assert.equal(provider.asked[0]?.signal.aborted ?? true, true);
    const turn = await turns.start('o', {question});
    assert.equal(
      (
        await collect(
          (async function* () {
            for await (const {events} of turn.read(0, {signal: new AbortController().signal})) yield events;
          })(),
        )
      ).events.at(-1)?.type,
      'message-end',
    );
  });
});
