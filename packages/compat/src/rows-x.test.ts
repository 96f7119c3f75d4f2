/** Contradictions between the five APIs, each of which is served as it is documented. */
import assert from 'node:assert/strict';
import {
  type CompatServer,
  type Row,
  assertSafe,
  bearer,
  dataOf,
  eventsOf,
  jsonOf,
  postJson,
  startServer,
  testRows,
  user,
} from './testing/harness.ts';
import {type Chunk, type Completion, assertOpenai, assertOpenaiError} from './testing/openai-schema.ts';
import type {TypedEvent} from './testing/printed-readers.ts';

const completions = '/v1/chat/completions';
const hi = user('Hi');

const uiMessage = {id: 'm1', role: 'user', parts: [{type: 'text', text: 'Hi'}]};
const v4Message = {...uiMessage, content: 'Hi'};

/** Asks all APIs the same question. */
const everywhere = (chat: CompatServer, more: object = {}, headers = {}) =>
  ['/chat/stream', completions, '/api/chat', '/api/v1/chat'].map(async (path) => {
    const response = await postJson(chat, path, {...(path === completions && {model: 'm'}), ...hi, ...more}, {headers});
    return {path, response, text: await response.text()};
  });

const rows: readonly Row[] = [
  [
    'X1',
    'a model must be named on /v1/chat/completions and nowhere else; "default" is one',
    async (chat) => {
      assertOpenaiError(await jsonOf(await postJson(chat, completions, hi), 400));
      await jsonOf(await postJson(chat, completions, {model: 'default', ...hi}));
      for (const path of ['/chat/stream', '/api/chat']) await dataOf(await postJson(chat, path, hi));
      await jsonOf(await postJson(chat, '/api/v1/chat', hi));
    },
  ],
  [
    'X2',
    'printed ids are names of the configured model, and the answer carries the one that was asked',
    async (chat) => {
      for (const model of ['default', 'default-llm-model', 'gpt-4o', 'gpt-4']) {
        const completion = await jsonOf<Completion>(await postJson(chat, completions, {model, ...hi}));
        assert.equal(completion.model, model);
        const chunks = await eventsOf<Chunk>(await postJson(chat, completions, {model, stream: true, ...hi}));
        for (const chunk of chunks) assert.equal(chunk.model, model);
        assert.equal(chat.asked['model'], 'm');
      }
    },
  ],
  [
    'X3',
    'every path understands every name of an option, and the newest name wins',
    async (chat) => {
      const names = [
        [{maxTokens: 2}, 'max_tokens', 2],
        [{max_tokens: 2}, 'max_tokens', 2],
        [{max_completion_tokens: 2}, 'max_tokens', 2],
        [{maxTokens: 4, max_tokens: 3, max_completion_tokens: 2}, 'max_tokens', 2],
        [{topP: 0.5}, 'top_p', 0.5],
        [{topP: 0.4, top_p: 0.5}, 'top_p', 0.5],
        [{stopSequences: ['STOP']}, 'stop', ['STOP']],
        [{stop: 'STOP'}, 'stop', ['STOP']],
      ] as const;
      for (const [sent, field, expected] of names) {
        const before = chat.requests.length;
        for (const {path, response} of await Promise.all(everywhere(chat, sent))) {
          assert.equal(response.status, 200, path);
        }
        for (const {body} of chat.requests.slice(before)) {
          const value = body?.[field];
          assert.deepEqual(field === 'stop' ? [value].flat() : value, expected, JSON.stringify(sent));
        }
        assert.equal(chat.requests.length, before + 4);
      }
    },
  ],
  [
    'X4',
    'an error has the shape of the path that was asked',
    async (chat) => {
      for (const {path, response, text} of await Promise.all(everywhere(chat, {model: 'no-such-model'}))) {
        assert.equal(response.status, 404, path);
        assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
        assertSafe(text);
        const body = JSON.parse(text) as {error: unknown; code?: unknown; availableModels?: unknown};
        switch (path) {
          case completions:
            assertOpenaiError(body);
            break;
          case '/chat/stream':
            assert.equal(typeof body.error, 'string');
            assert.ok(Array.isArray(body.availableModels));
            break;
          case '/api/chat':
            assert.equal(typeof body.error, 'string');
            assert.equal(body.code, 'INVALID_MODEL');
            break;
          default:
            assert.ok(body.error);
        }
      }
      for (const path of ['/v1/nothing', '/v1/chat/nothing', '/v1/models/no-such-model', '/v1/responses']) {
        assertOpenaiError(await jsonOf(await chat.get(path), 404));
      }
      for (const path of ['/api/nothing', '/nothing.php', '/chat/nothing']) {
        const response = await chat.get(path);
        assert.equal(response.status, 404, path);
        const text = await response.text();
        assertSafe(text);
        assert.ok((JSON.parse(text) as {error: unknown}).error);
      }
    },
  ],
  [
    'X5',
    'one limiter counts for all paths and reports in four shapes, always with Retry-After',
    async (chat) => {
      for (let round = 0; round < 25; round++) {
        for (const {response, path} of await Promise.all(everywhere(chat))) assert.equal(response.status, 200, path);
      }
      const waits: number[] = [];
      for (const {path, response, text} of await Promise.all(everywhere(chat))) {
        assert.equal(response.status, 429, path);
        waits.push(Number(response.headers.get('retry-after')));
        const body = JSON.parse(text) as {retryAfter?: number; details?: {reset: number}; error: {code?: string}};
        if (path === '/chat/stream') assert.equal(body.retryAfter, waits.at(-1));
        if (path === '/api/chat') {
          const seconds = Math.ceil((body.details?.reset ?? 0) / 1000);
          assert.equal(String(seconds), response.headers.get('x-ratelimit-reset'));
        }
        if (path === completions) assert.equal(body.error.code, 'rate_limit_exceeded');
      }
      for (const wait of waits) assert.ok(wait >= 1 && wait <= 60, String(waits));
      assert.ok(Math.max(...waits) - Math.min(...waits) <= 1, String(waits));
    },
  ],
  [
    'X6',
    'POST /api/chat answers each body in its own format, and the answer names itself',
    async (chat) => {
      const expectUi = (response: Response) =>
        assert.equal(response.headers.get('x-vercel-ai-ui-message-stream'), 'v1');
      const expectLines = (response: Response) => assert.equal(response.headers.get('x-vercel-ai-data-stream'), 'v1');
      const expectTyped = (response: Response) => {
        assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
        assert.equal(response.headers.get('x-vercel-ai-ui-message-stream'), null);
        assert.equal(response.headers.get('x-vercel-ai-data-stream'), null);
      };
      const cases: readonly (readonly [string, object, (response: Response) => void, object?])[] = [
        ['a trigger', {id: 'a', messages: [uiMessage], trigger: 'submit-message'}, expectUi],
        ['messages with parts and no content', {messages: [uiMessage]}, expectUi],
        ['an id and a message with parts', {id: 'b', message: uiMessage}, expectUi],
        ['an id and messages with both', {id: 'c', messages: [v4Message]}, expectLines],
        ['messages with content', hi, expectTyped],
        ['content as parts', {messages: [{role: 'user', content: [{type: 'text', text: 'Hi'}]}]}, expectTyped],
        ['a header that says so', {messages: [uiMessage]}, expectTyped, {'x-chat-protocol': 'typed-events'}],
        ['keys of Ollama, which is not switched on', {model: 'm', options: {}, ...hi}, expectTyped],
      ];
      for (const [name, body, expected, headers = {}] of cases) {
        const response = await postJson(chat, '/api/chat', body, {headers: {...headers}});
        const text = await response.text();
        assert.equal(response.status, 200, `${name}: ${text}`);
        try {
          expected(response);
        } catch (cause) {
          throw new Error(`${name}: ${text.slice(0, 200)}`, {cause});
        }
        assert.match(text, /Hi/);
      }
      const asked = await postJson(chat, '/api/chat?protocol=ai-sdk', hi);
      expectUi(asked);
      await asked.text();
    },
  ],
  [
    'X7',
    'POST /api/chat/stream and GET /api/chat/{id}/stream live side by side',
    async (chat) => {
      assert.equal((await dataOf(await postJson(chat, '/api/chat/stream', hi))).at(-1), '[DONE]');
      const resumed = await chat.get('/api/chat/stream/stream');
      assert.equal(resumed.status, 204);
      const response = await chat.get('/api/chat/models');
      assert.equal(response.status, 200);
      await response.text();
    },
  ],
  [
    'X9',
    'each answer has the end that its API prints',
    async (chat) => {
      assert.equal((await dataOf(await postJson(chat, '/chat/stream', hi))).at(-1), '[DONE]');
      const stream = {stream: true, ...hi};
      assert.equal((await dataOf(await postJson(chat, completions, {model: 'm', ...stream}))).at(-1), '[DONE]');
      assert.equal((await dataOf(await postJson(chat, '/api/v1/chat', stream))).at(-1), '[DONE]');
      const typed = await dataOf(await postJson(chat, '/api/chat', hi));
      assert.equal((JSON.parse(typed.at(-1) ?? '') as TypedEvent).type, 'finish');
      assert.ok(!typed.includes('[DONE]'));
      assert.equal((await dataOf(await postJson(chat, '/api/chat', {messages: [uiMessage]}))).at(-1), '[DONE]');
    },
  ],
  [
    'X10',
    'the five roles of real clients are understood, others are refused',
    async (chat) => {
      const messages = [
        {role: 'developer', content: 'Be brief.'},
        {role: 'user', content: 'How is the weather?'},
        {
          role: 'assistant',
          content: null,
          tool_calls: [{id: 'c1', type: 'function', function: {name: 'weather', arguments: '{"at":"home"}'}}],
        },
        {role: 'tool', tool_call_id: 'c1', content: 'Fog'},
        {role: 'assistant', function_call: {name: 'old_weather', arguments: '{}'}},
        {role: 'function', name: 'old_weather', content: 'Rain'},
        {role: 'user', content: 'And now?'},
      ];
      const completion = await jsonOf<Completion>(await postJson(chat, completions, {model: 'm', messages}));
      assert.equal(completion.choices[0]?.message.content, 'And now?');
      assert.deepEqual(
        chat.told.map(({role}) => role),
        ['system', 'user', 'assistant', 'tool', 'assistant', 'tool', 'user'],
      );
      const root = [{role: 'root', content: 'x'}];
      for (const {path, response} of await Promise.all(everywhere(chat, {messages: root}))) {
        assert.equal(response.status, 400, path);
      }
    },
  ],
  [
    'X11',
    'temperature is 0.7 by default on every path, and null means the default',
    async (chat) => {
      for (const more of [{}, {temperature: null}]) {
        const before = chat.requests.length;
        await Promise.all(everywhere(chat, more));
        const temperatures = chat.requests.slice(before).map(({body}) => body?.['temperature']);
        assert.deepEqual(temperatures, [0.7, 0.7, 0.7, 0.7]);
      }
    },
  ],
  [
    'X12',
    'every API lists the same models, and its own name for the default',
    async (chat) => {
      const ours = await jsonOf<{models: {id: string}[]}>(await chat.get('/chat/models'));
      const openai = await jsonOf<{data: {id: string}[]}>(await chat.get('/v1/models'));
      assertOpenai('ListModelsResponse', openai);
      assert.deepEqual(
        [...openai.data.map(({id}) => id), 'default-llm-model'],
        ours.models.map(({id}) => id),
      );
      for (const {id} of openai.data) {
        const model = await jsonOf(await chat.get(`/v1/models/${encodeURIComponent(id)}`));
        assertOpenai('Model', model);
      }
    },
  ],
  [
    'X13',
    'the chat_… id of a completion is no chat',
    async (chat) => {
      const {id} = await jsonOf<{id: string}>(await postJson(chat, '/api/v1/chat', hi));
      assert.match(id, /^chat_/);
      assert.equal((await chat.get(`/api/chats/${id}`)).status, 404);
      const typed = await postJson(chat, '/api/chat', hi);
      await typed.text();
      const chatId = typed.headers.get('x-chat-id') ?? '';
      await jsonOf(await chat.get(`/api/chats/${chatId}`));
      assert.notEqual(chatId, id);
    },
  ],
];

testRows(rows);

testRows(
  [
    [
      'X8',
      'pages may ask without a key where the API has none; programs need one everywhere',
      async (chat) => {
        const origin = 'https://www.example.com';
        const page = await Promise.all(everywhere(chat, {}, {origin}));
        assert.deepEqual(
          page.map(({path, response}) => [path, response.status]),
          [
            ['/chat/stream', 200],
            [completions, 401],
            ['/api/chat', 200],
            ['/api/v1/chat', 401],
          ],
        );
        for (const {path, response} of await Promise.all(everywhere(chat, {}, {origin: 'https://evil.example'}))) {
          assert.equal(response.status, 403, path);
        }
        for (const {path, response} of await Promise.all(everywhere(chat))) assert.equal(response.status, 401, path);
        const asProgram = await Promise.all(everywhere(chat, {}, bearer('key-of-alice')));
        for (const {path, response} of asProgram) assert.equal(response.status, 200, path);
      },
    ],
    [
      'X14',
      'the samples that cannot work as printed have words or ways that do',
      async (chat) => {
        // An Authorization header without a space: the error explains it.
        const headers = {authorization: 'beareryour_api_key_here'};
        const glued = await jsonOf(await postJson(chat, completions, {model: 'm', ...hi}, {headers}), 401);
        assertOpenaiError(glued);
        assert.match(glued.error.message, /space/);
        // The useChat of ai/react, which reads no typed events, gets its own lines.
        await using open = await startServer();
        const lines = await postJson(open, '/api/chat', {id: 'c1', messages: [v4Message], model: 'gpt-4o'});
        assert.match(await lines.text(), /^(?:[0-9a-k]:.*\n)+$/);
        // The Python loop, with its two tests in the order that works, is S1.8.
      },
    ],
  ],
  {apiKeys: [{key: 'key-of-alice', plan: 'default'}], origins: ['https://www.example.com']},
);
