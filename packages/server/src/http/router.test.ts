/** Our paths beside those of an app, and the form of errors on each path. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite, test} from 'node:test';
import express from 'express';
import {chatRouter, createChatServer} from '../index.ts';
import {json, startChat} from '../testing/chat-server.ts';
import {servedApis} from './apis.ts';

const operations = servedApis({ollama: true}).flatMap((api) => api.operations);
const paths = [...new Set(operations.flatMap((each) => each.paths.map((path) => path.replace(/[:*]\w+/g, 'chat_x'))))];

/** An app with our router, and a handler of its own for all that the router leaves. */
async function startApp({ollama, under}: {ollama: boolean; under: string}) {
  const chat = chatRouter({databaseUrl: 'sqlite::memory:', ollama});
  const app = express();
  app.use(under, chat, (_req, res) => {
    res.status(418).send('The app');
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    /** Whether the app gets the request. */
    async isLeft(path: string, method = 'GET'): Promise<boolean> {
      // `fetch` would rewrite unusual paths.
      const sent = request({port, path: under + path, method, agent: false}).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode === 418;
    },
    async [Symbol.asyncDispose]() {
      await chat.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

suite('our router in an app', () => {
  for (const under of ['', '/support']) {
    test(`the router answers all its paths and leaves the app’s others to the app, mounted at "${under}/"`, async () => {
      await using app = await startApp({ollama: true, under});
      for (const path of paths) {
        for (const asked of [path, path.toUpperCase(), `${path}/`, `${path}?a=b`]) {
          for (const method of ['GET', 'POST', 'PUT']) {
            assert.equal(await app.isLeft(asked, method), false, `${method} ${asked}`);
          }
        }
      }
      const others = [
        '/',
        '/api',
        '/api/bento',
        '/api/chatter',
        '/api/modelsx',
        '/v1',
        '/v1/chats',
        '/chat',
        '/chat/streams',
      ];
      for (const path of others) {
        assert.equal(await app.isLeft(path), true, path);
      }
    });
  }

  test('paths below ours are ours, but for those of Ollama’s API', async () => {
    await using app = await startApp({ollama: true, under: ''});
    for (const path of [...paths, '/api/bento/chat']) {
      const isLeft = /tags|version|ps$|show|generate|embed/.test(path) && !/v1|openai/.test(path);
      assert.equal(await app.isLeft(`${path}/below/it`), isLeft, path);
      assert.equal(await app.isLeft(`${path}/below/it`.toUpperCase()), isLeft, path);
    }
  });

  test('paths of Ollama’s API are the app’s if Ollama is off', async () => {
    await using app = await startApp({ollama: false, under: ''});
    for (const path of ['/api/tags', '/api/version', '/api/ps', '/api/show', '/api/generate', '/api/embed'])
      assert.equal(await app.isLeft(path), true, path);
  });
});

test('R-16: an app that is listened to by a server of somebody else refuses as by its own, and counts once', async () => {
  await using chat = await startChat({
    apiKeys: [{key: 'key-of-alice', plan: 'default'}],
    plans: [{name: 'default', perMinute: 5}],
    origins: ['https://www.example.com'],
  });
  const other = createServer(chat.app).listen(0, '127.0.0.1').unref();
  await once(other, 'listening');
  const {port} = other.address() as AddressInfo;
  for (const [index, url] of [chat.url, `http://127.0.0.1:${port}`].entries()) {
    const ask = (headers: Readonly<Record<string, string>>) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: {'content-type': 'application/json', ...headers},
        body: JSON.stringify({model: 'default', messages: [{role: 'user', content: 'Hi'}]}),
      });
    assert.equal((await ask({})).status, 401);
    assert.equal((await ask({origin: 'https://evil.example'})).status, 403);
    const taken = await ask({authorization: 'Bearer key-of-alice'});
    assert.deepEqual([taken.status, taken.headers.get('x-ratelimit-remaining')], [200, String(4 - index)]);
    await taken.text();
  }
  other.close();
  other.closeAllConnections();
});

test('own paths of the operator that are added to the app are served, and what they leave over is a 404 of ours', async () => {
  await using chat = await startChat();
  chat.app.get('/own', (_req, res) => res.send('mine'));
  chat.app.get('/own/broken', () => {
    throw new Error('secret');
  });
  const other = createServer(chat.app).listen(0, '127.0.0.1').unref();
  await once(other, 'listening');
  const {port} = other.address() as AddressInfo;
  for (const url of [chat.url, `http://127.0.0.1:${port}`]) {
    const get = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, await response.text()] as const;
    };
    assert.deepEqual(await get('/own'), [200, 'mine']);
    const [status, text] = await get('/own/nothing');
    assert.deepEqual([status, text.startsWith('{')], [404, true]);
    const [broken, words] = await get('/own/broken');
    assert.deepEqual([broken, words.includes('secret')], [500, false]);
  }
  other.close();
  other.closeAllConnections();
});

for (const name of ['router', 'server'] as const) {
  test(`our ${name} at two places of an app checks each request where its path is one of ours`, async () => {
    const config = {databaseUrl: 'sqlite::memory:', origins: ['https://www.example.com']};
    const chat = name === 'router' ? chatRouter(config) : createChatServer(config);
    const ours = 'app' in chat ? chat.app : chat;
    const listening = express().use('/chat', ours).use(ours).listen(0, '127.0.0.1').unref();
    await once(listening, 'listening');
    const {port} = listening.address() as AddressInfo;
    const refused = await fetch(`http://127.0.0.1:${port}/chat/stream`, {
      method: 'POST',
      headers: {'content-type': 'application/json', origin: 'https://evil.example'},
      body: '{}',
    });
    assert.equal(refused.status, 403);
    listening.close();
    await chat.close();
  });
}

test('with keys, unknown paths below those of programs need a key before they are a 404', async () => {
  await using chat = await startChat({apiKeys: [{key: 'sk-right', plan: 'default'}]});
  for (const path of ['/v1', '/v1/others', '/V1/Others', '/v1/chat/below', '/api/v1/chat/below']) {
    for (const method of ['GET', 'POST']) {
      const statuses = [{}, {authorization: 'Bearer sk-right'}].map(async (headers) => {
        const response = await fetch(chat.url + path, {method, headers});
        await response.arrayBuffer();
        return response.status;
      });
      assert.deepEqual(await Promise.all(statuses), [401, 404], `${method} ${path}`);
    }
  }
});

suite('T2-22: a path that is not there', () => {
  const cases: readonly (readonly [asked: string, sentence: RegExp])[] = [
    ['POST /v1/files', /^There is no POST \/v1\/files here\. This server has .*\/v1\/chat\/completions/],
    ['GET /v1/chat/completions', /This path takes POST only\./],
    ['PUT /api/chats/chat_x', /This path takes GET, PATCH, DELETE only\./],
    ['POST /messages', /This server has it at \/v1\/messages: end the client’s base URL with \/v1\./],
    ['GET /models', /This server has it at \/v1\/models/],
    ['POST /v1/v1/messages', /\/v1 twice/],
    ['POST /v1/chat/completions/chat/completions', /end their base URL with \/v1/],
    ['POST /v1beta/models/m:generateContent', /does not speak Gemini’s API/],
    ['POST /api/generate', /"ollama": true/],
    ['GET /somewhere/else', /This server has \//],
    [`GET /${'x'.repeat(500)}`, /x{79}… here/],
  ];
  test('T2-22: a path that is not there names those that are, and the setting of the client', async () => {
    await using chat = await startChat();
    for (const [asked, sentence] of cases) {
      const [method = '', path = ''] = asked.split(' ');
      const response = await fetch(chat.url + path, {method});
      assert.equal(response.status, 404, asked);
      const {error} = await json<{error: string | {message: string; code: string}}>(response);
      assert.match(typeof error === 'string' ? error : error.message, sentence);
      if (path.startsWith('/v1/')) assert.equal(typeof error === 'object' && error.code, 'unknown_url');
    }
  });
});

suite('the form of errors', () => {
  const openai = (error: {error: object}) => Object.keys(error.error).toSorted().join() === 'code,message,param,type';
  const capital = ({code}: {code?: string}) => code === 'NOT_FOUND';
  const own = ({code}: {code?: string}) => code === 'not-found';
  const plain = ({error, ...rest}: {error: unknown}) => typeof error === 'string' && Object.keys(rest).length === 0;
  const forms = {openai, capital, own, plain};
  const cases: readonly (readonly [path: string, form: keyof typeof forms])[] = [
    ['/chat/stream', 'plain'],
    ['/api/chat/models', 'plain'],
    ['/api/bento/chat/models/', 'plain'],
    ['/chat/stream/below', 'own'],
    ['/api/chat', 'capital'],
    ['/api/chat/chat_x/stop', 'capital'],
    ['/api/chat/below/and/below', 'capital'],
    ['/API/CHAT', 'capital'],
    ['/api/chats', 'own'],
    ['/api/models', 'own'],
    ['/api/v1/chat', 'own'],
    ['/v1/chat', 'own'],
    ['/v1/chat/', 'own'],
    ['/v1/chat/below', 'openai'],
    ['/v1/chat/completions', 'openai'],
    ['/v1/models', 'openai'],
    ['/v1/others', 'openai'],
    ['/v1', 'openai'],
    ['/others', 'own'],
  ];
  test('the form of an error follows from the path, also for methods and paths without an operation', async () => {
    await using chat = await startChat();
    for (const [path, form] of cases) {
      const response = await fetch(chat.url + path, {method: 'DELETE'});
      assert.equal(response.status, 404, path);
      const error = await json<{error: object; code?: string}>(response);
      for (const [name, has] of Object.entries(forms)) assert.equal(has(error), name === form, `${path}: ${name}`);
    }
  });

  test('the form of an error is known before the body is read', async () => {
    await using chat = await startChat();
    const headers = {'content-type': 'application/json'};
    const codes: unknown[] = [];
    for (const path of ['/v1/chat/completions', '/api/chat', '/chat/stream', '/v1/chat']) {
      const response = await fetch(chat.url + path, {method: 'POST', headers, body: '{'});
      assert.equal(response.status, 400, path);
      const {error, code} = await json<{error: string | {code: string}; code?: string}>(response);
      codes.push(typeof error === 'string' ? code : error.code);
    }
    assert.deepEqual(codes, ['invalid_request', 'INVALID_REQUEST', undefined, 'invalid-request']);
  });
});
