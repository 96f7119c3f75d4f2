/**
 * A real server with a real upstream and a deterministic model behind it, and the helpers of the tests of printed rows.
 * Knows no API.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import type {ChatServerConfig, Provider} from '@chatlet/server';
import {type TestServer, readUntil, startChat} from '../../../server/src/testing/chat-server.ts';
import type {Exchange, Script} from '../../../server/src/testing/upstream.ts';
import {wellBehavedModel} from './model.ts';

export interface CompatServer extends TestServer {
  /** Scripts for the next answers of the upstream, one each; after them the well-behaved model answers again. */
  script(...scripts: readonly Script[]): void;
  /** The last request to the upstream. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** All requests to the upstream. */
  readonly requests: readonly Exchange[];
  /** The messages of the last request to the upstream, as role and content. */
  readonly told: readonly {readonly role: string; readonly content: unknown}[];
}

/** USD per 1000 tokens. */
export const pricing = {prompt: 0.0005, completion: 0.0015};

/** `m` is the default model. */
const models = [
  {id: 'm', name: 'General', contextLength: 128_000, pricing, tags: ['general']},
  {id: 'anthropic/model-name', name: 'With a slash', contextLength: 200_000, pricing, tags: ['reasoning']},
  {id: 'small', name: 'Small', contextLength: 4096, pricing, tags: ['code']},
];

export async function startServer(config: ChatServerConfig = {}): Promise<CompatServer> {
  const chat = await startChat({models, ...config});
  chat.upstream.models = models.map(({id}) => ({id, object: 'model', created: 1, owned_by: 'test'}));
  const planned: Script[] = [];
  const next: Script = (exchange) => {
    chat.upstream.script(next);
    return (planned.shift() ?? wellBehavedModel)(exchange);
  };
  chat.upstream.script(next);
  const last = () => {
    const exchange = chat.upstream.requests.at(-1);
    assert.ok(exchange?.body, 'The upstream has not been asked.');
    return exchange.body;
  };
  return {
    ...chat,
    script: (...scripts) => void planned.push(...scripts),
    get asked() {
      return last();
    },
    requests: chat.upstream.requests,
    get told() {
      return last()['messages'] as CompatServer['told'];
    },
  };
}

/** A row of a printed API: its id, its promise, and the test of it. */
export type Row = readonly [id: string, says: string, holds: (chat: CompatServer) => Promise<void>];

/** Each row has a server of its own, so that no row uses up the limits of another. */
export function testRows(rows: readonly Row[], config?: ChatServerConfig): void {
  for (const [id, says, holds] of rows) {
    test(`${id}: ${says}`, async () => {
      await using chat = await startServer(config);
      await holds(chat);
    });
  }
}

/** For tests that ask more often than a caller usually may. */
export const unlimited: ChatServerConfig = {plans: [{name: 'default'}]};

/** A provider with a bug, and secrets in its error. */
export const brokenProvider: Provider = {
  id: 'broken',
  models: async () => [{id: 'm', name: 'M'}],
  // oxlint-disable-next-line require-yield -- It throws before its first word.
  async *answer() {
    throw new Error('sk-canary in /packages/secret.ts');
  },
};

/** All items of a stream. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A conversation of one question. */
export const user = (content: string) => ({messages: [{role: 'user', content}]});

export const bearer = (key: string) => ({authorization: `Bearer ${key}`});

export function postJson(
  chat: Pick<CompatServer, 'url'>,
  path: string,
  body: unknown,
  {headers = {}, signal}: {headers?: Readonly<Record<string, string>>; signal?: AbortSignal} = {},
): Promise<Response> {
  return fetch(chat.url + path, {
    method: 'POST',
    headers: {'content-type': 'application/json', ...headers},
    body: JSON.stringify(body),
    ...(signal && {signal}),
  });
}

/** The JSON of an answer with that status; another status fails with the body that came instead. */
export async function jsonOf<Value>(response: Response, status = 200): Promise<Value> {
  const text = await response.text();
  assert.equal(response.status, status, text.slice(0, 500));
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/, text.slice(0, 200));
  return JSON.parse(text) as Value;
}

/** A fetch for a client; calls back when so many lines have come in. */
export function fetchUntil(count: number, reached: () => void): typeof fetch {
  return async (...asked) => {
    const response = await fetch(...asked);
    let lines = 0;
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, out) {
        for (const byte of bytes) if (byte === 0x0a) lines++;
        out.enqueue(bytes);
        if (lines >= count) reached();
      },
    });
    return new Response(response.body?.pipeThrough(counter), response);
  };
}

/** The data of all events in a whole event stream. */
export async function dataOf(response: Response, status = 200): Promise<readonly string[]> {
  const text = await response.text();
  assert.equal(response.status, status, text.slice(0, 500));
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.ok(text.endsWith('\n\n'), 'The last event has no blank line after it.');
  return text
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => {
      assert.ok(line.startsWith('data: ') && line[6] !== ' ', `One space belongs behind "data:" in: ${line}`);
      return line.slice(6);
    });
}

/** The events of a stream with JSON data, without the end mark. */
export async function eventsOf<Event>(response: Response): Promise<readonly Event[]> {
  const data = await dataOf(response);
  return data.filter((item) => item !== '[DONE]').map((item) => JSON.parse(item) as Event);
}

/** Text that no caller may see: stacks, paths, markup, our keys. */
export function assertSafe(text: string): void {
  assert.doesNotMatch(text, /<html|<!doctype|\bat \S+ \(|node_modules|file:\/\/|\/packages\/|sk-canary/i);
}

/** Waits until the running answer of a chat has this text, as its readers see it. */
export async function untilSaid(chat: CompatServer, chatId: string, text: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const response = await chat.get(`/api/chat/${chatId}/stream`);
    if (response.status === 200) {
      await readUntil(response, (said) => said === text);
      await response.body?.cancel();
      return;
    }
    // The model is asked while the question is still being stored.
    await setTimeout(25);
  }
  assert.fail(`Nothing runs in ${chatId}.`);
}

/** An answer that goes on until somebody hangs up. `freed` waits for that; if nobody does, it waits for ever. */
export function endless(): {readonly script: Script; readonly begun: Promise<void>; readonly freed: Promise<number>} {
  const begun = Promise.withResolvers<void>();
  const freed = Promise.withResolvers<number>();
  return {
    begun: begun.promise,
    freed: freed.promise,
    async script(exchange) {
      await exchange.write(`data: ${JSON.stringify({choices: [{index: 0, delta: {content: 'One '}}]})}\n\n`);
      begun.resolve();
      freed.resolve(await exchange.abandoned);
    },
  };
}
