/** The cost of a stranger's request: caller and limits are checked before its body, and the body is bounded. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite, test} from 'node:test';
import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib';
import express, {type RequestHandler} from 'express';
import {type ChatServerConfig, chatRouter} from '../../index.ts';
import {type TestServer, answered, json, startChat} from '../../testing/chat-server.ts';
import {startUpstream} from '../../testing/upstream.ts';

const question = {messages: [{role: 'user', content: 'Hi'}]};
const completion = {model: 'test-model', ...question};
const jsonType = {'content-type': 'application/json'};
const page = {origin: 'http://localhost:5173'};
const key = {authorization: 'Bearer key-of-alice'};
const withKeys = {apiKeys: [{key: 'key-of-alice', plan: 'default'}]};

/** Sends the head of a request that announces a body, and no byte of the body. */
async function withoutBody(
  chat: TestServer,
  path: string,
  {method = 'POST', ...headers}: Readonly<Record<string, string>> = {},
): Promise<{status: number; text: string}> {
  const sent = request(chat.url + path, {
    method,
    agent: false,
    headers: {...jsonType, 'content-length': '1000', ...headers},
  });
  sent.on('error', () => {});
  sent.flushHeaders();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response) text += String(piece);
  sent.destroy();
  return {status: response.statusCode ?? 0, text};
}

const bomb = Buffer.from('y///P/iN0w31qepp1CIsOntqq6squa0I0MBs9f6PqHx/uMAv1dVXkhwWAEQ9uCA=', 'base64');

suite('a compressed body', () => {
  const encoded: readonly (readonly [encoding: string, body: Buffer])[] = [
    ['br', bomb],
    ['BR', bomb],
    ['gzip', gzipSync(JSON.stringify(completion))],
    ['deflate', deflateSync(JSON.stringify(completion))],
    ['br', brotliCompressSync(JSON.stringify(completion))],
    ['gzip, identity', gzipSync(JSON.stringify(completion))],
    ['smoke-signals', Buffer.from(JSON.stringify(completion))],
  ];
  for (const [encoding, body] of encoded) {
    test(`R-1: ${body.length} bytes as ${encoding} are refused on every path, and not inflated`, async () => {
      await using chat = await startChat(withKeys);
      for (const [path, headers] of [
        ['/api/chat', page],
        ['/chat/stream', page],
        ['/api/chat', key],
        ['/v1/chat/completions', key],
      ] as const) {
        const response = await fetch(chat.url + path, {
          method: 'POST',
          headers: {...jsonType, 'content-encoding': encoding, ...headers},
          body: new Blob([new Uint8Array(body)]),
        });
        assert.equal(response.status, 415, path);
        assert.match(await response.text(), /without a Content-Encoding/);
      }
      assert.equal(chat.upstream.requests.length, 0);
    });
  }

  test('R-1: a body that its headers rule out makes no visitor and counts no question', async () => {
    await using chat = await startChat(withKeys);
    for (const headers of [
      {...jsonType, 'content-encoding': 'br'},
      {'content-type': 'text/plain'},
      {'content-type': 'application/json; charset=utf-16'},
    ]) {
      const sent = {method: 'POST', headers: {...page, ...headers}, body: JSON.stringify(question)};
      const response = await fetch(`${chat.url}/api/chat`, sent);
      assert.equal(response.status, 415);
      assert.equal(response.headers.get('x-chatlet-visitor'), null);
      assert.equal(response.headers.get('x-ratelimit-limit'), null);
      await response.arrayBuffer();
    }
  });

  test('R-1: a body that says it is not encoded is read', async () => {
    await using chat = await startChat();
    const headers = {'content-encoding': 'identity'};
    assert.equal((await chat.post('/v1/chat/completions', completion, headers)).status, 200);
  });
});

suite('before a byte of the body', () => {
  const refusals: readonly (readonly [
    name: string,
    status: number,
    path: string,
    headers: Readonly<Record<string, string>>,
  ])[] = [
    ['a page of another origin', 403, '/api/chat', {origin: 'https://evil.example'}],
    ['a program without a key', 401, '/v1/chat/completions', {}],
    ['a program without a key on a public path', 401, '/api/chat', {}],
    ['a wrong key', 401, '/api/chat', {authorization: 'Bearer wrong-key'}],
    ['a forged visitor token', 401, '/api/chat', {...page, 'x-chatlet-visitor': 'v1.x.y'}],
    ['a path without an operation', 404, '/api/chats/chat_x', page],
    ['a method without an operation', 404, '/api/chat', {...key, method: 'PATCH'}],
    ['another media type', 415, '/api/chat', {...page, 'content-type': 'text/plain'}],
    ['a compressed body', 415, '/api/chat', {...page, 'content-encoding': 'br'}],
    ['a body that says that it is too large', 413, '/api/chat', {...page, 'content-length': '10000001'}],
  ];
  for (const [name, status, path, headers] of refusals) {
    test(`R-1: ${name} is refused`, async () => {
      await using chat = await startChat(withKeys);
      assert.equal((await withoutBody(chat, path, headers)).status, status);
    });
  }

  test('R-1: visitors are refused if the operator refuses them', async () => {
    await using chat = await startChat({auth: {visitors: 'refused'}});
    assert.equal((await withoutBody(chat, '/api/chat', page)).status, 401);
  });

  test('R-1: questions and readings beyond the limit are refused', async () => {
    await using chat = await startChat({plans: [{name: 'default', perMinute: 1}]});
    await answered(await chat.post('/api/chat', question, page));
    assert.equal((await withoutBody(chat, '/api/chat', page)).status, 429);
    assert.equal((await withoutBody(chat, '/chat/stream', page)).status, 429);
  });

  test('a question whose body is refused counts', async () => {
    await using chat = await startChat({plans: [{name: 'default', perMinute: 1}]});
    const refused = await fetch(`${chat.url}/api/chat`, {method: 'POST', headers: {...page, ...jsonType}, body: '{'});
    assert.equal(refused.status, 400);
    assert.equal((await chat.post('/api/chat', question, page)).status, 429);
  });

  test('a refusal has the form that headers, query or user agent name', async () => {
    await using chat = await startChat({...withKeys, ollama: true});
    const wrong = {authorization: 'Bearer wrong-key'};
    const formOf = async (path: string, headers: Readonly<Record<string, string>>) => {
      const {status, text} = await withoutBody(chat, path, {...wrong, ...headers});
      const {code, ...body} = JSON.parse(text) as {code?: string};
      return [status, code, Object.keys(body).join()];
    };
    assert.deepEqual(await formOf('/api/chat', {}), [401, 'UNAUTHENTICATED', 'error']);
    assert.deepEqual(await formOf('/api/chat', {'x-chat-protocol': 'chatlet'}), [401, 'unauthenticated', 'error']);
    assert.deepEqual(await formOf('/api/chat?protocol=chatlet', {}), [401, 'unauthenticated', 'error']);
    assert.deepEqual(await formOf('/api/chat?protocol=ollama', {}), [401, undefined, 'error']);
    assert.deepEqual(await formOf('/api/chat', {'user-agent': 'ollama/0.1'}), [401, undefined, 'error']);
    assert.deepEqual(await formOf('/api/chat/chat_x/stop', {'x-chat-protocol': 'chatlet'}), [
      401,
      'unauthenticated',
      'error',
    ]);
  });
});

suite('the size of a body', () => {
  const plans = {plans: [{name: 'default', maxBodyBytes: 256_000}]};
  const say = (length: number) => JSON.stringify({message: {text: 'x'.repeat(length)}});

  test('R-1: is bounded by the plan, and the refusal names the limit', async () => {
    await using chat = await startChat(plans);
    const headers = {...jsonType, ...page};
    for (const body of [say(256_000), new Blob([say(300_000)]).stream()]) {
      const sent: RequestInit & {duplex: 'half'} = {method: 'POST', headers, body, duplex: 'half'};
      const response = await fetch(`${chat.url}/api/chat`, sent);
      assert.equal(response.status, 413);
      assert.match(await response.text(), /larger than 256 kB\./);
    }
    const fits = await fetch(`${chat.url}/api/chat`, {method: 'POST', headers, body: say(255_000)});
    assert.equal(fits.status, 200);
    await fits.body?.cancel();
  });

  test('R-1: a body that goes on after its refusal is cut off', async () => {
    await using chat = await startChat(plans);
    const sent = request(`${chat.url}/api/chat`, {method: 'POST', agent: false, headers: {...jsonType, ...page}});
    const closed = new Promise((resolve) => sent.once('close', resolve));
    let written = 0;
    const write = () => {
      if (sent.destroyed) return;
      written += 64_000;
      sent.write(Buffer.alloc(64_000, ' '), write);
    };
    sent.on('error', () => {});
    write();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 413);
    response.resume();
    await closed;
    assert.ok(written > 256_000);
  });
});

suite('the shape of a body', () => {
  const inside = (field: string) =>
    `{"model":"test-model","messages":[{"role":"user","content":"Hi"}],"metadata":${field}}`;
  const keysOf = (count: number) =>
    `{${Array.from({length: count}, (_, index) => `"${index.toString(36)}":1`).join()}}`;
  const bombs = {
    'nested arrays': '['.repeat(5_000_000),
    'nested objects': '{"a":'.repeat(1_000_000),
    'empty arrays': `[${'[],'.repeat(3_000_000)}[]]`,
    'empty objects': `[${'{},'.repeat(3_000_000)}{}]`,
    numbers: `[${'1,'.repeat(4_000_000)}1]`,
    keys: keysOf(700_000),
    'keys in many objects': `[${'{"a":1,"b":2},'.repeat(600_000)}1]`,
  };
  for (const [name, field] of Object.entries(bombs)) {
    test(`R-16: megabytes of ${name} are refused before they are parsed`, async () => {
      await using chat = await startChat();
      const response = await fetch(`${chat.url}/v1/chat/completions`, {
        method: 'POST',
        headers: jsonType,
        body: inside(field),
      });
      assert.equal(response.status, 400);
      assert.match(await response.text(), /nested too deep|more than 200000 keys|more than 400000 values/);
    });
  }

  test('R-16: the bounds of a short body are stricter', async () => {
    await using chat = await startChat({plans: [{name: 'default', maxBodyBytes: 256_000}]});
    for (const [count, status] of [
      [25_000, 200],
      [26_000, 400],
    ] as const) {
      const response = await fetch(`${chat.url}/v1/chat/completions`, {
        method: 'POST',
        headers: jsonType,
        body: inside(keysOf(count)),
      });
      await response.arrayBuffer();
      assert.equal(response.status, status, String(count));
    }
  });

  test('R-16: brackets, commas and colons in strings do not count', async () => {
    await using chat = await startChat();
    for (const text of ['[{,:'.repeat(300_000), '\\"[{,:'.repeat(200_000), '"[{\\'.repeat(200_000), '\\\\']) {
      const body = {...completion, messages: [{role: 'user', content: text}]};
      const response = await chat.post('/v1/chat/completions', body);
      assert.equal(response.status, 200);
      await response.arrayBuffer();
    }
  });

  test('R-16: ten thousand messages with tool calls pass', async () => {
    await using chat = await startChat();
    const call = (id: string) => ({id, type: 'function', function: {name: 'find', arguments: '{"a":[1,2,{}]}'}});
    const messages = Array.from({length: 3333}, (_, index) => [
      {role: 'user', content: [{type: 'text', text: 'Hi'}]},
      {role: 'assistant', content: null, tool_calls: [call(`a${index}`), call(`b${index}`)]},
      {role: 'tool', tool_call_id: `a${index}`, content: 'found'},
    ]).flat();
    const body = {model: 'test-model', messages: [...messages, {role: 'user', content: 'Hi'}]};
    assert.equal((await chat.post('/v1/chat/completions', body)).status, 200);
  });
});

suite('a body that the app around us has read', () => {
  async function startApp(before: RequestHandler, config: ChatServerConfig = {}) {
    const upstream = await startUpstream();
    const chat = chatRouter({openai: {baseUrl: upstream.baseUrl}, databaseUrl: 'sqlite::memory:', ...config});
    const server = createServer(express().use(before, chat)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      post: (body: BodyInit, headers = {}) =>
        fetch(`${url}/v1/chat/completions`, {method: 'POST', headers: {...jsonType, ...headers}, body}),
      async [Symbol.asyncDispose]() {
        await chat.close();
        server.close();
        server.closeAllConnections();
        await upstream.close();
      },
    };
  }

  const readers = {
    'express.json()': express.json({limit: '20mb'}),
    'express.raw()': express.raw({type: '*/*', limit: '20mb'}),
    'express.text()': express.text({type: '*/*', limit: '20mb'}),
  };
  for (const [name, reader] of Object.entries(readers)) {
    test(`R-16: is answered and bounded after ${name}`, async () => {
      await using app = await startApp(reader);
      const response = await app.post(JSON.stringify(completion));
      assert.equal(response.status, 200);
      const {choices} = await json<{choices: readonly {message: {content: string}}[]}>(response);
      assert.equal(choices[0]?.message.content, 'You said: Hi');
      const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
      assert.match(await (await app.post(deep)).text(), /nested too deep/);
      assert.equal((await app.post(`"${'x'.repeat(10_000_000)}"`)).status, name === 'express.json()' ? 400 : 413);
    });
  }

  test('is answered after the app has inflated it', async () => {
    await using app = await startApp(express.json());
    const body = new Blob([new Uint8Array(gzipSync(JSON.stringify(completion)))]);
    assert.equal((await app.post(body, {'content-encoding': 'gzip'})).status, 200);
  });
});
