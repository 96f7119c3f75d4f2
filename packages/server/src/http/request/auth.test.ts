/** Who may see what: owners, keys, visitors, origins. */
import assert from 'node:assert/strict';
import {request} from 'node:http';
import {connect} from 'node:net';
import {suite, test} from 'node:test';
import {SignJWT} from 'jose';
import {createKey} from '../../engine/api-keys.ts';
import {createChatServer} from '../../index.ts';
import {sqliteKeyStore} from '../../stores/sqlite/keys.ts';
import {type TestServer, answered, json, ownProtocol, readUntil, startChat} from '../../testing/chat-server.ts';
import {mountedRoutes} from '../../testing/mounted-routes.ts';
import {delta, done, pause} from '../../testing/upstream.ts';

const alice = {authorization: 'Bearer key-of-alice'};
const bob = {authorization: 'Bearer key-of-bob-1'};
const keys = {
  apiKeys: [
    {key: 'key-of-alice', plan: 'core'},
    {key: 'key-of-bob-1', plan: 'core'},
  ],
};

/** A request whose headers `fetch` would not let a test set. */
function raw(url: string, method: string, headers: Record<string, string>, body?: object) {
  return new Promise<{status: number; headers: NodeJS.Dict<string | string[]>}>((resolve, reject) => {
    const sent = request(url, {
      method,
      agent: false,
      headers: {...(body && {'content-type': 'application/json'}), ...headers},
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve({status: response.statusCode ?? 0, headers: response.headers}));
    });
    sent.end(body && JSON.stringify(body));
  });
}

const question = {messages: [{role: 'user', content: 'Hi'}]};

suite('a chat of somebody else', () => {
  test('does not exist, on any path and by any verb', async () => {
    await using chat = await startChat(keys);
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('Secret '));
      await silent.here();
    });
    const running = await chat.post('/api/chat', {message: {text: 'Hi'}}, {...ownProtocol, ...alice});
    const chatId = running.headers.get('x-chat-id')!;
    await readUntil(running, (text) => text === 'Secret ');

    const attempts: [method: string, path: string, body?: object][] = [
      ['GET', `/api/chats/${chatId}`],
      ['PATCH', `/api/chats/${chatId}`, {title: 'Mine'}],
      ['DELETE', `/api/chats/${chatId}`],
      ['GET', `/api/chats/${chatId}/messages`],
      ['POST', '/api/chat', {chatId, ...question}],
      ['POST', '/api/chat', {chatId, trigger: 'regenerate-message', ...question}],
      ['POST', '/api/chat', {id: chatId, messages: [{role: 'user', parts: [{type: 'text', text: 'Hi'}]}]}],
      ['GET', `/api/chat/${chatId}/stream`],
      ['GET', `/api/chat/${chatId}/stream?after=0`],
      ['POST', `/api/chat/${chatId}/stop`],
      ['POST', '/v1/chat', {conversation_id: chatId, ...question}],
      ['POST', '/api/v1/chat', {conversation_id: chatId, stream: true, ...question}],
    ];
    // Every verb on every path that names a chat, also those that nobody has thought of.
    const paths = mountedRoutes(chat.app)
      .map(({path}) => path)
      .filter((path) => path.includes(':chatId'));
    assert.ok(paths.length >= 6);
    for (const path of new Set(paths)) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const named = path.replace(':chatId', chatId);
        attempts.push(method === 'PATCH' ? [method, named, {title: 'Mine'}] : [method, named]);
      }
    }
    const nobody = {origin: 'http://localhost:1234'};
    for (const who of [bob, nobody]) {
      for (const [method, path, body] of attempts) {
        // The paths of programs do not even listen to somebody without a key.
        const expected = who === nobody && /\/v1\//.test(path) ? 401 : 404;
        const {status} = await raw(chat.url + path, method, who, body);
        assert.equal(status, expected, `${method} ${path}`);
      }
      for (const path of ['/api/chats', '/api/usage']) assert.deepEqual(await json(await chat.get(path, who)), []);
    }
    assert.equal(chat.upstream.requests.length, 1);
    // Nothing of it has touched the chat: it still runs, under its own title.
    const {title} = await json<{title: string}>(await chat.get(`/api/chats/${chatId}`, alice));
    assert.equal(title, 'Hi');
    assert.deepEqual(await json(await chat.post(`/api/chat/${chatId}/stop`, {}, alice)), {stopped: true});
  });
});

suite('a key', () => {
  test('is checked, whatever the letters of its scheme', async () => {
    await using chat = await startChat(keys);
    for (const authorization of ['Bearer key-of-alice', 'bearer key-of-alice', 'BEARER  key-of-alice']) {
      assert.equal((await chat.post('/api/chat', question, {authorization})).status, 200);
    }
    for (const [authorization, sentence] of [
      ['Bearer wrong', /key is not valid/],
      ['beareryour_api_key_here', /lacks the space between "Bearer" and the key/],
      ['Basic a2V5LW9mLWFsaWNl', /"Bearer", a space and the key/],
      ['Bearer', /"Bearer", a space and the key/],
    ] as const) {
      for (const path of ['/api/chats', '/api/models', '/api/config', '/api/chats/chat_x']) {
        const response = await chat.get(path, {authorization});
        assert.equal(response.status, 401);
        assert.match((await json<{error: string}>(response)).error, sentence);
      }
      assert.equal((await chat.post('/api/chat', question, {authorization})).status, 401);
    }
  });

  test('may be sent as x-api-key', async () => {
    await using chat = await startChat(keys);
    const {chatId} = await answered(await chat.post('/api/chat', question, {'x-api-key': 'key-of-alice'}));
    assert.equal((await chat.get(`/api/chats/${chatId}`, alice)).status, 200);
    assert.equal((await chat.get('/api/chats', {'x-api-key': 'wrong'})).status, 401);
  });

  test('is needed by programs on every path; whoever comes by a page is a visitor on the public ones', async () => {
    await using chat = await startChat(keys);
    const completion = {model: 'default', ...question};
    for (const [path, body] of [
      ['/v1/chat/completions', completion],
      ['/api/chat', question],
    ] as const) {
      assert.equal((await chat.post(path, body)).status, 401);
      assert.equal((await chat.post(path, body, alice)).status, 200);
    }
    const page = {origin: 'http://localhost:5173'};
    assert.equal((await chat.post('/v1/chat/completions', completion, page)).status, 401);
    const welcome = await chat.post('/api/chat', question, page);
    assert.equal(welcome.status, 200);
    const visitor = {...page, 'x-chatlet-visitor': welcome.headers.get('x-chatlet-visitor') ?? ''};
    await answered(welcome);
    assert.equal((await chat.get('/v1/models', visitor)).status, 401);
  });

  test('of any kind will do on this machine where the server has none to compare it with', async () => {
    await using chat = await startChat();
    const completion = {model: 'default', ...question};
    assert.equal((await chat.post('/v1/chat/completions', completion, {authorization: 'Bearer none'})).status, 200);
    const page = {authorization: 'Bearer none', origin: 'http://localhost:5173'};
    assert.equal((await chat.post('/v1/chat/completions', completion, page)).status, 401);
    const proxied = {authorization: 'Bearer none', 'x-forwarded-for': '192.0.2.1'};
    assert.equal((await chat.post('/v1/chat/completions', completion, proxied)).status, 401);
  });

  test('is needed everywhere where visitors are refused', async () => {
    await using chat = await startChat({...keys, auth: {visitors: 'refused'}});
    assert.equal((await chat.post('/api/chat', question, {origin: chat.url})).status, 401);
    assert.equal((await chat.post('/api/chat', question, alice)).status, 200);
  });

  test('with a plan that is none is a mistake of the set-up', () => {
    const config = {databaseUrl: 'sqlite::memory:', apiKeys: [{key: 'key-of-alice', plan: 'gold'}]};
    assert.throws(() => createChatServer(config), /plan "gold", which is none of default, trial, core, enterprise/);
    createChatServer({...config, plans: [{name: 'Gold'}]});
  });
});

suite('a key of the key store', () => {
  test('S3.10: is valid beside another of its account, and refused from the moment it is revoked', async () => {
    const keyStore = sqliteKeyStore({path: ':memory:'});
    const old = await createKey(keyStore, {account: 'acme', plan: 'core'});
    const fresh = await createKey(keyStore, {account: 'acme', plan: 'trial'});
    await using chat = await startChat({keyStore});
    const [first, second] = [old, fresh].map(({key}) => ({authorization: `Bearer ${key}`}));
    assert.ok(first && second);
    // Where there is any key, programs on this machine need one too.
    assert.equal((await chat.post('/v1/chat/completions', {model: 'default', ...question}, {})).status, 401);
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await silent.here();
      exchange.end(done());
    });
    const running = await chat.post('/api/chat', question, first);
    const chatId = running.headers.get('x-chat-id');
    await silent.reached;
    await keyStore.revoke(old.record.id);
    assert.equal((await chat.get(`/api/chats/${chatId}`, first)).status, 401);
    assert.equal((await chat.post(`/api/chat/${chatId}/stop`, {}, first)).status, 401);
    assert.equal((await chat.get(`/api/chats/${chatId}`, second)).status, 200);
    silent.go();
    assert.equal((await answered(running)).text, 'One ');
    await keyStore.close();
  });
});

suite('a user of the site', () => {
  const secret = 'a secret that the site and the chat share';
  const sign = (claims: object, key = secret) =>
    new SignJWT({...claims})
      .setProtectedHeader({alg: 'HS256'})
      .setIssuer('https://www.example.com')
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(key));
  const config = {...keys, auth: {jwt: {trust: {secret}, issuer: 'https://www.example.com'}}};
  const bearer = (token: string) => ({authorization: `Bearer ${token}`});

  test('is known by the token that the site mints, with its plan', async () => {
    await using chat = await startChat(config);
    const ann = bearer(await sign({sub: 'ann', plan: 'trial'}));
    const {chatId} = await answered(await chat.post('/api/chat', question, ann));
    // Another token of hers is still her.
    const later = bearer(await sign({sub: 'ann'}));
    assert.equal((await chat.get(`/api/chats/${chatId}`, later)).status, 200);
    assert.equal((await chat.get(`/api/chats/${chatId}`, bearer(await sign({sub: 'ben'})))).status, 404);
    assert.equal((await chat.get(`/api/chats/${chatId}`, alice)).status, 404);
    const plan = async (who: {authorization: string}) =>
      (await json<{plan: {name: string}}>(await chat.get('/api/usage/remaining', who))).plan.name;
    assert.deepEqual([await plan(ann), await plan(later), await plan(alice)], ['trial', 'default', 'core']);
    // A plan that the chat does not know gives what is usual.
    assert.equal(await plan(bearer(await sign({sub: 'ann', plan: 'gold'}))), 'default');
    assert.equal((await chat.post('/v1/chat/completions', {model: 'default', ...question}, ann)).status, 200);
  });

  test('is nobody with a token of anybody else', async () => {
    await using chat = await startChat(config);
    for (const token of [
      await sign({sub: 'ann'}, 'a secret that nobody here has ever heard of'),
      await new SignJWT({sub: 'ann'}).setProtectedHeader({alg: 'HS256'}).sign(new TextEncoder().encode(secret)),
      `${btoa('{"alg":"none"}')}.${btoa('{"sub":"ann","exp":9999999999}')}.`,
      'a.b.c',
    ]) {
      const response = await chat.get('/api/chats', bearer(token));
      assert.equal(response.status, 401);
      assert.doesNotMatch(await response.text(), /secret|signature/);
    }
    assert.equal((await chat.get('/api/chats', alice)).status, 200);
  });
});

suite('a visitor', () => {
  test('gets a token with the first answer, and is known by it', async () => {
    await using chat = await startChat();
    const page = {origin: 'http://localhost:5173'};
    const first = await chat.post('/api/chat', question, page);
    const token = first.headers.get('x-chatlet-visitor')!;
    assert.match(token, /^v1\./);
    const {chatId} = await answered(first);
    const known = {...page, 'x-chatlet-visitor': token};
    assert.equal((await json<unknown[]>(await chat.get('/api/chats', known))).length, 1);
    const second = await chat.post('/api/chat', {...question, chatId}, known);
    assert.equal(second.headers.get('x-chatlet-visitor'), null);
    await answered(second);
    // Another one is somebody else, and the program on this machine is neither.
    assert.deepEqual(await json(await chat.get('/api/chats', page)), []);
    assert.deepEqual(await chat.chats(), []);
  });

  test('is known also where the site asks for a password of its own, which browsers send along', async () => {
    await using chat = await startChat(keys);
    const page = {origin: chat.url, authorization: 'Basic dXNlcjpwYXNzd29yZA=='};
    const first = await chat.post('/api/chat', question, page);
    const known = {...page, 'x-chatlet-visitor': first.headers.get('x-chatlet-visitor') ?? ''};
    await answered(first);
    assert.equal((await json<unknown[]>(await chat.get('/api/chats', known))).length, 1);
    assert.equal((await chat.get('/v1/models', page)).status, 401);
  });

  test('cannot make up a token, nor change one', async () => {
    await using chat = await startChat();
    const token = (await chat.post('/api/chat', question, {origin: chat.url})).headers.get('x-chatlet-visitor')!;
    const [version, id, signature] = token.split('.') as [string, string, string];
    for (const forged of [
      'nonsense',
      `${version}.${id}`,
      `${version}.${id}.`,
      `${version}.someone-else.${signature}`,
      `v2.${id}.${signature}`,
      `${version}.${id}.${signature.slice(0, -1)}`,
      `${version}.${id}.${signature.toLowerCase()}x`,
    ]) {
      assert.equal((await chat.get('/api/chats', {'x-chatlet-visitor': forged})).status, 401, forged);
      assert.equal((await chat.post('/api/chat', question, {'x-chatlet-visitor': forged})).status, 401, forged);
    }
  });
});

suite('a program on this machine', () => {
  /** Whether it sees the chats of programs on this machine. */
  async function isLocal(chat: TestServer, headers: Record<string, string>): Promise<boolean> {
    const list = await new Promise<string>((resolve, reject) => {
      request(`${chat.url}/api/chats`, {headers}, (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => (text += piece.toString()));
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
    return list !== '[]';
  }

  test('is no page, and nobody whom a proxy stands for', async () => {
    await using chat = await startChat();
    await chat.ask('Hi');
    assert.equal(await isLocal(chat, {}), true);
    assert.equal(await isLocal(chat, {host: 'localhost'}), true);
    for (const [name, value] of [
      ['origin', 'http://localhost:5173'],
      ['sec-fetch-site', 'same-origin'],
      ['referer', 'http://localhost:5173/'],
      ['x-forwarded-for', '127.0.0.1'],
      ['x-forwarded-host', 'localhost'],
      ['forwarded', 'for=127.0.0.1'],
      ['x-real-ip', '127.0.0.1'],
      ['via', '1.1 proxy'],
      ['host', 'attacker.example'],
      ['host', 'localhost.attacker.example'],
      ['host', '127.0.0.1.attacker.example'],
    ] as const) {
      assert.equal(await isLocal(chat, {[name]: value}), false, `${name}: ${value}`);
    }
  });
});

suite('a stranger behind a proxy that adds no headers', () => {
  /** A request as a proxy makes it that names us to ourselves. */
  function proxied(chat: TestServer, version: '1.0' | '1.1', [method, path, body = '']: readonly string[]) {
    const head = [
      `${method} ${path} HTTP/${version}`,
      'Host: localhost:8000',
      'Connection: close',
      'Content-Type: application/json',
      'X-Chat-Protocol: chatlet',
      `Content-Length: ${body.length}`,
    ];
    return new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(new URL(chat.url).port), '127.0.0.1');
      socket.on('data', (piece) => (text += piece.toString()));
      socket.on('error', reject).on('close', () => resolve(text));
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    });
  }

  for (const [name, version, config] of [
    ['speaks HTTP/1.0, as nginx does by itself', '1.0', {}],
    ['is named', '1.1', {trustProxy: 1}],
  ] as const) {
    test(`is a visitor like others where the proxy ${name}`, async () => {
      await using chat = await startChat(config);
      const asked = await proxied(chat, version, ['POST', '/api/chat', JSON.stringify({message: {text: 'Private'}})]);
      assert.match(asked, /^HTTP\/1\.1 200 /);
      assert.match(asked, /X-Chatlet-Visitor: v1\./i);
      assert.match(await proxied(chat, version, ['GET', '/api/chats']), /\r\n\r\n\[\]/);
      assert.match(await proxied(chat, version, ['GET', '/metrics']), /^HTTP\/1\.1 403 /);
      assert.match(await proxied(chat, version, ['GET', '/v1/models']), /^HTTP\/1\.1 401 /);
    });
  }
});

suite('origins', () => {
  const preflight = (chat: TestServer, origin: string) =>
    raw(`${chat.url}/api/chat`, 'OPTIONS', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-stainless-os',
    });

  test('that are named are allowed, exactly as they are named', async () => {
    await using chat = await startChat({origins: ['https://www.example.com']});
    const {status, headers} = await preflight(chat, 'https://www.example.com');
    assert.equal(status, 204);
    assert.equal(headers['access-control-allow-origin'], 'https://www.example.com');
    assert.equal(headers['access-control-allow-headers'], 'content-type,x-stainless-os');
    assert.match(String(headers['access-control-allow-methods']), /DELETE/);
    assert.equal(headers['access-control-allow-credentials'], undefined);
    const response = await chat.post('/api/chat', question, {origin: 'https://www.example.com'});
    assert.match(
      response.headers.get('access-control-expose-headers') ?? '',
      /X-Chat-Id,.* X-Chatlet-Visitor,.* X-RateLimit-Remaining/,
    );
    assert.equal(response.headers.get('vary'), 'Origin');

    for (const origin of [
      'https://example.com',
      'https://www.example.com.evil.net',
      'https://evilwww.example.com',
      'https://www.example.com:8443',
      'http://www.example.com',
      'HTTPS://WWW.EXAMPLE.COM',
      'https://user@www.example.com',
      'https://www.example.com@evil.net',
      'https://www.example.com.',
      'https://www.example.com\\@evil.net',
      'https://www.example.com/',
      'https://www.example.com, https://evil.net',
      'https://*.example.com',
      'http://localhost:5173',
      'file://',
      'null',
      '',
    ]) {
      assert.equal((await preflight(chat, origin)).status, 403, origin);
      for (const [method, path] of [
        ['POST', '/api/chat'],
        ['POST', '/api/chat/chat_x/stop'],
        ['PATCH', '/api/chats/chat_x'],
        ['DELETE', '/api/chats/chat_x'],
      ] as const) {
        assert.equal((await raw(chat.url + path, method, {origin}, question)).status, 403, `${origin} ${method}`);
      }
      const read = await raw(`${chat.url}/api/models`, 'GET', {origin});
      assert.equal(read.headers['access-control-allow-origin'], undefined, origin);
    }
    assert.equal(chat.upstream.requests.length, 1);
  });

  test('of this machine are allowed where none are named, and the server’s own always', async () => {
    await using chat = await startChat();
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:1', 'http://[::1]:3000', chat.url]) {
      assert.equal((await preflight(chat, origin)).status, 204, origin);
    }
    for (const origin of ['http://localhost.evil.net', 'https://www.example.com', 'file://', 'null']) {
      assert.equal((await preflight(chat, origin)).status, 403, origin);
    }
    await using named = await startChat({origins: ['https://www.example.com']});
    assert.equal((await preflight(named, named.url)).status, 204);
  });

  test('of our own page behind a proxy that names another host to us are known by the browser’s word', async () => {
    await using chat = await startChat({origins: []});
    const page = {origin: 'https://chat.example.com', 'sec-fetch-site': 'same-origin'};
    assert.equal((await raw(`${chat.url}/api/chat`, 'POST', page, question)).status, 200);
    const other = {...page, 'sec-fetch-site': 'same-site'};
    assert.equal((await raw(`${chat.url}/api/chat`, 'POST', other, question)).status, 403);
  });

  test('that a browser leaves out are still another site’s', async () => {
    await using chat = await startChat();
    const {status} = await raw(`${chat.url}/api/chat`, 'POST', {'sec-fetch-site': 'cross-site'}, question);
    assert.equal(status, 403);
  });

  test('may not send what needs no asking: text and forms are refused, whatever is in them', async () => {
    await using chat = await startChat();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      for (const path of ['/api/chat', '/chat/stream', '/v1/chat/completions', '/v1/chat']) {
        const {status} = await raw(chat.url + path, 'POST', {'content-type': type, origin: chat.url}, question);
        assert.equal(status, 415, `${path} ${type}`);
      }
    }
    assert.deepEqual(chat.upstream.requests, []);
  });
});
