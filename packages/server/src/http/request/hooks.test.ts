/** The operator's own hooks: admission, sessions of the app, and the rights of cookies. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, request} from 'node:http';
import {suite, test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import type {Admit, Authenticate, ChatServerConfig} from '../../index.ts';
import {type TestServer, answered, json, startChat} from '../../testing/chat-server.ts';

const question = {messages: [{role: 'user', content: 'Hi'}]};
const page = {origin: 'http://localhost:5173'};
const jsonType = {'content-type': 'application/json'};

/** For headers that `fetch` does not let a test set. Without a body, so the refusal must not wait for one. */
async function statusOf(
  chat: TestServer,
  path: string,
  {method = 'POST', ...headers}: Readonly<Record<string, string>>,
): Promise<{status: number; headers: IncomingMessage['headers']; text: string}> {
  const sent = request(chat.url + path, {method, headers, agent: false}).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response) text += String(piece);
  return {status: response.statusCode ?? 0, headers: response.headers, text};
}

suite('admit', () => {
  const refusals: readonly (readonly [name: string, status: number, admit: Admit])[] = [
    ['returns a refusal', 403, () => ({status: 403, message: 'Solve the captcha first.'})],
    ['resolves with a refusal', 401, async () => ({status: 401, message: 'Solve the captcha first.'})],
    [
      'throws a refusal',
      429,
      () => {
        throw Object.assign(new Error('Solve the captcha first.'), {status: 429, retryAfter: 7});
      },
    ],
    ['rejects with our own error', 403, () => Promise.reject(new ChatError('forbidden', 'Solve the captcha first.'))],
  ];
  for (const [name, status, admit] of refusals) {
    test(`a hook that ${name} refuses before the body, in the form of the path`, async () => {
      await using chat = await startChat({admit});
      for (const path of ['/v1/chat/completions', '/api/chat', '/chat/stream']) {
        const response = await chat.post(path, question, page);
        assert.equal(response.status, status, path);
        assert.equal(response.headers.get('retry-after'), status === 429 ? '7' : null);
        const text = await response.text();
        // The clients of this path compare its sentence.
        const sentence =
          path === '/chat/stream' && status === 429 ? /Rate limit exceeded/ : /Solve the captcha first\./;
        assert.match(text, sentence);
      }
      assert.deepEqual([chat.upstream.requests.length, chat.reported.length], [0, 0]);
    });
  }

  const faults: readonly (readonly [name: string, admit: () => unknown])[] = [
    [
      'throws anything else',
      () => {
        throw new TypeError('x is not a function');
      },
    ],
    ['throws a string', () => Promise.reject(new Error('down', {cause: 'database'}))],
    ['returns false', () => false],
    ['returns true', () => true],
    ['refuses with another status', () => ({status: 200, message: 'Welcome'})],
  ];
  for (const [name, admit] of faults) {
    test(`a hook that ${name} refuses with a 500, and the operator reads the cause`, async () => {
      await using chat = await startChat({admit: admit as Admit});
      const response = await chat.post('/api/chat', question, page);
      assert.equal(response.status, 500);
      assert.doesNotMatch(await response.text(), /not a function|database|admit/);
      assert.deepEqual([chat.upstream.requests.length, chat.reported.length], [0, 1]);
    });
  }

  test('a hook that returns nothing lets the request pass, and sees its headers, but no body', async () => {
    const seen: unknown[] = [];
    await using chat = await startChat({
      admit: (req) => void seen.push([req.method, req.path, req.get('x-ticket'), Reflect.get(req, 'body')]),
    });
    await answered(await chat.post('/api/chat', question, {...page, 'x-ticket': 't'}));
    assert.deepEqual(seen, [['POST', '/api/chat', 't', undefined]]);
  });

  test('a page of another origin is refused before the hook is asked, and a preflight does not ask it', async () => {
    let asked = 0;
    await using chat = await startChat({admit: () => void asked++});
    assert.equal((await chat.post('/api/chat', question, {origin: 'https://evil.example'})).status, 403);
    const preflight = {method: 'OPTIONS', ...page, 'access-control-request-method': 'POST'};
    assert.equal((await statusOf(chat, '/api/chat', preflight)).status, 204);
    assert.equal(asked, 0);
  });
});

suite('authenticate', () => {
  /** A session cookie names its user. */
  const session: Authenticate = ({headers: {cookie = ''}}) => {
    const [, user] = /session=(\w+)/.exec(cookie) ?? [];
    return user === undefined ? undefined : {user, ...(user === 'ann' && {plan: 'core'})};
  };
  const origins = ['https://www.example.com'];
  const ann = {cookie: 'session=ann', origin: 'https://www.example.com'};

  test('E8: the user of the session owns chats, has a plan, and is nobody else', async () => {
    await using chat = await startChat({authenticate: session, origins});
    const asked = await chat.post('/api/chat', question, ann);
    assert.equal(asked.headers.get('x-chatlet-visitor'), null);
    const {chatId} = await answered(asked);
    assert.equal((await chat.get(`/api/chats/${chatId}`, ann)).status, 200);
    const ben = {...ann, cookie: 'session=ben'};
    assert.equal((await chat.get(`/api/chats/${chatId}`, ben)).status, 404);
    assert.equal((await chat.get(`/api/chats/${chatId}`, {origin: ann.origin})).status, 404);
    const {plan} = await json<{plan: {name: string}}>(await chat.get('/api/usage/remaining', ann));
    assert.equal(plan.name, 'core');
    const [record] = await json<{userId: string}[]>(await chat.get('/api/usage', ann));
    assert.equal(record?.userId, 'user:ann');
  });

  test('E8: the session is asked once for each request, before keys and tokens', async () => {
    let asked = 0;
    const counting: Authenticate = (req) => {
      asked++;
      return session(req);
    };
    await using chat = await startChat({authenticate: counting, origins, apiKeys: [{key: 'key-of-ben', plan: 'core'}]});
    await answered(await chat.post('/api/chat', question, {...ann, authorization: 'Bearer key-of-ben'}));
    assert.equal(asked, 1);
    const [record] = await json<{userId: string}[]>(await chat.get('/api/usage', ann));
    assert.equal(record?.userId, 'user:ann');
    const program = {authorization: 'Bearer key-of-ben'};
    assert.equal((await chat.post('/v1/chat/completions', {model: 'test-model', ...question}, program)).status, 200);
    assert.equal((await chat.get('/v1/models', {authorization: 'Bearer wrong-key'})).status, 401);
  });

  test('E8: a hook that refuses is obeyed, and one that fails or names no user lets nobody in', async () => {
    const outcomes: readonly (readonly [number, () => unknown])[] = [
      [401, () => ({status: 401, message: 'x'})],
      [500, () => ({user: ''})],
      [500, () => ({user: 5})],
      [500, () => ({user: 'a\nb'})],
      [500, () => Promise.reject(new Error('The session store is down.'))],
    ];
    for (const [status, outcome] of outcomes) {
      const authenticate = async () => {
        const value = await outcome();
        if (status === 401) throw value;
        return value;
      };
      await using chat = await startChat({authenticate: authenticate as Authenticate});
      assert.equal((await chat.post('/api/chat', question, {})).status, status);
      assert.equal((await chat.get('/api/chats')).status, status);
      assert.equal(chat.upstream.requests.length, 0);
    }
  });

  test('E8: a request with a cookie may write only from the own origin and those that are named', async () => {
    await using chat = await startChat({authenticate: session, origins});
    const cookie = 'session=ann';
    const {chatId} = await answered(await chat.post('/api/chat', question, ann));
    const stop = `/api/chat/${chatId}/stop`;
    const cases: readonly (readonly [status: number, headers: Readonly<Record<string, string>>])[] = [
      [200, {origin: 'https://www.example.com'}],
      [200, {origin: chat.url}],
      [200, {origin: 'https://chat.example.com', 'sec-fetch-site': 'same-origin'}],
      [200, {'sec-fetch-site': 'same-origin'}],
      [200, {'sec-fetch-site': 'none'}],
      // A page cannot send this type to another site without a preflight.
      [200, jsonType],
      [403, {}],
      [403, {'content-type': 'text/plain'}],
      [403, {'content-type': 'application/x-www-form-urlencoded'}],
      [403, {'content-type': 'text/plain; application/json'}],
      [403, {'sec-fetch-site': 'cross-site'}],
      [403, {'sec-fetch-site': 'same-site'}],
      [403, {'sec-fetch-site': 'cross-site', ...jsonType}],
      [403, {origin: 'https://evil.example'}],
      [403, {origin: 'https://evil.example', 'sec-fetch-site': 'same-site'}],
      [403, {origin: 'null'}],
      [403, {origin: 'http://localhost:5173'}],
    ];
    for (const [status, headers] of cases) {
      const answer = await statusOf(chat, stop, {cookie, ...headers});
      assert.equal(answer.status, status, JSON.stringify(headers));
    }
    assert.equal((await statusOf(chat, `/api/chats/${chatId}`, {method: 'DELETE', cookie})).status, 200);
  });

  test('E8: pages of named origins, and no others, may send cookies', async () => {
    await using chat = await startChat({authenticate: session, origins});
    const preflight = {method: 'OPTIONS', 'access-control-request-method': 'POST'};
    const credentials = 'access-control-allow-credentials';
    const named = await statusOf(chat, '/api/chat', {...preflight, origin: 'https://www.example.com'});
    assert.deepEqual(
      [named.status, named.headers[credentials], named.headers['access-control-allow-origin']],
      [204, 'true', 'https://www.example.com'],
    );
    const own = await statusOf(chat, '/api/chat', {...preflight, origin: chat.url});
    assert.deepEqual([own.status, own.headers[credentials]], [204, undefined]);
    for (const path of ['/api/models', '/api/config', '/openapi.json', '/chatlet.js']) {
      const {headers} = await statusOf(chat, path, {method: 'GET', origin: 'https://evil.example'});
      assert.equal(headers[credentials], undefined, path);
    }
    await using without = await startChat({origins});
    const plain = await statusOf(without, '/api/chat', {...preflight, origin: 'https://www.example.com'});
    assert.deepEqual([plain.status, plain.headers[credentials]], [204, undefined]);
  });
});

suite('refused requests', () => {
  const wrong = {...page, 'x-chatlet-visitor': 'forged'};

  test('R-15, R-16: of one address count, until all but proven callers are refused without a question asked', async () => {
    let asked = 0;
    await using chat = await startChat({
      trustProxy: 1,
      apiKeys: [{key: 'key-of-alice', plan: 'default'}],
      admit: () => void asked++,
    });
    const from = (address: string, headers: Readonly<Record<string, string>> = wrong) =>
      statusOf(chat, '/api/chats', {method: 'GET', 'x-forwarded-for': address, ...headers});
    for (let index = 0; index < 600; index++) assert.equal((await from('192.0.2.1')).status, 401);
    assert.equal(asked, 600);
    const refused = await from('192.0.2.1');
    assert.deepEqual([refused.status, asked], [429, 600]);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal((await from('192.0.2.1', page)).status, 429);
    assert.equal((await from('192.0.2.1', {authorization: 'Bearer key-of-alice'})).status, 200);
    assert.equal((await from('192.0.2.2', page)).status, 200);
  });

  const refusing: Authenticate = () => {
    throw Object.assign(new Error('Sign in again.'), {status: 401});
  };
  const others: Readonly<Record<string, ChatServerConfig>> = {
    'site tokens that are not valid': {auth: {jwt: {trust: {secret: 'a secret of the site that is long enough'}}}},
    'a session that is refused': {authenticate: refusing},
  };
  for (const [name, config] of Object.entries(others)) {
    test(`R-15: for ${name} count as well`, async () => {
      await using chat = await startChat(config);
      const ask = async () => (await chat.get('/api/chats', {...page, authorization: 'Bearer a.b.c'})).status;
      for (let index = 0; index < 600; index++) assert.equal(await ask(), 401);
      assert.equal(await ask(), 429);
    });
  }

  test('R-15: of an IPv6 /48 count together, with four times the limit', async () => {
    await using chat = await startChat({trustProxy: 1, plans: [{name: 'default', perMinute: 2}]});
    const ask = async (address: string) => {
      const response = await chat.post('/api/chat', question, {...page, 'x-forwarded-for': address});
      await response.arrayBuffer();
      return response.status;
    };
    const from48: number[] = [];
    for (let subnet = 0; subnet < 40; subnet++) from48.push(await ask(`2001:db8:1:${subnet.toString(16)}::1`));
    assert.equal(from48.filter((status) => status === 200).length, 8);
    const from32: number[] = [];
    for (let site = 2; site < 42; site++) from32.push(await ask(`2001:db8:${site.toString(16)}::1`));
    assert.equal(from32.filter((status) => status === 200).length, 24);
    assert.deepEqual([await ask('2001:db9::1'), await ask('192.0.2.1')], [200, 200]);
  });
});
