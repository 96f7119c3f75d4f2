/** X8: the ceiling of a day's spending, for visitors and for all. Many questions at once do not exceed it together. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {fakeClock} from '../../engine/testing/fake-clock.ts';
import type {ChatServerConfig} from '../../index.ts';
import {type TestServer, json, startChat} from '../../testing/chat-server.ts';
import {type Script, callsTool, delta, done, pause, refuses} from '../../testing/upstream.ts';
import {defineTool} from '../../tools/define-tool.ts';
import {z} from 'zod';

const hour = 3_600_000;
const alice = {authorization: 'Bearer key-of-alice'};
/** Headers of a request from a page on this machine. Each request is from a new visitor. */
const page = {origin: 'http://localhost:5173'};
const ask = (chat: TestServer, {maxTokens = 100, headers = page}: {maxTokens?: number; headers?: object} = {}) =>
  chat.post('/chat/stream', {messages: [{role: 'user', content: 'Hi'}], maxTokens, stream: false}, {...headers});

/** A server with a clock that stands at ten this evening, so that the store's records are of the same day. */
async function startSpending(config: ChatServerConfig) {
  const clock = fakeClock(new Date().setUTCHours(22, 0, 0, 0));
  const chat = await startChat({
    clock,
    apiKeys: [{key: 'key-of-alice', plan: 'default', account: 'alice'}],
    heartbeat: 600_000,
    auth: {visitorPlan: 'default'},
    ...config,
  });
  return {chat, clock};
}

/** Scripts an answer with so many tokens of usage. */
const costs =
  (prompt: number, completion: number): Script =>
  (exchange) =>
    exchange.end(delta('Well') + done({prompt, completion}));

const statusOf = async (response: Promise<Response>) => {
  const {status, body} = await response;
  await body?.cancel();
  return status;
};

suite('a ceiling of tokens', () => {
  test('many questions at once do not exceed a ceiling of tokens, and unused reservations are released', async () => {
    // The ceiling has room for three answers of a hundred tokens with their questions.
    const {chat} = await startSpending({spending: {visitors: {tokensPerDay: 380}}});
    await using _ = chat;
    const writing = pause();
    // Each question is either refused or reaches the upstream, and waits there for all the others.
    let decided = 0;
    const allDecided = Promise.withResolvers<void>();
    const decide = () => {
      decided += 1;
      if (decided === 8) allDecided.resolve();
    };
    const slow: Script = async (exchange) => {
      decide();
      await writing.here();
      await costs(9, 3)(exchange);
    };
    chat.upstream.script(...Array.from({length: 8}, () => slow));
    const answers = Array.from({length: 8}, () => ask(chat));
    for (const answer of answers) {
      void answer.then(({status}) => {
        if (status === 429) decide();
      });
    }
    await allDecided.promise;
    writing.go();
    const statuses = await Promise.all(answers.map(statusOf));
    assert.equal(statuses.filter((status) => status === 200).length, 3, String(statuses));
    assert.equal(chat.upstream.requests.length, 3);
    assert.equal(await statusOf(ask(chat)), 200);
  });

  test('a ceiling refuses until the end of the day, in the form of each path', async () => {
    const {chat, clock} = await startSpending({spending: {visitors: {tokensPerDay: 1000}}, ollama: true});
    await using _ = chat;
    chat.upstream.script(costs(500, 450));
    assert.equal(await statusOf(ask(chat)), 200);
    const sentence = 'The chat has answered as much as it may today. Come back tomorrow.';
    const message = {role: 'user', content: 'Hi'};
    const paths: readonly (readonly [path: string, body: object, headers: object, told: object])[] = [
      ['/chat/stream', {messages: [message]}, {}, {error: 'Rate limit exceeded', retryAfter: 7200}],
      ['/api/chat', {messages: [message]}, {}, {error: sentence, code: 'RATE_LIMITED', retryAfter: 7200}],
      [
        '/api/chat',
        {message: {text: 'Hi'}},
        {'x-chat-protocol': 'chatlet'},
        {error: sentence, code: 'rate-limited', retryAfter: 7200},
      ],
      ['/api/chat', {model: 'test-model', messages: [message]}, {'x-chat-protocol': 'ollama'}, {error: sentence}],
    ];
    for (const [path, body, headers, told] of paths) {
      const response = await chat.post(path, body, {...page, ...headers});
      assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '7200'], path);
      assert.equal(response.headers.get('x-should-retry'), 'false');
      assert.deepEqual(await json(response), told);
    }
    assert.equal(chat.upstream.requests.length, 1);
    await clock.pass(2 * hour);
    assert.equal(await statusOf(ask(chat)), 200);
  });

  test('a ceiling of visitors does not stop programs, a ceiling of everybody does', async () => {
    const {chat} = await startSpending({
      spending: {visitors: {tokensPerDay: 1000}, everybody: {tokensPerDay: 3000}},
    });
    await using _ = chat;
    chat.upstream.script(costs(900, 100), costs(1500, 500));
    assert.equal(await statusOf(ask(chat)), 200);
    assert.equal(await statusOf(ask(chat)), 429);
    assert.equal(await statusOf(ask(chat, {headers: alice})), 200);
    assert.equal(await statusOf(ask(chat, {headers: alice})), 429);
  });

  test('an answer with many calls of tools keeps the ceiling, too: each round is held before it is asked for', async () => {
    const look = defineTool({
      name: 'look',
      description: 'Looks.',
      input: z.object({}),
      annotations: {readOnlyHint: true},
      run: async () => 'seen',
    });
    const visitors = {tokensPerDay: 1100, visitorShare: 1, networkShare: 1, newVisitorShare: 0};
    const {chat} = await startSpending({spending: {visitors}, tools: [look]});
    await using _ = chat;
    chat.upstream.script(...Array.from({length: 9}, () => callsTool('look', {}, {prompt: 200, completion: 50})));
    assert.equal(await statusOf(ask(chat, {maxTokens: 200})), 429);
    // Four rounds of 250 tokens leave too little for a fifth.
    assert.deepEqual(
      chat.upstream.requests.map(({body}) => body?.['max_tokens']),
      [200, 200, 200, 200],
    );
    const metrics = await (await chat.get('/metrics')).text();
    // Nothing is held any more, and nothing is counted twice.
    assert.match(metrics, /^chatlet_spending_tokens\{whose="visitors",state="spent"\} 1000$/m);
    assert.match(metrics, /^chatlet_spending_tokens\{whose="visitors",state="held"\} 0$/m);
  });

  test('a failed answer costs nothing, and the last answer below a ceiling is shortened', async () => {
    const {chat} = await startSpending({spending: {visitors: {tokensPerDay: 1000}}});
    await using _ = chat;
    chat.upstream.script(...Array.from({length: 4}, () => refuses(503, {})));
    for (let times = 0; times < 4; times++) assert.equal(await statusOf(ask(chat, {maxTokens: 900})), 502);
    assert.equal(await statusOf(ask(chat, {maxTokens: 100_000})), 200);
    const most = Number(chat.upstream.requests.at(-1)?.body?.['max_tokens']);
    assert.ok(most > 900 && most < 1000, String(most));
  });
});

suite('a ceiling of money', () => {
  const priced = [{id: 'test-model', pricing: {prompt: 0.001, completion: 0.002}}];

  test('a ceiling of money counts by the prices of the models', async () => {
    const {chat} = await startSpending({models: priced, spending: {everybody: {usdPerDay: 0.01}}});
    await using _ = chat;
    // 0.005 and 0.004 are spent; the rest pays for less than five hundred tokens of an answer.
    chat.upstream.script(costs(1000, 2000), costs(2000, 1000));
    assert.equal(await statusOf(ask(chat)), 200);
    assert.equal(await statusOf(ask(chat)), 200);
    assert.equal(await statusOf(ask(chat, {maxTokens: 600})), 200);
    const most = Number(chat.upstream.requests.at(-1)?.body?.['max_tokens']);
    assert.ok(most > 400 && most <= 500, String(most));
  });

  test('a ceiling counts what was spent before a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
    try {
      const config = {
        databaseUrl: `sqlite:${join(folder, 'chatlet.db')}`,
        models: priced,
        spending: {visitors: {usdPerDay: 0.01}},
      };
      for (const statuses of [
        [200, 429],
        [429, 429],
      ]) {
        const {chat} = await startSpending(config);
        await using _ = chat;
        chat.upstream.script(costs(10_000, 0));
        for (const status of statuses) assert.equal(await statusOf(ask(chat)), status);
        assert.equal(await statusOf(ask(chat, {headers: alice})), 200);
      }
    } finally {
      await rm(folder, {recursive: true});
    }
  });
});
