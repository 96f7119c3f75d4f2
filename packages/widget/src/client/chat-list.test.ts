/** The list of earlier chats, as a page uses it through the store. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {chatWith, end, say, settled, shown, start, storedChat, storedMessage} from './testing/chat.ts';

/** Calls of the fake transport to the list and to single chats, without the others. */
const callsOf = ({transport}: ReturnType<typeof chatWith>, word: string) =>
  transport.calls.filter((call) => call.split(' ')[0] === word);
/** The first list waits for the code of the list. */
const untilListed = async (chat: ReturnType<typeof chatWith>) => {
  while (callsOf(chat, 'list').length === 0) await settled();
};
const titlesOf = ({store}: ReturnType<typeof chatWith>) => store.getState().history.chats.map(({title}) => title);

const one = storedChat('chat_1', 'One');
const two = storedChat('chat_2', 'Two');
const three = storedChat('chat_3', 'Three');

test('a removed chat can be put back for six seconds, and only then is removed from the server', async () => {
  const {store, transport, environment} = chatWith({chats: [storedChat('chat_1', 'One'), storedChat('chat_2', 'Two')]});
  await store.loadHistory();
  const titles = () => store.getState().history.chats.map(({title}) => title);

  store.remove('chat_1');
  assert.deepEqual(titles(), ['Two']);
  assert.equal(store.getState().history.removed?.title, 'One');
  store.undoRemove();
  assert.deepEqual(titles(), ['One', 'Two']);

  store.remove('chat_2');
  environment.pass(6000);
  assert.deepEqual(titles(), ['One']);
  assert.equal(store.getState().history.removed, undefined);
  assert.deepEqual(
    transport.calls.filter((call) => call.startsWith('remove')),
    ['remove chat_2'],
  );
});

test('the shown chat that is removed and put back is shown again, unless another has been begun', async () => {
  const stored = {chat_1: {messages: [storedMessage('user', 'Hi')]}};
  const {store} = chatWith({chats: [one, two], stored});
  await store.loadHistory();
  await store.open('chat_1');
  store.remove('chat_1');
  assert.deepEqual(store.getState().messages, []);
  store.undoRemove();
  await settled();
  assert.deepEqual(shown(store), ['user done: Hi']);

  store.remove('chat_1');
  store.setMessages([storedMessage('user', 'Other')]);
  store.undoRemove();
  await settled();
  assert.deepEqual(shown(store), ['user done: Other']);

  store.newChat();
  store.remove('chat_2');
  store.undoRemove();
  await settled();
  assert.deepEqual(shown(store), []);
});

test('leaving the page carries out a removal that could still be undone', async () => {
  const {store, transport, environment} = chatWith({chats: [storedChat('chat_1', 'One')]});
  await store.loadHistory();
  store.remove('chat_1');
  environment.leave();
  environment.leave();
  assert.deepEqual(transport.calls.slice(1), ['remove chat_1']);
});

test('the list is loading until the first page arrives, and then ready', async () => {
  const chat = chatWith({chats: [one]});
  assert.deepEqual(chat.store.getState().history, {status: 'unread', chats: [], search: ''});
  const loaded = chat.store.loadHistory();
  assert.deepEqual(chat.store.getState().history, {status: 'loading', chats: [], search: ''});
  await loaded;
  assert.deepEqual(chat.store.getState().history, {status: 'ready', chats: [one], search: ''});
});

test('a backend without chats has no list, and nothing of it can be changed', async () => {
  const {store, transport} = chatWith();
  await store.loadHistory();
  await store.loadMoreHistory();
  await store.rename('chat_1', 'New');
  store.remove('chat_1');
  store.undoRemove();
  assert.deepEqual(store.getState().history, {status: 'absent', chats: [], search: ''});
  store.forget();
  assert.deepEqual(store.getState().history, {status: 'absent', chats: [], search: ''});
  assert.deepEqual(transport.calls, ['forget']);
});

test('more chats are fetched after the last one listed, in the same search, until there are no more', async () => {
  const chat = chatWith({
    chats: [],
    pages: {'list T': {items: [two], next: 'c1'}, 'list T c1': {items: [three]}},
  });
  await chat.store.loadMoreHistory();
  assert.deepEqual(chat.transport.calls, []);
  await chat.store.loadHistory('T');
  await chat.store.loadMoreHistory();
  assert.deepEqual(chat.store.getState().history, {status: 'ready', chats: [two, three], search: 'T'});
  await chat.store.loadMoreHistory();
  assert.deepEqual(chat.transport.calls, ['list T', 'list T c1']);
});

test('a search shows that it is loading, and stays when the list is loaded again', async () => {
  const chat = chatWith({chats: [one, two]});
  await chat.store.loadHistory();
  const searched = chat.store.loadHistory('Tw');
  assert.deepEqual(chat.store.getState().history, {status: 'loading', chats: [one, two], search: 'Tw'});
  await searched;
  assert.deepEqual(titlesOf(chat), ['Two']);
  const again = chat.store.loadHistory();
  assert.equal(chat.store.getState().history.status, 'ready', 'a list that is shown stays while it is refreshed');
  await again;
  assert.deepEqual(chat.transport.calls, ['list', 'list Tw', 'list Tw']);
  await chat.store.loadHistory('');
  assert.deepEqual(titlesOf(chat), ['One', 'Two']);
});

test('of two searches in a row the newer one is shown, whichever answers first, and whether or not the older is aborted', async () => {
  for (const obeysSignals of [true, false]) {
    const slow = Promise.withResolvers<void>();
    const chat = chatWith({
      chats: [one, two],
      obeysSignals,
      onCall: (call) => (call === 'list On' ? slow.promise : undefined),
    });
    const older = chat.store.loadHistory('On');
    await chat.store.loadHistory('Tw');
    slow.resolve();
    await older;
    assert.deepEqual(chat.store.getState().history, {status: 'ready', chats: [two], search: 'Tw'});
  }
});

test('a list that cannot be loaded says so, and another try loads it', async () => {
  let broken = true;
  const chat = chatWith({
    chats: [one],
    onCall() {
      if (broken) throw new ChatError('network');
    },
  });
  await chat.store.loadHistory('On');
  assert.deepEqual(chat.store.getState().history, {status: 'failed', chats: [], search: 'On'});
  broken = false;
  const again = chat.store.loadHistory();
  assert.equal(chat.store.getState().history.status, 'loading');
  await again;
  assert.deepEqual(chat.store.getState().history, {status: 'ready', chats: [one], search: 'On'});
});

test('a list that is shown stays as it is if it cannot be refreshed', async () => {
  let broken = false;
  const chat = chatWith({
    chats: [one],
    onCall() {
      if (broken) throw new ChatError('network');
    },
  });
  await chat.store.loadHistory();
  broken = true;
  await chat.store.loadHistory();
  assert.deepEqual(chat.store.getState().history, {status: 'ready', chats: [one], search: ''});
});

test('the list is refreshed when a chat has begun and when its answer has ended, if it was loaded', async () => {
  const chat = chatWith({chats: [one]});
  const unread = chat.store.send('Hello');
  void (await chat.transport.next()).give(start, end);
  await unread;
  assert.deepEqual(callsOf(chat, 'list'), []);

  await chat.store.loadHistory();
  chat.store.newChat();
  const sent = chat.store.send('Hello');
  const stream = await chat.transport.next();
  assert.deepEqual(callsOf(chat, 'list').length, 1);
  await stream.give(start);
  assert.deepEqual(callsOf(chat, 'list').length, 2);
  await stream.give(say('Hi'));
  void stream.give(end);
  await sent;
  assert.deepEqual(callsOf(chat, 'list').length, 3);
});

test('R-19: a list that is being loaded when another tab begins a chat is fetched again', async () => {
  const slow = Promise.withResolvers<void>();
  let calls = 0;
  const chat = chatWith({chats: [one], onCall: () => (calls++ === 0 ? slow.promise : undefined)});
  const loading = chat.store.loadHistory();
  await untilListed(chat);
  await chat.store.followTurn('chat_2');
  slow.resolve();
  await loading;
  await settled();
  assert.deepEqual(callsOf(chat, 'list').length, 2);
  assert.deepEqual(titlesOf(chat), ['One']);
});

test('a chat that is renamed shows its new title at once, without spaces around it', async () => {
  const chat = chatWith({chats: [one, two]});
  await chat.store.loadHistory();
  const renamed = chat.store.rename('chat_1', '  New  ');
  assert.deepEqual(titlesOf(chat), ['New', 'Two']);
  await renamed;
  assert.deepEqual(callsOf(chat, 'rename'), ['rename chat_1 New']);
  assert.deepEqual(titlesOf(chat), ['New', 'Two']);
});

test('a chat that the server does not rename shows its old title again', async () => {
  const chat = chatWith({
    chats: [one, two],
    onCall(call) {
      if (call.startsWith('rename')) throw new ChatError('network');
    },
  });
  await chat.store.loadHistory();
  const renamed = chat.store.rename('chat_1', 'New');
  assert.deepEqual(titlesOf(chat), ['New', 'Two']);
  await renamed;
  assert.deepEqual(titlesOf(chat), ['One', 'Two']);
  await chat.store.rename('chat_9', 'New');
  assert.deepEqual(titlesOf(chat), ['One', 'Two']);
});

test('an empty title and the title that a chat has are no requests', async () => {
  const chat = chatWith({chats: [one]});
  await chat.store.loadHistory();
  await chat.store.rename('chat_1', '  ');
  await chat.store.rename('chat_1', 'One ');
  assert.deepEqual(callsOf(chat, 'rename'), []);
  assert.deepEqual(titlesOf(chat), ['One']);
});

test('removing a chat that is shown opens an empty one, and removing another leaves it', async () => {
  const stored = {chat_1: {messages: [storedMessage('user', 'Hello')]}};
  const chat = chatWith({chats: [one, two], stored});
  await chat.store.loadHistory();
  await chat.store.open('chat_1');
  chat.store.remove('chat_2');
  assert.deepEqual(shown(chat.store), ['user done: Hello']);
  chat.store.remove('chat_1');
  assert.deepEqual([chat.store.getState().chatId, shown(chat.store)], [undefined, []]);
});

test('removing a chat that is not on the list changes nothing', async () => {
  const stored = {chat_9: {messages: [storedMessage('user', 'Hello')]}};
  const chat = chatWith({chats: [one], stored});
  await chat.store.loadHistory();
  await chat.store.open('chat_9');
  chat.store.remove('chat_9');
  assert.deepEqual([titlesOf(chat), shown(chat.store)], [['One'], ['user done: Hello']]);
});

test('removing a second chat carries out the removal of the first, which then cannot be undone', async () => {
  const chat = chatWith({chats: [one, two, three]});
  await chat.store.loadHistory();
  chat.store.remove('chat_1');
  chat.store.remove('chat_2');
  assert.deepEqual(callsOf(chat, 'remove'), ['remove chat_1']);
  assert.deepEqual(chat.store.getState().history.removed, two);
  chat.store.undoRemove();
  chat.store.undoRemove();
  assert.deepEqual(titlesOf(chat), ['Two', 'Three']);
  assert.equal('removed' in chat.store.getState().history, false);
});

test('a removal that was undone or carried out leaves no timer, and leaving the page does nothing more', async () => {
  const chat = chatWith({chats: [one, two]});
  const {listening} = chat.environment;
  await chat.store.loadHistory();
  chat.store.remove('chat_1');
  assert.deepEqual(chat.environment.waits, [6000]);
  chat.store.undoRemove();
  assert.deepEqual([chat.environment.waits, chat.environment.listening], [[], listening]);
  chat.environment.leave();
  assert.deepEqual(callsOf(chat, 'remove'), []);
  chat.store.remove('chat_2');
  chat.environment.pass(5999);
  assert.deepEqual(callsOf(chat, 'remove'), []);
  chat.environment.pass(1);
  chat.environment.leave();
  assert.deepEqual(callsOf(chat, 'remove'), ['remove chat_2']);
});

test('a chat that the server does not remove is put back in its place', async () => {
  const chat = chatWith({
    chats: [one, two, three],
    onCall(call) {
      if (call.startsWith('remove')) throw new ChatError('network');
    },
  });
  await chat.store.loadHistory();
  chat.store.remove('chat_2');
  chat.environment.pass(6000);
  assert.deepEqual(titlesOf(chat), ['One', 'Three']);
  await settled();
  assert.deepEqual(titlesOf(chat), ['One', 'Two', 'Three']);
});

test('a refreshed list does not bring back a chat while its removal can be undone', async () => {
  const chat = chatWith({chats: [one, two]});
  await chat.store.loadHistory();
  chat.store.remove('chat_1');
  await chat.store.loadHistory();
  assert.deepEqual(chat.store.getState().history, {status: 'ready', chats: [two], search: '', removed: one});
});

test('closing the store carries out a removal and stops the loading of the list', async () => {
  const slow = Promise.withResolvers<void>();
  const chat = chatWith({chats: [one], onCall: (call) => (call === 'list On' ? slow.promise : undefined)});
  await chat.store.loadHistory();
  chat.store.remove('chat_1');
  const loading = chat.store.loadHistory('On');
  chat.store.close();
  assert.deepEqual(callsOf(chat, 'remove'), ['remove chat_1']);
  slow.resolve();
  await loading;
  assert.deepEqual(chat.store.getState().history.chats, []);
});

test('I-6 the undo time stands still while it is held, and begins again', async () => {
  const chat = chatWith({chats: [one]});
  await chat.store.loadHistory();
  chat.store.remove('chat_1');
  chat.store.holdRemoval(true);
  chat.environment.pass(60_000);
  assert.equal(chat.store.getState().history.removed?.id, 'chat_1');
  chat.store.holdRemoval(false);
  chat.environment.pass(5900);
  assert.equal(chat.store.getState().history.removed?.id, 'chat_1');
  chat.environment.pass(200);
  assert.equal(chat.store.getState().history.removed, undefined);
});

test('forgetting the visitor carries out a removal and empties the list', async () => {
  const chat = chatWith({chats: [one, two]});
  await chat.store.loadHistory('T');
  chat.store.remove('chat_2');
  chat.store.forget();
  assert.deepEqual(callsOf(chat, 'remove'), ['remove chat_2']);
  assert.deepEqual(chat.store.getState().history, {status: 'unread', chats: [], search: ''});
});

test('a renaming that fails after the visitor was forgotten changes no title of the next one', async () => {
  const renamed = Promise.withResolvers<void>();
  const chat = chatWith({
    chats: [one],
    onCall: (call) => (call === 'rename chat_1 Mine' ? renamed.promise : undefined),
  });
  await chat.store.loadHistory();
  const renaming = chat.store.rename('chat_1', 'Mine');
  chat.store.forget();
  await chat.store.loadHistory();
  await chat.store.rename('chat_1', 'Theirs');
  renamed.reject(new ChatError('network'));
  await renaming;
  assert.deepEqual(titlesOf(chat), ['Theirs']);
});

test('R-13: a file of all chats, and their deletion, reach nobody once the visitor is forgotten', async () => {
  const slow = Promise.withResolvers<void>();
  const chat = chatWith({chats: [one], allChats: true, obeysSignals: false, onCall: () => slow.promise});
  const file = chat.store.exportChats('json');
  const removed = chat.store.removeAllChats();
  chat.store.forget();
  chat.store.setDraft('of the next visitor');
  slow.resolve();
  await assert.rejects(file, {name: 'AbortError'});
  await assert.rejects(removed, {name: 'AbortError'});
  assert.equal(chat.store.getState().draft, 'of the next visitor');
});

test('what was begun before the visitor was forgotten shows nothing to the next one', async () => {
  const listed = Promise.withResolvers<void>();
  const removed = Promise.withResolvers<void>();
  const chat = chatWith({
    chats: [one, two],
    // A transport that does not look at its signal.
    onCall: (call) => {
      if (call === 'list O') return listed.promise;
      return call.startsWith('remove') ? removed.promise : undefined;
    },
  });
  await chat.store.loadHistory();
  const loading = chat.store.loadHistory('O');
  chat.store.remove('chat_2');
  chat.store.forget();
  listed.resolve();
  removed.reject(new ChatError('network'));
  await loading;
  await settled();
  assert.deepEqual(chat.store.getState().history, {status: 'unread', chats: [], search: ''});
});

test('a list whose loading was aborted by forgetting the visitor is unread and not failed', async () => {
  const listed = Promise.withResolvers<void>();
  const chat = chatWith({chats: [one], onCall: (call) => (call === 'list' ? listed.promise : undefined)});
  const loading = chat.store.loadHistory();
  await untilListed(chat);
  chat.store.forget();
  listed.reject(new DOMException('Aborted', 'AbortError'));
  await loading;
  assert.deepEqual(chat.store.getState().history, {status: 'unread', chats: [], search: ''});
});
