/** Questions that are written while an answer runs: they wait, and are asked when it has ended well. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {ChatStore} from './chat-store.ts';
import {mostQueued, readQueue} from './question-queue.ts';
import {answeredChat, chatWith, end, say, settled, shown, start, storedMessage} from './testing/chat.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import {fakeTransport} from './testing/fake-transport.ts';
import type {FakeTransportOptions} from './testing/fake-transport.ts';
import {memoryStorage} from './testing/memory-storage.ts';

/** A chat in which an answer runs and these questions wait. */
async function queuedChat(waiting: readonly string[], options: FakeTransportOptions = {}) {
  const chat = chatWith(options);
  void chat.store.send('Hello');
  const stream = await chat.transport.next();
  await stream.give(start, say('Hi'));
  for (const text of waiting) assert.equal(chat.store.enqueue(text), true);
  return {...chat, stream};
}

const texts = (store: ChatStore) => store.getState().queue.map(({text}) => text);

suite('I-32 the queue of questions', () => {
  test('asks them one after the other, in order, each when the answer before it is complete', async () => {
    const {store, transport, stream, ended} = await queuedChat([' One ', 'Two']);
    assert.deepEqual(texts(store), ['One', 'Two']);
    await stream.give(end);
    const second = await transport.next();
    assert.deepEqual(texts(store), ['Two']);
    assert.equal(store.getState().status, 'sending');
    await second.give({...start, messageId: 'msg_b', questionId: 'msg_r'}, say('Yes.'), end);
    const third = await transport.next();
    await third.give({...start, messageId: 'msg_c', questionId: 'msg_s'}, say('No.'), end);
    await settled();
    assert.deepEqual(
      shown(store).filter((line) => line.startsWith('user')),
      ['user done: Hello', 'user done: One', 'user done: Two'],
    );
    assert.deepEqual(texts(store), []);
    assert.deepEqual(ended, ['done', 'done', 'done']);
  });

  test(`takes ${mostQueued} at most, none that is blank, and none while nothing is being answered`, async () => {
    const {store} = await queuedChat(Array.from({length: mostQueued}, (_, index) => `${index}`));
    store.setDraft('One more');
    assert.equal(store.enqueue('One more'), false);
    assert.equal(store.getState().draft, 'One more');
    store.removeQueued(store.getState().queue[0]?.id ?? '');
    assert.equal(store.enqueue('  '), false);
    assert.equal(store.enqueue('One more'), true);
    assert.equal(store.getState().draft, '');
    const {store: idle} = await answeredChat();
    assert.equal(idle.enqueue('Hello'), false);
  });

  for (const [ending, cause] of [
    ['a failure', async ({stream}: Awaited<ReturnType<typeof queuedChat>>) => stream.fail(new ChatError('internal'))],
    [
      'a stop',
      async ({store, stream}: Awaited<ReturnType<typeof queuedChat>>) => {
        store.stop();
        void stream.give({type: 'message-end', reason: 'stopped'});
      },
    ],
    [
      'a stop that came too late',
      async ({store, stream}: Awaited<ReturnType<typeof queuedChat>>) => {
        store.stop();
        void stream.give(end);
      },
    ],
  ] as const) {
    test(`keeps them after ${ending}, until the visitor sends the first`, async () => {
      const chat = await queuedChat(['One', 'Two'], {resumes: false});
      await cause(chat);
      await settled();
      const {store, transport} = chat;
      assert.equal(store.getState().status, 'idle');
      assert.deepEqual(texts(store), ['One', 'Two']);
      assert.equal(transport.opened.length, 1);
      store.sendQueued();
      const next = await transport.next();
      await next.give({...start, messageId: 'msg_b'}, say('Yes.'), end);
      await transport.next();
      assert.deepEqual(texts(store), []);
    });
  }

  test('keeps one that the page does not want asked now', async () => {
    const asked: string[] = [];
    const transport = fakeTransport();
    const mayAsk = (text: string) => asked.push(text) > 1;
    const store = new ChatStore({transport, storage: memoryStorage(), environment: fakeEnvironment(), mayAsk});
    void store.send('Hello');
    const stream = await transport.next();
    await stream.give(start);
    store.enqueue('One');
    await stream.give(say('Hi'), end);
    await settled();
    assert.deepEqual(texts(store), ['One']);
    store.sendQueued();
    await transport.next();
    assert.deepEqual(asked, ['One', 'One']);
  });

  test('gives one back into the draft, before what is written there', async () => {
    const {store} = await queuedChat(['One', 'Two']);
    const [first, second] = store.getState().queue;
    store.editQueued(second?.id ?? '');
    assert.equal(store.getState().draft, 'Two');
    store.editQueued(first?.id ?? '');
    assert.equal(store.getState().draft, 'One\nTwo');
    assert.deepEqual(texts(store), []);
  });

  test('asks after a reload if the answer has ended well in the meantime, under the same id', async () => {
    const {store, storage} = await queuedChat(['One', 'Two'], {chats: []});
    const [first] = store.getState().queue;
    store.close();
    const messages = [storedMessage('user', 'Hello'), storedMessage('assistant', 'Hi')];
    const transport = fakeTransport({chats: [], stored: {chat_1: {messages}}});
    const reloaded = new ChatStore({transport, storage, environment: fakeEnvironment()});
    void reloaded.start();
    const {request} = await transport.next();
    assert.deepEqual('message' in request && request.message, first);
    assert.deepEqual(texts(reloaded), ['Two']);
    assert.equal(reloaded.getState().draft, '');
  });

  test('waits after a reload if the answer has failed, and forgets those that the server has', async () => {
    const {store, storage} = await queuedChat(['One', 'Two'], {chats: []});
    const [first] = store.getState().queue;
    store.close();
    const messages = [
      storedMessage('user', 'Hello'),
      storedMessage('assistant', 'Hi'),
      storedMessage('user', 'One', {id: first?.id ?? ''}),
      storedMessage('assistant', '', {status: 'failed'}),
    ];
    const transport = fakeTransport({chats: [], stored: {chat_1: {messages}}});
    const reloaded = new ChatStore({transport, storage, environment: fakeEnvironment()});
    await reloaded.start();
    assert.deepEqual(texts(reloaded), ['Two']);
    assert.equal(transport.opened.length, 0);
  });

  test('stays in the tab until the server has the question, and leaves the draft of the next one alone', async () => {
    const {store, storage, stream, transport} = await queuedChat(['One']);
    store.setDraft('Next');
    await stream.give(end);
    const next = await transport.next();
    assert.equal(readQueue(storage.tab, 'chat_1').length, 1);
    await next.give({...start, messageId: 'msg_b', questionId: 'msg_r'});
    assert.deepEqual(readQueue(storage.tab, 'chat_1'), []);
    assert.equal(store.getState().draft, 'Next');
  });

  test('belongs to one chat, and comes back with it', async () => {
    const {store} = await queuedChat(['One'], {chats: []});
    store.newChat();
    assert.deepEqual(texts(store), []);
    await store.open('chat_1');
    assert.deepEqual(texts(store), ['One']);
  });

  test('moves to the chat as soon as the chat has an id', async () => {
    const {store, transport, storage} = chatWith();
    void store.send('Hello');
    const stream = await transport.next();
    store.enqueue('One');
    assert.equal(readQueue(storage.tab, undefined).length, 1);
    await stream.give(start);
    assert.deepEqual(readQueue(storage.tab, undefined), []);
    assert.equal(readQueue(storage.tab, 'chat_1').length, 1);
  });

  test('is forgotten with the visitor', async () => {
    const {store, storage} = await queuedChat(['One']);
    store.forget();
    assert.deepEqual(texts(store), []);
    assert.deepEqual([...storage.inTab.keys()], []);
  });

  for (const saved of ['{', '{}', '[1,{"id":"a"},{"id":"b","text":"B"}]']) {
    test(`reads what it finds, were it ${saved}`, () => {
      const storage = memoryStorage();
      storage.tab.set('queue:new', saved);
      const {store} = chatWith({}, storage);
      assert.deepEqual(texts(store), saved.startsWith('[') ? ['B'] : []);
    });
  }
});
