/** `/api/chat` with typed events, the history, usage and limits, row by row. */
import assert from 'node:assert/strict';
import {
  type CompatServer,
  type Row,
  bearer,
  eventsOf,
  jsonOf,
  postJson,
  startServer,
  testRows,
  unlimited,
  user,
} from './testing/harness.ts';
import {type TypedEvent, readPrintedTypedEvents} from './testing/printed-readers.ts';
import {refuses} from '../../server/src/testing/upstream.ts';

const path = '/api/chat';

const ask = (chat: CompatServer, more: object = {}, question = 'Hello!') =>
  postJson(chat, path, {...user(question), ...more});

interface Chat {
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface StoredMessage {
  readonly id: string;
  readonly chatId: string;
  readonly role: string;
  readonly content: string;
  readonly createdAt: string;
}

interface Refusal {
  readonly error: string;
  readonly code: string;
  readonly details?: {readonly remaining?: number; readonly reset?: number};
}

interface UsageRecord {
  readonly userId: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly timestamp: string;
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Asks and reads to the end; returns the chat's id. */
async function chatIdOf(response: Response): Promise<string> {
  const id = response.headers.get('x-chat-id') ?? '';
  await response.text();
  assert.equal(response.status, 200);
  return id;
}

async function refusalOf(response: Response, ...statuses: readonly number[]): Promise<Refusal> {
  assert.ok(statuses.includes(response.status), `${response.status} is not ${statuses.join(' or ')}.`);
  const body = await jsonOf<Refusal>(response, response.status);
  assert.equal(typeof body.error, 'string');
  return body;
}

const chatsOf = async (chat: CompatServer, headers = {}) => jsonOf<Chat[]>(await chat.get('/api/chats', headers));

const messagesOf = async (chat: CompatServer, id: string, headers = {}) =>
  jsonOf<StoredMessage[]>(await chat.get(`/api/chats/${id}/messages`, headers));

/** `GET /api/usage` answers with a list, or with an object that has one. */
async function usageOf(chat: CompatServer, headers = {}): Promise<readonly UsageRecord[]> {
  return jsonOf<UsageRecord[]>(await chat.get('/api/usage', headers));
}

/** All numbers in an answer, by their path. */
function numbersIn(value: unknown, at = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[at, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, `${at}/${key}`));
}

const rows: readonly Row[] = [
  [
    'S2.1',
    'the answer is an event stream',
    async (chat) => {
      const response = await ask(chat);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
      await response.text();
    },
  ],
  [
    'S2.2',
    'messages are required, the model is gpt-4o by default, a chat is optional',
    async (chat) => {
      await refusalOf(await postJson(chat, path, {}), 400);
      await refusalOf(await postJson(chat, path, {messages: []}), 400);
      const id = await chatIdOf(await ask(chat));
      const [first] = await chatsOf(chat);
      assert.deepEqual([first?.id, first?.model], [id, 'gpt-4o']);
      assert.equal(await chatIdOf(await ask(chat, {chatId: id}, 'Again')), id);
    },
  ],
  [
    'S2.3',
    'text-delta events, then finish, and no [DONE]; the printed reader reads 200 of them',
    async () => {
      await using chat = await startServer(unlimited);
      const expected = {type: 'finish', finishReason: 'stop'};
      for (let run = 0; run < 200; run++) {
        const question = `"Hello"\nfor the ${run}th time 👋`;
        const events = await readPrintedTypedEvents(await ask(chat, {}, question));
        const {type, finishReason} = events.at(-1) ?? {};
        assert.deepEqual({type, finishReason}, expected);
        const deltas = events.slice(0, -1);
        for (const delta of deltas) assert.equal(delta.type, 'text-delta');
        assert.equal(deltas.map(({textDelta}) => textDelta).join(''), question);
      }
    },
  ],
  [
    'S2.4',
    'X-Chat-Id is there from the first byte, and pages of other origins may read it',
    async (chat) => {
      const response = await postJson(chat, path, user('Hi'), {headers: {origin: 'http://localhost:3000'}});
      assert.match(response.headers.get('x-chat-id') ?? '', /^chat_/);
      assert.match(response.headers.get('access-control-expose-headers') ?? '', /\bX-Chat-Id\b/i);
      assert.equal(response.headers.get('access-control-allow-origin'), 'http://localhost:3000');
      await response.text();
    },
  ],
  [
    'S2.5',
    'X-RateLimit-Remaining falls by one a call',
    async (chat) => {
      const left: number[] = [];
      for (let call = 0; call < 3; call++) {
        const response = await ask(chat);
        left.push(Number(response.headers.get('x-ratelimit-remaining')));
        await response.text();
      }
      assert.deepEqual(left, [99, 98, 97]);
    },
  ],
  [
    'S2.6',
    'the five printed models are accepted',
    async (chat) => {
      for (const model of ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4', 'claude-3-5-haiku', 'gemini-2-flash']) {
        const events = await eventsOf<TypedEvent>(await ask(chat, {model}));
        assert.equal(events.at(-1)?.type, 'finish', model);
        assert.equal((await chatsOf(chat))[0]?.model, model);
      }
    },
  ],
  [
    'S2.7',
    'a request of useChat of ai/react is answered in its own lines',
    async (chat) => {
      const messages = [{id: 'm1', role: 'user', content: 'Hello', parts: [{type: 'text', text: 'Hello'}]}];
      const response = await postJson(chat, path, {id: 'c1', messages, model: 'gpt-4o'});
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-vercel-ai-data-stream'), 'v1');
      const lines = (await response.text()).split('\n').filter((line) => line !== '');
      for (const line of lines) assert.match(line, /^[0-9a-k]:/);
      const words = lines.filter((line) => line.startsWith('0:')).map((line) => JSON.parse(line.slice(2)) as string);
      assert.equal(words.join(''), 'Hello');
    },
  ],
  [
    'S2.8',
    'GET /api/chats lists id, title, model and both dates',
    async (chat) => {
      await chatIdOf(await ask(chat));
      const chats = await chatsOf(chat);
      assert.equal(chats.length, 1);
      for (const {id, title, model, createdAt, updatedAt} of chats) {
        assert.match(id, /^chat_/);
        assert.equal(typeof title, 'string');
        assert.equal(typeof model, 'string');
        assert.match(createdAt, isoTime);
        assert.match(updatedAt, isoTime);
      }
    },
  ],
  [
    'S2.9',
    'the messages of a chat are listed unchanged and in order',
    async (chat) => {
      const id = await chatIdOf(await ask(chat, {}, 'One'));
      await chatIdOf(await ask(chat, {chatId: id}, 'Two'));
      const messages = await messagesOf(chat, id);
      assert.deepEqual(
        messages.map(({role, content}) => [role, content]),
        [
          ['user', 'One'],
          ['assistant', 'One'],
          ['user', 'Two'],
          ['assistant', 'Two'],
        ],
      );
      for (const message of messages) {
        assert.match(message.id, /^msg_/);
        assert.equal(message.chatId, id);
        assert.match(message.createdAt, isoTime);
      }
    },
  ],
  [
    'S2.10',
    'a deleted chat is gone with its messages',
    async (chat) => {
      const id = await chatIdOf(await ask(chat));
      const response = await fetch(`${chat.url}/api/chats/${id}`, {method: 'DELETE'});
      assert.deepEqual(await jsonOf(response), {success: true});
      await refusalOf(await chat.get(`/api/chats/${id}/messages`), 404);
      await refusalOf(await chat.get(`/api/chats/${id}`), 404);
      assert.deepEqual(await chatsOf(chat), []);
    },
  ],
  [
    'S2.14',
    'beyond the limit the body has the remaining number and the time of the reset',
    async (chat) => {
      for (let count = 0; count < 100; count++) await chatIdOf(await ask(chat));
      const response = await ask(chat);
      const {code, details} = await refusalOf(response, 429);
      assert.equal(code, 'RATE_LIMITED');
      assert.equal(details?.remaining, 0);
      const milliseconds = (details?.reset ?? 0) - Date.now();
      assert.ok(milliseconds > 0 && milliseconds <= 61_000, String(milliseconds));
      assert.ok(Number(response.headers.get('retry-after')) >= 1);
    },
  ],
  [
    'S2.15',
    'every error has one of four codes',
    async (chat) => {
      assert.equal((await refusalOf(await ask(chat, {model: 'no-such-model'}), 404)).code, 'INVALID_MODEL');
      const long = await ask(chat, {model: 'small'}, 'word '.repeat(5000));
      assert.equal((await refusalOf(long, 413)).code, 'CONTEXT_TOO_LONG');
      // If the stream has begun before the provider fails, the error is in the stream.
      chat.script(refuses(500, {error: {message: 'canary of the upstream'}}));
      const response = await ask(chat);
      const text = await response.text();
      assert.ok(response.status === 502 || response.status === 200, String(response.status));
      assert.match(text, /"PROVIDER_ERROR"/);
      assert.doesNotMatch(text, /canary/);
    },
  ],
  [
    'S2.16',
    'a call leaves a usage record with the sum of its tokens',
    async (chat) => {
      await chatIdOf(await ask(chat, {model: 'm'}, 'One two three'));
      const [{userId, model, promptTokens, completionTokens, totalTokens, timestamp}] = (await usageOf(chat)) as [
        UsageRecord,
      ];
      assert.equal(typeof userId, 'string');
      assert.equal(model, 'm');
      assert.ok(promptTokens > 0);
      assert.equal(completionTokens, 3);
      assert.equal(totalTokens, promptTokens + completionTokens);
      assert.match(timestamp, isoTime);
    },
  ],
  [
    'S2.18',
    'the remaining number falls after a call',
    async (chat) => {
      const remaining = async () => new Map(numbersIn(await jsonOf(await chat.get('/api/usage/remaining'))));
      const before = await remaining();
      await chatIdOf(await ask(chat));
      const after = await remaining();
      assert.ok(before.size > 0);
      assert.ok(
        [...before].some(([at, number]) => (after.get(at) ?? number) === number - 1),
        `${JSON.stringify([...before])} became ${JSON.stringify([...after])}`,
      );
    },
  ],
  [
    'S2.20',
    'a system message reaches the model and is not stored as a message',
    async (chat) => {
      const messages = [
        {role: 'system', content: 'Speak like a pirate.'},
        {role: 'user', content: 'Hi'},
      ];
      const id = await chatIdOf(await postJson(chat, path, {messages}));
      assert.deepEqual(chat.told, messages);
      assert.deepEqual(
        (await messagesOf(chat, id)).map(({role}) => role),
        ['user', 'assistant'],
      );
    },
  ],
];

testRows(rows);

const alice = bearer('key-of-alice');
const bob = bearer('key-of-bob');

testRows(
  [
    [
      'S2.11',
      "somebody else's chat is a 404 by every way to name it",
      async (chat) => {
        const asAlice = {headers: alice};
        const id = await chatIdOf(await postJson(chat, path, user('Hi'), asAlice));
        const ways: readonly [string, string, unknown?][] = [
          ['GET', `/api/chats/${id}`],
          ['GET', `/api/chats/${id}/messages`],
          ['PATCH', `/api/chats/${id}`, {title: 'Mine'}],
          ['DELETE', `/api/chats/${id}`],
          ['POST', path, {...user('x'), chatId: id}],
          ['POST', '/api/v1/chat', {...user('x'), conversation_id: id}],
          ['POST', '/v1/chat', {...user('x'), conversation_id: id}],
          ['GET', `/api/chat/${id}/stream`],
          ['POST', `/api/chat/${id}/stop`],
        ];
        for (const [method, way, body] of ways) {
          const response = await fetch(chat.url + way, {
            method,
            headers: {...bob, ...(body !== undefined && {'content-type': 'application/json'})},
            ...(body !== undefined && {body: JSON.stringify(body)}),
          });
          await refusalOf(response, 404);
        }
        assert.deepEqual(await chatsOf(chat, bob), []);
        assert.equal((await messagesOf(chat, id, alice)).length, 2);
      },
    ],
    [
      'S2.17',
      'usage is only one’s own',
      async (chat) => {
        await chatIdOf(await postJson(chat, path, user('Hi'), {headers: alice}));
        await chatIdOf(await postJson(chat, path, user('Hi'), {headers: bob}));
        const [ofAlice, ofBob] = [await usageOf(chat, alice), await usageOf(chat, bob)];
        assert.deepEqual([ofAlice.length, ofBob.length], [1, 1]);
        assert.notEqual(ofAlice[0]?.userId, ofBob[0]?.userId);
      },
    ],
    [
      'S2.19',
      'every call counts toward the plan: at its limit comes a 429',
      async (chat) => {
        const headers = bearer('key-of-trial');
        for (let call = 0; call < 3; call++) await chatIdOf(await postJson(chat, path, user('Hi'), {headers}));
        assert.equal((await usageOf(chat, headers)).length, 3);
        const {code, details} = await refusalOf(await postJson(chat, path, user('Hi'), {headers}), 429);
        assert.deepEqual([code, details?.remaining], ['RATE_LIMITED', 0]);
      },
    ],
  ],
  {
    apiKeys: [
      {key: 'key-of-alice', plan: 'default'},
      {key: 'key-of-bob', plan: 'default'},
      {key: 'key-of-trial', plan: 'trial'},
    ],
    plans: [{name: 'trial', maxTokens: 500, maxMessages: 10, maxPromptLength: 1000, perMinute: 3, perHour: 100}],
  },
);
