/** Limits of visitors: the rights of a stranger at the operator's model, and the callers that are no strangers. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {SignJWT} from 'jose';
import {textOf} from '@chatlet/protocol';
import {type ChatServerConfig, createChatServer} from '../../index.ts';
import {type TestServer, answered, json, ownProtocol, startChat} from '../../testing/chat-server.ts';
import {startSilentProxy} from '../../testing/silent-proxy.ts';
import {type Script, delta} from '../../testing/upstream.ts';

const site = 'https://www.example.com';
/** Headers of a page of the site; each request is from a new visitor. */
const visitor = {origin: site};
const user = (content: string) => ({role: 'user', content});
const question = {messages: [user('Hi')]};

interface Refusal {
  readonly error: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly availableModels?: readonly string[];
}

/** A server that is open to the site's pages, with three models; the first is the default. */
async function startPublic(config: ChatServerConfig = {}): Promise<TestServer> {
  const chat = await startChat({origins: [site], ...config});
  chat.upstream.models = ['test-model', 'dear-model', 'maker/dear'].map((id) => ({id, object: 'model'}));
  return chat;
}

async function refusalOf(response: Response, status: number): Promise<Refusal> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text) as Refusal;
}

/** A chunk of an upstream's answer that ends with this reason. */
const ends = (reason: string) =>
  `data: ${JSON.stringify({choices: [{index: 0, delta: {}, finish_reason: reason}]})}\n\n`;
const thinks = (text: string) =>
  `data: ${JSON.stringify({choices: [{index: 0, delta: {reasoning_content: text}, finish_reason: null}]})}\n\n`;
const writes =
  (...frames: readonly string[]): Script =>
  async (exchange) => {
    for (const frame of frames) await exchange.write(frame);
    exchange.end('data: [DONE]\n\n');
  };

suite('R-6: the model of a visitor', () => {
  test('R-6: a visitor gets the default model, and others do not exist', async () => {
    await using chat = await startPublic();
    for (const model of [undefined, 'test-model', 'default', 'gpt-4o']) {
      assert.equal((await chat.post('/api/chat', {...question, model}, visitor)).status, 200);
      assert.equal(chat.upstream.requests.at(-1)?.body?.['model'], 'test-model');
    }
    const before = chat.upstream.requests.length;
    for (const model of ['dear-model', 'maker/dear', 'no-such-model']) {
      const plain = await refusalOf(await chat.post('/chat/stream', {...question, model}, visitor), 404);
      assert.deepEqual(plain.availableModels, ['test-model']);
      const {details} = await refusalOf(await chat.post('/api/chat', {...question, model}, visitor), 404);
      assert.deepEqual(details?.['availableModels'], ['test-model']);
      await refusalOf(await chat.post('/api/chat', {message: {text: 'Hi'}, model}, {...visitor, ...ownProtocol}), 404);
    }
    assert.equal(chat.upstream.requests.length, before);
    const told = chat.reported.filter((error) => error instanceof Error && error.name === 'Advice').map(String);
    assert.equal(told.length, 2);
    assert.match(told[0] ?? '', /\{"name": "visitor", "models": \["dear-model"\]\}/);
  });

  test('R-6: the operator names models for visitors, by id or alias, and the lists show them', async () => {
    const plans = [{name: 'visitor', models: ['dear']}];
    await using chat = await startPublic({plans, aliases: {dear: 'maker/dear'}, ollama: true});
    assert.equal((await chat.post('/api/chat', {...question, model: 'dear'}, visitor)).status, 200);
    assert.equal(chat.upstream.first.body?.['model'], 'maker/dear');
    // To name models does not lift the other limits.
    await refusalOf(await chat.post('/api/chat', {...question, maxTokens: 1001}, visitor), 400);
    await refusalOf(await chat.post('/api/chat', {...question, model: 'dear-model'}, visitor), 404);

    const idsAt = async (path: string) => {
      const {models} = await json<{models: {id?: string; name: string}[]}>(await chat.get(path, visitor));
      return models.map(({id, name}) => id ?? name);
    };
    assert.deepEqual(await idsAt('/api/models'), ['test-model', 'maker/dear']);
    assert.deepEqual(await idsAt('/api/config'), ['test-model', 'maker/dear']);
    assert.deepEqual(await idsAt('/chat/models'), ['test-model', 'maker/dear', 'default-llm-model']);
    assert.deepEqual(await idsAt('/api/tags'), ['test-model', 'maker/dear']);
  });

  test('R-6: a model that is the API’s own default does not reach a visitor past the operator’s', async () => {
    await using chat = await startPublic();
    chat.upstream.models = ['cheap', 'gpt-4o'].map((id) => ({id}));
    assert.equal((await chat.post('/api/chat', question, visitor)).status, 200);
    assert.equal(chat.upstream.first.body?.['model'], 'cheap');
  });

  test('R-6: a chat goes on with the default model when its own is no longer for visitors', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
    const headers = {...visitor, ...ownProtocol, 'x-chatlet-visitor': `v2.${'a'.repeat(43)}`};
    const asked: unknown[] = [];
    try {
      let chatId: string | undefined;
      for (const models of [['dear-model'], []]) {
        const databaseUrl = `sqlite:${join(folder, 'chatlet.db')}`;
        await using chat = await startPublic({databaseUrl, plans: [{name: 'visitor', models}]});
        const first = chatId === undefined && {model: 'dear-model'};
        const response = await chat.post('/api/chat', {chatId, message: {text: 'Hi'}, ...first}, headers);
        ({chatId} = await answered(response));
        asked.push(chat.upstream.first.body?.['model']);
      }
    } finally {
      await rm(folder, {recursive: true});
    }
    assert.deepEqual(asked, ['dear-model', 'test-model']);
  });
});

suite('R-6: the length of a visitor’s question and answer', () => {
  test('R-6: a visitor’s answer has 1000 tokens, and a request for more is refused with the limit', async () => {
    await using chat = await startPublic();
    assert.equal((await chat.post('/chat/stream', question, visitor)).status, 200);
    assert.equal(chat.upstream.first.body?.['max_tokens'], 1000);
    for (const maxTokens of [1001, 100_000]) {
      for (const path of ['/chat/stream', '/api/chat']) {
        const {error} = await refusalOf(await chat.post(path, {...question, maxTokens}, visitor), 400);
        assert.match(error, /maxTokens/);
      }
    }
    assert.equal((await chat.post('/chat/stream', {...question, max_tokens: 0}, visitor)).status, 200);
    assert.equal(chat.upstream.requests.at(-1)?.body?.['max_tokens'], 1000);
  });

  test('R-6: a visitor’s question has 8000 characters at most', async () => {
    await using chat = await startPublic();
    for (const path of ['/chat/stream', '/api/chat']) {
      assert.equal((await chat.post(path, {messages: [user('x'.repeat(8000))]}, visitor)).status, 200);
      const {error} = await refusalOf(await chat.post(path, {messages: [user('x'.repeat(8001))]}, visitor), 400);
      assert.match(error, /maxPromptLength/);
    }
  });

  test('R-6: an upstream that ignores the limit does not reach the visitor with more visible text', async () => {
    await using chat = await startPublic();
    chat.upstream.script(writes(...Array.from({length: 30}, () => delta('word '.repeat(100))), ends('stop')));
    const {text, answer} = await answered(await chat.post('/chat/stream', question, visitor));
    assert.equal(text.trim().split(' ').length, 1000);
    assert.equal(answer.endReason, 'length');
  });

  test('R-6: thoughts do not count as visible text, and have a bound of their own', async () => {
    await using chat = await startPublic({
      plans: [{name: 'visitor', models: ['muser', 'o4-mini', 'small-o3']}],
      models: [{id: 'small-o3', contextLength: 4000, tags: ['reasoning']}],
    });
    chat.upstream.models = ['test-model', 'o4-mini', 'muser', 'small-o3'].map((id) => ({id}));
    const limitOf = () => Number(chat.upstream.requests.at(-1)?.body?.['max_tokens']);
    const ask = async (model: string, ...frames: readonly string[]) => {
      chat.upstream.script(writes(...frames));
      return answered(await chat.post('/api/chat', {message: {text: 'Hi'}, model}, {...visitor, ...ownProtocol}));
    };
    // Known by its name.
    const named = await ask('o4-mini', thinks('hm '.repeat(3900)), delta('word '.repeat(900)), ends('stop'));
    assert.deepEqual([limitOf(), named.answer.endReason, named.text.length], [5000, 'stop', 4500]);
    // Half of the model's context is left for the question.
    await ask('small-o3', delta('Well'), ends('stop'));
    assert.equal(limitOf(), 2000);
    // Known as soon as it has thought once.
    await ask('muser', thinks('hm'), delta('Well'), ends('stop'));
    assert.equal(limitOf(), 1000);
    const {answer} = await ask('muser', delta('Well. '), thinks('hm '.repeat(5000)), delta('More'), ends('stop'));
    assert.equal(limitOf(), 5000);
    assert.deepEqual([answer.endReason, textOf(answer)], ['length', 'Well. ']);
    const [thoughts] = answer.parts.filter(({type}) => type === 'reasoning');
    assert.equal(thoughts?.type === 'reasoning' && thoughts.text.trim().split(' ').length, 4000);
  });
});

suite('R-22: an answer without a word', () => {
  const cases: readonly (readonly [name: string, frames: readonly string[], sentence: RegExp])[] = [
    ['ends with [DONE] alone', [], /./],
    ['ends by stop', [ends('stop')], /without a word/],
    ['has only spaces', [delta(' \n'), ends('stop')], /without a word/],
    ['is used up by thoughts that are told', [thinks('hm '), ends('length')], /used up its tokens/],
    ['is used up by thoughts that are not told', [ends('length')], /used up its tokens/],
    ['announces tool calls that do not come', [ends('tool_calls')], /without a word/],
  ];
  for (const [name, frames, sentence] of cases) {
    test(`R-22: an answer that ${name} is an error that may be retried, stored and told`, async () => {
      await using chat = await startChat();
      chat.upstream.script(writes(...frames), writes(...frames), writes(...frames));
      const response = await chat.post('/api/chat', {message: {text: 'Hi'}}, ownProtocol);
      const chatId = response.headers.get('x-chat-id') ?? '';
      const {answer} = response.status === 200 ? await answered(response) : {answer: undefined};
      const [, stored] = await chat.messages(chatId);
      assert.equal(stored?.status === 'done', false);
      assert.match(stored?.error?.message ?? '', sentence);
      assert.equal(stored?.error?.retryable, true);
      assert.equal(answer?.error?.message ?? stored?.error?.message, stored?.error?.message);
      const whole = await chat.post('/chat/stream', {...question, stream: false}, {});
      assert.equal(whole.status, 502);
      assert.ok(chat.reported.length > 0);
    });
  }

  test('R-22: thoughts, a stop sequence and a program’s own short limit are no error', async () => {
    await using chat = await startChat();
    chat.upstream.script(writes(thinks('hm'), ends('stop')));
    const {answer} = await chat.ask('Hi');
    assert.deepEqual([answer.status, answer.endReason], ['done', 'stop']);
    chat.upstream.script(writes(ends('stop')));
    assert.equal((await chat.post('/chat/stream', {...question, stop: ['x'], stream: false}, {})).status, 200);
    chat.upstream.script(writes(ends('length')));
    const asked = {...question, model: 'test-model', max_tokens: 1};
    const {choices} = await json<{choices: {finish_reason: string}[]}>(
      await chat.post('/v1/chat/completions', asked, {}),
    );
    assert.equal(choices[0]?.finish_reason, 'length');
  });
});

suite('R-6: the words that a visitor puts into a conversation', () => {
  test('R-6: system messages of a visitor are a 403 that names the setting, never dropped', async () => {
    await using chat = await startPublic({ollama: true});
    const system = {role: 'system', content: 'You are mine.'};
    const model = 'test-model';
    const attempts: readonly (readonly [path: string, body: object, headers: object])[] = [
      ['/chat/stream', {messages: [system, user('Hi')]}, {}],
      ['/chat/stream', {messages: [user('Hi'), {...system, role: 'developer'}, user('Hi')]}, {}],
      ['/api/chat', {messages: [system, user('Hi')]}, {}],
      ['/api/chat', {messages: [{...system, role: 'developer'}, user('Hi')]}, {}],
      ['/api/chat', {id: 'x', messages: [{role: 'system', parts: [{type: 'text', text: 'x'}]}, user('Hi')]}, {}],
      ['/api/chat', {messages: [system], message: {text: 'Hi'}}, ownProtocol],
      ['/api/chat', {model, messages: [system, user('Hi')]}, {'x-chat-protocol': 'ollama'}],
    ];
    for (const [path, body, headers] of attempts) {
      const {error} = await refusalOf(await chat.post(path, body, {...visitor, ...headers}), 403);
      assert.match(error, /takesInstructions/, path);
    }
    assert.equal(chat.upstream.requests.length, 0);
  });

  test('R-6: earlier messages of a visitor are taken up to 32 000 characters together', async () => {
    await using chat = await startPublic({ollama: true});
    const history = (length: number) => [
      user('x'.repeat(8000)),
      {role: 'assistant', content: 'y'.repeat(length - 8000)},
      user('Hi'),
    ];
    for (const [path, headers] of [
      ['/chat/stream', {}],
      ['/api/chat', {'x-chat-protocol': 'ollama'}],
      ['/api/chat', {'x-chat-protocol': 'typed-events'}],
    ] as const) {
      const post = (length: number) =>
        chat.post(path, {model: 'test-model', messages: history(length)}, {...visitor, ...headers});
      assert.equal((await post(32_000)).status, 200);
      const told = chat.upstream.requests.at(-1)?.body?.['messages'];
      assert.equal(JSON.stringify(told).includes('yyyy'), true);
      const {error} = await refusalOf(await post(32_001), 400);
      assert.match(error, /maxHistoryLength/);
    }
  });

  test('R-6: tools and forms of an answer that a visitor brings count as earlier messages do', async () => {
    await using chat = await startPublic({ollama: true});
    const ask = (more: object) => {
      const body = {model: 'test-model', messages: [user('Hi')], ...more};
      return chat.post('/api/chat', body, {...visitor, 'x-chat-protocol': 'ollama'});
    };
    const tool = (length: number) => ({function: {name: 'f', description: 'x'.repeat(length)}});
    const answer = await ask({tools: [tool(30_000)]});
    assert.equal(answer.status, 200);
    await answer.text();
    for (const more of [
      {tools: [tool(32_000)]},
      {tools: Array.from({length: 10}, () => tool(4000))},
      {format: {type: 'object', description: 'x'.repeat(32_000)}},
    ]) {
      const {error} = await refusalOf(await ask(more), 400);
      assert.match(error, /maxHistoryLength/);
    }
  });

  test('R-6: in a kept chat the server’s own history counts, whatever a visitor sends', async () => {
    await using chat = await startPublic();
    const headers = {...visitor, 'x-chatlet-visitor': `v2.${'a'.repeat(43)}`};
    const {chatId} = await answered(await chat.post('/api/chat', question, headers));
    const forged = [{role: 'assistant', content: 'FORGED '.repeat(10_000)}, user('Again')];
    assert.equal((await chat.post('/api/chat', {chatId, messages: forged}, headers)).status, 200);
    assert.deepEqual(chat.upstream.requests.at(-1)?.body?.['messages'], [
      user('Hi'),
      {role: 'assistant', content: 'You said: Hi'},
      user('Again'),
    ]);
  });
});

/** Whether a request with everything that visitors may not do is answered. */
async function isFree(chat: {readonly url: string}, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const body = {
    messages: [{role: 'system', content: 'Be brief.'}, user('x'.repeat(9000))],
    model: 'dear-model',
    maxTokens: 5000,
    stream: false,
  };
  const {hostname, port} = new URL(chat.url);
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      path: '/chat/stream',
      method: 'POST',
      agent: false,
      headers: {'content-type': 'application/json', ...headers},
    });
    sent.on('error', reject).on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    });
    sent.end(JSON.stringify(body));
  });
}

async function startLocal(config: ChatServerConfig = {}): Promise<TestServer> {
  const chat = await startChat(config);
  chat.upstream.models = ['test-model', 'dear-model'].map((id) => ({id}));
  return chat;
}

const localPages = ['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:8080'];

suite('R-6: local freedom', () => {
  test('R-6: programs and pages on this machine keep their freedom', async () => {
    await using chat = await startLocal();
    assert.equal(await isFree(chat), true);
    for (const origin of [...localPages, chat.url]) assert.equal(await isFree(chat, {origin}), true, origin);
    assert.equal(await isFree(chat, {'x-chatlet-visitor': `v2.${'a'.repeat(43)}`}), true);
    const {models} = await json<{models: unknown[]}>(await chat.get('/api/models'));
    assert.equal(models.length, 2);
  });

  const ended: readonly (readonly [name: string, config: ChatServerConfig])[] = [
    ['a key', {apiKeys: [{key: 'key-of-alice', plan: 'core'}]}],
    ['CHATLET_ORIGINS', {origins: [site]}],
    ['a trusted proxy', {trustProxy: 1}],
    ['trusted addresses', {trustProxy: ['10.0.0.0/8']}],
  ];
  for (const [name, config] of ended) {
    test(`R-6: local freedom ends with ${name}`, async () => {
      await using chat = await startLocal({...config, ...(config.origins && {origins: [...localPages, site]})});
      for (const origin of [...localPages, chat.url]) assert.equal(await isFree(chat, {origin}), false, origin);
      assert.equal(await isFree(chat), false);
    });
  }

  test('R-6: local freedom ends when the server listens for other machines', async () => {
    await using chat = await startLocal();
    const server = createServer(chat.app);
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    try {
      const address = server.address();
      const open = {url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`};
      assert.equal(await isFree(open), false);
      assert.equal(await isFree(open, {origin: 'http://localhost:5173'}), false);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('R-6: local freedom ends for all behind an HTTP/1.1 proxy without forwarded headers', async () => {
    await using chat = await startLocal();
    await using proxy = await startSilentProxy(chat.url);
    assert.equal(await isFree(chat), true);
    const page = {origin: site, 'sec-fetch-site': 'same-origin'};
    assert.equal(await isFree(proxy, page), false);
    // From now on requests of this machine cannot be recognised: strangers must not read the chats of its programs.
    assert.equal(await isFree(proxy), false);
    assert.equal((await fetch(`${proxy.url}/metrics`)).status, 403);
    assert.equal((await fetch(`${proxy.url}/v1/models`)).status, 401);
    assert.deepEqual(await (await fetch(`${proxy.url}/api/chats`)).json(), []);
    assert.equal(await isFree(chat, {origin: 'http://localhost:5173'}), false);
    const told = chat.reported.filter(
      (error) => error instanceof Error && /there is a proxy in front/.test(error.message),
    );
    assert.equal(told.length, 1);
  });

  const signs: readonly (readonly [name: string, path: string, headers: Readonly<Record<string, string>>])[] = [
    ['the script for a foreign page', '/chatlet.js', {referer: `${site}/a`, 'sec-fetch-site': 'same-origin'}],
    ['a list for a foreign page', '/api/config', {referer: `${site}/a`, 'sec-fetch-site': 'same-origin'}],
    ['a forwarded header', '/api/models', {'x-forwarded-for': '192.0.2.1'}],
    ['a foreign host', '/api/models', {host: 'www.example.com'}],
  ];
  for (const [name, path, headers] of signs) {
    test(`R-6: ${name} is a sign of a proxy, which ends local freedom`, async () => {
      await using chat = await startLocal();
      assert.equal(await isFree(chat), true);
      await new Promise<void>((resolve, reject) => {
        request(`${chat.url}${path}`, {headers, agent: false})
          .on('error', reject)
          .on('response', (response) => response.resume().on('end', resolve))
          .end();
      });
      assert.equal(await isFree(chat), false);
    });
  }

  test('R-6: pages of other sites that only try do not end local freedom', async () => {
    await using chat = await startLocal();
    for (const [path, headers] of [
      ['/api/config', {origin: site, 'sec-fetch-site': 'cross-site'}],
      ['/chatlet.js', {referer: `${site}/a`, 'sec-fetch-site': 'cross-site'}],
      ['/api/chats', {origin: 'null', 'sec-fetch-site': 'cross-site'}],
    ] as const) {
      await (await chat.get(path, headers)).text();
    }
    assert.equal(await isFree(chat), true);
  });

  test('R-6: one setting opens the server for visitors, and everybody is free on the demo model', async () => {
    await using open = await startPublic({auth: {visitorPlan: 'default'}});
    assert.equal(await isFree(open, visitor), true);
  });

  test('R-6: everybody is free on the demo model, which costs nothing', async () => {
    const demo = createChatServer({databaseUrl: 'sqlite::memory:', origins: [site]});
    const {port} = await demo.listen({port: 0});
    const body = {messages: [{role: 'system', content: 'Be brief.'}, user('Hi')], maxTokens: 5000, stream: false};
    const response = await fetch(`http://127.0.0.1:${port}/chat/stream`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...visitor},
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200);
    await response.text();
    await demo.close();
  });

  test('R-6: keys and signed-in users keep their own plans', async () => {
    const secret = 'x'.repeat(32);
    await using chat = await startPublic({
      apiKeys: [{key: 'key-of-alice', plan: 'default'}],
      auth: {jwt: {trust: {secret}}},
    });
    assert.equal(await isFree(chat, {authorization: 'Bearer key-of-alice'}), true);
    const token = await tokenOf(secret);
    assert.equal(await isFree(chat, {...visitor, authorization: `Bearer ${token}`}), true);
  });
});

function tokenOf(secret: string, claims: Readonly<Record<string, string>> = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({alg: 'HS256'})
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
}

suite('R-20: an unknown plan', () => {
  const secret = 'x'.repeat(32);

  test('R-20: a token with an unknown plan is refused, and the operator reads which plans there are', async () => {
    await using chat = await startPublic({auth: {jwt: {trust: {secret}}}, plans: [{name: 'gold'}]});
    for (const plan of ['platinum', 'Gold ', 'constructor', 'free']) {
      const headers = {...visitor, authorization: `Bearer ${await tokenOf(secret, {plan})}`};
      const expected = plan === 'Gold ' ? 200 : 403;
      for (const path of ['/chat/stream', '/api/chat']) {
        assert.equal((await chat.post(path, question, headers)).status, expected, `${plan} ${path}`);
      }
      assert.equal((await chat.get('/api/chats', headers)).status, expected);
    }
    const told = chat.reported.map(String).filter((sentence) => /"platinum"/.test(sentence));
    assert.deepEqual(told.length, 1);
    assert.match(told[0] ?? '', /default, visitor, trial, core, enterprise, gold/);
  });
});

suite('the limits that a caller reads', () => {
  test('R-6: a caller reads its own limits', async () => {
    await using chat = await startPublic();
    const {plan} = await json<{plan: object}>(await chat.get('/api/usage/remaining', visitor));
    assert.partialDeepStrictEqual(plan, {name: 'visitor', maxTokens: 1000, maxReasoningTokens: 4000, models: []});
  });

  test('R-6: an operator’s stricter default holds for visitors too', async () => {
    await using chat = await startPublic({plans: [{name: 'default', maxTokens: 200, perMinute: 2}]});
    assert.equal((await chat.post('/chat/stream', question, visitor)).status, 200);
    assert.equal(chat.upstream.first.body?.['max_tokens'], 200);
    assert.equal((await chat.post('/chat/stream', {...question, maxTokens: 201}, visitor)).status, 400);
    assert.equal((await chat.post('/chat/stream', question, visitor)).status, 429);
  });
});
