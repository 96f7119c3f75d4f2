/** A chat for tests: a store with a fake transport, and the events and messages that most tests need. */
import type {TestContext} from 'node:test';
import {textOf} from '@chatlet/protocol';
import type {Chat, ChatEvent, Message, Role} from '@chatlet/protocol';
import type {ChatState} from '../chat-state.ts';
import {ChatStore} from '../chat-store.ts';
import type {ChatStoreOptions} from '../chat-store.ts';
import type {Environment} from '../environment.ts';
import {createHttpTransport} from '../http-transport.ts';
import type {HttpTransportOptions} from '../http-transport.ts';
import {fakeEnvironment} from './fake-environment.ts';
import {end, fakeTransport, say, start as startOfAny} from './fake-transport.ts';
import type {FakeTransportOptions} from './fake-transport.ts';
import {startServer} from './http-server.ts';
import type {Handler} from './http-server.ts';
import {memoryStorage} from './memory-storage.ts';

const createdAt = '2026-01-01T00:00:00.000Z';

export const start = {...startOfAny, questionId: 'msg_q'} as const satisfies ChatEvent;
export {end, say};

export function chatWith(
  options: FakeTransportOptions = {},
  storage = memoryStorage(),
  more: Pick<ChatStoreOptions, 'temporary' | 'onAccepted' | 'retrieval'> = {},
) {
  const environment = fakeEnvironment();
  const transport = fakeTransport(options);
  const ended: string[] = [];
  const store = new ChatStore({...more, transport, storage, environment, onEnd: ({status}) => ended.push(status)});
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

/** Resolves when the state is as the test wants it. The environment must draw frames by itself. */
export function until(store: ChatStore, isReached: (state: ChatState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isReached(store.getState())) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = store.subscribe(look);
    look();
  });
}

/** A chat over HTTP with a real server. Frames are drawn by themselves; the clock is the test's. */
export async function chatOverHttp(t: TestContext, handler: Handler, options: Partial<HttpTransportOptions> = {}) {
  const server = await startServer(handler);
  t.after(() => server.close());
  const environment = fakeEnvironment();
  const drawn: Environment = {
    ...environment,
    frame(callback) {
      const request = setImmediate(callback);
      return () => clearImmediate(request);
    },
  };
  const storage = memoryStorage();
  const transport = createHttpTransport({
    endpoint: server.url,
    visitorStorage: storage.device,
    environment: drawn,
    ...options,
  });
  const store = new ChatStore({transport, storage, environment: drawn});
  t.after(() => store.close());
  return {store, transport, server, environment, storage};
}
