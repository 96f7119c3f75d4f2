/** The chat as a page uses it: questions, answers, stop, lost connections, retries, drafts. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError, textOf} from '@chatlet/protocol';
import {answeredChat, chatWith, end, say, settled, shown, start, storedChat, storedMessage} from './testing/chat.ts';
import {memoryStorage} from './testing/memory-storage.ts';

test('send shows the question at once, lets its answer grow, and resolves with the answer', async () => {
  const {store, transport, ended} = chatWith();
  const sent = store.send('  Hello ');
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant answering: ']);
  assert.equal(store.getState().status, 'sending');

  const stream = await transport.next();
  await stream.give(start, say('Hi '), say('there.'));
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant answering: Hi there.']);
  assert.equal(store.getState().status, 'answering');

  void stream.give(end);
  const answer = await sent;
  assert.equal(answer && textOf(answer), 'Hi there.');
  assert.equal(store.getState().status, 'idle');
  assert.equal(store.getState().chatId, 'chat_1');
  assert.deepEqual(
    store.getState().messages.map(({id}) => id),
    ['msg_q', 'msg_a'],
  );
  assert.deepEqual(ended, ['done']);
});

test('a message keeps its key when the server gives it an id', async () => {
  const {store, transport} = chatWith();
  void store.send('Hello');
  const before = store.getState().messages.map(({key}) => key);
  const stream = await transport.next();
  await stream.give(start, say('Hi'));
  assert.deepEqual(
    store.getState().messages.map(({key}) => key),
    before,
  );
});

test('messages that do not change stay the same objects while an answer grows', async () => {
  const {store, transport} = chatWith();
  store.setMessages([storedMessage('user', 'One'), storedMessage('assistant', 'Two')]);
  const [one, two] = store.getState().messages;
  void store.send('Three');
  const stream = await transport.next();
  await stream.give(start, say('Four'));
  assert.equal(store.getState().messages[0], one);
  assert.equal(store.getState().messages[1], two);
});

test('sending twice at once asks the server once', async () => {
  const {store, transport} = chatWith();
  void store.send('Hello');
  assert.equal(await store.send('Hello'), undefined);
  assert.equal(transport.opened.length <= 1, true);
  const stream = await transport.next();
  await stream.give(start, end);
  assert.equal(transport.opened.length, 1);
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant done: ']);
});

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

test('stop sends a stop request, the server ends the answer, and its text so far stays', async () => {
  const {store, transport, ended} = chatWith();
  const sent = store.send('Count');
  const stream = await transport.next();
  await stream.give(start, say('One '));
  store.stop();
  store.stop();
  assert.deepEqual(transport.calls, ['stop chat_1']);
  void stream.give(say('two'), {type: 'message-end', reason: 'stopped'});
  await sent;
  assert.deepEqual(shown(store).at(-1), 'assistant stopped: One two');
  assert.deepEqual(ended, ['stopped']);
});

test('stop in a new chat sends the stop request when the first event brings the id of the chat', async () => {
  const {store, transport} = chatWith();
  const sent = store.send('Count');
  const stream = await transport.next();
  store.stop();
  assert.deepEqual(transport.calls, []);
  await stream.give(start);
  assert.deepEqual(transport.calls, ['stop chat_1']);
  void stream.give({type: 'message-end', reason: 'stopped'});
  await sent;
  assert.equal(store.getState().messages.at(-1)?.status, 'stopped');
});

test('stop ends the answer on the page if the server does not end it in two seconds', async () => {
  const {store, transport, environment} = chatWith();
  const sent = store.send('Count');
  const stream = await transport.next();
  await stream.give(start, say('One'));
  store.stop();
  await settled();
  environment.pass(2000);
  await sent;
  assert.deepEqual(shown(store).at(-1), 'assistant stopped: One');
  await stream.left;
});

test('stop closes the stream if the transport has no stop request', async () => {
  const {store, transport} = chatWith({stops: false});
  const sent = store.send('Count');
  const stream = await transport.next();
  await stream.give(start, say('One'));
  store.stop();
  await sent;
  assert.deepEqual(shown(store).at(-1), 'assistant stopped: One');
  await stream.left;
});

test('after a lost connection the answer resumes after the last event, and no event is shown twice', async () => {
  const {store, transport, environment} = chatWith();
  const sent = store.send('Count');
  const first = await transport.next();
  await first.give({events: [start, say('One ')], last: 2});
  first.fail(new ChatError('network'));
  await first.left;
  await settled();
  assert.equal(store.getState().status, 'reconnecting');
  environment.pass(500);
  const second = await transport.next();
  assert.deepEqual(second.request, {chatId: 'chat_1', after: 2});
  // Events that the page has seen already are not shown twice.
  await second.give({events: [start, say('One ')], last: 2}, {events: [say('two')], last: 3});
  assert.equal(store.getState().status, 'answering');
  void second.give({events: [end], last: 4});
  await sent;
  assert.deepEqual(shown(store).at(-1), 'assistant done: One two');
});

test('a page that comes back online reconnects without waiting', async () => {
  const {store, transport, environment} = chatWith();
  void store.send('Count');
  const first = await transport.next();
  await first.give(start);
  first.end();
  await first.left;
  await settled();
  environment.comeBack();
  const second = await transport.next();
  assert.deepEqual(second.request, {chatId: 'chat_1', after: 1});
});

test('a question that may not have arrived is sent again under the same id', async () => {
  const {store, transport, environment} = chatWith();
  void store.send('Hello');
  const first = await transport.next();
  first.fail(new ChatError('network'));
  await first.left;
  await settled();
  environment.pass(1000);
  const second = await transport.next();
  assert.ok('message' in first.request && 'message' in second.request);
  assert.deepEqual(second.request.message, first.request.message);
});

test('an answer that cannot be resumed is loaded as the server has saved it', async () => {
  const stored = {
    chat_1: {
      messages: [storedMessage('user', 'Count'), storedMessage('assistant', 'One two', {status: 'interrupted'})],
    },
  };
  const {store, transport, environment} = chatWith({chats: [], stored});
  const sent = store.send('Count');
  const first = await transport.next();
  await first.give(start, say('One'));
  first.end();
  await first.left;
  await settled();
  environment.pass(1000);
  (await transport.next()).end();
  await sent;
  assert.deepEqual(shown(store), ['user done: Count', 'assistant interrupted: One two']);
  assert.equal(store.getState().status, 'idle');
});

test('a refused question shows its error and when a retry may work, and a retry sends it again under the same id', async () => {
  const {store, transport, environment} = chatWith();
  const sent = store.send('Hello');
  const stream = await transport.next();
  stream.fail(new ChatError('rate-limited', undefined, {retryAfter: 42}));
  await sent;
  const answer = store.getState().messages.at(-1);
  assert.equal(answer?.status, 'failed');
  assert.equal(answer.error?.code, 'rate-limited');
  assert.equal(answer.retryAt, environment.now() + 42_000);

  const again = store.retry();
  const second = await transport.next();
  assert.ok('message' in stream.request && 'message' in second.request);
  assert.deepEqual(second.request.message, stream.request.message);
  void second.give(start, say('Hi'), end);
  await again;
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant done: Hi']);
});

test('a retry of an answer that failed halfway asks for another answer', async () => {
  const {store, transport} = chatWith();
  const sent = store.send('Hello');
  const first = await transport.next();
  void first.give(start, say('Hi'), {type: 'error', code: 'provider-error', message: 'No.', retryable: true});
  await sent;
  assert.deepEqual(shown(store).at(-1), 'assistant failed: Hi');
  void store.retry();
  const second = await transport.next();
  assert.ok('trigger' in second.request);
  assert.equal(second.request.trigger, 'regenerate');
  assert.equal(second.request.messageId, 'msg_a');
  assert.equal(second.request.message, undefined);
});

test('M-121: a regenerate that never reached the server is asked again as it was', async () => {
  const {store, transport} = await answeredChat({resumes: false});
  const regenerated = store.regenerate();
  const first = await transport.next();
  first.fail(new ChatError('network'));
  await regenerated;
  assert.deepEqual(shown(store).at(-1), 'assistant failed: ');

  const retried = store.retry();
  const second = await transport.next();
  assert.deepEqual(second.request, first.request);
  assert.ok('messageId' in second.request);
  assert.equal(second.request.messageId, 'msg_a');
  void second.give(start, say('Hello again'), end);
  await retried;
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant done: Hello again']);
});

test('regenerate, after a regenerate was stopped before it arrived, asks for the same answer', async () => {
  const {store, transport} = await answeredChat({stops: false});
  const regenerated = store.regenerate();
  const first = await transport.next();
  store.stop();
  await regenerated;
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant stopped: ']);

  void store.regenerate();
  const second = await transport.next();
  assert.deepEqual(second.request, first.request);
});

test('regenerate and edit name the message that they replace, and take it and all after it off the page', async () => {
  const {store, transport} = chatWith();
  store.setMessages([
    storedMessage('user', 'One'),
    storedMessage('assistant', 'Two'),
    storedMessage('user', 'Three'),
    storedMessage('assistant', 'Four'),
  ]);
  const edited = store.edit('msg_Three', 'Tres');
  assert.deepEqual(shown(store), ['user done: One', 'assistant done: Two', 'user done: Tres', 'assistant answering: ']);
  const first = await transport.next();
  assert.ok('trigger' in first.request);
  assert.deepEqual(
    [first.request.trigger, first.request.replaceFrom, first.request.message?.text],
    ['edit', 'msg_Three', 'Tres'],
  );
  void first.give(start, say('Cuatro'), end);
  await edited;
  void store.regenerate();
  const second = await transport.next();
  assert.ok('trigger' in second.request);
  assert.deepEqual([second.request.trigger, second.request.messageId], ['regenerate', 'msg_a']);
  assert.deepEqual(second.request.messages.map(textOf), ['One', 'Two', 'Tres']);
});

test('the time of thinking is measured until the first word of the answer', async () => {
  const {store, transport, environment} = chatWith();
  void store.send('Why?');
  const stream = await transport.next();
  await stream.give(start, {type: 'reasoning-delta', delta: 'Hm'});
  environment.pass(4200);
  await stream.give(say('Because.'));
  environment.pass(5000);
  await stream.give(say(' So.'));
  assert.equal(store.getState().messages.at(-1)?.thoughtFor, 4);
});

test('each chat has a draft of its own, which survives a reload', async () => {
  const storage = memoryStorage();
  const stored = {chat_1: {messages: [storedMessage('user', 'Hello')]}};
  const {store} = chatWith({chats: [], stored}, storage);
  store.setDraft('New thought');
  await store.open('chat_1');
  assert.equal(store.getState().draft, '');
  store.setDraft('Old thought');

  const {store: reloaded} = chatWith({chats: [], stored}, storage);
  assert.equal(reloaded.getState().draft, 'New thought');
  await reloaded.start();
  assert.equal(reloaded.getState().chatId, 'chat_1');
  assert.equal(reloaded.getState().draft, 'Old thought');
  reloaded.newChat();
  assert.equal(reloaded.getState().draft, 'New thought');
});

test('a question that never reached the server is a draft again after a reload', async () => {
  const storage = memoryStorage();
  const {store, transport} = chatWith({}, storage);
  void store.send('Important');
  assert.equal(store.getState().draft, '');
  assert.equal(chatWith({}, storage).store.getState().draft, 'Important');
  await (await transport.next()).give(start);
  assert.equal(chatWith({}, storage).store.getState().draft, '');
});

test('after a reload an answer that is being written is resumed from its first event, and never shows less text than before', async () => {
  const storage = memoryStorage();
  storage.tab.set('chat', 'chat_1');
  const stored = {
    chat_1: {
      messages: [storedMessage('user', 'Count'), storedMessage('assistant', 'One', {id: 'msg_a', status: 'answering'})],
    },
  };
  const {store, transport} = chatWith({chats: [], stored}, storage);
  await store.start();
  assert.deepEqual(shown(store), ['user done: Count', 'assistant answering: One']);
  const stream = await transport.next();
  assert.deepEqual(stream.request, {chatId: 'chat_1', after: 0});
  // Catching up never shows less than there was.
  await stream.give(start, say('O'));
  assert.deepEqual(shown(store).at(-1), 'assistant answering: One');
  await stream.give(say('ne two'));
  assert.deepEqual(shown(store).at(-1), 'assistant answering: One two');
  store.stop();
  assert.deepEqual(transport.calls.at(-1), 'stop chat_1');
});

test('opening another chat does not stop the answer in the first one, and shows no late event of it', async () => {
  const stored = {chat_2: {messages: [storedMessage('user', 'Other')]}};
  const {store, transport} = chatWith({chats: [], stored});
  const sent = store.send('Count');
  const stream = await transport.next();
  await stream.give(start, say('One'));
  const opened = store.open('chat_2');
  await stream.left;
  await Promise.all([sent, opened]);
  assert.deepEqual(shown(store), ['user done: Other']);
  assert.equal(transport.calls.includes('stop chat_1'), false);
});

test('if two chats are opened in a row, the second one is shown', async () => {
  const stored = {
    chat_1: {messages: [storedMessage('user', 'One')]},
    chat_2: {messages: [storedMessage('user', 'Two')]},
  };
  const {store} = chatWith({chats: [], stored});
  await Promise.all([store.open('chat_1'), store.open('chat_2')]);
  assert.deepEqual(shown(store), ['user done: Two']);
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

test('S0.27: a question that is refused for a short time is sent again by itself after that time', async () => {
  const {store, transport, environment, ended} = chatWith();
  const sent = store.send('Hello');
  const opened = [];
  for (const [code, seconds] of [
    ['rate-limited', 3],
    ['provider-unavailable', 10],
  ] as const) {
    const stream = await transport.next();
    opened.push(stream);
    stream.fail(new ChatError(code, undefined, {retryAfter: seconds}));
    await stream.left;
    await settled();
    const answer = store.getState().messages.at(-1);
    assert.deepEqual(answer?.autoRetry, {at: environment.now() + seconds * 1000, code});
    assert.equal(answer.again, answer.autoRetry, 'the former name');
    assert.deepEqual([answer.status, store.getState().status], ['answering', 'sending']);
    // The page coming back is no reason to ask before the server wants to be asked.
    environment.comeBack();
    environment.pass(seconds * 1000 - 1);
    await settled();
    assert.equal(transport.opened.length, opened.length);
    environment.pass(1);
  }
  const last = await transport.next();
  await last.give(start, say('Hi'));
  assert.equal(store.getState().messages.at(-1)?.autoRetry, undefined);
  void last.give(end);
  await sent;
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant done: Hi']);
  const ids = transport.opened.map(({request}) => ('message' in request ? request.message?.id : undefined));
  assert.deepEqual(new Set(ids).size, 1);
  assert.deepEqual(ended, ['done']);
});

test('S0.27: after a third refusal, or a long one, the visitor has to retry', async () => {
  for (const waits of [[1, 1, 1], [11]]) {
    const {store, transport, environment} = chatWith();
    const sent = store.send('Hello');
    for (const retryAfter of waits) {
      const stream = await transport.next();
      stream.fail(new ChatError('rate-limited', undefined, {retryAfter}));
      await stream.left;
      await settled();
      environment.pass(1000);
    }
    await sent;
    const answer = store.getState().messages.at(-1);
    assert.equal(answer?.status, 'failed');
    assert.equal(typeof answer.retryAt, 'number');
    assert.equal(transport.opened.length, waits.length);
  }
});

test('S0.27: a refusal in the middle of an answer ends the answer', async () => {
  const {store, transport} = chatWith();
  const sent = store.send('Hello');
  const stream = await transport.next();
  await stream.give(start, say('One'));
  stream.fail(new ChatError('rate-limited', undefined, {retryAfter: 1}));
  await sent;
  assert.deepEqual(shown(store).at(-1), 'assistant failed: One');
  assert.equal(transport.opened.length, 1);
});

test('S0.27: stop ends the wait for an automatic retry at once, and regenerate sends the same request', async () => {
  const {store, transport, environment} = chatWith();
  const sent = store.send('Hello');
  const first = await transport.next();
  first.fail(new ChatError('rate-limited', undefined, {retryAfter: 5}));
  await first.left;
  await settled();
  store.stop();
  await sent;
  assert.deepEqual(shown(store).at(-1), 'assistant stopped: ');
  environment.pass(60_000);
  await settled();
  assert.equal(transport.opened.length, 1);

  void store.regenerate();
  const second = await transport.next();
  assert.deepEqual(second.request, first.request);
});

test('S0.23: system messages of the page are not shown, and go first with every question', async () => {
  const {store, transport} = chatWith();
  store.setMessages([storedMessage('assistant', 'Welcome'), storedMessage('system', 'Be brief')]);
  assert.deepEqual(shown(store), ['assistant done: Welcome']);
  void store.send('Hello');
  const {request} = await transport.next();
  assert.ok('messages' in request);
  assert.deepEqual(
    request.messages.map((one) => `${one.role}: ${textOf(one)}`),
    ['system: Be brief', 'assistant: Welcome', 'user: Hello'],
  );
});

test('older messages are loaded page by page in front of the others, each page once', async () => {
  const stored = {
    chat_1: {messages: [storedMessage('user', 'Three')], olderCursor: 'c2'},
    'chat_1 c2': {messages: [storedMessage('user', 'Two')], olderCursor: 'c1'},
    'chat_1 c1': {messages: [storedMessage('user', 'One')]},
  };
  const {store, transport} = chatWith({chats: [], stored});
  await store.open('chat_1');
  await Promise.all([store.loadOlder(), store.loadOlder()]);
  assert.equal(store.getState().olderCursor, 'c1');
  await store.loadOlder();
  await store.loadOlder();
  assert.deepEqual(store.getState().messages.map(textOf), ['One', 'Two', 'Three']);
  assert.equal(store.getState().olderCursor, undefined);
  assert.deepEqual(transport.calls, ['load chat_1', 'load chat_1 c2', 'load chat_1 c1']);
});

for (const options of [{deviceAlreadyCleared: true}, {device: 'cleared'}] as const) {
  test(`forget(${JSON.stringify(options)}) leaves the device as another tab has cleared it`, () => {
    const {store, storage} = chatWith();
    store.setDraft('Secret');
    storage.device.set('visitor', 'the next one');
    store.forget(options);
    assert.equal(storage.onDevice.get('visitor'), 'the next one');
    assert.equal(store.getState().draft, '');
  });
}
