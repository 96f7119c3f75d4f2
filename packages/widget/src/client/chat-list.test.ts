/** The list of earlier chats, as a page uses it through the store. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chatWith, storedChat} from './testing/chat.ts';

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

test('leaving the page carries out a removal that could still be undone', async () => {
  const {store, transport, environment} = chatWith({chats: [storedChat('chat_1', 'One')]});
  await store.loadHistory();
  store.remove('chat_1');
  environment.leave();
  environment.leave();
  assert.deepEqual(transport.calls.slice(1), ['remove chat_1']);
});
