/** What a transport tells the server about a visitor who leaves. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {createHttpTransport} from './http-transport.ts';
import type {StorageNamespace} from './storage.ts';

/** A transport whose requests are noted, with the visitor's token on the device. */
function start(options: {
  readonly token?: () => string | undefined;
  readonly visitor?: string;
  readonly api?: 'openai';
}) {
  const values = new Map<string, string>(options.visitor === undefined ? [] : [['visitor', options.visitor]]);
  const visitorStorage: StorageNamespace = {
    get: (name) => values.get(name),
    set: (name, value) => void (value === undefined ? values.delete(name) : values.set(name, value)),
    clear: () => values.clear(),
  };
  const sent: (readonly [what: string, visitor: string | null, bearer: string | null])[] = [];
  const transport = createHttpTransport({
    endpoint: 'https://chat.example.com',
    visitorStorage,
    ...(options.api && {api: options.api}),
    ...(options.token && {token: options.token}),
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers);
      const {pathname, search} = new URL(url instanceof Request ? url.url : url);
      sent.push([
        `${init?.method ?? 'GET'} ${pathname}${search}`,
        headers.get('x-chatlet-visitor'),
        headers.get('authorization'),
      ]);
      return new Response('{"models": []}', {headers: {'x-chatlet-visitor': 'late'}});
    },
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  return {transport, sent, values, settle};
}

suite('R-13: a visitor', () => {
  test('takes all chats along as a file, and deletes them, as the visitor that they are', async () => {
    const {transport, sent, values} = start({visitor: 'ada'});
    const file = await transport.history?.export?.('markdown', {signal: new AbortController().signal});
    assert.equal(await file?.text(), '{"models": []}');
    await transport.history?.removeAll?.();
    assert.deepEqual(sent, [
      ['GET /api/me/export?format=markdown', 'ada', null],
      ['DELETE /api/me', 'ada', null],
    ]);
    assert.deepEqual([...values], [['visitor', 'ada']]);
  });

  test('cannot do either at a backend that is not ours', () => {
    assert.equal(start({visitor: 'ada', api: 'openai'}).transport.history, undefined);
  });
});

suite('R-14: a visitor who leaves', () => {
  test('has their answers stopped, as the visitor that they were, and is forgotten', async () => {
    const {transport, sent, values, settle} = start({visitor: 'ada'});
    transport.forget?.();
    await settle();
    assert.deepEqual(sent, [['POST /api/me/stop', 'ada', null]]);
    assert.deepEqual([...values], []);
  });

  test('has everything deleted by choice', async () => {
    const {transport, sent, settle} = start({visitor: 'ada'});
    transport.forget?.({delete: true});
    await settle();
    assert.deepEqual(sent, [['DELETE /api/me', 'ada', null]]);
  });

  test('is named by the token of the requests before, not by the next visitor’s', async () => {
    let token: string | undefined = 'token-of-ada';
    const {transport, sent, settle} = start({token: () => token});
    await transport.models?.({signal: new AbortController().signal});
    token = 'token-of-bob';
    transport.forget?.({delete: true});
    await settle();
    assert.deepEqual(sent.at(-1), ['DELETE /api/me', null, 'Bearer token-of-ada']);
    assert.equal(sent.length, 2);
  });

  test('who was never known to the server, or whose server has no such path, is not told of', async () => {
    for (const options of [{}, {token: () => 'token-of-bob'}, {visitor: 'ada', api: 'openai' as const}]) {
      const {transport, sent, settle} = start(options);
      transport.forget?.({delete: true});
      await settle();
      assert.deepEqual(sent, []);
    }
  });
});
