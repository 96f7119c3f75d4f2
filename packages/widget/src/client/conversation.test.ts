/** The conversation as a page uses it through the store: questions, answers, stop, lost connections, retries, drafts. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, textOf} from '@chatlet/protocol';
import type {Message} from '@chatlet/protocol';
import {ChatStore} from './chat-store.ts';
import {answeredChat, chatWith, end, say, settled, shown, start, storedMessage} from './testing/chat.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import type {FakeTransportOptions} from './testing/fake-transport.ts';
import {memoryStorage} from './testing/memory-storage.ts';
import type {LoadedMessages} from './transport.ts';

const network = () => new ChatError('network');
const answerTwo = storedMessage('assistant', 'Two');
const questionThree = storedMessage('user', 'Three');
const savedChats = {
  chat_1: {messages: [storedMessage('user', 'One'), answerTwo]},
  chat_2: {messages: [questionThree]},
};

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

test('T2-21: text that the server takes back is replaced by what follows it', async () => {
  const {store, transport} = chatWith();
  void store.send('Hello');
  const stream = await transport.next();
  await stream.give(start, say('bad '), say('words'));
  await stream.give({type: 'text-reset'}, say('Removed.'));
  assert.deepEqual(shown(store), ['user done: Hello', 'assistant answering: Removed.']);
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
  environment.pass(600_400);
  await stream.give(say('Because.'));
  environment.pass(5000);
  await stream.give(say(' So.'));
  assert.equal(store.getState().messages.at(-1)?.thoughtFor, 600);
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

suite('questions', () => {
  test('a question without words is not asked', async () => {
    const {store, transport} = chatWith();
    assert.equal(await store.send(' \n '), undefined);
    assert.deepEqual([transport.opened, shown(store)], [[], []]);
  });

  test('a question and its answer say when they were made and by which model, before the server does', async () => {
    const {store, transport, environment} = chatWith();
    store.setModel('m');
    void store.send('Hello');
    const createdAt = new Date(environment.now()).toISOString();
    const [question, answer] = store.getState().messages;
    assert.deepEqual([question?.createdAt, answer?.createdAt, answer?.model], [createdAt, createdAt, 'm']);
    assert.deepEqual([question?.unsent, answer?.unsent], [true, true]);
    assert.deepEqual([question?.key, answer?.key], [question?.id, answer?.id]);
    assert.match(question?.id ?? '', /^msg_/);
    assert.match(answer?.id ?? '', /^local_/);
    const {request} = await transport.next();
    assert.ok('message' in request);
    assert.deepEqual(request.message, {id: question?.id, text: 'Hello'});
    assert.deepEqual(request.messages, [question]);
    assert.deepEqual([request.trigger, request.model], ['send', 'm']);
    assert.deepEqual(Object.keys(request).sort(), ['message', 'messages', 'model', 'trigger']);
  });

  test('the first event of an answer shows that the question was sent, and may give it another id', async () => {
    const {store, transport} = chatWith();
    void store.send('Hello');
    const stream = await transport.next();
    const {questionId: _, ...startWithout} = start;
    const id = store.getState().messages[0]?.id;
    await stream.give(startWithout);
    const [question, answer] = store.getState().messages;
    assert.deepEqual([question?.id, question?.unsent, answer?.unsent], [id, undefined, undefined]);
  });

  test('an answer that begins without a message-start shows that the question was sent too', async () => {
    const {store, transport, storage} = chatWith();
    void store.send('Hello');
    await (await transport.next()).give(say('Hi'));
    assert.equal(store.getState().messages[0]?.unsent, undefined);
    assert.equal(storage.onDevice.has('draft:new'), false);
    assert.equal(store.getState().chatId, undefined);
  });

  test('a second question goes to the chat that the first one began, with all messages', async () => {
    const {store, transport, storage} = await answeredChat();
    assert.equal(storage.tab.get('chat'), 'chat_1');
    void store.send('More');
    const {request} = await transport.next();
    assert.ok('messages' in request);
    assert.equal(request.chatId, 'chat_1');
    assert.deepEqual(request.messages.map(textOf), ['Hello', 'Hi', 'More']);
  });

  test('a question that never reached the server does not go out with the next one', async () => {
    const {store, transport} = chatWith({resumes: false});
    const lost = store.send('Lost');
    (await transport.next()).fail(network());
    await lost;
    void store.send('Hello');
    const {request} = await transport.next();
    assert.ok('messages' in request);
    assert.deepEqual(request.messages.map(textOf), ['Hello']);
    assert.deepEqual(shown(store).length, 4);
  });

  test('sending a question empties the draft', () => {
    const {store} = chatWith();
    store.setDraft('Hello');
    void store.send('Hello');
    assert.equal(store.getState().draft, '');
  });

  test('a draft that is written while a new chat begins goes with that chat', async () => {
    const {store, transport, storage} = chatWith();
    void store.send('Hello');
    store.setDraft('Next');
    const stream = await transport.next();
    await stream.give(start);
    assert.equal(store.getState().draft, 'Next');
    assert.deepEqual([...storage.onDevice], [['draft:chat_1', 'Next']]);
    store.setDraft('');
    assert.equal(storage.onDevice.size, 0);
  });

  test('a question in a chat that exists is kept under that chat until the server has it', async () => {
    const {store, transport, storage} = await answeredChat();
    void store.send('Important');
    assert.deepEqual([...storage.onDevice], [['draft:chat_1', 'Important']]);
    await (await transport.next()).give(start);
    assert.equal(storage.onDevice.size, 0);
  });

  test('nothing is asked while an answer is written or a chat is loaded', async () => {
    const {store, transport} = chatWith({chats: [], stored: savedChats});
    void store.open('chat_1');
    assert.equal(store.getState().status, 'loading');
    assert.equal(await store.send('Hello'), undefined);
    await settled();
    assert.equal(store.getState().status, 'idle');
    void store.send('Hello');
    await transport.next();
    for (const asked of [store.send('Hi'), store.regenerate(), store.edit('msg_One', 'Uno'), store.retry()]) {
      assert.equal(await asked, undefined);
    }
    assert.equal(transport.opened.length, 1);
  });
});

suite('an accepted question', () => {
  /** A chat that notes the chats in which the server has accepted a question. */
  function chatWithAccepted(options: FakeTransportOptions = {}) {
    const accepted: string[] = [];
    const onAccepted = (chatId: string) => accepted.push(chatId);
    return {...chatWith(options, memoryStorage(), {onAccepted}), accepted};
  }

  test('each question is announced once, although the headers and the first event of its answer both name the chat', async () => {
    const {store, transport, accepted} = chatWithAccepted();
    for (const announced of [['chat_1'], ['chat_1', 'chat_1']]) {
      const sent = store.send('Hello');
      const stream = await transport.next();
      await stream.give({events: [], chatId: 'chat_1'});
      assert.deepEqual(accepted, announced);
      void stream.give(start, say('Hi'), end);
      await sent;
      assert.deepEqual(accepted, announced);
    }
  });

  test('an answer that the page found being written is not announced', async () => {
    const growing = storedMessage('assistant', 'One', {id: 'msg_a', status: 'answering'});
    const {store, transport, accepted} = chatWithAccepted({chats: [], stored: {chat_1: {messages: [growing]}}});
    await store.open('chat_1');
    await (await transport.next()).give({events: [], chatId: 'chat_1'}, start, say('One two'));
    assert.deepEqual([accepted, shown(store)], [[], ['assistant answering: One two']]);
  });

  test('an answer that names no chat is not announced, begins no chat, and cannot be stopped on the server', async () => {
    const {store, transport, storage, accepted} = chatWithAccepted();
    void store.send('Hello');
    const stream = await transport.next();
    store.stop();
    await stream.give({type: 'message-start', messageId: 'msg_a', model: 'm'}, say('Hi'));
    assert.deepEqual([accepted, store.getState().chatId, storage.tab.get('chat')], [[], undefined, undefined]);
    assert.deepEqual(transport.calls, []);
  });
});

suite('regenerate and edit', () => {
  const conversation = [storedMessage('user', 'One'), answerTwo, questionThree, storedMessage('assistant', 'Four')];

  test('regenerate with an id replaces that answer, and takes all after it off the page', async () => {
    const {store, transport} = chatWith();
    store.setMessages(conversation);
    void store.regenerate('msg_Two');
    assert.deepEqual(shown(store), ['user done: One', 'assistant answering: ']);
    const {request} = await transport.next();
    assert.ok('messageId' in request);
    assert.deepEqual([request.trigger, request.messageId], ['regenerate', 'msg_Two']);
    assert.equal('message' in request, false);
  });

  test('regenerate and edit of an unknown message, or of one of the other role, do nothing', async () => {
    const {store, transport} = chatWith();
    assert.equal(await store.regenerate(), undefined);
    store.setMessages(conversation);
    for (const asked of [
      store.regenerate('msg_Nine'),
      store.regenerate('msg_One'),
      store.edit('msg_Nine', 'Uno'),
      store.edit('msg_Two', 'Dos'),
      store.edit('msg_One', '  '),
    ]) {
      assert.equal(await asked, undefined);
    }
    assert.deepEqual([transport.opened.length, store.getState().messages.length], [0, 4]);
  });

  test('an edit keeps the draft, and is trimmed', async () => {
    const {store, transport, storage} = chatWith();
    store.setMessages(conversation);
    store.setDraft('Later');
    void store.edit('msg_One', ' Uno ');
    const {request} = await transport.next();
    assert.ok('message' in request);
    assert.equal(request.message?.text, 'Uno');
    assert.deepEqual(request.messages.map(textOf), ['Uno']);
    assert.deepEqual([store.getState().draft, storage.device.get('draft:new')], ['Later', 'Later']);
  });

  test('an edit of a question that never reached the server is a new question', async () => {
    const {store, transport} = chatWith({resumes: false});
    const lost = store.send('Helo');
    (await transport.next()).fail(network());
    await lost;
    const [question] = store.getState().messages;
    void store.edit(question?.id ?? '', 'Hello');
    const {request} = await transport.next();
    assert.ok('message' in request);
    assert.deepEqual([request.trigger, request.replaceFrom, request.message?.text], ['send', undefined, 'Hello']);
    assert.deepEqual(shown(store), ['user done: Hello', 'assistant answering: ']);
  });

  test('a retry with nothing to retry asks nothing', async () => {
    const {store, transport} = await answeredChat();
    assert.equal(await store.retry(), undefined);
    assert.equal(transport.opened.length, 1);
  });
});

test('I-18: nothing is sent before a refusal has counted down, and the draft and the queue stay', async () => {
  const {store, transport, environment} = chatWith();
  const sent = store.send('Hello');
  const stream = await transport.next();
  store.enqueue('Next?');
  stream.fail(new ChatError('rate-limited', undefined, {retryAfter: 42}));
  await sent;
  store.setDraft('More');
  environment.pass(41_999);
  assert.equal(await store.send('More'), undefined);
  store.sendQueued();
  assert.deepEqual([store.getState().draft, store.getState().queue.length], ['More', 1]);
  assert.equal(transport.opened.length, 1);
  environment.pass(1);
  void store.send('More');
  await transport.next();
  assert.deepEqual([store.getState().draft, transport.opened.length], ['', 2]);
});

suite('stop', () => {
  test('stop without a running answer does nothing', async () => {
    const {store, transport} = await answeredChat();
    store.stop();
    assert.deepEqual([transport.calls, shown(store).at(-1)], [[], 'assistant done: Hi']);
  });

  test('stop while the connection is lost asks the server to stop, and ends the answer on the page after two seconds', async () => {
    const {store, transport, environment} = chatWith();
    const sent = store.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    stream.fail(network());
    await settled();
    assert.equal(store.getState().status, 'reconnecting');
    store.stop();
    assert.deepEqual(transport.calls, ['stop chat_1']);
    await settled();
    environment.pass(2000);
    assert.equal((await sent)?.status, 'stopped');
    assert.deepEqual(shown(store).at(-1), 'assistant stopped: One');
  });

  test('stop while a chat is loaded does not end the loading', async () => {
    const {store, transport} = chatWith({chats: [], stored: savedChats});
    const opened = store.open('chat_1');
    store.stop();
    await opened;
    assert.deepEqual([transport.calls, shown(store).length], [['load chat_1'], 2]);
  });

  test('stop ends the answer on the page at once if the stop request fails', async () => {
    const {store, transport, ended} = chatWith({
      onCall() {
        throw network();
      },
    });
    const sent = store.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    store.stop();
    const answer = await sent;
    assert.deepEqual([answer?.status, answer?.endReason, ended], ['stopped', 'stopped', ['stopped']]);
  });

  test('stop gives the server two seconds to end the answer, from when it has the stop request', async () => {
    const {store, transport, environment} = chatWith();
    void store.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    store.stop();
    await settled();
    environment.pass(1999);
    await stream.give(say(' two'));
    assert.deepEqual([store.getState().status, shown(store).at(-1)], ['answering', 'assistant answering: One two']);
    environment.pass(1);
    await stream.left;
    await settled();
    assert.deepEqual(shown(store).at(-1), 'assistant stopped: One two');
  });

  test('I-2: stop before the first word of a new chat shows at once, and stops the answer when its chat has a name', async () => {
    const {store, transport} = chatWith();
    const sent = store.send('Count');
    const stream = await transport.next();
    store.stop();
    assert.deepEqual([store.getState().status, shown(store).at(-1)], ['idle', 'assistant stopped: ']);
    assert.deepEqual(transport.calls, []);
    await stream.give({events: [], chatId: 'chat_1'});
    assert.deepEqual(transport.calls, ['stop chat_1']);
    // Words that were on their way are not shown any more.
    await stream.give(start, say('One'));
    assert.deepEqual([store.getState().status, shown(store).at(-1)], ['idle', 'assistant stopped: ']);
    assert.deepEqual(transport.calls, ['stop chat_1']);
    void stream.give({type: 'message-end', reason: 'stopped'});
    assert.equal((await sent)?.status, 'stopped');
    assert.equal(store.getState().chatId, 'chat_1');
  });

  test('I-2: stop in a new chat lets go of a request that nobody answers within ten seconds', async () => {
    const {store, transport, environment} = chatWith();
    const sent = store.send('Count');
    const stream = await transport.next();
    store.stop();
    environment.pass(9999);
    await settled();
    assert.equal(store.getState().status, 'idle');
    environment.pass(1);
    await stream.left;
    assert.equal((await sent)?.status, 'stopped');
    assert.deepEqual(transport.calls, []);
  });

  test('I-2: an answer that was stopped before its chat had a name stays stopped when the connection is lost', async () => {
    const {store, transport} = chatWith();
    void store.send('Count');
    const stream = await transport.next();
    store.stop();
    await stream.give({events: [], chatId: 'chat_1'});
    stream.fail(network());
    await settled();
    assert.deepEqual([store.getState().status, shown(store).at(-1)], ['idle', 'assistant stopped: ']);
  });

  test('I-2: a question after an answer that was stopped before its chat had a name waits, and goes into the same chat', async () => {
    const {store, transport, ended} = chatWith();
    void store.send('Count');
    const stream = await transport.next();
    store.stop();
    store.setDraft('Why?');
    const sent = store.send('Why?');
    assert.deepEqual([store.getState().status, store.getState().draft], ['sending', '']);
    assert.deepEqual(
      store.getState().queue.map(({text}) => text),
      ['Why?'],
    );
    await stream.give({events: [], chatId: 'chat_1'});
    assert.deepEqual(transport.calls, ['stop chat_1']);
    await stream.give(start, {type: 'message-end', reason: 'stopped'});
    const second = await transport.next();
    assert.ok('chatId' in second.request);
    assert.equal(second.request.chatId, 'chat_1');
    assert.deepEqual(store.getState().queue, []);
    void second.give({...start, messageId: 'msg_b'}, say('So.'), end);
    assert.equal((await sent)?.status, 'done');
    assert.deepEqual(shown(store), [
      'user done: Count',
      'assistant stopped: ',
      'user done: Why?',
      'assistant done: So.',
    ]);
    assert.deepEqual([ended, transport.opened.length], [['stopped', 'done'], 2]);
  });

  test('I-2: a question that waits for an early stop can be stopped too, and is then sent by hand', async () => {
    const {store, transport} = chatWith();
    void store.send('Count');
    const stream = await transport.next();
    store.stop();
    const sent = store.send('Why?');
    store.stop();
    assert.equal(store.getState().status, 'idle');
    await stream.give({events: [], chatId: 'chat_1'});
    await stream.give(start, {type: 'message-end', reason: 'stopped'});
    assert.equal(await sent, undefined);
    assert.equal(store.getState().queue.length, 1);
    store.sendQueued();
    assert.equal((await transport.next()).request.chatId, 'chat_1');
  });

  test('I-2: a question that is edited or answered again after an early stop waits for the ids of the server', async () => {
    for (const act of ['edit', 'regenerate'] as const) {
      const {store, transport} = chatWith();
      void store.send('Count');
      const stream = await transport.next();
      const [question] = store.getState().messages;
      store.stop();
      if (act === 'edit') void store.edit(question?.id ?? '', 'Count to three');
      else void store.regenerate();
      await stream.give({events: [], chatId: 'chat_1'});
      await stream.give(start, {type: 'message-end', reason: 'stopped'});
      const {request} = await transport.next();
      assert.ok('trigger' in request);
      assert.deepEqual([request.trigger, request.chatId], [act, 'chat_1']);
      assert.equal(act === 'edit' ? request.replaceFrom : request.messageId, act === 'edit' ? 'msg_q' : 'msg_a');
    }
  });

  test('I-2: an answer that was stopped before its chat had a name is stopped although the visitor has left the chat', async () => {
    for (const leave of ['newChat', 'open'] as const) {
      const {store, transport} = chatWith({chats: []});
      void store.send('Count');
      const stream = await transport.next();
      store.stop();
      if (leave === 'open') await store.open('chat_2');
      else store.newChat();
      await stream.give({events: [], chatId: 'chat_1'});
      assert.equal(transport.calls.at(-1), 'stop chat_1');
      await stream.give(start, say('One'));
      assert.deepEqual(store.getState().messages, []);
      assert.equal(store.getState().chatId, leave === 'open' ? 'chat_2' : undefined);
    }
  });

  test('I-2: a question that was stopped before the server refused it is not asked again', async () => {
    const {store, transport, environment} = chatWith();
    const sent = store.send('Count');
    const stream = await transport.next();
    store.stop();
    stream.fail(new ChatError('rate-limited', undefined, {retryAfter: 2}));
    assert.equal((await sent)?.status, 'stopped');
    environment.pass(5000);
    await settled();
    assert.deepEqual([transport.opened.length, shown(store).at(-1)], [1, 'assistant stopped: ']);
  });

  test('a stopped turn does not stop the next one', async () => {
    const {store, transport} = await answeredChat();
    const first = store.send('Count');
    const stream = await transport.next();
    store.stop();
    await stream.give(start);
    void stream.give({type: 'message-end', reason: 'stopped'});
    await first;
    const before = transport.calls.length;
    void store.send('Count');
    await (await transport.next()).give(start, say('One'));
    assert.deepEqual(transport.calls.length, before);
    store.stop();
    assert.deepEqual(transport.calls.at(-1), 'stop chat_1');
    assert.deepEqual(transport.calls.length, before + 1);
  });
});

suite('an answer', () => {
  test('thinking takes at least a second, ends with the first event of another kind, and is measured once', async () => {
    const {store, transport, environment} = chatWith();
    void store.send('Why?');
    const stream = await transport.next();
    const thoughtFor = () => store.getState().messages.at(-1)?.thoughtFor;
    await stream.give(start, {type: 'reasoning-delta', delta: 'Hm'});
    await stream.give({type: 'usage', promptTokens: 1, completionTokens: 1}, {type: 'reasoning-delta', delta: 'm'});
    assert.equal(thoughtFor(), undefined);
    await stream.give({type: 'tool-call', callId: 'c', name: 'search', input: null});
    assert.equal(thoughtFor(), 1);
    environment.pass(9000);
    await stream.give({type: 'reasoning-delta', delta: 'So'});
    await stream.give(say('Because.'));
    assert.equal(thoughtFor(), 1);
  });

  test('an answer without thoughts has no time of thinking', async () => {
    const {store} = await answeredChat();
    assert.equal('thoughtFor' in (store.getState().messages.at(-1) ?? {}), false);
  });

  test('an error in the stream says when a retry may work, if the server does', async () => {
    for (const retryAfter of [3, undefined]) {
      const {store, transport, environment, ended} = chatWith();
      const sent = store.send('Hello');
      const failure = {type: 'error', code: 'provider-error', message: 'No.', retryable: true} as const;
      void (await transport.next()).give(start, {...failure, ...(retryAfter !== undefined && {retryAfter})});
      const answer = await sent;
      const retryAt = retryAfter === undefined ? undefined : environment.now() + 3000;
      assert.deepEqual([answer?.status, answer?.retryAt, ended], ['failed', retryAt, ['failed']]);
    }
  });

  test('an answer that failed before its first event stays unsent, and one that failed later does not', async () => {
    for (const events of [[], [start]]) {
      const {store, transport} = chatWith({resumes: false});
      const sent = store.send('Hello');
      const stream = await transport.next();
      await stream.give(...events);
      stream.fail(new ChatError('provider-error', 'No.'));
      const answer = await sent;
      assert.deepEqual([answer?.unsent, answer?.error?.message], [events.length === 0 ? true : undefined, 'No.']);
    }
  });

  test('leaving the chat resolves the question with undefined, and tells nobody of an end', async () => {
    const {store, transport, ended} = chatWith();
    const sent = store.send('Hello');
    const stream = await transport.next();
    await stream.give(start);
    store.newChat();
    assert.equal(await sent, undefined);
    assert.deepEqual([ended, store.getState().status, shown(store)], [[], 'idle', []]);
  });

  test('a connection that is lost, and a refusal, are not shown in the chat that was opened meanwhile', async () => {
    for (const error of [network(), new ChatError('rate-limited', undefined, {retryAfter: 5})]) {
      const {store, transport} = chatWith();
      void store.send('Hello');
      const stream = await transport.next();
      stream.fail(error);
      store.newChat();
      store.setMessages([answerTwo]);
      await settled();
      assert.deepEqual([store.getState().status, shown(store)], ['idle', ['assistant done: Two']]);
    }
  });

  test('a stream that goes on after its chat was left, since the transport ignores its signal, is lost unseen', async () => {
    const left = Promise.withResolvers<void>();
    const store = new ChatStore({
      transport: {
        async *send() {
          yield start;
          await left.promise;
        },
        async *resume() {
          yield say('late');
        },
      },
      storage: memoryStorage(),
      environment: fakeEnvironment(),
    });
    void store.send('Hello');
    await settled();
    assert.equal(store.getState().status, 'answering');
    store.newChat();
    left.resolve();
    await settled();
    assert.deepEqual([store.getState().status, shown(store)], ['idle', []]);
  });
});

suite('an answer that cannot be resumed', () => {
  const question = storedMessage('user', 'Count');
  const saved = (text: string, status: Message['status']) => ({
    chat_1: {messages: [question, storedMessage('assistant', text, {status})]},
  });

  /** Asks, gets one word, loses the connection, and finds that no answer is being written any more. */
  async function cutChat(options: FakeTransportOptions) {
    const chat = chatWith(options);
    const sent = chat.store.send('Count');
    const stream = await chat.transport.next();
    await stream.give(start, say('One two'));
    stream.end();
    await settled();
    chat.environment.comeBack();
    (await chat.transport.next()).end();
    return {...chat, sent};
  }

  test('a saved answer with less text than the page has seen keeps the text of the page', async () => {
    const {store, sent, ended} = await cutChat({chats: [], stored: saved('One', 'interrupted')});
    assert.equal((await sent)?.status, 'interrupted');
    assert.deepEqual(shown(store), ['user done: Count', 'assistant interrupted: One two']);
    assert.deepEqual(ended, ['interrupted']);
  });

  test('a saved answer that is complete is shown, and the end of the turn is told with it', async () => {
    const {store, sent, ended} = await cutChat({chats: [], stored: saved('One two three', 'done')});
    const answer = await sent;
    assert.deepEqual([answer?.status, answer && textOf(answer)], ['done', 'One two three']);
    assert.deepEqual([ended, store.getState().status], [['done'], 'idle']);
  });

  for (const [name, options] of [
    ['the backend keeps no chats', {}],
    ['the server is still writing it', {chats: [], stored: saved('One two three', 'answering')}],
    ['the server has saved the question alone', {chats: [], stored: {chat_1: {messages: [question]}}}],
    ['the server has saved nothing', {chats: [], stored: {chat_1: {messages: []}}}],
  ] as const) {
    test(`the text so far stays, as interrupted, if ${name}`, async () => {
      const {store, sent, ended} = await cutChat(options);
      assert.equal((await sent)?.error?.code, 'interrupted');
      assert.deepEqual(shown(store), ['user done: Count', 'assistant interrupted: One two']);
      assert.deepEqual(ended, ['interrupted']);
    });
  }

  test('the text so far stays, as interrupted, if the chat cannot be loaded', async () => {
    const {store, sent} = await cutChat({
      chats: [],
      onCall() {
        throw network();
      },
    });
    await sent;
    assert.deepEqual(shown(store), ['user done: Count', 'assistant interrupted: One two']);
  });

  test('a chat that is left while the saved answer is loaded is not shown again', async () => {
    const slow = Promise.withResolvers<void>();
    const options = {chats: [], stored: saved('One', 'done'), obeysSignals: false};
    const {store, sent, ended} = await cutChat({...options, onCall: () => slow.promise});
    await settled();
    store.newChat();
    slow.resolve();
    assert.equal(await sent, undefined);
    assert.deepEqual([shown(store), ended], [[], []]);
  });
});

suite('chats that are opened', () => {
  test('a chat that is opened is loading at first, with its draft, and remembered in the tab', async () => {
    const {store, storage} = chatWith({chats: [], stored: savedChats});
    store.setMessages([questionThree]);
    storage.device.set('draft:chat_1', 'Unfinished');
    const opened = store.open('chat_1');
    const {status, chatId, messages, draft} = store.getState();
    assert.deepEqual([status, chatId, messages, draft], ['loading', 'chat_1', [], 'Unfinished']);
    assert.equal(storage.tab.get('chat'), 'chat_1');
    await opened;
    assert.deepEqual([store.getState().status, shown(store)], ['idle', ['user done: One', 'assistant done: Two']]);
    assert.deepEqual(
      store.getState().messages.map(({key}) => key),
      ['msg_One', 'msg_Two'],
    );
  });

  test('a chat that does not exist is an empty one, and leaves the tab without a chat', async () => {
    const {store, storage} = chatWith({
      chats: [],
      onCall() {
        throw new ChatError('not-found');
      },
    });
    await store.open('chat_9');
    const {status, chatId, problem} = store.getState();
    assert.deepEqual([status, chatId, problem, storage.tab.get('chat')], ['idle', undefined, undefined, undefined]);
  });

  test('a chat that cannot be loaded says why, and retry opens it again', async () => {
    let broken = true;
    const {store} = chatWith({
      chats: [],
      stored: savedChats,
      onCall() {
        if (broken) throw new ChatError('internal', 'No.');
      },
    });
    await store.open('chat_1');
    const {retryable} = new ChatError('internal');
    assert.deepEqual(store.getState().problem, {code: 'internal', message: 'No.', retryable});
    assert.equal(store.getState().status, 'idle');
    broken = false;
    const retried = store.retry();
    assert.equal(store.getState().problem, undefined);
    await retried;
    assert.deepEqual(shown(store), ['user done: One', 'assistant done: Two']);
  });

  test('a problem is gone with the next question, and with a new chat', async () => {
    const {store} = chatWith({
      chats: [],
      onCall() {
        throw network();
      },
    });
    await store.open('chat_1');
    void store.send('Hello');
    assert.equal(store.getState().problem, undefined);
    await store.open('chat_1');
    assert.equal(store.getState().problem?.code, 'network');
    store.newChat();
    assert.equal(store.getState().problem, undefined);
  });

  test('a chat that is left while it is loaded is not shown, whether the loading succeeds, fails or is aborted', async () => {
    for (const {fails, obeysSignals} of [
      {fails: false, obeysSignals: false},
      {fails: true, obeysSignals: false},
      {fails: false, obeysSignals: true},
    ]) {
      const slow = Promise.withResolvers<void>();
      const {store} = chatWith({chats: [], stored: savedChats, obeysSignals, onCall: () => slow.promise});
      const opened = store.open('chat_1');
      store.newChat();
      if (fails) slow.reject(network());
      else slow.resolve();
      await opened;
      const {chatId, problem, status} = store.getState();
      assert.deepEqual([shown(store), chatId, problem, status], [[], undefined, undefined, 'idle']);
    }
  });

  test('an answer that is being written, in a chat that cannot be resumed, is shown as it was saved', async () => {
    const answering = {chat_1: {messages: [storedMessage('assistant', 'One', {status: 'answering'})]}};
    const {store, transport} = chatWith({chats: [], stored: answering, resumes: false});
    await store.open('chat_1');
    assert.deepEqual([store.getState().status, shown(store)], ['idle', ['assistant answering: One']]);
    assert.equal(transport.opened.length, 0);
  });

  test('a resumed answer that ends before it catches up is shown as it ended', async () => {
    const answering = {chat_1: {messages: [storedMessage('assistant', 'One two', {status: 'answering'})]}};
    const {store, transport, ended} = chatWith({chats: [], stored: answering});
    await store.open('chat_1');
    assert.equal(store.getState().status, 'answering');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    assert.deepEqual(shown(store), ['assistant answering: One two']);
    void stream.give({type: 'message-end', reason: 'stopped'});
    await settled();
    assert.deepEqual(shown(store), ['assistant stopped: One']);
    assert.deepEqual([store.getState().status, ended], ['idle', ['stopped']]);
  });

  test('a retry in a chat that was opened asks for another answer of the interrupted one', async () => {
    const cut = {chat_1: {messages: [storedMessage('user', 'One'), {...answerTwo, status: 'interrupted'} as const]}};
    const {store, transport} = chatWith({chats: [], stored: cut});
    await store.open('chat_1');
    void store.retry();
    const {request} = await transport.next();
    assert.ok('messageId' in request);
    assert.deepEqual([request.trigger, request.messageId, request.chatId], ['regenerate', 'msg_Two', 'chat_1']);
  });

  test('a question that failed in one chat is not sent again in another', async () => {
    const cut = {chat_1: {messages: [storedMessage('user', 'One'), {...answerTwo, status: 'failed'} as const]}};
    const {store, transport} = chatWith({chats: [], stored: cut, resumes: false});
    const lost = store.send('Lost');
    (await transport.next()).fail(network());
    await lost;
    await store.open('chat_1');
    void store.retry();
    const {request} = await transport.next();
    assert.ok('trigger' in request);
    assert.equal(request.trigger, 'regenerate');
  });

  test('a new chat has nothing of the one before: no id, no older messages, no problem', async () => {
    const {store, storage} = chatWith({chats: [], stored: {chat_1: {messages: [answerTwo], olderCursor: 'c1'}}});
    await store.open('chat_1');
    store.setDraft('For this chat');
    store.newChat();
    const {chatId, olderCursor, problem, messages, draft} = store.getState();
    assert.deepEqual([chatId, olderCursor, problem, messages, draft], [undefined, undefined, undefined, [], '']);
    assert.equal(storage.tab.get('chat'), undefined);
    assert.equal(storage.device.get('draft:chat_1'), 'For this chat');
  });

  test('messages that the page sets are a chat of their own: the chat before is left, and its answer is not stopped', async () => {
    const {store, transport, storage} = chatWith();
    void store.send('Hello');
    const stream = await transport.next();
    await stream.give(start, say('Hi'));
    store.setMessages([questionThree]);
    await stream.left;
    const {chatId, status} = store.getState();
    assert.deepEqual([shown(store), chatId, status], [['user done: Three'], undefined, 'idle']);
    assert.deepEqual([storage.tab.get('chat'), transport.calls], [undefined, []]);
  });

  test('forgetting the visitor forgets the system messages of the page and tells the transport', async () => {
    const {store, transport} = chatWith();
    store.setMessages([storedMessage('system', 'Be brief'), storedMessage('user', 'Secret')]);
    store.forget();
    assert.deepEqual(transport.calls, ['forget']);
    void store.send('Hello');
    const {request} = await transport.next();
    assert.ok('messages' in request);
    assert.deepEqual(request.messages.map(textOf), ['Hello']);
  });
});

suite('older messages', () => {
  const pages = {
    chat_1: {messages: [storedMessage('user', 'Two')], olderCursor: 'c1'},
    'chat_1 c1': {messages: [storedMessage('system', 'Be brief'), storedMessage('user', 'One')]},
    chat_2: {messages: [questionThree], olderCursor: 'c1'},
    'chat_2 c1': {messages: [storedMessage('user', 'Zero')]},
  };

  test('M-130: older messages that could not be loaded are loaded by the next try', async () => {
    let broken = true;
    const {store, transport} = chatWith({
      chats: [],
      stored: pages,
      onCall(call) {
        if (broken && call === 'load chat_1 c1') throw network();
      },
    });
    await store.open('chat_1');
    await store.loadOlder();
    assert.deepEqual([shown(store), store.getState().olderCursor], [['user done: Two'], 'c1']);
    broken = false;
    await store.loadOlder();
    assert.deepEqual([shown(store), store.getState().olderCursor], [['user done: One', 'user done: Two'], undefined]);
    assert.deepEqual(transport.calls, ['load chat_1', 'load chat_1 c1', 'load chat_1 c1']);
  });

  test('older messages of a chat that was left meanwhile are not shown', async () => {
    const slow = Promise.withResolvers<void>();
    const {store} = chatWith({
      chats: [],
      stored: pages,
      onCall: (call) => (call === 'load chat_1 c1' ? slow.promise : undefined),
    });
    await store.open('chat_1');
    const loading = store.loadOlder();
    await store.open('chat_2');
    slow.resolve();
    await loading;
    assert.deepEqual([shown(store), store.getState().olderCursor], [['user done: Three'], 'c1']);
  });

  test('older messages of a chat that was opened again meanwhile, with newer messages, are not shown', async () => {
    const slow = Promise.withResolvers<void>();
    const stored = {...pages};
    const {store} = chatWith({
      chats: [],
      stored,
      onCall: (call) => (call === 'load chat_1 c1' ? slow.promise : undefined),
    });
    await store.open('chat_1');
    const loading = store.loadOlder();
    stored.chat_1 = {messages: [questionThree], olderCursor: 'c2'};
    await store.open('chat_1');
    slow.resolve();
    await loading;
    assert.deepEqual([shown(store), store.getState().olderCursor], [['user done: Three'], 'c2']);
  });

  test('a chat without older messages has none, after one that has some was shown', async () => {
    const {store} = chatWith({chats: [], stored: {...pages, chat_3: {messages: [questionThree]}}});
    await store.open('chat_1');
    await store.open('chat_3');
    assert.equal(store.getState().olderCursor, undefined);
  });

  test('a chat without older messages, and a new chat, load none', async () => {
    const {store, transport} = chatWith({chats: [], stored: savedChats});
    await store.loadOlder();
    await store.open('chat_1');
    await store.loadOlder();
    assert.deepEqual(transport.calls, ['load chat_1']);
  });
});

suite('a page that comes back', () => {
  const saved = (...messages: readonly Message[]) => ({chats: [], stored: {chat_1: {messages}}});
  const question = storedMessage('user', 'Count', {id: 'msg_q'});

  test('R-2: an answer that was given up is read again when the page is back, since the server may have finished it', async () => {
    const whole = storedMessage('assistant', 'One two', {id: 'msg_a'});
    const {store, transport, environment} = chatWith(saved(question, whole));
    void store.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    stream.fail(new ChatError('not-found'));
    await settled();
    assert.equal(shown(store).at(-1), 'assistant failed: One');
    environment.pass(11_000);
    environment.comeBack();
    await settled();
    assert.deepEqual(shown(store), ['user done: Count', 'assistant done: One two']);
  });

  test('R-2: an answer that is still being written is followed to its end', async () => {
    const growing = storedMessage('assistant', 'One', {id: 'msg_a', status: 'answering'});
    const {store, transport, environment} = chatWith(saved(question, growing));
    void store.send('Count');
    const first = await transport.next();
    await first.give(start, say('One'));
    // Nothing runs there, says the server of this moment; it is still starting.
    first.end();
    await settled();
    environment.comeBack();
    (await transport.next()).end();
    await settled();
    assert.equal(store.getState().status, 'idle');
    environment.comeBack();
    const again = await transport.next();
    assert.deepEqual(again.request, {chatId: 'chat_1', after: 0});
    void again.give(start, say('One'), say(' two'), end);
    await settled();
    assert.equal(shown(store).at(-1), 'assistant done: One two');
  });

  test('R-2: a question that could not be sent goes out again by itself, under the same id', async () => {
    const {store, transport, environment} = chatWith();
    void store.send('Count');
    const ids: unknown[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const stream = await transport.next();
      ids.push('message' in stream.request && stream.request.message?.id);
      stream.fail(new ChatError('network'));
      await settled();
      environment.pass(environment.waits[0] ?? 0);
      await settled();
    }
    assert.deepEqual([store.getState().status, shown(store).at(-1)], ['idle', 'assistant failed: ']);
    environment.comeBack();
    const stream = await transport.next();
    ids.push('message' in stream.request && stream.request.message?.id);
    assert.equal(new Set(ids).size, 1);
    void stream.give(start, say('One'), end);
    await settled();
    assert.deepEqual(shown(store), ['user done: Count', 'assistant done: One']);
  });

  test('P17, K25: while nobody has accepted the question, the state is never that an answer is looked for', async () => {
    const {store, transport, environment} = chatWith();
    void store.send('Count');
    const states = new Set<string>();
    for (let attempt = 0; attempt < 6; attempt += 1) {
      (await transport.next()).fail(new ChatError('network'));
      await settled();
      states.add(store.getState().status);
      environment.pass(environment.waits[0] ?? 0);
      await settled();
    }
    assert.deepEqual([...states], ['sending', 'idle']);
  });
});

suite('what a page finds when it comes back', () => {
  const question = storedMessage('user', 'Count', {id: 'msg_q'});
  const answer = storedMessage('assistant', 'One', {id: 'msg_a'});

  /** A chat that is open; its saved messages can be replaced. */
  async function openedChat(options: FakeTransportOptions = {}, messages: readonly Message[] = [question, answer]) {
    const stored: Record<string, LoadedMessages> = {chat_1: {messages}};
    const chat = chatWith({chats: [], stored, ...options});
    await chat.store.open('chat_1');
    const comeBack = async () => {
      chat.environment.comeBack();
      await settled();
    };
    return {...chat, stored, comeBack, loads: () => chat.transport.calls.length - 1};
  }

  test('a chat with nothing new keeps its state, so that nothing is drawn again', async () => {
    const {store, comeBack, loads} = await openedChat();
    const before = store.getState();
    await comeBack();
    assert.equal(loads(), 1);
    assert.equal(store.getState(), before);
  });

  test('a message that was changed elsewhere is shown as it is now, and the others stay the same objects', async () => {
    const {store, stored, comeBack} = await openedChat();
    const [before] = store.getState().messages;
    stored['chat_1'] = {messages: [question, {...answer, parts: [{type: 'text', text: 'Two'}]}]};
    await comeBack();
    assert.deepEqual(shown(store), ['user done: Count', 'assistant done: Two']);
    assert.equal(store.getState().messages[0], before);
  });

  for (const [name, saved] of [
    ['the last message is gone', [question]],
    ['none of the messages shown is left', [questionThree]],
  ] as const) {
    test(`the saved messages are shown if ${name}`, async () => {
      const {store, stored, comeBack} = await openedChat();
      stored['chat_1'] = {messages: saved};
      await comeBack();
      assert.deepEqual(store.getState().messages.map(textOf), saved.map(textOf));
    });
  }

  test('older messages that were loaded stay before the saved ones', async () => {
    const {store, stored, comeBack} = await openedChat();
    stored['chat_1'] = {messages: [question, answer], olderCursor: 'c1'};
    stored['chat_1 c1'] = {messages: [storedMessage('user', 'Zero')]};
    await store.open('chat_1');
    await store.loadOlder();
    stored['chat_1'] = {messages: [question, answer, questionThree]};
    await comeBack();
    assert.deepEqual(store.getState().messages.map(textOf), ['Zero', 'Count', 'One', 'Three']);
  });

  test('the saved messages are looked at again only if the last look is more than ten seconds ago', async () => {
    const {environment, comeBack, loads} = await openedChat();
    await comeBack();
    await comeBack();
    environment.pass(10_000);
    await comeBack();
    assert.equal(loads(), 1);
    environment.pass(1);
    await comeBack();
    assert.equal(loads(), 2);
  });

  test('an interrupted answer is looked at each time', async () => {
    const {comeBack, loads} = await openedChat({}, [question, {...answer, status: 'interrupted'}]);
    await comeBack();
    await comeBack();
    assert.equal(loads(), 2);
  });

  test('a look that fails leaves what is shown, and a later one succeeds', async () => {
    let broken = false;
    const {store, stored, environment, comeBack} = await openedChat({
      onCall() {
        if (broken) throw network();
      },
    });
    stored['chat_1'] = {messages: [question, answer, questionThree]};
    broken = true;
    await comeBack();
    assert.deepEqual([store.getState().problem, shown(store).length], [undefined, 2]);
    broken = false;
    environment.pass(10_001);
    await comeBack();
    assert.deepEqual(shown(store).at(-1), 'user done: Three');
  });

  test('an answer that is being written, in a chat that cannot be resumed, is shown as it is saved now', async () => {
    const {store, transport, stored, comeBack} = await openedChat({resumes: false});
    stored['chat_1'] = {messages: [question, {...answer, status: 'answering'}]};
    await comeBack();
    assert.deepEqual([store.getState().status, shown(store).at(-1)], ['idle', 'assistant answering: One']);
    assert.equal(transport.opened.length, 0);
  });

  for (const [name, goOn, messages] of [
    ['asks meanwhile', (store: ChatStore) => void store.send('More'), ['Count', 'One', 'More', '']],
    ['leaves the chat meanwhile', (store: ChatStore) => store.newChat(), []],
  ] as const) {
    test(`what was found is not shown if the visitor ${name}`, async () => {
      const slow = Promise.withResolvers<void>();
      let looks = false;
      const {store, stored, comeBack} = await openedChat({onCall: () => (looks ? slow.promise : undefined)});
      stored['chat_1'] = {messages: [questionThree]};
      looks = true;
      await comeBack();
      goOn(store);
      slow.resolve();
      await settled();
      assert.deepEqual(store.getState().messages.map(textOf), messages);
    });
  }

  test('a question that the server refused does not go out again by itself', async () => {
    const {store, transport, environment} = chatWith();
    const sent = store.send('Hello');
    (await transport.next()).fail(new ChatError('forbidden'));
    assert.equal((await sent)?.unsent, true);
    environment.comeBack();
    await settled();
    assert.equal(transport.opened.length, 1);
  });

  test('a closed chat does not look', async () => {
    const {store, environment, comeBack, loads} = await openedChat();
    store.close();
    await comeBack();
    assert.deepEqual([loads(), environment.listening], [0, 0]);
  });
});

suite('another tab with the same chat', () => {
  test('R-19: shows the question that was asked there, and its answer as it grows', async () => {
    const stored = {
      chat_1: {
        messages: [
          storedMessage('user', 'Hello', {id: 'msg_q'}),
          storedMessage('assistant', 'Hi', {id: 'msg_a'}),
          storedMessage('user', 'And then?', {id: 'msg_q2'}),
          storedMessage('assistant', '', {id: 'msg_a2', status: 'answering', parts: []}),
        ],
      },
    };
    const {store, transport} = await answeredChat({chats: [], stored});
    const keys = store.getState().messages.map(({key}) => key);
    await store.followTurn('chat_1');
    const stream = await transport.next();
    assert.deepEqual(stream.request, {chatId: 'chat_1', after: 0});
    void stream.give({...start, messageId: 'msg_a2', questionId: 'msg_q2'}, say('Then this.'), end);
    await settled();
    assert.deepEqual(shown(store), [
      'user done: Hello',
      'assistant done: Hi',
      'user done: And then?',
      'assistant done: Then this.',
    ]);
    // What was shown stays the same to the page.
    assert.deepEqual(
      store
        .getState()
        .messages.slice(0, 2)
        .map(({key}) => key),
      keys,
    );
  });

  test('R-19: is left alone if it shows another chat or is answering itself', async () => {
    const {store, transport} = await answeredChat({chats: [], stored: {}});
    await store.followTurn('chat_9');
    void store.send('More');
    await transport.next();
    await store.followTurn('chat_1');
    assert.deepEqual(
      transport.calls.filter((call) => call.startsWith('load')),
      [],
    );
  });
});

test('every question, also a corrected one, says where the visitor is at that moment', async () => {
  let section: string | undefined = '/docs/';
  const chat = chatWith({}, memoryStorage(), {retrieval: () => ({section, retrieval: undefined})});
  const sent = chat.store.send('Hello');
  void (await chat.transport.next()).give(start, say('Hi'), end);
  await sent;
  section = undefined;
  void chat.store.edit('msg_q', 'Hello again');
  await chat.transport.next();
  const [first, second] = chat.transport.opened.map(({request}) => request);
  assert.ok(first && 'section' in first && !('retrieval' in first));
  assert.equal(first.section, '/docs/');
  assert.ok(second && !('section' in second));
});

suite('a temporary chat', () => {
  test('R-17: is deleted on the server when the page leaves it, by another chat or for good', async () => {
    for (const leave of [
      ({store}: ReturnType<typeof chatWith>) => store.newChat(),
      ({store}: ReturnType<typeof chatWith>) => store.close(),
      ({environment}: ReturnType<typeof chatWith>) => environment.leave(),
    ]) {
      const chat = chatWith({chats: []}, memoryStorage(), {temporary: true});
      const sent = chat.store.send('Hello');
      void (await chat.transport.next()).give(start, say('Hi'), end);
      await sent;
      leave(chat);
      await settled();
      assert.deepEqual(
        chat.transport.calls.filter((call) => call.startsWith('remove')),
        ['remove chat_1'],
      );
    }
  });

  const removals = ({transport}: ReturnType<typeof chatWith>) =>
    transport.calls.filter((call) => call.startsWith('remove'));

  test('R-17: is deleted when another chat is opened, and not when it is opened again', async () => {
    const chat = chatWith({chats: [], stored: savedChats}, memoryStorage(), {temporary: true});
    await chat.store.open('chat_1');
    await chat.store.open('chat_1');
    assert.deepEqual(removals(chat), []);
    await chat.store.open('chat_2');
    assert.deepEqual(removals(chat), ['remove chat_1']);
  });

  test('R-17: has nothing to delete before it has begun, and on a backend that keeps no chats', async () => {
    const chat = chatWith({chats: []}, memoryStorage(), {temporary: true});
    chat.store.newChat();
    assert.deepEqual(removals(chat), []);
    const unkept = chatWith({}, memoryStorage(), {temporary: true});
    const sent = unkept.store.send('Hello');
    void (await unkept.transport.next()).give(start, end);
    await sent;
    unkept.store.newChat();
    assert.deepEqual(shown(unkept.store), []);
  });

  test('R-17: is left without a complaint if the server does not delete it', async () => {
    const chat = chatWith(
      {
        chats: [],
        stored: savedChats,
        onCall(call) {
          if (call.startsWith('remove')) throw network();
        },
      },
      memoryStorage(),
      {temporary: true},
    );
    await chat.store.open('chat_1');
    chat.store.newChat();
    await settled();
    assert.deepEqual([chat.store.getState().problem, shown(chat.store)], [undefined, []]);
  });

  test('R-17: a chat that is not temporary stays on the server, however the page leaves it', async () => {
    const chat = chatWith({chats: [], stored: savedChats});
    await chat.store.open('chat_1');
    await chat.store.open('chat_2');
    chat.environment.leave();
    chat.store.newChat();
    await chat.store.open('chat_1');
    chat.store.close();
    assert.deepEqual(removals(chat), []);
  });
});
