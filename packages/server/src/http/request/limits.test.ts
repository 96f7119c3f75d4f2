/** Rate limits, plans and usage. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {minute} from '../../engine/limiter.ts';
import {fakeClock} from '../../engine/testing/fake-clock.ts';
import type {ChatServerConfig} from '../../index.ts';
import {memoryLimiter} from '../../limiters/memory.ts';
import {type TestServer, answered, json, startChat, readUntil} from '../../testing/chat-server.ts';
import {delta, pause} from '../../testing/upstream.ts';

const alice = {authorization: 'Bearer key-of-alice'};
const question = {messages: [{role: 'user', content: 'Hi'}]};
const completion = {model: 'default', ...question};
/** Headers of a request from a page on this machine. */
const page = {origin: 'http://localhost:5173'};

/** A server with a clock that stands still, and with keys of some plans. */
async function startLimited(config: ChatServerConfig = {}) {
  const clock = fakeClock(Date.now());
  const chat = await startChat({
    clock,
    apiKeys: [{key: 'key-of-alice', plan: 'default', account: 'alice'}],
    ...config,
  });
  return {chat, clock};
}

async function spend(chat: TestServer, times: number, headers: Record<string, string> = alice): Promise<void> {
  for (let index = 0; index < times; index++) {
    const response = await chat.post('/v1/chat/completions', completion, headers);
    assert.equal(response.status, 200);
    await response.arrayBuffer();
  }
}

suite('questions', () => {
  test('S4.5: a hundred questions a minute pass, the next one waits until the window slides on', async () => {
    const {chat, clock} = await startLimited();
    await using _ = chat;
    await spend(chat, 1);
    await clock.pass(1000);
    await spend(chat, 99);
    const refused = await chat.post('/v1/chat/completions', completion, alice);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('retry-after'), '59');
    const {error} = await json<{error: object}>(refused);
    assert.deepEqual(
      {...error, message: ''},
      {message: '', type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded'},
    );
    await clock.pass(59_000);
    await spend(chat, 1);
    assert.equal((await chat.post('/v1/chat/completions', completion, alice)).status, 429);
  });

  test('S4.5: a thousand questions an hour pass', async () => {
    const {chat, clock} = await startLimited({plans: [{name: 'default', perMinute: 5, perHour: 10}]});
    await using _ = chat;
    await spend(chat, 5);
    await clock.pass(minute);
    await spend(chat, 5);
    await clock.pass(minute);
    const refused = await chat.post('/v1/chat/completions', completion, alice);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, String(58 * 60)]);
  });

  test('S2.5, S4.7: every answer tells what is left, one less each time', async () => {
    const {chat} = await startLimited();
    await using _ = chat;
    for (const [left, path, body] of [
      [99, '/api/chat', question],
      [98, '/v1/chat/completions', {...completion, stream: true}],
      [97, '/v1/chat/completions', completion],
      [96, '/chat/stream', question],
      [95, '/api/v1/chat', question],
      [94, '/api/chat', {messages: []}],
    ] as const) {
      const response = await chat.post(path, body, alice);
      await response.arrayBuffer();
      const {headers} = response;
      assert.equal(headers.get('x-ratelimit-remaining'), String(left), path);
      assert.equal(headers.get('x-ratelimit-limit'), '100');
      assert.equal(headers.get('x-ratelimit-remaining-requests'), String(left));
      assert.equal(headers.get('x-ratelimit-limit-requests'), '100');
      assert.match(headers.get('x-ratelimit-reset-requests') ?? '', /^(?:1m0s|\d+s)$/);
      assert.match(
        headers.get('ratelimit') ?? '',
        new RegExp(`^"minute";r=${left};t=60, "hour";r=${left + 900};t=3600$`),
      );
      assert.ok(Number(headers.get('x-ratelimit-reset')) * 1000 > Date.now() - 1000);
    }
  });

  test('of many questions at once, exactly as many pass as the limit has left', async () => {
    const {chat} = await startLimited();
    await using _ = chat;
    await spend(chat, 99);
    const responses = await Promise.all(
      Array.from({length: 20}, () => chat.post('/v1/chat/completions', completion, alice)),
    );
    const statuses = responses.map(({status}) => status).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [200, ...Array.from({length: 19}, () => 429)]);
  });

  test('of many questions of a visitor at once, exactly as many pass as the limit has left', async () => {
    const {chat} = await startLimited({plans: [{name: 'default', perMinute: 2}]});
    await using _ = chat;
    const first = await chat.post('/api/chat', question, page);
    await first.arrayBuffer();
    const visitor = {...page, 'x-chatlet-visitor': first.headers.get('x-chatlet-visitor') ?? ''};
    const responses = await Promise.all(Array.from({length: 20}, () => chat.post('/api/chat', question, visitor)));
    for (const response of responses) await response.arrayBuffer();
    assert.equal(responses.filter(({status}) => status === 200).length, 1);
  });

  test('questions of one account’s keys count together, those of other accounts and visitors apart', async () => {
    const {chat} = await startLimited({
      plans: [{name: 'default', perMinute: 2}],
      apiKeys: [
        {key: 'key-of-alice', plan: 'default', account: 'alice'},
        {key: 'second-of-alice', plan: 'default', account: 'alice'},
        {key: 'key-of-bob-1', plan: 'default', account: 'bob'},
      ],
    });
    await using _ = chat;
    await spend(chat, 1);
    await spend(chat, 1, {authorization: 'Bearer second-of-alice'});
    assert.equal((await chat.post('/v1/chat/completions', completion, alice)).status, 429);
    await spend(chat, 1, {authorization: 'Bearer key-of-bob-1'});
    assert.equal((await chat.post('/api/chat', question, page)).status, 200);
  });

  test('questions of visitors count by address, with any token or forwarded header', async () => {
    const {chat} = await startLimited({plans: [{name: 'default', perMinute: 2}]});
    await using _ = chat;
    const first = await chat.post('/api/chat', question, page);
    await answered(first);
    await answered(await chat.post('/api/chat', question, {...page, 'x-forwarded-for': '203.0.113.1'}));
    for (const headers of [
      {},
      {'x-chatlet-visitor': first.headers.get('x-chatlet-visitor') ?? ''},
      ...['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip'].map(
        (name) => ({[name]: name === 'forwarded' ? 'for=198.51.100.7' : '198.51.100.7'}),
      ),
    ]) {
      const response = await chat.post('/api/chat', question, {...page, ...headers});
      assert.equal(response.status, 429, JSON.stringify(headers));
    }
    // Reported once each: that local freedom has ended, and that the operator may have forgotten to configure the proxy.
    assert.deepEqual(
      chat.reported.map((error) => error instanceof Error && /CHATLET_TRUST_PROXY/.test(error.message)),
      [true, true],
    );
  });

  test('questions of visitors behind a trusted proxy count by the forwarded address', async () => {
    const {chat} = await startLimited({plans: [{name: 'default', perMinute: 1}], trustProxy: 1});
    await using _ = chat;
    const from = (address: string) => chat.post('/api/chat', question, {...page, 'x-forwarded-for': address});
    assert.equal((await from('198.51.100.7')).status, 200);
    assert.equal((await from('198.51.100.8')).status, 200);
    // Addresses further left come from the caller and prove nothing.
    assert.equal((await from('203.0.113.5, 198.51.100.7')).status, 429);
    assert.equal((await from('2001:db8:1:2::1')).status, 200);
    assert.equal((await from('2001:db8:1:2:ffff::9')).status, 429);
  });

  test('a question refused by the visitor’s limit does not count for the address, nor vice versa', async () => {
    const {chat} = await startLimited({plans: [{name: 'default', perMinute: 2}], trustProxy: 1});
    await using _ = chat;
    const ask = async (address: string, visitor?: string) => {
      const token = visitor === undefined ? {} : {'x-chatlet-visitor': visitor};
      const response = await chat.post('/api/chat', question, {...page, ...token, 'x-forwarded-for': address});
      await response.arrayBuffer();
      return {status: response.status, token: response.headers.get('x-chatlet-visitor') ?? ''};
    };
    const statuses = async (...asked: readonly Parameters<typeof ask>[]) => {
      const found = [];
      for (const each of asked) found.push((await ask(...each)).status);
      return found;
    };
    const [shared, home, third] = ['198.51.100.7', '198.51.100.8', '198.51.100.9'];
    const {token} = await ask(shared);
    assert.equal((await ask(shared)).status, 200);
    assert.deepEqual(await statuses([shared, token], [shared, token], [home, token]), [429, 429, 200]);
    assert.deepEqual(
      await statuses([third, token], [third, token], [third], [third], [third]),
      [429, 429, 200, 200, 429],
    );
  });

  test('many visitors without tokens do not push their address out of the limiter', async () => {
    const limiter = memoryLimiter({clock: fakeClock(), maxKeys: 20});
    const {chat} = await startLimited({plans: [{name: 'default', perMinute: 2}], limiter});
    await using _ = chat;
    const statuses = [];
    for (let index = 0; index < 50; index++) {
      const response = await chat.post('/api/chat', question, page);
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    assert.deepEqual(statuses, [200, 200, ...Array.from({length: 48}, () => 429)]);
  });

  test('reading does not count as questions, and has a limit of its own', async () => {
    const {chat} = await startLimited({plans: [{name: 'default', perMinute: 1}]});
    await using _ = chat;
    await spend(chat, 1);
    const statuses = [];
    for (let index = 0; index < 1201; index++) {
      const response = await chat.get('/api/chats', alice);
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    assert.deepEqual([statuses.indexOf(429), statuses.length], [1200, 1201]);
  });
});

suite('a refusal by a rate limit', () => {
  test('S0.20, S2.14, S4.4: a refusal by rate limit has the form of its path', async () => {
    const {chat, clock} = await startLimited({plans: [{name: 'default', perMinute: 1}]});
    await using _ = chat;
    await spend(chat, 1);
    await clock.pass(500);
    const refuse = async (path: string, headers = {}) => {
      const response = await chat.post(path, completion, {...alice, ...headers});
      assert.equal(response.status, 429, path);
      assert.equal(response.headers.get('retry-after'), '60', path);
      return json<Record<string, unknown>>(response);
    };
    const details = {limit: 1, remaining: 0, reset: clock.now() + 59_500};
    const sentence = 'More than 1 requests in a minute. Wait 60 s.';
    for (const path of ['/chat/stream', '/api/chat/stream', '/api/bento/chat/stream']) {
      const {error, retryAfter} = await refuse(path);
      assert.deepEqual({error, retryAfter}, {error: 'Rate limit exceeded', retryAfter: 60});
    }
    assert.deepEqual(await refuse('/api/chat'), {error: sentence, code: 'RATE_LIMITED', details, retryAfter: 60});
    assert.ok(details.reset > Date.now());
    assert.deepEqual(await refuse('/api/chat', {'x-chat-protocol': 'chatlet'}), {
      error: sentence,
      code: 'rate-limited',
      details,
      retryAfter: 60,
    });
    for (const path of ['/v1/chat', '/api/v1/chat']) {
      const {error, retryAfter} = await refuse(path);
      assert.deepEqual({error, retryAfter}, {error: sentence, retryAfter: 60});
    }
    assert.deepEqual(await refuse('/v1/chat/completions'), {
      error: {message: sentence, type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded'},
    });
  });
});

suite('plans', () => {
  const keys = ['trial', 'core', 'enterprise'].map((plan) => ({key: `key-of-${plan}`, plan}));
  const limits = {
    trial: {tokens: 500, messages: 10, length: 1000},
    core: {tokens: 2000, messages: 50, length: 4000},
    enterprise: {tokens: 4000, messages: 100, length: 8000},
  };
  for (const [plan, {tokens, messages, length}] of Object.entries(limits)) {
    test(`S3.7: the plan ${plan} takes its maximum, and one more is refused by the limit’s name`, async () => {
      const {chat} = await startLimited({apiKeys: keys});
      await using _chat = chat;
      const headers = {authorization: `Bearer key-of-${plan}`};
      const talk = (count: number) =>
        Array.from({length: count}, (_, index) => ({role: index === count - 1 ? 'user' : 'assistant', content: 'x'}));
      for (const [name, fits, tooMuch] of [
        ['maxTokens', {max_tokens: tokens}, {max_tokens: tokens + 1}],
        ['maxMessages', {messages: talk(messages)}, {messages: talk(messages + 1)}],
        [
          'maxPromptLength',
          {messages: [{role: 'user', content: 'x'.repeat(length)}]},
          {messages: [{role: 'user', content: 'x'.repeat(length + 1)}]},
        ],
      ] as const) {
        for (const path of ['/v1/chat/completions', '/v1/chat', '/chat/stream', '/api/chat']) {
          const good = await chat.post(path, {...completion, ...fits}, headers);
          assert.equal(good.status, 200, `${path} ${name}`);
          await good.arrayBuffer();
          const bad = await chat.post(path, {...completion, ...tooMuch}, headers);
          assert.equal(bad.status, 400, `${path} ${name}`);
          assert.match(await bad.text(), new RegExp(name), path);
        }
      }
    });
  }

  test('S3.3: an answer without a requested length gets the plan’s', async () => {
    const {chat} = await startLimited({apiKeys: keys});
    await using _ = chat;
    const trial = {authorization: 'Bearer key-of-trial'};
    for (const path of ['/v1/chat/completions', '/api/v1/chat', '/chat/stream', '/api/chat']) {
      await (await chat.post(path, completion, trial)).arrayBuffer();
    }
    assert.deepEqual(
      chat.upstream.requests.map(({body}) => body?.['max_tokens'] ?? body?.['max_completion_tokens']),
      [500, 500, 500, 500],
    );
  });

  test('a stored chat with more messages than the plan allows goes on with its newest turns', async () => {
    const {chat} = await startLimited({plans: [{name: 'default', maxMessages: 3}]});
    await using _ = chat;
    const {chatId} = await answered(await chat.post('/api/chat', question, alice));
    await answered(await chat.post('/api/chat', {...question, chatId}, alice));
    await answered(await chat.post('/api/chat', {...question, chatId}, alice));
    const told = chat.upstream.requests.map(({body}) => body?.['messages']);
    assert.deepEqual(
      told.map((messages) => Array.isArray(messages) && messages.length),
      [1, 3, 3],
    );
  });
});

suite('usage', () => {
  interface Sum {
    readonly day?: string;
    readonly model?: string;
    readonly answers: number;
    readonly totalTokens: number;
    readonly cost?: number;
  }
  const priced = {models: [{id: 'test-model', pricing: {prompt: 0.5, completion: 1.5}}]};

  test('S2.16, S2.17: usage is recorded for every answer, and shown to its owner alone', async () => {
    const {chat} = await startLimited(priced);
    await using _ = chat;
    await answered(await chat.post('/api/chat', question, alice));
    for (const body of [completion, {...completion, stream: true}]) {
      await (await chat.post('/v1/chat/completions', body, alice)).arrayBuffer();
    }
    await (await chat.post('/chat/stream', question, alice)).arrayBuffer();
    await (await chat.post('/api/v1/chat', question, alice)).arrayBuffer();
    const records = await json<Record<string, unknown>[]>(await chat.get('/api/usage', alice));
    assert.equal(records.length, 5);
    for (const record of records) {
      assert.equal(record['userId'], 'key:alice');
      assert.equal(typeof record['model'], 'string');
      const {promptTokens, completionTokens, totalTokens, cost, estimated, timestamp} = record;
      assert.deepEqual(
        {promptTokens, completionTokens, totalTokens, cost, estimated},
        {promptTokens: 9, completionTokens: 3, totalTokens: 12, cost: 0.009, estimated: false},
      );
      assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    assert.deepEqual(await json(await chat.get('/api/usage', {})), []);
  });

  test('usage has pagination, and sums by day and model', async () => {
    const {chat} = await startLimited(priced);
    await using _ = chat;
    for (const model of ['gpt-4o', 'gpt-4', 'gpt-4o']) {
      await (await chat.post('/v1/chat/completions', {...completion, model}, alice)).arrayBuffer();
    }
    const first = await chat.get('/api/usage?limit=2', alice);
    const cursor = first.headers.get('x-next-cursor') ?? '';
    const second = await chat.get(`/api/usage?limit=2&cursor=${cursor}`, alice);
    const models = async (answer: Response) => (await json<{model: string}[]>(answer)).map(({model}) => model);
    assert.deepEqual([await models(first), await models(second)], [['gpt-4o', 'gpt-4'], ['gpt-4o']]);

    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    assert.deepEqual(await json(await chat.get(`/api/usage?from=${tomorrow}`, alice)), []);
    assert.equal((await json<unknown[]>(await chat.get(`/api/usage?to=${tomorrow}`, alice))).length, 3);
    const wrong = await chat.get('/api/usage?from=yesterday', alice);
    assert.equal((await json<{error: string}>(wrong)).error, 'from must be a date like 2026-01-31.');

    const sums = async (query: string) => json<Sum[]>(await chat.get(`/api/usage?${query}`, alice));
    const day = new Date().toISOString().slice(0, 10);
    assert.deepEqual(
      (await sums('group=day')).map((sum) => [sum.day, sum.answers, sum.totalTokens, sum.cost]),
      [[day, 3, 36, 0.027]],
    );
    assert.deepEqual(
      (await sums('by=model')).map((sum) => [sum.model, sum.answers, sum.cost]),
      [
        ['gpt-4o', 2, 0.018],
        ['gpt-4', 1, 0.009],
      ],
    );
    assert.equal((await sums('group=day,model')).length, 2);
    assert.deepEqual(await sums('group=day&to=2020-01-01'), []);
    for (const query of ['group=week', 'limit=0', 'cursor=nonsense', 'from=yesterday']) {
      assert.equal((await chat.get(`/api/usage?${query}`, alice)).status, 400, query);
    }
  });

  test('usage of a stopped answer is estimated from its text and marked so', async () => {
    const {chat} = await startLimited(priced);
    await using _ = chat;
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One two three four five'));
      await pause().here();
    });
    const running = await chat.post('/api/chat', question, alice);
    await readUntil(running, (text) => text === 'One two three four five');
    await chat.post(`/api/chat/${running.headers.get('x-chat-id')}/stop`, {}, alice);
    const [record] = await json<Record<string, number | boolean>[]>(await chat.get('/api/usage', alice));
    assert.ok(record);
    assert.deepEqual([record['completionTokens'], record['estimated']], [5, true]);
    assert.ok(Number(record['cost']) > 0);
  });

  test('S2.18, S2.19: /api/usage/remaining falls with every question', async () => {
    const {chat, clock} = await startLimited({apiKeys: [{key: 'key-of-alice', plan: 'trial'}]});
    await using _ = chat;
    interface Left {
      readonly remaining: number;
      readonly plan: {readonly name: string; readonly maxTokens: number};
      readonly windows: readonly object[];
    }
    const left = async () => json<Left>(await chat.get('/api/usage/remaining', alice));
    const before = await left();
    assert.deepEqual([before.plan.name, before.plan.maxTokens, before.remaining], ['trial', 500, 100]);
    await spend(chat, 3);
    assert.deepEqual(await left(), {
      ...before,
      remaining: 97,
      reset: clock.now() + minute,
      windows: [
        {window: 'minute', limit: 100, remaining: 97, reset: clock.now() + minute},
        {window: 'hour', limit: 1000, remaining: 997, reset: clock.now() + 60 * minute},
      ],
    });
    await spend(chat, 97);
    assert.equal((await left()).remaining, 0);
    const refused = await chat.post('/api/chat', question, alice);
    assert.deepEqual([refused.status, (await json<{code: string}>(refused)).code], [429, 'RATE_LIMITED']);
    // A caller without a token sees the limit of the address.
    assert.equal((await json<Left>(await chat.get('/api/usage/remaining'))).plan.name, 'visitor');
  });
});
