/** A chat for tests: a store with a fake transport, and the events and messages that most tests need. */
import {textOf} from '@chatlet/protocol';
import type {Chat, ChatEvent, Message, Role} from '@chatlet/protocol';
import {ChatStore} from '../chat-store.ts';
import {fakeEnvironment} from './fake-environment.ts';
import {fakeTransport} from './fake-transport.ts';
import type {FakeTransportOptions} from './fake-transport.ts';
import {memoryStorage} from './memory-storage.ts';

const createdAt = '2026-01-01T00:00:00.000Z';

export const start = {
  type: 'message-start',
  messageId: 'msg_a',
  chatId: 'chat_1',
  questionId: 'msg_q',
  model: 'm',
} as const satisfies ChatEvent;
export const end = {type: 'message-end', reason: 'stop'} as const satisfies ChatEvent;
export const say = (delta: string): ChatEvent => ({type: 'text-delta', delta});

export function chatWith(options: FakeTransportOptions = {}, storage = memoryStorage()) {
  const environment = fakeEnvironment();
  const transport = fakeTransport(options);
  const ended: string[] = [];
  const store = new ChatStore({transport, storage, environment, onEnd: ({status}) => ended.push(status)});
  return {store, transport, environment, storage, ended};
}

/** A chat with one complete answer, `msg_a`. */
export async function answeredChat(options: FakeTransportOptions = {}) {
  const chat = chatWith(options);
  const sent = chat.store.send('Hello');
  void (await chat.transport.next()).give(start, say('Hi'), end);
  await sent;
  return chat;
}

/** Waits until all promises that can settle now have settled. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The messages, each in a line. */
export function shown(store: ChatStore): readonly string[] {
  return store.getState().messages.map((message) => `${message.role} ${message.status}: ${textOf(message)}`);
}

export function storedMessage(role: Role, text: string, more: Partial<Message> = {}): Message {
  return {id: `msg_${text}`, role, parts: [{type: 'text', text}], status: 'done', createdAt, ...more};
}

export function storedChat(id: string, title: string): Chat {
  return {id, title, model: 'm', createdAt, updatedAt: createdAt};
}
