import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type ChatEvent, type Message, emptyAnswer} from '@chatlet/protocol';
import {type ScriptedProvider, ends, gives, hangs, says, scripted} from '../../providers/testing/scripted-provider.ts';
import {sqliteStore} from '../../stores/sqlite/index.ts';
import {memoryTurnLog} from '../../turn-logs/memory.ts';
import {createModels} from '../models.ts';
import type {Store} from '../store.ts';
import {answered, ownProtocol, startChat} from '../../testing/chat-server.ts';
import {delta, done, pause} from '../../testing/upstream.ts';
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

const answeredTurn = [
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
    assert.deepEqual(await statesOf(store, turn), answeredTurn);
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
    assert.deepEqual(await statesOf(store, turn), answeredTurn);
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
    assert.deepEqual(await statesOf(store, second), answeredTurn);
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

  test('has calls that were running, of which nobody knows whether they were done', async () => {
    const {turns, store} = turnsWith(scripted(gives([says('Hi')], [ends])));
    const first = await turns.start('o', ask);
    await eventsOf(first);
    const [, saved] = (await store.messages('o', first.chatId, {})).items;
    assert.ok(saved);
    const call = {type: 'tool', callId: 'c1', name: 'send', input: {}, state: 'running'} as const;
    await store.saveMessage('o', first.chatId, {...saved, status: 'answering', parts: [call]});
    const [, answer] = (await turns.messages('o', first.chatId, {})).items;
    const [part] = answer?.parts ?? [];
    assert.ok(part?.type === 'tool');
    const words = 'The server went away meanwhile. Whether it was done is not known.';
    assert.deepEqual([answer?.status, part.state, part.output], ['interrupted', 'failed', words]);
    assert.deepEqual((await store.messages('o', first.chatId, {})).items[1]?.parts, answer?.parts);
  });

  test('is not shown as interrupted if it is saved while the chat is being read', async () => {
    let reads = 0;
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsWith(provider, ({messages, saveMessage}) => ({
      // The first read is overtaken by the end of the turn.
      async messages(owner, chatId, page) {
        const found = await messages(owner, chatId, page);
        reads += 1;
        const [, answer] = found.items;
        if (reads === 1 && answer) await saveMessage(owner, chatId, {...answer, status: 'done', endReason: 'stop'});
        return found;
      },
      async saveMessage() {
        throw new ChatError('internal', 'The disk is full.', {retryable: false});
      },
    }));
    const turn = await turns.start('o', ask);
    await eventsOf(turn);
    const {items} = await turns.messages('o', turn.chatId, {});
    assert.deepEqual(
      items.map(({status}) => status),
      ['done', 'done'],
    );
    assert.deepEqual(await statesOf(store, turn), answeredTurn);
  });

  test('counts as interrupted from the next question on', async () => {
    const {turns, store} = turnsThatSaveLate(scripted(gives([says('Hi')], [ends])));
    const first = await turns.start('o', ask);
    await eventsOf(first);
    const second = await turns.start('o', {...ask, chatId: first.chatId, question: {...question, id: 'two'}});
    await eventsOf(second);
    assert.deepEqual(await statesOf(store, second), [['user', 'done'], ['assistant', 'interrupted'], ...answeredTurn]);
  });
});

test('calls that nobody has answered in time have failed when the chat is read, with those that were allowed beside them', async () => {
  const provider = scripted(gives([says('Hm')], [ends]), gives([says('Well')], [ends]));
  const {turns, store} = turnsWith(provider);
  const first = await turns.start('o', ask);
  await eventsOf(first);
  const {chatId} = first;
  const [, answer] = (await store.messages('o', chatId, {})).items;
  assert.ok(answer);
  const wait = {ask: 'approval', definition: 'd', expiresAt: '2026-01-01T00:00:00.000Z'} as const;
  const call = {type: 'tool', callId: 'a', name: 'send', input: {}, wait} as const;
  await store.saveMessage('o', chatId, {
    ...answer,
    status: 'waiting',
    endReason: 'tool-calls',
    parts: [
      {...call, state: 'running', approval: 'once'},
      {...call, callId: 'b', state: 'waiting'},
    ],
  });
  const [, shown] = (await turns.messages('o', chatId, {})).items;
  const beside = 'It was not done, because nobody answered another call of this answer in time.';
  const tooLate = 'Nobody answered in time, so it was not done.';
  assert.deepEqual(
    [shown?.status, ...(shown?.parts.map((part) => part.type === 'tool' && [part.state, part.output]) ?? [])],
    ['done', ['failed', beside], ['failed', tooLate]],
  );
  await assert.rejects(turns.answerTool('o', chatId, {callId: 'b', approval: 'once'}, {}), {
    code: 'conflict',
    details: {reason: 'expired'},
  });
  await eventsOf(await turns.start('o', {...ask, chatId, question: {...question, id: 'two'}}));
  assert.match(JSON.stringify(provider.asked.at(-1)), new RegExp(`${beside}.*${tooLate}`));
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

suite('the question of an answer, from the second question of a chat on,', () => {
  for (const [log, turnLog] of [
    ['the turn log', memoryTurnLog()],
    ['the saved message, after the log has forgotten the turn', memoryTurnLog({keepFor: 0})],
  ] as const) {
    test(`M-11: is named by a repeated answer that is read from ${log}`, async () => {
      await using chat = await startChat({turnLog});
      const {chatId} = await chat.ask('One', {message: {id: 'q1', text: 'One'}});
      const second = {chatId, message: {id: 'q2', text: 'Two'}};
      const [first, repeated] = [await chat.ask('Two', second), await chat.ask('Two', second)];
      const [, , stored, answer] = await chat.messages(chatId);
      const start = {
        type: 'message-start',
        messageId: answer?.id,
        model: 'test-model',
        chatId,
        questionId: stored?.id,
      };
      assert.deepEqual([first.events[0], repeated.events[0]], [start, start]);
      assert.equal(chat.upstream.requests.length, 2);
    });
  }

  test('M-11: is named by another answer to it, and by a stream that is resumed', async () => {
    await using chat = await startChat();
    const {chatId} = await chat.ask('One');
    await chat.ask('Two', {chatId});
    const again = await answered(await chat.post('/api/chat', {chatId, trigger: 'regenerate'}));
    const [, , stored, answer] = await chat.messages(chatId);
    const start = {type: 'message-start', messageId: answer?.id, model: 'test-model', chatId, questionId: stored?.id};
    assert.deepEqual([again.events[0], stored?.content], [start, 'Two']);
    const resumed = await answered(await chat.get(`/api/chat/${chatId}/stream?after=0`, ownProtocol));
    assert.deepEqual(resumed.events[0], start);
  });

  test('M-11: tells a question that is sent twice at once from another question', async () => {
    const provider = scripted(gives([says('One')], [ends]), hangs([says('Two')]));
    const {turns} = turnsWith(provider);
    const first = await turns.start('o', ask);
    await eventsOf(first);
    const second = {...ask, chatId: first.chatId, question: {...question, id: 'two'}};
    const both = await Promise.all([turns.start('o', second), turns.start('o', second)]);
    assert.equal(new Set(both.map(({answerId}) => answerId)).size, 1);
    const third = {...second, question: {...question, id: 'three'}};
    await assert.rejects(turns.start('o', third), {code: 'conflict'});
    assert.equal(await turns.stop('o', first.chatId), true);
  });
});

test('M-9: a turn looks at the newest 1000 messages of its chat, in their order', async () => {
  const provider = scripted(gives([says('Hi')], [ends]));
  const {turns, store} = turnsWith(provider);
  const createdAt = '2026-01-01T00:00:00.000Z';
  const chat = {id: 'chat_long', title: 'Long', model: 'm', createdAt, updatedAt: createdAt};
  const numbered = (number: number) =>
    ({parts: [{type: 'text', text: String(number)}], status: 'done', createdAt}) as const;
  await Promise.all(
    Array.from({length: 600}, (_, turn) =>
      store.startTurn('o', {
        chat,
        question: {...numbered(2 * turn), id: `msg_${2 * turn}`, role: 'user'},
        answer: {...emptyAnswer({id: `msg_${2 * turn + 1}`, createdAt, model: 'm'}), ...numbered(2 * turn + 1)},
      }),
    ),
  );
  await eventsOf(await turns.start('o', {...ask, chatId: chat.id}));
  const texts = provider.asked[0]?.request.messages.map(({parts: [part]}) => part?.type === 'text' && part.text);
  assert.deepEqual(texts, [...Array.from({length: 1000}, (_, index) => String(index + 200)), 'Hello?']);
});

test('a chat that is read during an answer shows the answer as being written, and does not disturb it', async () => {
  await using chat = await startChat();
  const middle = pause();
  chat.upstream.script(async (exchange) => {
    await exchange.write(delta('One '));
    await middle.here();
    exchange.end(delta('two') + done());
  });
  const response = await chat.post('/api/chat', {message: {text: 'Count'}});
  const chatId = response.headers.get('x-chat-id') ?? '';
  await middle.reached;
  assert.equal((await chat.messages(chatId)).at(-1)?.status, 'answering');
  middle.go();
  await answered(response);
  const saved = (await chat.messages(chatId)).at(-1);
  assert.deepEqual([saved?.content, saved?.status], ['One two', 'done']);
});

suite('a question in a stored chat', () => {
  const createdAt = '2026-01-01T00:00:00.000Z';
  const chat = {id: 'chat_stored', title: 'Stored', model: 'm', createdAt, updatedAt: createdAt};
  const stored = (id: string, parts: Message['parts']) => ({id, parts, status: 'done', createdAt}) as const;

  test('brings earlier files and tool calls to the model, but no answer that failed before its first word', async () => {
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsWith(provider);
    const file = {type: 'file', url: 'data:,x', mediaType: 'text/plain'} as const;
    const tool = {type: 'tool', callId: 'c', name: 'look', input: {}, state: 'done', output: 'seen'} as const;
    const turn = (number: number, asked: Message['parts'], reply: Message['parts']) =>
      store.startTurn('o', {
        chat,
        question: {...stored(`msg_q${number}`, asked), role: 'user'},
        answer: {...emptyAnswer({id: `msg_a${number}`, createdAt}), ...stored(`msg_a${number}`, reply)},
      });
    await turn(1, [file], [tool]);
    await turn(2, [{type: 'text', text: 'Well?'}], [{type: 'reasoning', text: 'Hm.'}]);
    await eventsOf(await turns.start('o', {...ask, chatId: chat.id}));
    assert.deepEqual(
      provider.asked[0]?.request.messages.map(({parts}) => parts),
      [[file], [tool], [{type: 'text', text: 'Well?'}], question.parts],
    );
  });

  test('is answered by the default model if the chat’s own model is gone, but not if the request names it', async () => {
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsWith(provider);
    await store.startTurn('o', {
      chat: {...chat, model: 'gone'},
      question: {...stored('msg_q', question.parts), role: 'user'},
      answer: {...emptyAnswer({id: 'msg_a', createdAt}), ...stored('msg_a', question.parts)},
    });
    await assert.rejects(turns.start('o', {...ask, chatId: chat.id, model: 'gone'}), {code: 'model-not-found'});
    await eventsOf(await turns.start('o', {...ask, chatId: chat.id}));
    assert.deepEqual([provider.asked.length, provider.asked[0]?.request.model], [1, 'm']);
  });

  test('counts the messages of its request for the plan, instructions included, and takes stored ones for the rest', async () => {
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsWith(provider);
    for (const number of [1, 2]) {
      await store.startTurn('o', {
        chat,
        question: {...stored(`msg_q${number}`, [{type: 'text', text: `Question ${number}`}]), role: 'user'},
        answer: {...emptyAnswer({id: `msg_a${number}`, createdAt}), ...stored(`msg_a${number}`, question.parts)},
      });
    }
    const instructions = [{role: 'system', parts: [{type: 'text', text: 'Be brief.'}]}] as const;
    const planned = (maxMessages: number) => ({...ask, chatId: chat.id, instructions, plan: {name: 'p', maxMessages}});
    await assert.rejects(turns.start('o', planned(1)), {
      code: 'plan-limit',
      details: {plan: 'p', limitName: 'maxMessages', limit: 1, requested: 2},
    });
    await eventsOf(await turns.start('o', planned(4)));
    assert.deepEqual(
      provider.asked[0]?.request.messages.map(({parts: [part]}) => part?.type === 'text' && part.text),
      ['Be brief.', 'Question 2', 'Hello?', 'Hello?'],
    );
  });

  test('is refused, and creates no chat, if its chat is deleted before the question is stored', async () => {
    const provider = scripted(gives([says('Hi')], [ends]));
    const {turns, store} = turnsWith(provider, ({startTurn, deleteChat}) => ({
      async startTurn(owner, turn) {
        await deleteChat(owner, turn.chat.id);
        await startTurn(owner, turn);
      },
    }));
    await store.startTurn('o', {chat, answer: emptyAnswer({id: 'msg_a', createdAt})});
    await assert.rejects(turns.start('o', {...ask, chatId: chat.id}), {code: 'not-found'});
    assert.equal(await store.chat('o', chat.id), undefined);
  });
});
