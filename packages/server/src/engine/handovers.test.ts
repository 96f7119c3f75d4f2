import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {Message} from '@chatlet/protocol';
import {sqliteStore} from '../stores/sqlite/index.ts';
import {type HandedChat, type SendChat, createHandovers} from './handovers.ts';
import type {HandoverStore, Store} from './store.ts';
import {fakeClock} from './testing/fake-clock.ts';

const owner = 'visitor:ada';
const at = (milliseconds: number) => new Date(milliseconds).toISOString();

/** A chat with one question, and a webhook that does what the test says. */
async function start(send: SendChat) {
  const clock = fakeClock(Date.UTC(2026, 10, 30));
  const store = sqliteStore({path: ':memory:'});
  const chatId = 'chat_1';
  const chat = {id: chatId, title: 'Hi', model: 'm', createdAt: at(clock.now()), updatedAt: at(clock.now())};
  const message: Message = {
    id: 'msg_1',
    role: 'user',
    parts: [{type: 'text', text: 'Hi'}],
    status: 'done',
    createdAt: chat.createdAt,
  };
  const answer: Message = {...message, id: 'msg_2', role: 'assistant'};
  await store.startTurn(owner, {chat, question: message, answer});
  const reported: unknown[] = [];
  const handovers = createHandovers({store, send, clock, report: (error) => void reported.push(error)});
  assert.ok(handovers);
  return {
    clock,
    store,
    chatId,
    handovers,
    reported,
    [Symbol.asyncDispose]: async () => {
      handovers.close();
      await store.close();
    },
  };
}

suite('handovers', () => {
  test('are tried again with growing pauses until the webhook takes them, and one failure is reported', async () => {
    const tries: number[] = [];
    const sent: HandedChat[] = [];
    await using given = await start(async (chat) => {
      tries.push(given.clock.now());
      sent.push(chat);
      if (tries.length <= 10) throw new Error('500');
    });
    const {clock, chatId, handovers, reported} = given;
    await handovers.ask(owner, chatId, '');
    const began = clock.now();
    for (let minute = 0; minute < 8 * 60; minute++) await clock.pass(60_000);
    assert.equal(tries.length, 11);
    const pauses = tries.slice(1).map((time, index) => (time - (tries[index] ?? 0)) / 1000);
    for (const [index, pause] of pauses.entries()) {
      const least = Math.min(5 * 2 ** index, 3600);
      assert.ok(pause >= least && pause < least + 120, `${index}: ${pause} s`);
    }
    assert.ok((tries[0] ?? 0) - began < 61_000);
    assert.equal(new Set(sent.map(({id}) => id)).size, 1);
    assert.equal(reported.length, 1);
  });

  test('are one for a chat, also if several tabs ask at the same moment', async () => {
    const sent: HandedChat[] = [];
    await using given = await start(async (chat) => void sent.push(chat));
    const {clock, store, chatId, handovers} = given;
    const asked = await Promise.all(['One', 'Two', ''].map((words) => handovers.ask(owner, chatId, words)));
    assert.equal(new Set(asked.map(({id}) => id)).size, 1);
    await clock.pass(60_000);
    assert.equal(sent.length, 1);
    const {items} = await store.messages(owner, chatId, {limit: 10});
    assert.deepEqual(
      items.map(({status}) => status),
      ['done', 'done', 'done', 'waiting'],
    );
  });

  test('end after a day in words: nobody sends them any more, and no reply is taken', async () => {
    let tries = 0;
    await using given = await start(async () => {
      tries++;
      throw new Error('The webhook hangs.');
    });
    const {clock, chatId, handovers} = given;
    const {id} = await handovers.ask(owner, chatId, '');
    for (let hour = 0; hour < 30; hour++) await clock.pass(60 * 60 * 1000);
    const until = tries;
    for (let hour = 0; hour < 30; hour++) await clock.pass(60 * 60 * 1000);
    assert.equal(tries, until);
    await assert.rejects(handovers.reply(id, {text: 'Hello?'}), {code: 'conflict', message: /Nobody answered in time/});
    // The visitor can ask again.
    assert.notEqual((await handovers.ask(owner, chatId, '')).id, id);
  });

  test('are bounded in number', async () => {
    await using given = await start(async () => {
      throw new Error('down');
    });
    const {store, handovers} = given;
    assert.ok(store.handovers);
    const full = {...store.handovers, count: async () => 1000};
    const bounded = createHandovers({
      store: {...store, handovers: full},
      send: async () => {},
      report() {},
      clock: given.clock,
    });
    await assert.rejects(bounded?.ask(owner, given.chatId, '') ?? Promise.resolve(), {code: 'rate-limited'});
    handovers.close();
    bounded?.close();
  });

  /** As `start`, with a store that does what the test says. */
  async function startWith(change: (store: Store, kept: HandoverStore) => Partial<Store>) {
    const sent: HandedChat[] = [];
    const given = await start(async () => {});
    given.handovers.close();
    const {store, clock} = given;
    assert.ok(store.handovers);
    const changed = {...store, ...change(store, store.handovers)};
    const send: SendChat = async (chat) => void sent.push(chat);
    const handovers = createHandovers({store: changed, send, clock, report() {}});
    assert.ok(handovers);
    return {...given, handovers, sent};
  }

  test('are tried again after the store fails for a moment', async () => {
    let reads = 0;
    const {clock, store, chatId, handovers, sent} = await startWith(({messages}) => ({
      // The first is for the question whether a chat waits already.
      messages: async (...asked) => (++reads === 2 ? Promise.reject(new Error('busy')) : messages(...asked)),
    }));
    await handovers.ask(owner, chatId, '');
    for (let minute = 0; minute < 5; minute++) await clock.pass(60_000);
    assert.equal(sent.length, 1);
    handovers.close();
    await store.close();
  });

  test('are sent if they come while the store still looks for others', async () => {
    const looked = Promise.withResolvers<void>();
    const {clock, store, chatId, handovers, sent} = await startWith((_, kept) => ({
      handovers: {
        ...kept,
        async next() {
          const found = await kept.next();
          await looked.promise;
          return found;
        },
      },
    }));
    await clock.pass(60_000);
    await handovers.ask(owner, chatId, '');
    await clock.pass(60_000);
    looked.resolve();
    for (let minute = 0; minute < 5; minute++) await clock.pass(60_000);
    assert.equal(sent.length, 1);
    handovers.close();
    await store.close();
  });
});
