/** Clients of OpenAI's API that add paths of their own: Groq's, Azure's, and OpenAI's with a base URL without a version. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import Groq from 'groq-sdk';
import OpenAI, {AzureOpenAI} from 'openai7';
import {type CompatServer, collect, endless, startServer} from './testing/harness.ts';
import {callsTool, toolInput} from './testing/model.ts';

const key = 'key-of-alice';
const keyed = {apiKeys: [{key, plan: 'default'}]};
const question = {model: 'm', messages: [{role: 'user' as const, content: 'One two three'}]};
const weather = {
  type: 'function' as const,
  function: {name: 'get_weather', description: 'The weather', parameters: {type: 'object', properties: {}}},
};

/** The part of the clients that is used here; their types differ in the rest. */
interface Client {
  ask(more: object, options?: {signal: AbortSignal}): Promise<unknown>;
}

interface Completion {
  readonly choices: readonly {
    readonly message: {readonly content: string | null; readonly tool_calls?: readonly {readonly id: string}[]};
  }[];
}

type Chunks = AsyncIterable<{choices: readonly {delta: {content?: string | null}}[]}>;

const clients: Readonly<Record<string, (chat: Pick<CompatServer, 'url'>, apiKey?: string) => Client>> = {
  'groq-sdk': ({url}, apiKey = key) => {
    const client = new Groq({baseURL: url, apiKey, maxRetries: 0});
    return {ask: (more, options) => client.chat.completions.create({...question, ...more}, options)};
  },
  AzureOpenAI: ({url}, apiKey = key) => {
    const client = new AzureOpenAI({endpoint: url, apiKey, apiVersion: '2024-10-21', maxRetries: 0});
    return {ask: (more, options) => client.chat.completions.create({...question, ...more}, options)};
  },
  'openai without /v1': ({url}, apiKey = key) => {
    const client = new OpenAI({baseURL: url, apiKey, maxRetries: 0});
    return {ask: (more, options) => client.chat.completions.create({...question, ...more}, options)};
  },
};

for (const [name, clientOf] of Object.entries(clients)) {
  suite(name, () => {
    test(`${name} gets a whole answer and a stream`, async () => {
      await using chat = await startServer(keyed);
      const whole = (await clientOf(chat).ask({})) as Completion;
      assert.equal(whole.choices[0]?.message.content, 'One two three');
      const chunks = await collect((await clientOf(chat).ask({stream: true})) as Chunks);
      assert.equal(chunks.map(({choices: [choice]}) => choice?.delta.content ?? '').join(''), 'One two three');
      assert.equal(chat.asked['model'], 'm');
    });

    test(`a tool loop of two rounds works with ${name}`, async () => {
      await using chat = await startServer(keyed);
      chat.script(callsTool('get_weather', toolInput, 'call_1'), callsTool('get_weather', toolInput));
      const messages: object[] = [{role: 'user', content: 'Weather?'}];
      const texts: unknown[] = [];
      while (texts.at(-1) !== 'It says: Fog') {
        const {choices} = (await clientOf(chat).ask({messages, tools: [weather]})) as Completion;
        const [choice] = choices;
        assert.ok(choice);
        texts.push(choice.message.content);
        messages.push(choice.message);
        for (const {id} of choice.message.tool_calls ?? []) {
          messages.push({role: 'tool', tool_call_id: id, content: 'Fog'});
        }
      }
      assert.deepEqual(texts, [null, null, 'It says: Fog']);
    });

    test(`leaving a stream of ${name} frees the upstream`, async () => {
      await using chat = await startServer(keyed);
      const {script, begun, freed} = endless();
      chat.script(script);
      const leave = new AbortController();
      const stream = (await clientOf(chat).ask({stream: true}, {signal: leave.signal})) as Chunks;
      const reading = collect(stream).catch(() => []);
      await begun;
      leave.abort();
      await freed;
      await reading;
    });

    test(`a refusal keeps its status with ${name}`, async () => {
      await using chat = await startServer(keyed);
      await assert.rejects(clientOf(chat).ask({model: 'no-such-model'}), {status: 404});
      await assert.rejects(clientOf(chat, 'nobody').ask({}), {status: 401});
    });
  });
}

test('Groq’s client lists the models, and a deployment of Azure’s client is the model', async () => {
  await using chat = await startServer(keyed);
  const {data} = await new Groq({baseURL: chat.url, apiKey: key}).models.list();
  assert.deepEqual(
    data.map(({id}) => id),
    ['m', 'anthropic/model-name', 'small'],
  );
  const azure = {endpoint: chat.url, apiKey: key, apiVersion: '2024-10-21', deployment: 'small'};
  await new AzureOpenAI(azure).chat.completions.create({...question, model: 'gpt-4o'});
  assert.equal(chat.asked['model'], 'small');
});
