/** The store as a page uses it: settings, models, listeners, and forgetting the visitor. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {chatWith, end, say, shown, start, storedChat, storedMessage} from './testing/chat.ts';
import {memoryStorage} from './testing/memory-storage.ts';

const network = () => new ChatError('network');
const answerTwo = storedMessage('assistant', 'Two');
const questionThree = storedMessage('user', 'Three');
const savedChats = {
  chat_1: {messages: [storedMessage('user', 'One'), answerTwo]},
  chat_2: {messages: [questionThree]},
};

test('listeners are called once a frame, however many events arrive', async () => {
  const {store, transport, environment} = chatWith();
  let heard = 0;
  store.subscribe(() => heard++);
  void store.send('Count');
  environment.draw();
  assert.equal(heard, 1);
  const stream = await transport.next();
  await stream.give(start, ...Array.from({length: 100}, () => say('x')));
  environment.draw();
  assert.equal(heard, 2);
  environment.draw();
  assert.equal(heard, 2);
});

test('the model is the one that the visitor chose, also on a later visit, else the default of the server', async () => {
  const storage = memoryStorage();
  const models = ['small', 'large'].map((id) => ({id, name: id}));
  const {store, transport} = chatWith({config: {greeting: 'Hello', models, defaultModel: 'small'}}, storage);
  await store.start();
  assert.equal(store.getState().model, 'small');
  store.setModel('large');
  void store.send('Hi');
  const {request} = await transport.next();
  assert.equal('model' in request && request.model, 'large');

  const {store: later} = chatWith({config: {models, defaultModel: 'small'}}, storage);
  await later.start();
  assert.equal(later.getState().model, 'large');
});

test('forget leaves nothing of the visitor on the page, in the tab and on the device, and shows no late event', async () => {
  const {store, transport, storage} = chatWith({chats: [storedChat('chat_1', 'Secret')]});
  await store.loadHistory();
  void store.send('Secret');
  const stream = await transport.next();
  await stream.give(start, say('Secret'));
  store.setDraft('Secret');
  store.forget();
  await stream.left;
  assert.equal(JSON.stringify(store.getState()).includes('Secret'), false);
  assert.equal(storage.onDevice.size + storage.inTab.size, 0);
});

test('forget({deviceAlreadyCleared: true}) leaves the device as another tab has cleared it', () => {
  const {store, storage} = chatWith();
  store.setDraft('Secret');
  storage.device.set('visitor', 'the next one');
  store.forget({deviceAlreadyCleared: true});
  assert.equal(storage.onDevice.get('visitor'), 'the next one');
  assert.equal(store.getState().draft, '');
});

suite('a page that starts', () => {
  const models = ['small', 'large'].map((id) => ({id, name: id}));

  test('start loads the settings, and the chat of this tab', async () => {
    const storage = memoryStorage();
    storage.tab.set('chat', 'chat_1');
    const {store, transport} = chatWith({chats: [], stored: savedChats, config: {greeting: 'Hello'}}, storage);
    await store.start();
    assert.deepEqual([store.getState().config, store.getState().models], [{greeting: 'Hello'}, []]);
    assert.deepEqual(shown(store), ['user done: One', 'assistant done: Two']);
    assert.deepEqual(transport.calls.sort(), ['config', 'load chat_1']);
  });

  test('listeners are called when the settings have arrived, also without models', async () => {
    const {store, environment} = chatWith({config: {greeting: 'Hello'}});
    const before = store.getState();
    let calls = 0;
    store.subscribe(() => calls++);
    await store.start();
    environment.draw();
    assert.equal(calls, 1);
    assert.notEqual(store.getState(), before);
  });

  test('start with a chat id loads that chat, and a tab without a chat loads none', async () => {
    const storage = memoryStorage();
    const {store, transport} = chatWith({chats: [], stored: savedChats}, storage);
    await store.start();
    assert.deepEqual(transport.calls, []);
    storage.tab.set('chat', 'chat_1');
    await store.start({chatId: 'chat_2'});
    assert.deepEqual(transport.calls, ['load chat_2']);
    assert.equal(storage.tab.get('chat'), 'chat_2');
  });

  test('without saved chats in the backend, a tab starts with an empty chat', async () => {
    const storage = memoryStorage();
    storage.tab.set('chat', 'chat_1');
    const {store} = chatWith({}, storage);
    await store.start();
    await store.open('chat_1');
    assert.deepEqual([store.getState().chatId, store.getState().status], [undefined, 'idle']);
  });

  test('models are listed by their own request unless they come with the settings', async () => {
    const own = chatWith({config: {greeting: 'Hello'}, models: {models, defaultModel: 'large'}});
    await own.store.start();
    const {config, models: listed, model} = own.store.getState();
    assert.deepEqual([config, listed, model], [{greeting: 'Hello'}, models, 'large']);
    const together = chatWith({config: {models, defaultModel: 'large'}, models: {models: []}});
    await together.store.start();
    assert.deepEqual([together.store.getState().models, together.store.getState().model], [models, 'large']);
    assert.deepEqual(together.transport.calls, ['config']);
  });

  test('without a default the first model is chosen, and a chosen model that is gone is replaced', async () => {
    const storage = memoryStorage();
    storage.device.set('model', 'gone');
    const {store} = chatWith({models: {models}}, storage);
    assert.equal(store.getState().model, 'gone');
    await store.start();
    assert.equal(store.getState().model, 'small');
    assert.equal(storage.device.get('model'), 'gone', 'only the visitor chooses for later visits');
    const empty = chatWith({models: {models: []}});
    await empty.store.start();
    assert.equal(empty.store.getState().model, undefined);
  });

  test('I-7: the settings of the last visit are known at once, and those of the server replace them', async () => {
    const storage = memoryStorage();
    const {store} = chatWith({config: {greeting: 'Hello', models, defaultModel: 'large'}}, storage);
    assert.equal(store.getState().settings, 'loading');
    await store.start();
    const later = chatWith({config: {greeting: 'Good evening', models: []}}, storage);
    const started = later.store.start();
    const {config, models: listed, model, settings} = later.store.getState();
    assert.deepEqual([config, listed, model, settings], [{greeting: 'Hello'}, models, 'large', 'ready']);
    await started;
    assert.deepEqual([later.store.getState().config, later.store.getState().models], [{greeting: 'Good evening'}, []]);
    storage.device.set('settings', '{"greeting": 1, ');
    const spoilt = chatWith({config: {greeting: 'Hello'}}, storage).store;
    void spoilt.start();
    assert.equal(spoilt.getState().settings, 'loading');
  });

  test('settings that cannot be loaded leave a chat that works', async () => {
    const {store, transport} = chatWith({
      config: {greeting: 'Hello'},
      onCall() {
        throw network();
      },
    });
    await store.start();
    const {config, models: listed, settings} = store.getState();
    assert.deepEqual([config, listed, settings], [{}, [], 'ready']);
    const sent = store.send('Hello');
    void (await transport.next()).give(start, say('Hi'), end);
    assert.equal((await sent)?.status, 'done');
  });

  test('settings that arrive after the store was closed change nothing', async () => {
    const slow = Promise.withResolvers<void>();
    const config = {models, defaultModel: 'small'};
    const {store} = chatWith({config, obeysSignals: false, onCall: () => slow.promise});
    const started = store.start();
    store.close();
    slow.resolve();
    await started;
    assert.deepEqual([store.getState().config, store.getState().model], [{}, undefined]);
  });
});

suite('listeners', () => {
  test('the state is the same object until something changes', () => {
    const {store} = chatWith();
    const before = store.getState();
    assert.equal(store.getState(), before);
    store.setDraft('Hi');
    const after = store.getState();
    assert.notEqual(after, before);
    assert.equal(before.draft, '');
    store.setDraft('Hi');
    assert.equal(store.getState(), after);
  });

  test('a listener that unsubscribed is not called, and the others are', () => {
    const {store, environment} = chatWith();
    const calls: string[] = [];
    const unsubscribe = store.subscribe(() => calls.push('first'));
    store.subscribe(() => calls.push('second'));
    unsubscribe();
    store.setDraft('Hi');
    environment.draw();
    assert.deepEqual(calls, ['second']);
  });

  test('a closed store calls no listener, whether a frame was requested or something changes later', () => {
    const {store, environment} = chatWith();
    store.subscribe(() => assert.fail());
    store.setDraft('Hi');
    store.close();
    environment.draw();
    store.setDraft('Ho');
    environment.draw();
  });

  test('a closed store no longer listens to its turn, and does not stop it on the server', async () => {
    const {store, transport, ended} = chatWith();
    const sent = store.send('Hello');
    const stream = await transport.next();
    await stream.give(start, say('Hi'));
    store.close();
    await stream.left;
    assert.equal(await sent, undefined);
    assert.deepEqual([transport.calls, ended], [[], []]);
  });

  test('a closed store stops loading older messages', async () => {
    const slow = Promise.withResolvers<void>();
    const {store} = chatWith({
      chats: [],
      stored: {chat_1: {messages: [answerTwo], olderCursor: 'c1'}, 'chat_1 c1': {messages: [questionThree]}},
      onCall: (call) => (call === 'load chat_1 c1' ? slow.promise : undefined),
    });
    await store.open('chat_1');
    const loading = store.loadOlder();
    store.close();
    slow.resolve();
    await loading;
    assert.deepEqual(shown(store), ['assistant done: Two']);
  });
});

suite('a turn of another tab', () => {
  test('the list of chats is fetched again, whichever chat is shown', async () => {
    const {store, transport} = chatWith({chats: [storedChat('chat_1', 'One')]});
    await store.loadHistory();
    await store.followTurn('chat_9');
    assert.deepEqual(transport.calls, ['list', 'list']);
  });

  test('following it resolves when what was asked there is shown', async () => {
    const stored = {...savedChats};
    const {store} = chatWith({chats: [], stored, onCall: () => new Promise(setImmediate)});
    await store.open('chat_2');
    stored.chat_2 = {messages: [questionThree, answerTwo]};
    await store.followTurn('chat_2');
    assert.deepEqual(shown(store), ['user done: Three', 'assistant done: Two']);
  });
});
