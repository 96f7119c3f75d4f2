/** Authentication: owners, keys, visitors, origins. */
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

/** For headers that `fetch` does not let a test set. */
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
  test('a chat of another owner does not exist, on any path and by any method', async () => {
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
    // Every method on every path with a chat's id, as Express has mounted them.
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
        // The paths of programs refuse callers without a key before they look for the chat.
        const expected = who === nobody && /\/v1\//.test(path) ? 401 : 404;
        const {status} = await raw(chat.url + path, method, who, body);
        assert.equal(status, expected, `${method} ${path}`);
      }
      for (const path of ['/api/chats', '/api/usage']) assert.deepEqual(await json(await chat.get(path, who)), []);
    }
    assert.equal(chat.upstream.requests.length, 1);
    // The chat is unchanged: it still runs, under its own title.
    const {title} = await json<{title: string}>(await chat.get(`/api/chats/${chatId}`, alice));
    assert.equal(title, 'Hi');
    assert.deepEqual(await json(await chat.post(`/api/chat/${chatId}/stop`, {}, alice)), {stopped: true});
  });
});

suite('a key', () => {
  test('a key after Bearer is checked, in upper or lower case', async () => {
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

  test('a key may be sent as x-api-key', async () => {
    await using chat = await startChat(keys);
    const {chatId} = await answered(await chat.post('/api/chat', question, {'x-api-key': 'key-of-alice'}));
    assert.equal((await chat.get(`/api/chats/${chatId}`, alice)).status, 200);
    assert.equal((await chat.get('/api/chats', {'x-api-key': 'wrong'})).status, 401);
  });

  test('if keys exist, programs need one on every path, while pages are visitors on public paths', async () => {
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

  test('if no keys exist, any key is accepted from programs on this machine', async () => {
    await using chat = await startChat();
    const completion = {model: 'default', ...question};
    assert.equal((await chat.post('/v1/chat/completions', completion, {authorization: 'Bearer none'})).status, 200);
    const page = {authorization: 'Bearer none', origin: 'http://localhost:5173'};
    assert.equal((await chat.post('/v1/chat/completions', completion, page)).status, 401);
    const proxied = {authorization: 'Bearer none', 'x-forwarded-for': '192.0.2.1'};
    assert.equal((await chat.post('/v1/chat/completions', completion, proxied)).status, 401);
  });

  test('if visitors are refused, every path needs a key', async () => {
    await using chat = await startChat({...keys, auth: {visitors: 'refused'}});
    assert.equal((await chat.post('/api/chat', question, {origin: chat.url})).status, 401);
    assert.equal((await chat.post('/api/chat', question, alice)).status, 200);
  });

  test('a key with an unknown plan is refused when the server is set up', () => {
    const config = {databaseUrl: 'sqlite::memory:', apiKeys: [{key: 'key-of-alice', plan: 'gold'}]};
    assert.throws(
      () => createChatServer(config),
      /plan "gold", which is none of default, visitor, trial, core, enterprise/,
    );
    createChatServer({...config, plans: [{name: 'Gold'}]});
  });
});

suite('a key of the key store', () => {
  test('S3.10: two keys of an account are valid side by side, and a revoked one is refused at once', async () => {
    const keyStore = sqliteKeyStore({path: ':memory:'});
    const old = await createKey(keyStore, {account: 'acme', plan: 'core'});
    const fresh = await createKey(keyStore, {account: 'acme', plan: 'trial'});
    await using chat = await startChat({keyStore});
    const [first, second] = [old, fresh].map(({key}) => ({authorization: `Bearer ${key}`}));
    assert.ok(first && second);
    // If any key exists, programs on this machine need one, too.
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

  test('a token of the site identifies its user and the plan', async () => {
    await using chat = await startChat(config);
    const ann = bearer(await sign({sub: 'ann', plan: 'trial'}));
    const {chatId} = await answered(await chat.post('/api/chat', question, ann));
    // Another token with the same `sub` is the same user.
    const later = bearer(await sign({sub: 'ann'}));
    assert.equal((await chat.get(`/api/chats/${chatId}`, later)).status, 200);
    assert.equal((await chat.get(`/api/chats/${chatId}`, bearer(await sign({sub: 'ben'})))).status, 404);
    assert.equal((await chat.get(`/api/chats/${chatId}`, alice)).status, 404);
    const plan = async (who: {authorization: string}) =>
      (await json<{plan: {name: string}}>(await chat.get('/api/usage/remaining', who))).plan.name;
    assert.deepEqual([await plan(ann), await plan(later), await plan(alice)], ['trial', 'default', 'core']);
    assert.equal((await chat.post('/v1/chat/completions', {model: 'default', ...question}, ann)).status, 200);
  });

  test('a token with another signature, issuer or audience is refused', async () => {
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
  test('a visitor gets a token with the first answer, and is identified by it', async () => {
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
    // Another token is another owner, and the program on this machine a third.
    assert.deepEqual(await json(await chat.get('/api/chats', page)), []);
    assert.deepEqual(await chat.chats(), []);
  });

  test('a visitor is identified although the browser sends the password of a site’s own dialog', async () => {
    await using chat = await startChat(keys);
    const page = {origin: chat.url, authorization: 'Basic dXNlcjpwYXNzd29yZA=='};
    const first = await chat.post('/api/chat', question, page);
    const known = {...page, 'x-chatlet-visitor': first.headers.get('x-chatlet-visitor') ?? ''};
    await answered(first);
    assert.equal((await json<unknown[]>(await chat.get('/api/chats', known))).length, 1);
    assert.equal((await chat.get('/v1/models', page)).status, 401);
  });

  test('an invented or changed visitor token is refused', async () => {
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
      //
      `${version}.${id}.${signature}.anything`,
      `${version}.${id}.${signature}.`,
      `${version}.${id}.${signature}.v1.${id}.${signature}`,
    ]) {
      assert.equal((await chat.get('/api/chats', {'x-chatlet-visitor': forged})).status, 401, forged);
      assert.equal((await chat.post('/api/chat', question, {'x-chatlet-visitor': forged})).status, 401, forged);
    }
  });
});

suite('a program on this machine', () => {
  /** Whether the request sees the chats of programs on this machine. */
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

  test('neither a page nor a request through a proxy is a program on this machine', async () => {
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

test('R-24: a request with two Host headers is refused on every path, in any case and order', async () => {
  await using chat = await startChat();
  const send = (lines: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(new URL(chat.url).port), '127.0.0.1');
      socket.on('data', (piece) => (text += piece.toString()));
      socket.on('error', reject).on('close', () => resolve(text));
      socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
    });
  for (const path of ['/api/chats', '/v1/models', '/metrics', '/healthz', '/']) {
    const head = `GET ${path} HTTP/1.1`;
    for (const hosts of [
      ['Host: localhost', 'Host: evil.example'],
      ['host: evil.example', 'Accept: */*', 'HOST: localhost'],
      ['Host: localhost', 'Host: localhost'],
      ['Host: localhost', 'Host:'],
    ]) {
      assert.match(await send([head, ...hosts]), /^HTTP\/1\.1 400 /, `${path} ${hosts.join(', ')}`);
    }
    assert.doesNotMatch(await send([head, 'Host: localhost', 'X-Forwarded-Host: a', 'Hosts: b']), /^HTTP\/1\.1 400 /);
  }
});

suite('a stranger behind a proxy that adds no headers', () => {
  /** A request as made by a proxy that replaces the host by ours. */
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
    ['is trusted by configuration', '1.1', {trustProxy: 1}],
  ] as const) {
    test(`a request through a proxy is a visitor’s if the proxy ${name}`, async () => {
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

  test('configured origins are allowed, and only exactly as configured', async () => {
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

  test('without configured origins, pages on this machine are allowed; the server’s own always', async () => {
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

  test('our own page behind a proxy that changes the host is recognised by Sec-Fetch-Site', async () => {
    await using chat = await startChat({origins: []});
    const page = {origin: 'https://chat.example.com', 'sec-fetch-site': 'same-origin'};
    assert.equal((await raw(`${chat.url}/api/chat`, 'POST', page, question)).status, 200);
    const other = {...page, 'sec-fetch-site': 'same-site'};
    assert.equal((await raw(`${chat.url}/api/chat`, 'POST', other, question)).status, 403);
  });

  test('a cross-site request without an Origin header is refused', async () => {
    await using chat = await startChat();
    const {status} = await raw(`${chat.url}/api/chat`, 'POST', {'sec-fetch-site': 'cross-site'}, question);
    assert.equal(status, 403);
  });

  test('text and forms, which browsers send without a preflight, are refused', async () => {
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

suite('a visitor that brings a secret of its own', () => {
  const secretOf = (letter: string) => ({
    ...ownProtocol,
    origin: 'http://localhost:1',
    'x-chatlet-visitor': `v2.${letter.repeat(43)}`,
  });

  test('R-3: is the same visitor however often the first question is sent, and the model is asked once', async () => {
    await using chat = await startChat();
    const body = {message: {id: 'first', text: 'Hi'}};
    const sent = await Promise.all([0, 1, 2].map(() => chat.post('/api/chat', body, secretOf('a'))));
    const ids = await Promise.all(
      sent.map(async (response) => {
        assert.equal(response.headers.get('x-chatlet-visitor'), null);
        return (await answered(response)).chatId;
      }),
    );
    assert.equal(new Set(ids).size, 1);
    assert.equal(chat.upstream.requests.length, 1);
  });

  test('R-4: is another visitor with another secret, and shares nothing', async () => {
    await using chat = await startChat();
    const body = {message: {id: 'first', text: 'Hi'}};
    const mine = await answered(await chat.post('/api/chat', body, secretOf('a')));
    const theirs = await answered(await chat.post('/api/chat', body, secretOf('b')));
    assert.notEqual(mine.chatId, theirs.chatId);
    assert.equal((await chat.get(`/api/chats/${mine.chatId}/messages`, secretOf('b'))).status, 404);
    assert.equal((await json<object[]>(await chat.get('/api/chats', secretOf('a')))).length, 1);
  });

  test('R-3: is another visitor on a server with another secret', async () => {
    const ownerOn = async (secret: string) => {
      await using chat = await startChat({secret});
      await answered(await chat.post('/api/chat', {message: {text: 'Hi'}}, secretOf('a')));
      const [record] = await json<{userId: string}[]>(await chat.get('/api/usage', secretOf('a')));
      return record?.userId;
    };
    const [one, other] = [await ownerOn('the first secret here'), await ownerOn('the second secret here')];
    assert.match(one ?? '', /^visitor:[\w-]{22}$/);
    assert.notEqual(one, other);
  });

  test('R-3: is refused if the secret is too short, too long or no base64url', async () => {
    await using chat = await startChat();
    for (const token of [
      'v2.',
      `v2.${'a'.repeat(42)}`,
      `v2.${'a'.repeat(44)}`,
      `v2.${'a'.repeat(42)}!`,
      `v3.${'a'.repeat(43)}`,
    ]) {
      const headers = {...ownProtocol, origin: 'http://localhost:1', 'x-chatlet-visitor': token};
      assert.equal((await chat.post('/api/chat', {message: {text: 'Hi'}}, headers)).status, 401, token);
    }
  });
});

suite('a page whose origin is not allowed', () => {
  const origin = 'https://shop.example';

  test('E1, P17: learns from /api/config that it is not allowed, and nothing else', async () => {
    await using chat = await startChat({origins: ['https://www.example.com'], page: {greeting: 'A greeting'}});
    const told = await chat.get('/api/config', {origin});
    assert.equal(told.status, 200);
    assert.equal(told.headers.get('access-control-allow-origin'), origin);
    assert.deepEqual(await told.json(), {allowed: false, origin});
    const allowed = await chat.get('/api/config', {origin: 'https://www.example.com'});
    assert.match(await allowed.text(), /A greeting/);
    for (const path of ['/api/models', '/api/chats', '/api/usage']) {
      assert.equal((await chat.get(path, {origin})).headers.get('access-control-allow-origin'), null, path);
    }
    assert.equal((await chat.post('/api/config', {}, {origin})).status, 403);
  });

  test('E1: is named to the operator once, with the setting that allows it and keeps the others', async () => {
    await using chat = await startChat({origins: ['https://www.example.com']});
    for (let times = 0; times < 3; times += 1) {
      await chat.post('/api/chat', {message: {text: 'Hi'}}, {...ownProtocol, origin});
      await chat.get('/api/config', {origin});
    }
    await chat.get('/api/config', {origin: 'null'});
    assert.deepEqual(
      chat.reported.map((error) => (error instanceof Error ? error.message : error)),
      [
        `A page of ${origin} asked and was refused. To allow its pages, set CHATLET_ORIGINS=https://www.example.com,${origin}`,
        'A page of null asked and was refused. Pages in files and sandboxed frames have no origin: serve the page over HTTP.',
      ],
    );
  });

  test('E1: is named for a bounded number of origins', async () => {
    await using chat = await startChat();
    for (let number = 0; number < 120; number += 1)
      await chat.get('/api/config', {origin: `https://${number}.example`});
    assert.equal(chat.reported.length, 100);
  });
});
