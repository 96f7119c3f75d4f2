/** OpenAI's own client, two of its majors, unmodified, pointed at the server by its base URL and nothing else. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import * as openai4 from 'openai4';
import * as openai7 from 'openai7';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionTool,
} from 'openai7/resources/chat/completions';
import {memoryLimiter} from '../../server/src/limiters/memory.ts';
import {delta, refuses} from '../../server/src/testing/upstream.ts';
import {type CompatServer, assertSafe, brokenProvider, endless, startServer, user, collect} from './testing/harness.ts';
import {structuredAnswer, toolInput} from './testing/model.ts';
import {assertOpenai} from './testing/openai-schema.ts';

type Sdk = typeof openai7;
type Client = openai7.OpenAI;
type StreamParams = ChatCompletionCreateParamsStreaming;

interface Major {
  readonly name: string;
  readonly sdk: Sdk;
  /** The helper that joins chunks moved between the majors. */
  readonly helper: (client: Client, params: StreamParams) => ReturnType<Client['chat']['completions']['stream']>;
}

const majors: readonly Major[] = [
  {
    name: 'openai 4.104',
    // The parts that are used here are equal in both majors; only their types are separate.
    sdk: openai4 as unknown as Sdk,
    helper: (client, params) =>
      (client as unknown as openai4.OpenAI).beta.chat.completions.stream(
        params as openai4.OpenAI.ChatCompletionCreateParamsStreaming,
      ) as unknown as ReturnType<Client['chat']['completions']['stream']>,
  },
  {name: 'openai 7.57', sdk: openai7, helper: (client, params) => client.chat.completions.stream(params)},
];

const question = {model: 'm', ...(user('One two three') as {messages: [{role: 'user'; content: string}]})};
const weatherQuestion = {
  model: 'm',
  messages: [{role: 'user' as const, content: 'What is the weather in San Francisco?'}],
};

const weather: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather at a place',
    parameters: {type: 'object', properties: {location: {type: 'string'}}, required: ['location']},
  },
};

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};

interface Called {
  readonly client: Client;
  /** `x-stainless-retry-count` of each request that was sent. */
  readonly retries: readonly (string | null)[];
}

function clientOf({OpenAI}: Sdk, {url}: Pick<CompatServer, 'url'>, more: object = {}): Called {
  const retries: (string | null)[] = [];
  const counting: typeof fetch = (input, init) => {
    retries.push(new Headers(init?.headers).get('x-stainless-retry-count'));
    return fetch(input, init);
  };
  return {client: new OpenAI({apiKey: key, baseURL: `${url}/v1`, fetch: counting, ...more}), retries};
}

for (const {name, sdk, helper} of majors) {
  suite(name, () => {
    test("create of OpenAI's client gives a whole answer", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const completion = await client.chat.completions.create(question);
      assertOpenai('CreateChatCompletionResponse', completion);
      assert.equal(completion.choices[0]?.message.content, 'One two three');
      assert.equal(completion.choices[0].finish_reason, 'stop');
      assert.equal(completion.usage?.completion_tokens, 3);
      assert.equal(typeof completion._request_id, 'string');
    });

    test('create with stream gives chunks with one id, a role in the first and one end', async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      let text = '';
      const ends: string[] = [];
      const heads = new Set<string>();
      const roles: unknown[] = [];
      for await (const chunk of await client.chat.completions.create({...question, stream: true})) {
        assertOpenai('CreateChatCompletionStreamResponse', chunk);
        assert.equal(chunk.choices.length, 1, 'Usage comes only where it was asked for.');
        assert.ok(chunk.usage == null);
        heads.add(`${chunk.id} ${chunk.created} ${chunk.model}`);
        for (const choice of chunk.choices) {
          text += choice.delta.content ?? '';
          roles.push(choice.delta.role);
          if (choice.finish_reason) ends.push(choice.finish_reason);
        }
      }
      assert.equal(text, 'One two three');
      assert.deepEqual(ends, ['stop']);
      assert.equal(heads.size, 1);
      assert.equal(roles[0], 'assistant');
      assert.ok(roles.slice(1).every((role) => role === undefined));
    });

    test('usage comes in a last chunk of its own if it is asked for', async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const stream = await client.chat.completions.create({
        ...question,
        stream: true,
        stream_options: {include_usage: true},
      });
      const chunks = await collect(stream);
      const last = chunks.at(-1);
      assert.deepEqual(last?.choices, []);
      assert.equal(last?.usage?.completion_tokens, 3);
      for (const chunk of chunks.slice(0, -1)) {
        assertOpenai('CreateChatCompletionStreamResponse', chunk);
        assert.equal(chunk.usage, null);
      }
    });

    test("the stream helper of OpenAI's client joins the answer", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const contents: string[] = [];
      const stream = helper(client, {...question, stream: true, stream_options: {include_usage: true}});
      stream.on('content', (piece) => contents.push(piece));
      const completion = await stream.finalChatCompletion();
      assert.equal(completion.choices[0]?.message.content, 'One two three');
      assert.equal(contents.join(''), 'One two three');
      assert.equal((await stream.totalUsage()).completion_tokens, 3);
    });

    test("tools of OpenAI's client make the round trip, whole and by the helper", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const asked = {...weatherQuestion, tools: [weather], tool_choice: 'auto' as const};
      const whole = await client.chat.completions.create(asked);
      const streamed = await helper(client, {...asked, stream: true}).finalChatCompletion();
      for (const completion of [whole, streamed]) {
        const [choice] = completion.choices;
        assert.equal(choice?.finish_reason, 'tool_calls');
        const [call, ...others] = choice.message.tool_calls ?? [];
        assert.deepEqual(others, []);
        assert.ok(call?.type === 'function');
        assert.equal(call.function.name, 'get_weather');
        assert.deepEqual(JSON.parse(call.function.arguments), toolInput);
        const answer: ChatCompletion = await client.chat.completions.create({
          model: 'm',
          messages: [
            ...weatherQuestion.messages,
            choice.message,
            {role: 'tool', tool_call_id: call.id, content: 'Fog'},
          ],
          tools: [weather],
        });
        assert.equal(answer.choices[0]?.message.content, 'It says: Fog');
      }
    });

    test("OpenAI's client lists and finds models, also with a slash in the id", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const models = await collect(client.models.list());
      assert.deepEqual(
        models.map(({id}) => id),
        ['m', 'anthropic/model-name', 'small'],
      );
      for (const {id} of models) {
        const model = await client.models.retrieve(id);
        assertOpenai('Model', model);
        assert.equal(model.id, id);
      }
      await assert.rejects(client.models.retrieve('no-such-model'), sdk.NotFoundError);
    });

    test("aborting OpenAI's client frees the upstream, streaming or not", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const streamed = endless();
      chat.script(streamed.script);
      const stream = await client.chat.completions.create({...question, stream: true});
      for await (const _ of stream) stream.controller.abort();
      await streamed.freed;

      const whole = endless();
      chat.script(whole.script);
      const abort = new AbortController();
      const answer = client.chat.completions.create(question, {signal: abort.signal});
      const aborted = assert.rejects(answer, sdk.APIUserAbortError);
      await whole.begun;
      abort.abort();
      await whole.freed;
      await aborted;
    });

    test("n of OpenAI's client gives as many choices, whole and streamed", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const {choices} = await client.chat.completions.create({...question, n: 2});
      assert.deepEqual(
        choices.map(({index, message}) => [index, message.content]),
        [
          [0, 'One two three'],
          [1, 'One two three'],
        ],
      );
      const streamed = await helper(client, {...question, n: 2, stream: true}).finalChatCompletion();
      assert.deepEqual(
        streamed.choices.map(({message}) => message.content),
        ['One two three', 'One two three'],
      );
    });

    test('a response_format reaches the model as it is', async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const schema = {type: 'object', properties: {answer: {type: 'number'}}, required: ['answer']};
      for (const format of [
        {type: 'json_schema' as const, json_schema: {name: 'answer', strict: true, schema}},
        {type: 'json_object' as const},
      ]) {
        const {choices} = await client.chat.completions.create({...question, response_format: format});
        assert.equal(choices[0]?.message.content, structuredAnswer);
        assert.deepEqual(chat.asked['response_format'], format);
      }
    });

    test('images and the other options reach the model as they are', async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const url = 'data:image/png;base64,iVBORw0KGgo=';
      const {choices} = await client.chat.completions.create({
        model: 'm',
        messages: [
          {role: 'developer', content: 'Be brief.'},
          {
            role: 'user',
            content: [
              {type: 'text', text: 'What is this?'},
              {type: 'image_url', image_url: {url, detail: 'auto'}},
            ],
          },
        ],
        max_completion_tokens: 2,
        stop: ['END'],
        seed: 7,
        temperature: 0,
        top_p: 0.5,
        user: 'u',
        metadata: {a: 'b'},
        logit_bias: {},
        store: false,
      });
      assert.equal(choices[0]?.finish_reason, 'length');
      const [system, asked] = chat.told;
      assert.deepEqual(system, {role: 'system', content: 'Be brief.'});
      const [text, image] = (asked?.content ?? []) as [object, {type: string; image_url: {url: string}}];
      assert.deepEqual(text, {type: 'text', text: 'What is this?'});
      assert.deepEqual([image.type, image.image_url.url], ['image_url', url]);
      const {max_tokens, stop, seed, temperature, top_p} = chat.asked;
      assert.deepEqual(
        {max_tokens, stop, seed, temperature, top_p},
        {max_tokens: 2, stop: ['END'], seed: 7, temperature: 0, top_p: 0.5},
      );
    });

    test("each mistake has its own error class of OpenAI's client, and is not retried", async () => {
      await using chat = await startServer(keyed);
      const {client, retries} = clientOf(sdk, chat);
      const {client: stranger} = clientOf(sdk, chat, {apiKey: 'nobody-has-this'});
      const ask = (by: Client, more: object = {}) => by.chat.completions.create({...question, ...more});
      const cases = [
        [async () => ask(client, {temperature: 3}), sdk.BadRequestError, 'invalid_request'],
        [async () => ask(client, {temperature: 3, stream: true}), sdk.BadRequestError, 'invalid_request'],
        [async () => ask(client, {model: 'no-such-model'}), sdk.NotFoundError, 'model_not_found'],
        [async () => ask(stranger), sdk.AuthenticationError, 'authentication_error'],
        [async () => stranger.models.list(), sdk.AuthenticationError, 'authentication_error'],
      ] as const;
      for (const [asking, Class, code] of cases) {
        await assert.rejects(asking, (error) => {
          assert.ok(error instanceof Class, String(error));
          assert.equal(error.code, code);
          assert.equal(typeof error.type, 'string');
          assertSafe(error.message);
          return true;
        });
      }
      assert.deepEqual(retries, ['0', '0', '0']);
    });

    test("a limit is a RateLimitError of OpenAI's client, which obeys Retry-After", async (t) => {
      let now = Date.now();
      const clock = {now: () => now};
      await using chat = await startServer({
        ...keyed,
        clock,
        limiter: memoryLimiter({clock}),
        plans: [{name: 'default', perMinute: 1}],
      });
      const {client, retries} = clientOf(sdk, chat);
      await client.chat.completions.create(question);
      await assert.rejects(client.chat.completions.create(question, {maxRetries: 0}), (error) => {
        assert.ok(error instanceof sdk.RateLimitError);
        assert.equal(error.code, 'rate_limit_exceeded');
        return true;
      });
      // The answer says 7 s; by itself the client would wait at most one. Its wait passes on the server's clock.
      now += 53_000;
      const waits = new Set<unknown>();
      const {setTimeout: later} = globalThis;
      t.mock.method(globalThis, 'setTimeout', (callback: () => void, ms?: number) => {
        if (ms !== 7000) return later(callback, ms);
        waits.add(ms);
        now += ms;
        return later(callback, 0);
      });
      const completion = await client.chat.completions.create(question);
      assert.equal(completion.choices[0]?.message.content, 'One two three');
      assert.deepEqual([...waits], [7000]);
      assert.deepEqual(retries, ['0', '0', '0', '1']);
    });

    test("an error of the server or the model is an InternalServerError of OpenAI's client after three tries", async () => {
      await using chat = await startServer({...keyed, providers: [brokenProvider]});
      const {client, retries} = clientOf(sdk, chat);
      await assert.rejects(client.chat.completions.create(question), (error) => {
        assert.ok(error instanceof sdk.InternalServerError);
        assert.equal(error.status, 500);
        assertSafe(error.message);
        return true;
      });
      assert.deepEqual(retries, ['0', '1', '2']);
    });

    test("a refusal of the upstream reaches OpenAI's client before a stream and without the upstream's words", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat, {maxRetries: 0});
      for (const stream of [false, true]) {
        chat.script(...Array.from({length: 5}, () => refuses(500, {error: {message: 'canary sk-canary-1234567890'}})));
        const answer = async () => client.chat.completions.create({...question, model: 'm', stream});
        await assert.rejects(answer, (error) => {
          assert.ok(error instanceof sdk.InternalServerError, String(error));
          assert.equal(error.status, 502);
          assert.doesNotMatch(error.message, /canary/);
          return true;
        });
      }
    });

    test("a limit of the upstream keeps its Retry-After, and OpenAI's client does not ask again before that", async () => {
      await using chat = await startServer(keyed);
      const {client, retries} = clientOf(sdk, chat);
      for (const stream of [false, true]) {
        chat.script(refuses(429, {error: {message: 'canary'}}, {'retry-after': '70'}));
        const answer = async () => client.chat.completions.create({...question, stream});
        await assert.rejects(answer, (error) => {
          assert.ok(error instanceof sdk.RateLimitError, String(error));
          assert.equal(new Headers(error.headers).get('retry-after'), '70');
          assert.doesNotMatch(error.message, /canary/);
          return true;
        });
      }
      assert.deepEqual(retries, ['0', '0']);
    });

    test("if the upstream dies in the middle of an answer, OpenAI's client gets an error, not an end", async () => {
      await using chat = await startServer(keyed);
      const {client} = clientOf(sdk, chat);
      const dies = async (exchange: Parameters<ReturnType<typeof endless>['script']>[0]) => {
        await exchange.write(delta('Half an '));
        exchange.cut();
      };
      chat.script(dies);
      let text = '';
      await assert.rejects(async () => {
        for await (const chunk of await client.chat.completions.create({...question, stream: true})) {
          text += chunk.choices[0]?.delta.content ?? '';
        }
      }, sdk.APIError);
      assert.equal(text, 'Half an ');
      chat.script(dies);
      await assert.rejects(helper(client, {...question, stream: true}).finalChatCompletion(), sdk.OpenAIError);
    });
  });
}

test("a page may use OpenAI's client: its preflight is answered", async () => {
  await using chat = await startServer({...keyed, origins: ['https://www.example.com']});
  const asked = 'authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-retry-count';
  const preflight = (origin: string) =>
    fetch(`${chat.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {origin, 'access-control-request-method': 'POST', 'access-control-request-headers': asked},
    });
  const answer = await preflight('https://www.example.com');
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get('access-control-allow-origin'), 'https://www.example.com');
  const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase();
  for (const name of asked.split(',')) assert.ok(allowed.includes(name), name);
  assert.match(answer.headers.get('access-control-allow-methods') ?? '', /POST/);
  const other = await preflight('https://www.example.com.evil.example');
  assert.equal(other.headers.get('access-control-allow-origin'), null);
  await other.text();
});
