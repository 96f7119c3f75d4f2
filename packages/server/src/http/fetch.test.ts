/** The server as a function of the fetch API: streams, lost readers, slow readers, addresses, and other hosts' runtimes. */
import assert from 'node:assert/strict';
import {type RequestListener, createServer} from 'node:http';
import {type TestContext, suite, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {type ChatFetchConfig, createChatFetch} from '../index.ts';
import {answered, json, ownProtocol, readUntil} from '../testing/chat-server.ts';
import {delta, done, pause, startUpstream} from '../testing/upstream.ts';
import {fetchFrom} from './fetch.ts';

suite('any server by fetch', () => {
  const serve = (listener: RequestListener) => fetchFrom(createServer(listener));

  test('a request arrives with its method, path, query, host, headers, body and address', async () => {
    const fetch = serve(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk);
      const {method, url, headers, socket} = req;
      const body = Buffer.concat(chunks).toString();
      res.end(JSON.stringify({method, url, headers, body, address: socket.remoteAddress}));
    });
    const request = new Request('https://shop.example:8443/a%20b?q=1&q=2', {
      method: 'PUT',
      headers: {'x-one': '1', cookie: 'a=b', 'accept-encoding': 'br'},
      body: new Blob(['one ', 'two']),
    });
    const {headers, ...rest} = await json<{headers: Record<string, string>}>(
      await fetch(request, {address: '192.0.2.1'}),
    );
    assert.deepEqual(rest, {method: 'PUT', url: '/a%20b?q=1&q=2', body: 'one two', address: '192.0.2.1'});
    const {host, cookie, 'x-one': one, 'accept-encoding': encoding} = headers;
    assert.deepEqual(
      {host, cookie, one, encoding},
      {host: 'shop.example:8443', cookie: 'a=b', one: '1', encoding: undefined},
    );
  });

  test('a response arrives with its status and each of its headers, and without those of a connection', async () => {
    const fetch = serve((req, res) => {
      res.writeHead(
        req.url === '/none' ? 204 : 418,
        [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ].flat(),
      );
      res.end(req.url === '/none' ? undefined : 'tea');
    });
    const response = await fetch(new Request('http://x/'));
    assert.equal(response.status, 418);
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
    assert.deepEqual([response.headers.get('connection'), response.headers.get('transfer-encoding')], [null, null]);
    assert.equal(await response.text(), 'tea');
    const none = await fetch(new Request('http://x/none'));
    assert.deepEqual([none.status, none.body], [204, null]);
    const head = await fetch(new Request('http://x/', {method: 'HEAD'}));
    assert.deepEqual([head.status, await head.text()], [418, '']);
  });

  test('a refusal arrives although nobody reads the body of the request', async () => {
    const fetch = serve((_req, res) => res.writeHead(413, {connection: 'close'}).end('too large'));
    const request = new Request('http://x/', {method: 'POST', body: 'x'.repeat(5_000_000)});
    assert.equal(await (await fetch(request)).text(), 'too large');
  });

  test('who aborts before the response gets the abort, and the server sees a lost reader', async () => {
    const left = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const fetch = serve((_req, res) => {
      res.once('close', () => left.resolve());
      asked.resolve();
    });
    const abort = new AbortController();
    const response = fetch(new Request('http://x/', {signal: abort.signal}));
    await asked.promise;
    abort.abort();
    await assert.rejects(response, {name: 'AbortError'});
    await left.promise;
    await assert.rejects(fetch(new Request('http://x/', {signal: AbortSignal.abort()})), {name: 'AbortError'});
  });

  test('a server that breaks off breaks off the response', async () => {
    const begun = serve((_req, res) => {
      res.write('half');
      setTimeout(() => res.destroy(), 20);
    });
    await assert.rejects((await begun(new Request('http://x/'))).text());
    const silent = serve((_req, res) => res.destroy());
    await assert.rejects(silent(new Request('http://x/')));
  });

  test('a server writes no more than is read, and its timeout counts from the last progress', async () => {
    let written = 0;
    const stalled = Promise.withResolvers<void>();
    const piece = Buffer.alloc(10_000, 'x');
    const fetch = serve(async (_req, res) => {
      res.setTimeout(200, () => {
        stalled.resolve();
        res.destroy();
      });
      while (!res.destroyed) {
        written += piece.length;
        if (!res.write(piece)) await new Promise((resolve) => res.once('drain', resolve).once('close', resolve));
      }
    });
    const body = (await fetch(new Request('http://x/'))).body?.getReader();
    assert.ok(body);
    // Longer than the timeout, with progress.
    for (let read = 0; read < 10; read += 1) {
      await body.read();
      await sleep(30);
    }
    const before = written;
    assert.ok(before < 2_000_000, `${before} bytes for ten reads`);
    await stalled.promise;
    assert.ok(written - before < 500_000);
    await assert.rejects(async () => {
      while (!(await body.read()).done);
    });
  });
});

suite('a chat by fetch', () => {
  async function start(t: TestContext, config: ChatFetchConfig = {}) {
    const upstream = await startUpstream();
    const fetch = createChatFetch({
      openai: {baseUrl: upstream.baseUrl},
      databaseUrl: 'sqlite::memory:',
      resilience: {retries: 0},
      ...config,
    });
    t.after(async () => {
      await fetch.close();
      await upstream.close();
    });
    const question = (headers: Readonly<Record<string, string>> = {}) =>
      new Request('https://shop.example/api/chat', {
        method: 'POST',
        headers: {...ownProtocol, 'content-type': 'application/json', ...headers},
        body: '{"message":{"text":"Hi"}}',
      });
    return {upstream, fetch, question};
  }

  test('an answer is streamed, and its reader may leave without an end of it', async (t) => {
    const {upstream, fetch, question} = await start(t);
    const going = pause();
    upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await going.here();
      await exchange.write(delta('two'));
      exchange.end(done());
    });
    const response = await fetch(question());
    await readUntil(response, (text) => text === 'One ');
    await response.body?.cancel();
    const visitor = {'x-chatlet-visitor': response.headers.get('x-chatlet-visitor') ?? ''};
    const chat = `https://shop.example/api/chat/${response.headers.get('x-chat-id')}`;
    const again = await fetch(new Request(`${chat}/stream`, {headers: visitor}));
    going.go();
    assert.equal((await answered(again)).text, 'One two');
  });

  test('below a path there is the script, and nothing of it beside the path', async (t) => {
    const {fetch} = await start(t, {path: '/support', widgetFolder: import.meta.dirname});
    const statusOf = async (path: string) => (await fetch(new Request(`https://shop.example${path}`))).status;
    assert.deepEqual(
      await Promise.all(['/support/api/config', '/api/config', '/support', '/supporter'].map(statusOf)),
      [200, 404, 404, 404],
    );
    const unknown = await fetch(new Request('https://shop.example/support/api/nothing'));
    assert.equal(unknown.headers.get('content-type'), 'application/json; charset=utf-8');
  });

  test('callers count by their address: as the host says it, or a trusted proxy', async (t) => {
    const plans = [{name: 'visitor', perMinute: 1}];
    const byHost = await start(t, {plans});
    const statuses = async (asks: readonly Promise<Response>[]) => (await Promise.all(asks)).map(({status}) => status);
    const {fetch, question} = byHost;
    assert.deepEqual(
      await statuses(['192.0.2.1', '192.0.2.2'].map((address) => fetch(question(), {address}))),
      [200, 200],
    );
    assert.equal((await fetch(question(), {address: '192.0.2.1'})).status, 429);
    const proxied = await start(t, {plans, trustProxy: 1});
    const from = (address: string) => proxied.fetch(proxied.question({'x-forwarded-for': address}));
    assert.deepEqual(await statuses(['192.0.2.1', '192.0.2.2'].map(from)), [200, 200]);
    assert.equal((await from('192.0.2.1')).status, 429);
  });

  test('a caller without an address is nobody on this machine', async (t) => {
    const {fetch} = await start(t);
    const completions = () =>
      new Request('http://localhost/v1/chat/completions', {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: '{"model":"default","messages":[{"role":"user","content":"Hi"}]}',
      });
    assert.equal((await fetch(completions())).status, 401);
    assert.equal((await fetch(completions(), {address: '127.0.0.1'})).status, 200);
  });

  test('a program on this machine finds its chats without a visitor token, since it gets none; a page gets one', async (t) => {
    const {fetch} = await start(t);
    const local = {address: '127.0.0.1'};
    const ask = (headers: Readonly<Record<string, string>>) => {
      const init = {headers: {...ownProtocol, 'content-type': 'application/json', ...headers}, method: 'POST'};
      return fetch(new Request('http://localhost/api/chat', {...init, body: '{"message":{"text":"Hi"}}'}), local);
    };
    const list = (headers: Readonly<Record<string, string>>) =>
      fetch(new Request('http://localhost/api/chats', {headers}), local);
    const lengthOf = async (response: Response) => (await json<readonly unknown[]>(response)).length;

    const asked = await ask({});
    await answered(asked);
    assert.equal(asked.headers.get('x-chatlet-visitor'), null);
    assert.equal(await lengthOf(await list({})), 1);
    // What a program sends that has not looked whether there is a token.
    const refused = await list({'x-chatlet-visitor': 'null'});
    assert.equal(refused.status, 401);
    assert.match((await json<{error: string}>(refused)).error, /if none did, leave the header out/);

    const origin = {origin: 'http://localhost'};
    const page = await ask(origin);
    await answered(page);
    const visitor = page.headers.get('x-chatlet-visitor') ?? '';
    assert.equal(await lengthOf(await list({...origin, 'x-chatlet-visitor': visitor})), 1);
  });
});
