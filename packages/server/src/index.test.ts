/** The package’s entry: a server with a page, or a router for an Express app. */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer, request} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {brotliCompressSync, gzipSync} from 'node:zlib';
import express from 'express';
import {type ChatServerConfig, type Provider, chatRouter, createChatFetch, createChatServer} from './index.ts';
import {answered, json, startChat} from './testing/chat-server.ts';
import {startUpstream} from './testing/upstream.ts';

suite('the server', () => {
  test('shows a page without resources from other hosts and without inline scripts', async () => {
    await using chat = await startChat();
    const response = await chat.get('/');
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none';script-src 'self'.*;require-trusted-types-for 'script'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    const html = await response.text();
    assert.match(html, /<chatlet-chat/);
    assert.doesNotMatch(html, /https?:|<style|style=|\son\w+=|<script(?![^>]* src=)/);
    for (const [, path] of html.matchAll(/(?:href|src)="([^"]+)"/g)) {
      if (path !== 'chatlet.js') assert.equal((await chat.get(`/${path}`)).status, 200, path);
    }
  });

  test('gives every response a request id, on every path', async () => {
    await using chat = await startChat();
    for (const path of [
      '/',
      '/docs',
      '/openapi.json',
      '/healthz',
      '/metrics',
      '/api/models',
      '/v1/embeddings',
      '/nope',
    ]) {
      const response = await chat.get(path, {'x-request-id': 'mine'});
      assert.equal(response.headers.get('x-request-id'), 'mine', path);
      await response.arrayBuffer();
    }
    assert.match((await chat.get('/nope')).headers.get('x-request-id') ?? '', /^req_/);
  });

  test('answers unknown paths of /v1 in OpenAI’s format, with CORS headers for allowed pages', async () => {
    await using chat = await startChat({origins: ['https://www.example.com']});
    const path = `${chat.url}/v1/files`;
    const origin = {origin: 'https://www.example.com'};
    const asked = {...origin, 'access-control-request-method': 'POST'};
    const preflight = await fetch(path, {method: 'OPTIONS', headers: asked});
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, origin.origin]);
    for (const type of ['application/json', 'multipart/form-data; boundary=x']) {
      const response = await fetch(path, {method: 'POST', headers: {...origin, 'content-type': type}, body: '{'});
      assert.deepEqual(
        [response.status, response.headers.get('access-control-allow-origin')],
        [404, origin.origin],
        type,
      );
      const {error} = await json<{error: object}>(response);
      assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code']);
    }
    const stranger = await fetch(path, {method: 'POST', headers: {origin: 'https://evil.example'}});
    assert.equal(stranger.status, 403);
  });

  test('gives the widget’s script to pages of any origin, and explains if it has not been built', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
    try {
      await using chat = await startChat({widgetFolder: folder});
      const missing = await chat.get('/chatlet.js');
      assert.equal(missing.status, 404);
      assert.match(await missing.text(), /has not been built/);
      await writeFile(join(folder, 'chatlet.js'), 'export {};');
      await mkdir(join(folder, 'chatlet'));
      await writeFile(join(folder, 'chatlet', 'part-1a2b.js'), 'export const part = 1;');
      const script = await chat.get('/chatlet.js', {origin: 'https://anywhere.example'});
      assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8');
      assert.equal(script.headers.get('access-control-allow-origin'), '*');
      assert.equal(await script.text(), 'export {};');
      const tag = script.headers.get('etag') ?? '';
      const known = await chat.get('/chatlet.js', {'if-none-match': tag, 'cache-control': 'max-age=0'});
      assert.equal(known.status, 304);
      const part = await chat.get('/chatlet/part-1a2b.js');
      assert.deepEqual([part.status, part.headers.get('cache-control')], [200, 'public, max-age=31536000, immutable']);
      assert.equal((await chat.get('/chatlet/..%2f..%2fetc%2fpasswd')).status, 404);
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('K28, P39, E3: sends scripts as they were compressed at build time, and tells how to pin them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
    try {
      await using chat = await startChat({widgetFolder: folder});
      const source = 'export {};\n'.repeat(100);
      await writeFile(join(folder, 'chatlet.js'), source);
      await writeFile(join(folder, 'chatlet.js.br'), brotliCompressSync(source));
      await writeFile(join(folder, 'chatlet.js.gz'), gzipSync(source));
      const sent = await Promise.all(
        ['br, gzip', 'gzip', 'identity', 'br;q=0'].map(async (encoding) => {
          const response = await chat.get('/chatlet.js', {'accept-encoding': encoding});
          const {headers} = response;
          assert.equal(await response.text(), source);
          assert.equal(headers.get('content-type'), 'text/javascript; charset=utf-8');
          assert.match(headers.get('vary') ?? '', /Accept-Encoding/);
          return {encoding: headers.get('content-encoding'), etag: headers.get('etag')};
        }),
      );
      assert.deepEqual(
        sent.map(({encoding}) => encoding),
        ['br', 'gzip', null, null],
      );
      assert.equal(new Set(sent.map(({etag}) => etag)).size, 3);
      const again = await chat.get('/chatlet.js', {
        'accept-encoding': 'br',
        'if-none-match': sent[0]?.etag ?? '',
        'cache-control': 'max-age=0',
      });
      assert.equal(again.status, 304);
      const hash = createHash('sha384').update(source).digest('base64');
      const {file, integrity} = await (await chat.get('/embed.json')).json();
      assert.deepEqual({file, integrity}, {file: '/chatlet.js', integrity: `sha384-${hash}`});
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('proposes questions for the demo model, unless others are configured', async () => {
    const {demoProvider} = await import('./providers/demo.ts');
    const starters = async (config: ChatServerConfig) => {
      const server = createChatServer({databaseUrl: 'sqlite::memory:', ...config});
      const {port} = await server.listen({port: 0});
      const shown = await json<{starters?: readonly string[]}>(await fetch(`http://127.0.0.1:${port}/api/config`));
      await server.close();
      return shown.starters;
    };
    assert.ok((await starters({}))?.includes('Show me a table'));
    assert.deepEqual(await starters({page: {starters: ['Mine']}}), ['Mine']);
    assert.equal(await starters({providers: [demoProvider()]}), undefined);
  });

  test('K29, P37: tells pages the words of the configuration', async () => {
    const page = {
      contact: 'help@acme.example',
      aiNotice: 'A robot answers.',
      strings: {send: 'Ask', errors: {network: {title: 'You are offline.'}}},
    };
    const server = createChatServer({databaseUrl: 'sqlite::memory:', page});
    const {port} = await server.listen({port: 0});
    const shown = await json<Partial<typeof page>>(await fetch(`http://127.0.0.1:${port}/api/config`));
    await server.close();
    assert.deepEqual({contact: shown.contact, aiNotice: shown.aiNotice, strings: shown.strings}, page);
  });

  test('refuses a configuration that cannot work, before it listens', () => {
    const cases: readonly [config: ChatServerConfig, sentence: RegExp][] = [
      [{openai: {baseUrl: 'localhost:11434'}}, /no base URL; it looks like/],
      [{databaseUrl: 'mysql://x'}, /database URL must look like sqlite:/],
      [{apiKeys: [{key: 'long-enough', plan: 'gold'}]}, /plan "gold", which is none of default/],
    ];
    for (const [config, sentence] of cases) {
      assert.throws(() => createChatServer({databaseUrl: 'sqlite::memory:', ...config}), {
        name: 'ChatError',
        message: sentence,
      });
    }
  });

  test('E10: an old Node is refused in a sentence, and Bun and Deno are not taken for one', async (t) => {
    const pretend = (versions: object) =>
      Object.defineProperty(process, 'versions', {value: versions, configurable: true, enumerable: true});
    const {versions} = process;
    t.after(() => pretend(versions));
    pretend({...versions, node: '22.15.1'});
    for (const create of [createChatServer, chatRouter, createChatFetch]) {
      assert.throws(() => create({databaseUrl: 'sqlite::memory:'}), {
        message: 'Chatlet needs Node 22.16 or newer, and this is Node 22.15.1. Install a newer one: https://nodejs.org',
      });
    }
    for (const runtime of ['bun', 'deno']) {
      pretend({...versions, node: '22.15.1', [runtime]: '1.3.0'});
      await createChatFetch({databaseUrl: 'sqlite::memory:'}).close();
    }
  });

  test('closes without waiting for connections that never sent a request', {timeout: 30_000}, async () => {
    const chat = await startChat();
    const socket = connect(Number(new URL(chat.url).port), '127.0.0.1');
    await once(socket, 'connect');
    // The server accepts connections in order, so after this answer it has accepted ours too.
    await chat.get('/healthz');
    const closed = once(socket, 'close');
    await Promise.all([chat.close(), closed]);
  });

  test('lists chats in pages, finds them by words, and renames them', async () => {
    await using chat = await startChat();
    const ids: string[] = [];
    for (const question of ['Apples', 'Pears', 'Plums']) ids.unshift((await chat.ask(question)).chatId);
    const first = await chat.get('/api/chats?limit=2');
    const cursor = first.headers.get('x-next-cursor') ?? '';
    const second = await chat.get(`/api/chats?limit=2&cursor=${encodeURIComponent(cursor)}`);
    assert.equal(second.headers.get('x-next-cursor'), null);
    const listed = [...(await json<{id: string}[]>(first)), ...(await json<{id: string}[]>(second))];
    assert.deepEqual(
      listed.map(({id}) => id),
      ids,
    );
    const found = await json<{title: string}[]>(await chat.get('/api/chats?search=pear'));
    assert.deepEqual(
      found.map(({title}) => title),
      ['Pears'],
    );
    const renamed = await fetch(`${chat.url}/api/chats/${ids[0]}`, {
      method: 'PATCH',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({title: ' Prunes '}),
    });
    assert.equal((await json<{title: string}>(renamed)).title, 'Prunes');
    assert.equal((await json<{title: string}>(await chat.get(`/api/chats/${ids[0]}`))).title, 'Prunes');
  });
});

suite('the router in an app of one’s own', () => {
  test('answers on its own paths, leaves all others to the app, and does not log those', async () => {
    const upstream = await startUpstream();
    const heard: string[] = [];
    const heardLast = Promise.withResolvers<void>();
    const chat = chatRouter({
      openai: {baseUrl: upstream.baseUrl},
      databaseUrl: 'sqlite::memory:',
      log: {
        report() {},
        turn() {},
        request({path}) {
          heard.push(path);
          if (path === '/api/chats/chat_x') heardLast.resolve();
        },
      },
    });
    const app = express();
    // Apps often parse bodies before the router does.
    app.use(express.json());
    app.use(chat);
    const mine = [
      '/',
      '/api/mine',
      '/v1/mine',
      '/healthz',
      '/readyz',
      '/metrics',
      '/docs',
      '/guide/',
      '/gallery',
      '/playground',
    ];
    app.get(mine, (_req, res) => void res.send('The app'));
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      for (const path of mine) assert.equal(await (await fetch(url + path)).text(), 'The app');
      const body = JSON.stringify({messages: [{role: 'user', content: 'Hi'}]});
      const headers = {'content-type': 'application/json'};
      const response = await fetch(`${url}/api/chat`, {method: 'POST', headers, body});
      assert.equal((await answered(response)).text, 'You said: Hi');
      assert.equal((await fetch(`${url}/api/chats/chat_x`)).status, 404);
      await heardLast.promise;
      assert.deepEqual(heard, ['/api/chat', '/api/chats/chat_x']);
    } finally {
      await chat.close();
      server.close();
      server.closeAllConnections();
      await upstream.close();
    }
  });

  test('closes although a client does not read, and counts its answers', {timeout: 20_000}, async () => {
    const outcomes: unknown[] = [];
    const endless: Provider = {
      id: 'endless',
      models: async () => [{id: 'm', name: 'M'}],
      async *answer(_request, {signal}) {
        // More than the buffers between the two ends can take.
        yield [{type: 'text-delta', delta: 'x'.repeat(32 * 1024 * 1024)}];
        if (!signal.aborted) await once(signal, 'abort');
      },
    };
    const chat = chatRouter({
      providers: [endless],
      databaseUrl: 'sqlite::memory:',
      maxAnswerLength: Infinity,
      watch: {began() {}, ended: ({error}) => void outcomes.push(error)},
    });
    const server = createServer(express().use(chat)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    try {
      const readers = [{}, {n: 2}, {name: 'once'}].map(async ({name, ...more}: {name?: string; n?: number}) => {
        const named = name !== undefined && {'idempotency-key': name};
        const headers = {'content-type': 'application/json', ...named};
        const sent = request({port, path: '/v1/chat/completions', method: 'POST', headers});
        sent.on('error', () => {});
        sent.end(JSON.stringify({model: 'm', messages: [{role: 'user', content: 'Hi'}], stream: true, ...more}));
        // After the head the text is on its way, and nobody reads it.
        await once(sent, 'response');
      });
      await Promise.all(readers);
      await chat.close();
      assert.deepEqual(outcomes, Array(4).fill('shutting-down'));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('answers below the path that the app mounts it on', async () => {
    const upstream = await startUpstream();
    const chat = chatRouter({openai: {baseUrl: upstream.baseUrl}, databaseUrl: 'sqlite::memory:'});
    const server = createServer(express().use('/support', chat)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      assert.equal((await fetch(`${url}/support/api/models`)).status, 200);
      assert.equal((await fetch(`${url}/api/models`)).status, 404);
    } finally {
      await chat.close();
      server.close();
      server.closeAllConnections();
      await upstream.close();
    }
  });
});
