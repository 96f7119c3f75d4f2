/** `/v1/chat/completions` as the second of its documents prints it: errors, limits, function calling. */
import assert from 'node:assert/strict';
import {refuses} from '../../server/src/testing/upstream.ts';
import {
  type CompatServer,
  type Row,
  bearer,
  brokenProvider,
  eventsOf,
  jsonOf,
  postJson,
  startServer,
  testRows,
  user,
} from './testing/harness.ts';
import {type Chunk, type Completion, assertOpenai, assertOpenaiError} from './testing/openai-schema.ts';
import {toolInput} from './testing/model.ts';

const path = '/v1/chat/completions';

const ask = (chat: CompatServer, more: object = {}, headers = {}) =>
  postJson(chat, path, {model: 'm', ...user('One two three'), ...more}, {headers});

async function refused(response: Response, status: number) {
  const body = await jsonOf(response, status);
  assertOpenaiError(body);
  return body.error;
}

export const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather at a place',
    parameters: {type: 'object', properties: {location: {type: 'string'}}, required: ['location']},
  },
};

const question = user('What is the weather in San Francisco?');

const rows: readonly Row[] = [
  [
    'S4.1',
    'model and messages are required',
    async (chat) => {
      const {messages} = user('Hi');
      for (const body of [{messages}, {model: 'm'}, {model: '', messages}, {model: null, messages}, {}]) {
        const {code, type} = await refused(await postJson(chat, path, body), 400);
        assert.deepEqual([code, type], ['invalid_request', 'invalid_request_error']);
      }
    },
  ],
  [
    'S4.2',
    'temperature goes from 0 to 2, max_tokens limits, stream streams',
    async (chat) => {
      for (const wrong of [{temperature: 2.01}, {temperature: -0.01}, {max_tokens: 'many'}]) {
        await refused(await ask(chat, wrong), 400);
      }
      const {choices} = await jsonOf<Completion>(await ask(chat, {temperature: 2, max_tokens: 1}));
      assert.deepEqual([choices[0]?.message.content, choices[0]?.finish_reason], ['One', 'length']);
      const chunks = await eventsOf<Chunk>(await ask(chat, {max_tokens: 1, stream: true}));
      assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, 'length');
    },
  ],
  [
    'S4.3',
    'the answer is a chatcmpl-… with usage',
    async (chat) => {
      const completion = await jsonOf<Completion>(await ask(chat));
      assertOpenai('CreateChatCompletionResponse', completion);
      assert.match(completion.id, /^chatcmpl-/);
      const {prompt_tokens: prompt, completion_tokens: said, total_tokens: total} = completion.usage;
      assert.equal(total, prompt + said);
      assert.equal(said, 3);
    },
  ],
  [
    'S4.4',
    'errors have the printed codes inside OpenAI’s envelope',
    async (chat) => {
      const {code, type} = await refused(await ask(chat, {temperature: 3}), 400);
      assert.deepEqual([code, type], ['invalid_request', 'invalid_request_error']);
      await using locked = await startServer({apiKeys: [{key: 'key-of-alice', plan: 'default'}]});
      for (const headers of [{}, bearer('nobody-has-this')]) {
        const wrongKey = await refused(await ask(locked, {}, headers), 401);
        assert.deepEqual([wrongKey.code, wrongKey.type], ['authentication_error', 'authentication_error']);
      }
      // These clients require a key. If a server has none, any key works from this machine.
      await jsonOf<Completion>(await ask(chat, {}, bearer('nobody-has-this')));
      chat.script(refuses(500, {error: {message: 'canary'}}));
      const broken = await refused(await ask(chat), 502);
      assert.equal(broken.type, 'server_error');
      assert.equal(typeof broken.code, 'string');
      assert.doesNotMatch(broken.message, /canary/);
    },
  ],
  [
    'S4.5',
    '100 requests a minute pass, the next is told how long to wait',
    async (chat) => {
      for (let count = 0; count < 100; count++) await jsonOf(await ask(chat));
      const response = await ask(chat);
      const wait = Number(response.headers.get('retry-after'));
      assert.ok(wait >= 1 && wait <= 60, String(wait));
      const {code, type} = await refused(response, 429);
      assert.deepEqual([code, type], ['rate_limit_exceeded', 'rate_limit_error']);
    },
  ],
  [
    'S4.6',
    'the model calls a function of the caller, and reads its result',
    async (chat) => {
      const completion = await jsonOf<Completion>(await ask(chat, {...question, tools: [weather]}));
      assertOpenai('CreateChatCompletionResponse', completion);
      const [choice] = completion.choices;
      assert.equal(choice?.finish_reason, 'tool_calls');
      assert.equal(choice.message.content, null);
      const [call] = choice.message.tool_calls ?? [];
      assert.equal(call?.function.name, 'get_weather');
      assert.deepEqual(JSON.parse(call.function.arguments), toolInput);
      assert.deepEqual(chat.asked['tools'], [weather]);

      const {messages} = question;
      const second = {
        messages: [...messages, choice.message, {role: 'tool', tool_call_id: call.id, content: '18 °C, fog'}],
        tools: [weather],
      };
      const answer = await jsonOf<Completion>(await ask(chat, second));
      assert.equal(answer.choices[0]?.message.content, 'It says: 18 °C, fog');
      assert.equal(answer.choices[0]?.finish_reason, 'stop');
      assert.deepEqual(
        chat.told.map(({role}) => role),
        ['user', 'assistant', 'tool'],
      );
    },
  ],
  [
    'S4.6',
    'in a stream a tool call has its id and its name once',
    async (chat) => {
      const chunks = await eventsOf<Chunk>(await ask(chat, {...question, tools: [weather], stream: true}));
      for (const chunk of chunks) assertOpenai('CreateChatCompletionStreamResponse', chunk);
      const pieces = chunks.flatMap(({choices}) => choices[0]?.delta.tool_calls ?? []);
      const fields = pieces.map(({function: piece}) => piece as {name?: string; arguments?: string});
      for (const {index} of pieces) assert.equal(index, 0);
      assert.equal(pieces.filter(({id}) => id !== undefined).length, 1);
      assert.deepEqual(
        fields.flatMap(({name}) => name ?? []),
        ['get_weather'],
      );
      assert.deepEqual(JSON.parse(fields.map(({arguments: piece}) => piece ?? '').join('')), toolInput);
      const ends = chunks.flatMap(({choices}) => choices[0]?.finish_reason ?? []);
      assert.deepEqual(ends, ['tool_calls']);
    },
  ],
  [
    'S4.7',
    'every answer has the rest of the limit in its headers',
    async (chat) => {
      const first = await ask(chat);
      await first.text();
      assert.equal(first.headers.get('x-ratelimit-limit-requests'), '100');
      assert.equal(first.headers.get('x-ratelimit-remaining-requests'), '99');
      assert.match(first.headers.get('x-ratelimit-reset-requests') ?? '', /^(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?m?s$/);
      const second = await ask(chat, {stream: true});
      await second.text();
      assert.equal(second.headers.get('x-ratelimit-remaining-requests'), '98');
      for (let count = 2; count < 100; count++) await jsonOf(await ask(chat));
      const last = await ask(chat);
      assert.equal(last.headers.get('x-ratelimit-remaining-requests'), '0');
      assert.ok(Number(last.headers.get('retry-after')) >= 1);
      await refused(last, 429);
    },
  ],
];

testRows(rows);

testRows(
  [
    [
      'S4.4',
      'a fault of ours is a server_error',
      async (chat) => {
        const {code, type} = await refused(await ask(chat), 500);
        assert.deepEqual([code, type], ['server_error', 'server_error']);
      },
    ],
  ],
  {providers: [brokenProvider]},
);

/** A clock that moves only when a test moves it. */
const clock = {
  time: Date.parse('2026-01-01T00:00:00Z'),
  now() {
    return clock.time;
  },
};

testRows(
  [
    [
      'S4.5',
      '1000 requests an hour pass, the next waits for the hour',
      async (chat) => {
        for (let count = 0; count < 1000; count++) {
          if (count % 100 === 0) clock.time += 61_000;
          await jsonOf(await ask(chat));
        }
        clock.time += 61_000;
        const response = await ask(chat);
        const wait = Number(response.headers.get('retry-after'));
        assert.ok(wait > 60 && wait <= 3600, String(wait));
        await refused(response, 429);
        clock.time += wait * 1000;
        await jsonOf(await ask(chat));
      },
    ],
  ],
  {clock},
);
