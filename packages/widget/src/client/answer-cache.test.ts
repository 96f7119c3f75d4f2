/** The answer cache: when it answers, when it asks, and when it is cleared. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {textOf} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import {ChatStore} from './chat-store.ts';
import {withAnswerCache} from './answer-cache.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import {fakeTransport} from './testing/fake-transport.ts';
import {memoryStorage} from './testing/memory-storage.ts';

const start: ChatEvent = {type: 'message-start', messageId: 'msg_a', chatId: 'chat_1', model: 'm'};
const end: ChatEvent = {type: 'message-end', reason: 'stop'};
const say = (delta: string): ChatEvent => ({type: 'text-delta', delta});

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

test('S3.12: a backend that keeps chats gets no answer cache', () => {
  const transport = fakeTransport({chats: []});
  assert.equal(withAnswerCache(transport), transport);
});
