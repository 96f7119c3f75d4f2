/**
 * The chat in apps of others: Express 4 and 5, behind their body parsers and below paths, Fastify by its usual bridge, and
 * Hono by the form of the fetch API.
 */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type RequestListener, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type TestContext, test} from 'node:test';
import {type ChatRouter, type ChatServerConfig, chatRouter, createChatFetch} from '@chatlet/server';
import fastifyExpress from '@fastify/express';
import {getRequestListener} from '@hono/node-server';
import {getConnInfo} from '@hono/node-server/conninfo';
import express from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import {Hono} from 'hono';
import {answered, readUntil} from '../../server/src/testing/chat-server.ts';
import {type Upstream, delta, done, pause, startUpstream} from '../../server/src/testing/upstream.ts';

interface Host {
  readonly name: string;
  /** Serves a chat with this configuration, and resolves with its address. */
  readonly serve: (t: TestContext, config: ChatServerConfig) => Promise<string>;
}

function makeRouter(t: TestContext, config: ChatServerConfig): ChatRouter {
  const router = chatRouter(config);
  t.after(() => router.close());
  return router;
}

async function listen(t: TestContext, app: RequestListener): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function inFastify(t: TestContext, config: ChatServerConfig): Promise<string> {
  const app = fastify();
  await app.register(fastifyExpress);
  app.use(makeRouter(t, config));
  app.post('/own', async ({body}) => ({got: body}));
  t.after(() => app.close());
  return app.listen({port: 0, host: '127.0.0.1'});
}

async function inHono(t: TestContext, config: ChatServerConfig): Promise<string> {
  const chat = createChatFetch({path: '/support', ...config});
  t.after(() => chat.close());
  const app = new Hono();
  app.all('/support/*', (context) => chat(context.req.raw, {address: getConnInfo(context).remote.address}));
  const url = await listen(t, getRequestListener(app.fetch));
  return `${url}/support`;
}

async function inMountingHono(t: TestContext, config: ChatServerConfig): Promise<string> {
  const chat = createChatFetch(config);
  t.after(() => chat.close());
  const url = await listen(t, getRequestListener(new Hono().mount('/support', chat).fetch));
  return `${url}/support`;
}

const hosts: readonly Host[] = [
  {name: 'Express', serve: (t, config) => listen(t, express().use(makeRouter(t, config)))},
  {
    name: 'Express behind express.json()',
    serve: (t, config) => listen(t, express().use(express.json({limit: '50mb'}), makeRouter(t, config))),
  },
  {
    name: 'Express behind express.text() and express.raw()',
    serve: (t, config) =>
      listen(
        t,
        express().use(express.text(), express.raw({type: 'application/json', limit: '50mb'}), makeRouter(t, config)),
      ),
  },
  {name: 'Express 4', serve: (t, config) => listen(t, express4().use(makeRouter(t, config)))},
  {
    name: 'Express 4 behind express.json(), below a path',
    async serve(t, config) {
      const app = express4()
        .use(express4.json({limit: '50mb'}))
        .use('/support', makeRouter(t, config));
      return `${await listen(t, app)}/support`;
    },
  },
  {name: 'Fastify by @fastify/express', serve: inFastify},
  {name: 'Hono by fetch, below a path', serve: inHono},
  {name: 'Hono by mount', serve: inMountingHono},
];

interface App {
  readonly url: string;
  readonly upstream: Upstream;
  readonly reported: readonly unknown[];
  readonly ask: (body: object, more?: RequestInit) => Promise<Response>;
}

async function start(t: TestContext, {serve}: Host, config: ChatServerConfig = {}): Promise<App> {
  const upstream = await startUpstream();
  t.after(() => upstream.close());
  const reported: unknown[] = [];
  const url = await serve(t, {
    openai: {baseUrl: upstream.baseUrl},
    databaseUrl: 'sqlite::memory:',
    resilience: {retries: 0},
    report: (error) => reported.push(error),
    // Callers of the fetch API are never free, wherever they come from.
    auth: {visitorPlan: 'default'},
    ...config,
  });
  const headers = {'content-type': 'application/json', 'x-chat-protocol': 'chatlet'};
  const ask: App['ask'] = (body, more) =>
    fetch(`${url}/api/chat`, {method: 'POST', headers, body: JSON.stringify(body), ...more});
  return {url, upstream, reported, ask};
}

for (const host of hosts) {
  test(`E9: a question is read and its answer streamed to the end, in ${host.name}`, async (t) => {
    const {ask, upstream, reported} = await start(t, host);
    const going = pause();
    upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await going.here();
      for (const word of ['two ', 'three ', 'four']) await exchange.write(delta(word));
      exchange.end(done());
    });
    const text = `${'A long question. '.repeat(4000)}Ünïcode?`;
    const response = await ask({message: {text}});
    // The first word is here while the last one has not been written.
    await readUntil(response.clone(), (said) => said === 'One ');
    going.go();
    assert.equal((await answered(response)).text, 'One two three four');
    assert.ok(JSON.stringify(upstream.requests[0]?.body).includes(text));
    assert.deepEqual(reported, []);
  });

  test(`R-1: a body that is too large or nested too deep is refused in words, in ${host.name}`, async (t) => {
    const {ask, url, upstream} = await start(t, host);
    const large = await ask({message: {text: 'x'.repeat(11_000_000)}});
    assert.equal(large.status, 413);
    assert.match(await large.text(), /larger than 10 MB/);
    const headers = {'content-type': 'application/json'};
    const deep = await fetch(`${url}/api/chat`, {
      method: 'POST',
      headers,
      body: `${'['.repeat(5000)}${']'.repeat(5000)}`,
    });
    assert.equal(deep.status, 400);
    assert.match(await deep.text(), /nested/);
    assert.equal(upstream.requests.length, 0);
    assert.equal((await answered(await ask({message: {text: 'Still there?'}}))).text, 'You said: Still there?');
  });

  test(`a caller who is not admitted is told so, in ${host.name}`, async (t) => {
    const {ask, upstream} = await start(t, host, {admit: async () => ({status: 403, message: 'Not today.'})});
    const response = await ask({message: {text: 'x'.repeat(2_000_000)}});
    assert.equal(response.status, 403);
    assert.match(await response.text(), /Not today\./);
    assert.equal(upstream.requests.length, 0);
  });

  test(`a reader who leaves leaves the answer to its chat, and a stop ends it at the model, in ${host.name}`, async (t) => {
    const {ask, url, upstream} = await start(t, host);
    const silent = pause();
    upstream.script(async (exchange) => {
      await exchange.write(delta('Half '));
      await silent.here();
    });
    const leaving = new AbortController();
    const response = await ask({message: {text: 'Hi'}}, {signal: leaving.signal});
    await readUntil(response, (said) => said === 'Half ');
    leaving.abort();
    const chatId = response.headers.get('x-chat-id');
    // Programs on this machine get no token.
    const visitor = response.headers.get('x-chatlet-visitor');
    const headers = visitor === null ? {} : {'x-chatlet-visitor': visitor};
    const stopped = await fetch(`${url}/api/chat/${chatId}/stop`, {method: 'POST', headers});
    assert.deepEqual(await stopped.json(), {stopped: true});
    await upstream.requests[0]?.abandoned;
  });
}

test('the app’s own paths get their bodies, in Fastify by @fastify/express', async (t) => {
  const host = hosts.find(({serve}) => serve === inFastify);
  assert.ok(host);
  const {url} = await start(t, host);
  const headers = {'content-type': 'application/json'};
  const response = await fetch(`${url}/own`, {method: 'POST', headers, body: '{"a":1}'});
  assert.deepEqual(await response.json(), {got: {a: 1}});
});
