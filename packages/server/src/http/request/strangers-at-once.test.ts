/** Strangers together: the shares of a day's ceiling, and answers that are being written at the same time. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {fakeClock} from '../../engine/testing/fake-clock.ts';
import type {ChatServerConfig} from '../../index.ts';
import {type TestServer, answered, json, ownProtocol, startChat} from '../../testing/chat-server.ts';
import {type Script, delta, done, pause} from '../../testing/upstream.ts';

const site = 'https://www.example.com';
const hour = 3_600_000;
const unlimitedRates = [{name: 'visitor', perMinute: 1_000_000, perHour: 1_000_000}];
const question = {messages: [{role: 'user', content: 'Hi'}], stream: false};

/** A server behind a trusted proxy, so that a test can choose addresses. */
async function startPublic(config: ChatServerConfig = {}) {
  const clock = fakeClock(new Date().setUTCHours(2, 0, 0, 0));
  const chat = await startChat({origins: [site], trustProxy: 1, clock, plans: unlimitedRates, ...config});
  return {chat, clock};
}

/** The headers of a visitor of that name and address. */
function from(address: string, name?: string) {
  const token = name === undefined ? {} : {'x-chatlet-visitor': `v2.${name.padEnd(43, 'x')}`};
  return {origin: site, 'x-forwarded-for': address, ...token};
}

const costs =
  (prompt: number, completion: number): Script =>
  (exchange) =>
    exchange.end(delta('Well') + done({prompt, completion}));

interface Told {
  readonly status: number;
  readonly retryAfter: number;
  readonly error: string;
}

async function ask(chat: TestServer, headers: object, cost?: readonly [number, number]): Promise<Told> {
  if (cost) chat.upstream.script(costs(...cost));
  const asked = chat.upstream.requests.length;
  const response = await chat.post('/chat/stream', question, {...headers});
  // A refusal does not reach the upstream, so its script must go.
  if (cost && chat.upstream.requests.length === asked) chat.upstream.unscript();
  const {error = ''} = await json<{error?: string}>(response);
  return {status: response.status, retryAfter: Number(response.headers.get('retry-after')), error};
}

/** Asks until it is refused, and returns how many were answered. */
async function askAll(chat: TestServer, headers: () => object, {cost, most = 200}: {cost: number; most?: number}) {
  for (let count = 0; count < most; count++) {
    const told = await ask(chat, headers(), [0, cost]);
    if (told.status !== 200) return {count, told};
  }
  return {count: most, told: undefined};
}

suite('R-11: the ceiling of a day', () => {
  test('R-11: one visitor takes at most 2 % of the ceiling, which is 2 000 000 tokens by default', async () => {
    const {chat, clock} = await startPublic();
    await using _ = chat;
    const greedy = () => from('192.0.2.1', 'greedy');
    const {count, told} = await askAll(chat, greedy, {cost: 4000});
    assert.equal(count, 10);
    assert.deepEqual([told?.status, told?.retryAfter], [429, 22 * 3600]);
    assert.equal((await ask(chat, from('192.0.2.1', 'other'), [0, 4000])).status, 200);
    await clock.pass(22 * hour);
    assert.equal((await ask(chat, greedy(), [0, 4000])).status, 200);
  });

  test('R-11: one network takes at most 5 %, with any number of visitors, IPv4 or IPv6', async () => {
    for (const [addressOf, other] of [
      [(n: number) => `198.51.100.${n}`, '198.51.101.1'],
      [(n: number) => `2001:db8:1:${n.toString(16)}::${n}`, '2001:db8:2::1'],
      [(n: number) => `::ffff:203.0.113.${n}`, '203.0.114.9'],
    ] as const) {
      const {chat} = await startPublic();
      await using _ = chat;
      let n = 0;
      const {count, told} = await askAll(chat, () => from(addressOf(++n)), {cost: 5000});
      assert.equal(count, 20);
      assert.ok((told?.retryAfter ?? 0) > 3600);
      assert.equal((await ask(chat, from(other), [0, 5000])).status, 200, other);
    }
  });

  test('R-11: one address asks all day, and a new visitor is still answered', async () => {
    const {chat, clock} = await startPublic();
    await using _ = chat;
    let answers = 0;
    for (let hours = 0; hours < 21; hours++) {
      for (let times = 0; times < 20; times++) {
        const {status} = await ask(chat, from('192.0.2.1'), [500, 4500]);
        if (status === 200) answers++;
      }
      await clock.pass(hour);
    }
    assert.equal(answers, 20);
    assert.equal((await ask(chat, from('203.0.113.7'), [500, 500])).status, 200);
    assert.equal((await ask(chat, from('203.0.113.7'), [500, 500])).status, 200);
  });

  test('R-11: the last fifth is kept for those who have used nothing today', async () => {
    const {chat} = await startPublic({spending: {visitors: {tokensPerDay: 100_000}}});
    await using _ = chat;
    assert.equal((await ask(chat, from('10.1.0.1', 'early'), [0, 1000])).status, 200);
    // Forty networks with two answers each use up four fifths.
    for (let network = 1; network < 80; network++) {
      assert.equal((await ask(chat, from(`10.2.${network}.1`), [0, 1000])).status, 200, String(network));
    }
    const early = await ask(chat, from('10.1.0.1', 'early'), [0, 1000]);
    assert.deepEqual([early.status, early.retryAfter > 3600], [429, true]);
    for (let network = 1; network <= 20; network++) {
      assert.equal((await ask(chat, from(`10.3.${network}.1`), [0, 1000])).status, 200, String(network));
    }
    assert.equal((await ask(chat, from('10.4.0.1'), [0, 1000])).status, 429);
  });

  test('R-11: what is only held delays for seconds, and is free when the answers have ended', async () => {
    const {chat} = await startPublic({
      spending: {visitors: {tokensPerDay: 20_000, visitorShare: 1, networkShare: 1, newVisitorShare: 0}},
      plans: [{...unlimitedRates[0], name: 'visitor', answersAtOnce: 1000}],
      answersOfAddress: 1000,
    });
    await using _ = chat;
    const writing = pause();
    const slow: Script = async (exchange) => {
      await writing.here();
      await costs(9, 3)(exchange);
    };
    chat.upstream.script(...Array.from({length: 100}, () => slow));
    const asking = Array.from({length: 100}, (_value, n) => ask(chat, from(`10.${n}.0.1`)));
    await writing.reached;
    const busy = await Promise.race(
      asking.map(async (asked) => ((await asked).status === 429 ? asked : new Promise<never>(() => {}))),
    );
    writing.go();
    assert.ok(busy.retryAfter >= 1 && busy.retryAfter <= 10);
    const told = await Promise.all(asking);
    for (const {status, retryAfter, error} of told) {
      assert.equal(status === 200 || (status === 429 && retryAfter <= 10), true);
      assert.doesNotMatch(error, /tomorrow/);
    }
    for (let n = 0; n < 100; n++) assert.equal((await ask(chat, from(`10.${n}.0.1`), [9, 3])).status, 200);
  });

  test('R-11: keys and signed-in users are outside of the ceiling of visitors, and no length is imposed on them', async () => {
    const {chat} = await startPublic({
      apiKeys: [{key: 'key-of-alice', plan: 'default'}],
      spending: {visitors: {tokensPerDay: 1000}},
    });
    await using _ = chat;
    for (let times = 0; times < 5; times++) {
      assert.equal((await ask(chat, {authorization: 'Bearer key-of-alice'}, [5000, 5000])).status, 200);
    }
    assert.equal(chat.upstream.requests.at(-1)?.body?.['max_tokens'], undefined);
    assert.equal((await ask(chat, from('192.0.2.1'), [10, 10])).status, 200);
  });

  test('R-11: the share of a visitor counts what was spent before a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
    try {
      for (const expected of [10, 0]) {
        const {chat} = await startPublic({databaseUrl: `sqlite:${join(folder, 'chatlet.db')}`});
        await using _ = chat;
        const {count} = await askAll(chat, () => from('192.0.2.1', 'greedy'), {cost: 4000});
        assert.equal(count, expected);
        assert.equal((await ask(chat, from('192.0.2.1', `other${expected}`), [0, 4000])).status, 200);
      }
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('R-11: the metrics show what is spent and held', async () => {
    const {chat} = await startPublic({metricsToken: 'let-me-look'});
    await using _ = chat;
    await ask(chat, from('192.0.2.1'), [100, 200]);
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('Well'));
      await silent.here();
      exchange.end(done());
    });
    const running = await chat.post('/chat/stream', {...question, stream: true}, {...from('192.0.2.2')});
    const text = await (await chat.get('/metrics', {authorization: 'Bearer let-me-look'})).text();
    assert.match(text, /chatlet_spending_tokens\{whose="visitors",state="spent"\} 300\n/);
    const [, held] = /chatlet_spending_tokens\{whose="visitors",state="held"\} (\d+)\n/.exec(text) ?? [];
    assert.ok(Number(held) > 1000, held);
    silent.go();
    await running.text();
  });
});

/** Answers that go on until the test ends them. */
function hang(chat: TestServer) {
  const end = Promise.withResolvers<void>();
  const script: Script = async (exchange) => {
    chat.upstream.script(script);
    await exchange.write(delta('One '));
    await end.promise;
    exchange.end(done());
  };
  chat.upstream.script(script);
  return {end: () => end.resolve()};
}

suite('R-12: answers at once', () => {
  const kept = (chat: TestServer, headers: object) =>
    chat.post('/api/chat', {message: {text: 'Hi'}}, {...ownProtocol, ...headers});
  const unkept = (chat: TestServer, headers: object) =>
    chat.post('/chat/stream', {messages: question.messages}, {...headers});

  for (const [name, post] of [
    ['kept', kept],
    ['not kept', unkept],
  ] as const) {
    test(`R-12: a visitor has four answers at once that are ${name}, and is told to wait for seconds`, async () => {
      const {chat} = await startPublic();
      await using _ = chat;
      const hanging = hang(chat);
      const visitor = from('192.0.2.1', 'many');
      const running = [];
      for (let count = 0; count < 4; count++) running.push(await post(chat, visitor));
      assert.deepEqual(
        running.map(({status}) => status),
        [200, 200, 200, 200],
      );
      for (const path of [kept, unkept]) {
        const refused = await path(chat, visitor);
        assert.equal(refused.status, 429);
        const wait = Number(refused.headers.get('retry-after'));
        assert.ok(wait >= 1 && wait <= 10);
        await refused.text();
      }
      assert.equal(chat.upstream.requests.length, 4);
      // Another visitor is not concerned.
      const other = await post(chat, from('192.0.2.1', 'other'));
      assert.equal(other.status, 200);
      hanging.end();
      await Promise.all([...running, other].map((response) => response.text()));
      const again = await post(chat, visitor);
      assert.equal(again.status, 200);
      await again.text();
    });
  }

  test('R-12: a kept answer counts after its reader has left, and a stopped one no more', async () => {
    const {chat} = await startPublic();
    await using _ = chat;
    hang(chat);
    const visitor = from('192.0.2.1', 'leaver');
    const chatIds: string[] = [];
    for (let count = 0; count < 4; count++) {
      const response = await kept(chat, visitor);
      chatIds.push(response.headers.get('x-chat-id') ?? '');
      await response.body?.cancel();
    }
    assert.equal((await kept(chat, visitor)).status, 429);
    assert.deepEqual(await json(await chat.post(`/api/chat/${chatIds[0]}/stop`, {}, {...visitor})), {stopped: true});
    const next = await kept(chat, visitor);
    assert.equal(next.status, 200);
    await next.body?.cancel();
  });

  test('R-12: an answer that is not kept ends with its reader, and is free then', async () => {
    const {chat} = await startPublic();
    await using _ = chat;
    hang(chat);
    const visitor = from('192.0.2.1', 'leaver');
    for (let count = 0; count < 12; count++) {
      const response = await unkept(chat, visitor);
      assert.equal(response.status, 200, String(count));
      await response.body?.cancel();
      await chat.upstream.requests.at(-1)?.abandoned;
    }
  });

  test('R-12: all visitors of an address have sixteen, and a repeated question reads its running answer', async () => {
    const {chat} = await startPublic();
    await using _ = chat;
    const hanging = hang(chat);
    const first = {...ownProtocol, ...from('192.0.2.1', 'first')};
    const message = {id: 'q-1', text: 'Hi'};
    const responses = [await chat.post('/api/chat', {chatId: 'mine', message}, first)];
    for (let count = 1; count < 16; count++) responses.push(await unkept(chat, from('192.0.2.1', `v${count}`)));
    assert.ok(responses.every(({status}) => status === 200));
    assert.equal((await unkept(chat, from('192.0.2.1', 'last'))).status, 429);
    assert.equal((await kept(chat, from('192.0.2.1', 'last'))).status, 429);
    const repeated = await chat.post('/api/chat', {chatId: 'mine', message}, first);
    assert.equal(repeated.status, 200);
    const elsewhere = await unkept(chat, from('192.0.2.2', 'last'));
    assert.equal(elsewhere.status, 200);
    hanging.end();
    await Promise.all([...responses, repeated, elsewhere].map((response) => response.text()));
  });

  test('R-12: a refused question is not stored, and can be asked again under its id', async () => {
    const {chat} = await startPublic({plans: [{name: 'visitor', answersAtOnce: 1}]});
    await using _ = chat;
    const hanging = hang(chat);
    const visitor = {...ownProtocol, ...from('192.0.2.1', 'v')};
    const running = await kept(chat, visitor);
    const body = {chatId: 'second', message: {id: 'q-2', text: 'Hi'}};
    const refused = await chat.post('/api/chat', body, visitor);
    assert.equal(refused.status, 429);
    assert.equal((await json<unknown[]>(await chat.get('/api/chats', visitor))).length, 1);
    hanging.end();
    await running.text();
    const {answer} = await answered(await chat.post('/api/chat', body, visitor));
    assert.equal(answer.endReason, 'stop');
  });

  test('R-12: a failed start frees its place, as does an upstream that breaks', async () => {
    const {chat} = await startPublic({plans: [{name: 'visitor', answersAtOnce: 1}]});
    await using _ = chat;
    const visitor = from('192.0.2.1', 'v');
    for (const script of [(exchange) => exchange.cut(), (exchange) => exchange.end('nonsense')] satisfies Script[]) {
      for (const post of [kept, unkept]) {
        chat.upstream.script(script);
        await (await post(chat, visitor)).text();
      }
    }
    assert.equal((await chat.post('/api/chat', {...question, chatId: 'chat_unknown'}, {...visitor})).status, 404);
    for (const post of [kept, unkept]) {
      const response = await post(chat, visitor);
      assert.equal(response.status, 200);
      await response.text();
    }
  });

  test('R-12: keys have no limit unless their plan sets one, which counts each of several choices', async () => {
    const {chat} = await startPublic({
      plans: [{name: 'two', answersAtOnce: 2}],
      apiKeys: [
        {key: 'key-of-alice', plan: 'default'},
        {key: 'key-of-bob-1', plan: 'two'},
      ],
    });
    await using _ = chat;
    const hanging = hang(chat);
    const alice = {authorization: 'Bearer key-of-alice', 'x-forwarded-for': '192.0.2.1'};
    const bob = {authorization: 'Bearer key-of-bob-1'};
    const running = await Promise.all(Array.from({length: 20}, () => unkept(chat, alice)));
    assert.ok(running.every(({status}) => status === 200));
    const completion = {model: 'default', messages: question.messages};
    assert.equal((await chat.post('/v1/chat/completions', {...completion, n: 3}, bob)).status, 429);
    const both = await chat.post('/v1/chat/completions', {...completion, n: 2, stream: true}, bob);
    assert.equal(both.status, 200);
    assert.equal((await unkept(chat, bob)).status, 429);
    hanging.end();
    await Promise.all([...running, both].map((response) => response.text()));
  });
});
