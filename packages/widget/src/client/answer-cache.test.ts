/** The answer cache: when it answers, when it asks, and when it is cleared. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {textOf} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import {ChatStore} from './chat-store.ts';
import {withAnswerCache} from './with-answer-cache.ts';
import {storedMessage} from './testing/chat.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import {end, fakeTransport, say, start} from './testing/fake-transport.ts';
import {memoryStorage} from './testing/memory-storage.ts';

function chatWithMemory() {
  const transport = fakeTransport();
  const known = withAnswerCache(transport);
  const store = new ChatStore({transport: known, storage: memoryStorage(), environment: fakeEnvironment()});
  const answered = async (asked: Promise<unknown>, ...events: ChatEvent[]) => {
    void (await transport.next()).give(...events);
    await asked;
  };
  const last = () => store.getState().messages.map(textOf).at(-1);
  return {transport, known, store, answered, last};
}

test('S3.12: the answer cache answers the same question in the same conversation without a request', async () => {
  const {transport, store, answered, last} = chatWithMemory();
  await answered(store.send('Hello'), start, say('Hi '), say('there.'), end);
  store.newChat();
  const again = await store.send('Hello');
  assert.equal(again?.status, 'done');
  assert.equal(last(), 'Hi there.');
  assert.equal(transport.opened.length, 1);
  assert.equal(store.getState().chatId, undefined);
});

test('S3.12: the answer cache asks again in another conversation, for another model and for a regenerate', async () => {
  const {transport, store, answered, last} = chatWithMemory();
  await answered(store.send('Hello'), start, say('One'), end);
  await answered(store.send('Hello'), start, say('Two'), end);
  assert.equal(last(), 'Two');
  await answered(store.regenerate(), start, say('Three'), end);
  assert.equal(last(), 'Three');
  store.newChat();
  store.setModel('other');
  await answered(store.send('Hello'), start, say('Four'), end);
  assert.equal(last(), 'Four');
  assert.equal(transport.opened.length, 4);
});

test('S3.12: the answer cache does not keep an answer that was stopped or failed', async () => {
  const {transport, store, answered, last} = chatWithMemory();
  await answered(store.send('Hello'), start, say('One'), {type: 'message-end', reason: 'stopped'});
  store.newChat();
  const failed: ChatEvent = {type: 'error', code: 'provider-error', message: 'No.', retryable: true};
  await answered(store.send('Hello'), start, say('Two'), failed);
  store.newChat();
  await answered(store.send('Hello'), start, say('Three'), end);
  assert.equal(last(), 'Three');
  assert.equal(transport.opened.length, 3);
});

test('S3.12: the answer cache is cleared when the visitor is forgotten and when the token may have changed', async () => {
  const {transport, known, store, answered} = chatWithMemory();
  await answered(store.send('Hello'), start, say('One'), end);
  store.forget();
  await answered(store.send('Hello'), start, say('Two'), end);
  store.newChat();
  known.renewToken?.();
  await answered(store.send('Hello'), start, say('Three'), end);
  assert.equal(transport.opened.length, 3);
});

test('S3.12: a cached answer is the whole message, without the chat and the cost of the first one', async () => {
  const {transport, store, answered} = chatWithMemory();
  const usage: ChatEvent = {type: 'usage', promptTokens: 1, completionTokens: 2};
  const source: ChatEvent = {type: 'source', id: 's1', title: 'Page'};
  await answered(
    store.send('Hello'),
    {...start, questionId: 'msg_other'},
    say('Hi '),
    source,
    say('there.'),
    usage,
    end,
  );
  const first = store.getState().messages.at(-1);
  store.newChat();
  const again = await store.send('Hello');
  const question = store.getState().messages.at(-2);
  assert.deepEqual([again?.id, again?.model, again?.parts], [first?.id, first?.model, first?.parts]);
  assert.deepEqual([first?.usage, again?.usage], [{promptTokens: 1, completionTokens: 2}, undefined]);
  assert.notEqual(question?.id, 'msg_other');
  assert.equal(question?.unsent, undefined);
  assert.equal(transport.opened.length, 1);
});

test('S3.12: a cached answer ends after its events, without a request', async () => {
  const {known, transport, store, answered} = chatWithMemory();
  await answered(store.send('Hello'), start, say('Hi'), end);
  const messages = [storedMessage('user', 'Hello')];
  const arrivals: unknown[] = [];
  for await (const item of known.send({trigger: 'send', messages}, new AbortController())) arrivals.push(item);
  assert.deepEqual(arrivals, [{events: [{type: 'message-start', messageId: 'msg_a', model: 'm'}, say('Hi'), end]}]);
  assert.equal(transport.opened.length, 1);
});

test('S3.12: events that arrive together are cached like single ones, and all of them are passed on', async () => {
  const {known, transport, store} = chatWithMemory();
  const sent = store.send('Hello');
  void (await transport.next()).give({events: [start, say('Hi ')], last: 2}, {events: [say('there.'), end], last: 4});
  assert.equal((await sent)?.status, 'done');
  store.newChat();
  const again = await store.send('Hello');
  assert.equal(again && textOf(again), 'Hi there.');
  assert.notEqual(known, transport);
});

test('S3.12: the answer cache does not keep an answer that ended because it was too long', async () => {
  const {transport, store, answered} = chatWithMemory();
  await answered(store.send('Hello'), start, say('One'), {type: 'message-end', reason: 'length'});
  store.newChat();
  await answered(store.send('Hello'), start, say('Two'), end);
  assert.equal(transport.opened.length, 2);
});

test('S3.12: a regenerated answer replaces the cached one', async () => {
  const {transport, store, answered, last} = chatWithMemory();
  await answered(store.send('Hello'), start, say('One'), end);
  await answered(store.regenerate(), start, say('Two'), end);
  store.newChat();
  await store.send('Hello');
  assert.equal(last(), 'Two');
  assert.equal(transport.opened.length, 2);
});

test('S3.12: the answer cache keeps the fifty answers that were given last', async () => {
  const {transport, store, answered} = chatWithMemory();
  const ask = async (text: string, isCached: boolean) => {
    store.newChat();
    const before = transport.opened.length;
    const asked = store.send(text);
    if (isCached) await asked;
    else await answered(asked, start, say(text), end);
    assert.equal(transport.opened.length - before, isCached ? 0 : 1, text);
  };
  for (let number = 1; number <= 50; number++) await ask(`q${number}`, false);
  await ask('q1', true);
  // Given anew, the first answer is the newest.
  await answered(store.regenerate(), start, say('q1'), end);
  await ask('q51', false);
  await ask('q1', true);
  await ask('q3', true);
  await ask('q2', false);
});

test('S3.12: the same words of another role are another conversation', async () => {
  const {transport, store, answered} = chatWithMemory();
  for (const role of ['user', 'assistant'] as const) {
    store.setMessages([storedMessage(role, 'Yes')]);
    await answered(store.send('Hello'), start, say('One'), end);
  }
  assert.equal(transport.opened.length, 2);
});

test('S3.12: the answer cache leaves everything else of its transport as it is', () => {
  const transport = fakeTransport({config: {}, models: {models: []}});
  const {resume, stop, config, models} = withAnswerCache(transport);
  assert.ok(resume && stop && config && models);
  assert.deepEqual(
    [resume, stop, config, models],
    [transport.resume, transport.stop, transport.config, transport.models],
  );
});

test('S3.12: the answer cache passes a new token and a sign-out on to its transport', () => {
  const calls: string[] = [];
  const transport = withAnswerCache({
    ...fakeTransport(),
    renewToken: () => void calls.push('renewToken'),
    forget: () => void calls.push('forget'),
  });
  transport.renewToken?.();
  transport.forget?.();
  assert.deepEqual(calls, ['renewToken', 'forget']);
});

test('S3.12: a backend that keeps chats gets no answer cache', () => {
  const transport = fakeTransport({chats: []});
  assert.equal(withAnswerCache(transport), transport);
});
