/** `/api/v1/chat` and `/v1/chat`: conversations kept by the server, plans, prices, row by row. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createKey} from '../../server/src/engine/api-keys.ts';
import {sqliteKeyStore} from '../../server/src/stores/sqlite/keys.ts';
import {pause, delta, done, refuses} from '../../server/src/testing/upstream.ts';
import {
  type CompatServer,
  type Row,
  assertSafe,
  bearer,
  brokenProvider,
  dataOf,
  jsonOf,
  postJson,
  pricing,
  startServer,
  testRows,
  user,
} from './testing/harness.ts';
import {type Chunk, type Completion, assertOpenai} from './testing/openai-schema.ts';
import {test} from 'node:test';

const path = '/api/v1/chat';

interface Answer extends Completion {
  readonly provider: string;
  readonly latency: number;
  readonly cost: number;
}

const ask = (chat: CompatServer, more: object = {}, question = 'One two three', headers = {}) =>
  postJson(chat, path, {...user(question), ...more}, {headers});

async function refused(response: Response, status: number): Promise<string> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assertSafe(text);
  const {error} = JSON.parse(text) as {error: string | {message: string}};
  return typeof error === 'string' ? error : error.message;
}

const rows: readonly Row[] = [
  [
    'S3.1',
    'both printed paths give equal answers',
    async (chat) => {
      const [one, two] = [path, '/v1/chat'].map(async (printed) => {
        const answer = await jsonOf<Answer>(await postJson(chat, printed, user('Hi')));
        return {...answer, id: '', created: 0, latency: 0};
      });
      assert.deepEqual(await one, await two);
    },
  ],
  [
    'S3.3',
    'the printed defaults are gpt-4, 1000 tokens and temperature 0.7',
    async (chat) => {
      const {model} = await jsonOf<Answer>(await ask(chat));
      assert.equal(model, 'gpt-4');
      assert.deepEqual([chat.asked['max_tokens'], chat.asked['temperature']], [1000, 0.7]);
      await jsonOf(await ask(chat, {max_tokens: 20, temperature: 0, system_prompt: 'Be brief.\nVery.'}));
      assert.deepEqual([chat.asked['max_tokens'], chat.asked['temperature']], [20, 0]);
      assert.deepEqual(chat.told, [
        {role: 'system', content: 'Be brief.\nVery.'},
        {role: 'user', content: 'One two three'},
      ]);
      for (const wrong of [{temperature: 2.1}, {max_tokens: -1}, {max_tokens: 1.5}, {messages: []}, {model: 5}]) {
        await refused(await ask(chat, wrong), 400);
      }
    },
  ],
  [
    'S3.4',
    'a message may have a name',
    async (chat) => {
      const messages = [{role: 'user', content: 'Hi', name: 'ann'}];
      const {choices} = await jsonOf<Answer>(await postJson(chat, path, {messages}));
      assert.equal(choices[0]?.message.content, 'Hi');
    },
  ],
  [
    'S3.5',
    'the answer has provider, latency and cost',
    async (chat) => {
      const before = Math.floor(Date.now() / 1000);
      const answer = await jsonOf<Answer>(await ask(chat, {model: 'm'}));
      assertOpenai('CreateChatCompletionResponse', answer);
      assert.match(answer.id, /^chat_/);
      assert.equal(answer.object, 'chat.completion');
      assert.ok(Number.isInteger(answer.created) && answer.created >= before);
      assert.equal(answer.model, 'm');
      assert.deepEqual(
        answer.choices.map(({index, message, finish_reason: reason}) => [index, message.role, reason]),
        [[0, 'assistant', 'stop']],
      );
      const {prompt_tokens: prompt, completion_tokens: completion, total_tokens: total} = answer.usage;
      assert.equal(total, prompt + completion);
      assert.equal(typeof answer.provider, 'string');
      assert.ok(answer.latency >= 0 && answer.latency < 10_000);
      const cost = (prompt * pricing.prompt + completion * pricing.completion) / 1000;
      assert.ok(Math.abs(answer.cost - cost) < 1e-9);
    },
  ],
  [
    'S3.6',
    'a conversation goes on under our id and under the caller’s own id',
    async (chat) => {
      for (const id of ['conv_123456', 'my-own~name']) {
        const requests = chat.requests.length;
        await jsonOf(await ask(chat, {conversation_id: id}, 'I am Ann.'));
        await jsonOf(await ask(chat, {conversation_id: id}, 'Who am I?'));
        assert.equal(chat.requests.length, requests + 2);
        assert.deepEqual(chat.told, [
          {role: 'user', content: 'I am Ann.'},
          {role: 'assistant', content: 'I am Ann.'},
          {role: 'user', content: 'Who am I?'},
        ]);
      }
      await refused(await ask(chat, {conversation_id: 'chat_000000000000000000000000'}), 404);
    },
  ],
  [
    'S3.8',
    'every error has its printed status',
    async (chat) => {
      await refused(await ask(chat, {temperature: 3}), 400);
      chat.script(refuses(500, {error: {message: 'canary at /srv/model.py (line 3)'}}));
      assert.doesNotMatch(await refused(await ask(chat), 502), /canary/);
    },
  ],
  [
    'S3.11',
    'with stream: true come OpenAI’s chunks, and the last one has provider, latency and cost',
    async (chat) => {
      const data = await dataOf(await ask(chat, {stream: true, model: 'm'}));
      assert.equal(data.at(-1), '[DONE]');
      const chunks = data.slice(0, -1).map((item) => JSON.parse(item) as Chunk & Partial<Answer>);
      for (const chunk of chunks) assertOpenai('CreateChatCompletionStreamResponse', chunk);
      assert.equal(chunks.map(({choices}) => choices[0]?.delta.content ?? '').join(''), 'One two three');
      const {provider, latency, cost} = chunks.at(-1) ?? {};
      assert.equal(typeof provider, 'string');
      assert.ok(latency !== undefined && latency >= 0);
      assert.ok(cost !== undefined && cost > 0);
      for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.provider, undefined);
    },
  ],
];

testRows(rows);

testRows(
  [
    [
      'S3.8',
      'a fault of ours is a 500 that says nothing of itself',
      async (chat) => {
        await refused(await ask(chat), 500);
        assert.equal(chat.reported.length > 0, true);
      },
    ],
  ],
  {providers: [brokenProvider]},
);

const keys = [
  {key: 'key-of-alice', plan: 'default', account: 'alice'},
  {key: 'next-key-of-alice', plan: 'default', account: 'alice'},
  {key: 'key-of-bob', plan: 'default'},
  {key: 'key-of-trial', plan: 'trial'},
  {key: 'key-of-core', plan: 'core'},
  {key: 'key-of-enterprise', plan: 'enterprise'},
];

testRows(
  [
    [
      'S3.2',
      'without a key, and with a wrong one, the answer is a 401',
      async (chat) => {
        for (const way of [path, '/v1/chat']) {
          for (const headers of [{}, bearer('nobody-has-this'), {authorization: 'Basic a2V5'}, {authorization: ''}]) {
            await refused(await postJson(chat, way, user('Hi'), {headers}), 401);
          }
          await jsonOf(await postJson(chat, way, user('Hi'), {headers: bearer('key-of-alice')}));
        }
        assert.equal(chat.requests.length, 2);
      },
    ],
    [
      'S3.7',
      'each plan gives what it says and refuses one more, naming the limit',
      async (chat) => {
        const plans = [
          {key: 'key-of-trial', tokens: 500, messages: 10, length: 1000},
          {key: 'key-of-core', tokens: 2000, messages: 50, length: 4000},
          {key: 'key-of-enterprise', tokens: 4000, messages: 100, length: 8000},
        ];
        for (const {key, tokens, messages, length} of plans) {
          const headers = bearer(key);
          const many = (count: number) => ({messages: Array.from({length: count}, () => user('x').messages[0])});
          const cases = [
            [{max_tokens: tokens}, {max_tokens: tokens + 1}, /token/i],
            [many(messages), many(messages + 1), /message/i],
            [user('x'.repeat(length)), user('x'.repeat(length + 1)), /character|length/i],
          ] as const;
          for (const [fits, exceeds, limit] of cases) {
            await jsonOf(await ask(chat, fits, 'Hi', headers));
            assert.match(await refused(await ask(chat, exceeds, 'Hi', headers), 400), limit);
          }
          // An absent number is the plan's if that is below the default of the path.
          await jsonOf(await ask(chat, {}, 'Hi', headers));
          assert.equal(chat.asked['max_tokens'], Math.min(1000, tokens));
        }
      },
    ],
    [
      'S3.8',
      'and a 429 that says when',
      async (chat) => {
        const headers = bearer('key-of-bob');
        for (let count = 0; count < 100; count++) await jsonOf(await ask(chat, {}, 'Hi', headers));
        const response = await ask(chat, {}, 'Hi', headers);
        assert.ok(Number(response.headers.get('retry-after')) >= 1);
        await refused(response, 429);
      },
    ],
    [
      'S3.9',
      'a conversation belongs to the key that began it',
      async (chat) => {
        const asAlice = bearer('key-of-alice');
        const asBob = bearer('key-of-bob');
        const first = await ask(chat, {conversation_id: 'shared-name'}, 'I am Ann.', asAlice);
        const id = first.headers.get('x-chat-id') ?? '';
        await jsonOf(first);
        assert.match(id, /^chat_/);
        await refused(await ask(chat, {conversation_id: id}, 'Who am I?', asBob), 404);
        // With the same name another caller has a conversation of their own.
        await jsonOf(await ask(chat, {conversation_id: 'shared-name'}, 'Who am I?', asBob));
        assert.deepEqual(chat.told, user('Who am I?').messages);
      },
    ],
    [
      'S3.10',
      'two keys of an account are valid at once and see the same conversations',
      async (chat) => {
        await jsonOf(await ask(chat, {conversation_id: 'c1'}, 'I am Ann.', bearer('key-of-alice')));
        await jsonOf(await ask(chat, {conversation_id: 'c1'}, 'Who am I?', bearer('next-key-of-alice')));
        assert.equal(chat.told.length, 3);
      },
    ],
  ],
  {apiKeys: keys},
);

test('S3.10: a revoked key is refused at once, also while an answer to it is written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-'));
  try {
    const file = join(folder, 'chatlet.db');
    await using chat = await startServer({databaseUrl: `sqlite:${file}`});
    // Created and revoked from outside, as the command line does.
    const store = sqliteKeyStore({path: file});
    const [old, next] = [
      await createKey(store, {account: 'alice', plan: 'default'}),
      await createKey(store, {account: 'alice', plan: 'default'}),
    ];
    const writing = pause();
    chat.script(async (exchange) => {
      await exchange.write(delta('One '));
      await writing.here();
      exchange.end(delta('two') + done());
    });
    const running = await ask(chat, {stream: true}, 'Count', bearer(old.key));
    await writing.reached;
    await store.revoke(old.record.id);
    await refused(await ask(chat, {}, 'Hi', bearer(old.key)), 401);
    await jsonOf(await ask(chat, {}, 'Hi', bearer(next.key)));
    writing.go();
    assert.equal((await dataOf(running)).at(-1), '[DONE]');
    await store.close();
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
});
