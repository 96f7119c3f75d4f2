/** Idempotency: a request that is sent again, by a retry or a double click, is answered and billed once. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {OpenAI} from 'openai7';
import {delta, done, pause, refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, jsonOf, postJson, startServer, user} from './testing/harness.ts';

const ways: readonly (readonly [path: string, body: object])[] = [
  ['/v1/chat/completions', {model: 'm', ...user('Once')}],
  ['/v1/chat/completions', {model: 'm', stream: true, ...user('Once')}],
  ['/chat/stream', user('Once')],
  ['/api/v1/chat', user('Once')],
  ['/api/v1/chat', {conversation_id: 'c1', ...user('Once')}],
  ['/api/chat', user('Once')],
];

const headers = {'idempotency-key': 'f3b0c442-98fc-4c14-9afb-f4c8996fb924'};

async function send(chat: CompatServer, path: string, body: object, more: object = headers): Promise<string> {
  const response = await postJson(chat, path, body, {headers: {...more}});
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.match(text, /Once/);
  // Comments are only for keep-alive, and each response has its own latency.
  return text.replaceAll(/^:.*\n\n/gm, '').replace(/"latency":\d+/, '"latency":0');
}

suite('the same Idempotency-Key', () => {
  for (const [path, body] of ways) {
    const name = `${path} ${Object.keys(body)
      .filter((key) => key !== 'messages')
      .join(' ')}`;
    test(`requests with the same Idempotency-Key get one answer, at the same time and afterwards: ${name}`, async () => {
      await using chat = await startServer();
      const both = await Promise.all([send(chat, path, body), send(chat, path, body)]);
      const later = await send(chat, path, body);
      assert.equal(chat.requests.length, 1);
      assert.equal(both[1], both[0]);
      assert.equal(later, both[0]);
      const other = await send(chat, path, body, {'idempotency-key': 'another-key'});
      assert.equal(chat.requests.length, 2);
      assert.notEqual(other, '');
      assert.equal((await jsonOf<object[]>(await chat.get('/api/usage'))).length, 2);
    });
  }

  for (const [path, body] of ways) {
    const name = `${path} ${Object.keys(body).join(' ')}`;
    test(`after a failure the same Idempotency-Key is asked again, once for all requests: ${name}`, async () => {
      await using chat = await startServer({heartbeat: 600_000});
      chat.script(refuses(503, {}));
      const failed = await postJson(chat, path, body, {headers});
      await failed.text();
      assert.equal(failed.status, 502);
      const both = await Promise.all([send(chat, path, body), send(chat, path, body)]);
      assert.equal(chat.requests.length, 2);
      assert.equal(both[1], both[0]);
      assert.equal(await send(chat, path, body), both[0]);
      assert.equal(chat.requests.length, 2);
    });
  }

  test("OpenAI's client keeps its Idempotency-Key when it retries, and the retry gets the answer", async () => {
    for (const more of [{}, {conversation_id: 'c1'}]) {
      await using chat = await startServer({apiKeys: [{key: 'key-of-alice', plan: 'default'}]});
      // The second upstream dies in the middle of an answer that is wanted as one JSON.
      chat.script(refuses(500, {}), (exchange) => exchange.end(delta('Half an ')));
      const sent: (string | null)[] = [];
      const client = new OpenAI({
        apiKey: 'key-of-alice',
        baseURL: `${chat.url}/v1`,
        fetch: (input, init) => {
          sent.push(new Headers(init?.headers).get('idempotency-key'));
          const path = 'conversation_id' in more ? `${chat.url}/v1/chat` : input;
          return fetch(path, init);
        },
      });
      const completion = await client.chat.completions.create(
        {model: 'm', messages: [{role: 'user', content: 'Once'}], ...more},
        {headers: {'Idempotency-Key': 'one-question'}},
      );
      assert.equal(completion.choices[0]?.message.content, 'Once');
      assert.deepEqual(sent, ['one-question', 'one-question', 'one-question']);
      assert.equal(chat.requests.length, 3);
    }
  });

  test('the same Idempotency-Key of another caller is a request of its own', async () => {
    const keys = ['key-of-alice', 'key-of-bob'];
    await using chat = await startServer({apiKeys: keys.map((key) => ({key, plan: 'default'}))});
    for (const key of keys) {
      await send(
        chat,
        '/v1/chat/completions',
        {model: 'm', ...user('Once')},
        {...headers, authorization: `Bearer ${key}`},
      );
    }
    assert.equal(chat.requests.length, 2);
  });
});

test('a client that lost its connection and retries gets the answer that was begun', async () => {
  await using chat = await startServer({apiKeys: [{key: 'key-of-alice', plan: 'default'}]});
  const writing = pause();
  chat.script(async (exchange) => {
    await exchange.write(delta('One '));
    await writing.here();
    exchange.end(delta('two') + done());
  });
  let tries = 0;
  const client = new OpenAI({
    apiKey: 'key-of-alice',
    baseURL: `${chat.url}/v1`,
    async fetch(input, init) {
      tries++;
      if (tries > 1) return fetch(input, init);
      // The first connection breaks while the model is at work.
      const abort = new AbortController();
      const answer = fetch(input, {...init, signal: abort.signal});
      await writing.reached;
      setImmediate(writing.go);
      abort.abort();
      await answer.catch(() => {});
      throw new TypeError('fetch failed');
    },
  });
  const completion = await client.chat.completions.create(
    {model: 'm', messages: [{role: 'user', content: 'Count'}]},
    {headers: {'Idempotency-Key': 'one-question'}},
  );
  assert.equal(completion.choices[0]?.message.content, 'One two');
  assert.equal(tries, 2);
  assert.equal(chat.requests.length, 1);
});
