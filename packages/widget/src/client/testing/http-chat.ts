/** A transport over HTTP for tests, with a real server, and a request to send. */
import type {TestContext} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import {createHttpTransport} from '../http-transport.ts';
import type {HttpTransportOptions} from '../http-transport.ts';
import {createStorage} from '../storage.ts';
import type {Arrival, ChatRequest} from '../transport.ts';
import {startServer} from './http-server.ts';
import type {Handler} from './http-server.ts';

export const {signal} = new AbortController();
export const start = {type: 'message-start', messageId: 'msg_a', chatId: 'chat_1', model: 'm'} as const;
export const one = {type: 'text-delta', delta: 'One'} as const;
export const end = {type: 'message-end', reason: 'stop'} as const;

export const request: ChatRequest = {
  trigger: 'send',
  model: 'm',
  message: {id: 'msg_q', text: 'Hello'},
  messages: [
    {id: 'msg_0', role: 'assistant', parts: [{type: 'text', text: 'Welcome'}], status: 'done', createdAt: ''},
    {id: 'msg_q', role: 'user', parts: [{type: 'text', text: 'Hello'}], status: 'done', createdAt: ''},
  ],
};

export async function talkingTo(t: TestContext, handler: Handler, options: Partial<HttpTransportOptions> = {}) {
  const server = await startServer(handler);
  t.after(() => server.close());
  const visitorStorage = createStorage(server.url).device;
  const transport = createHttpTransport({endpoint: server.url, visitorStorage, ...options});
  return {server, visitorStorage, transport};
}

export async function read(items: AsyncIterable<ChatEvent | Arrival>): Promise<{events: ChatEvent[]; last: number}> {
  const events: ChatEvent[] = [];
  let last = 0;
  for await (const item of items) {
    if ('type' in item) events.push(item);
    else {
      events.push(...item.events);
      last = item.last ?? 0;
    }
  }
  return {events, last};
}
