/** One journey through the real server for each emulated upstream, and the table of them in the docs. */
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {after, before, suite, test} from 'node:test';
import {createGoogleGenerativeAI} from '@ai-sdk/google';
import {type ChatServer, type ChatServerConfig, createChatServer, fromAISDK} from '@chatlet/server';
import {answered} from '../../server/src/testing/chat-server.ts';
import {eventsOf, jsonOf, postJson} from './testing/harness.ts';
import type {Chunk, Completion, OpenaiError} from './testing/openai-schema.ts';
import {type Emulator, type RunningEmulator, rightKey, startEmulator, emulatedThought} from './upstreams/emulator.ts';
import {emulators} from './upstreams/index.ts';

const path = '/v1/chat/completions';
const instructions = {role: 'developer', content: 'Be kind.'};
const user = (content: string) => ({role: 'user', content});
const tools = ['weather', 'clock'].map((name) => ({type: 'function', function: {name, parameters: {type: 'object'}}}));

interface Running {
  readonly url: string;
  readonly reported: readonly unknown[];
  readonly close: () => Promise<void>;
}

/** A server that asks the emulator as its entry in `upstreams` says. */
async function serve(emulator: Emulator, {baseUrl}: RunningEmulator, apiKey = rightKey): Promise<Running> {
  const reported: unknown[] = [];
  const {kind, model} = emulator;
  const upstreams: ChatServerConfig =
    kind === undefined
      ? {providers: [fromAISDK(createGoogleGenerativeAI({baseURL: baseUrl, apiKey})(model), {id: 'it'})]}
      : kind === 'anthropic'
        ? {anthropic: {id: 'it', baseUrl, apiKey, thinking: {type: 'adaptive'}}}
        : {
            upstreams: [
              {
                id: 'it',
                kind,
                baseUrl: kind === 'azure' || kind === 'ollama' ? new URL(baseUrl).origin : baseUrl,
                unlisted: true,
                ...(emulator.keyHeader !== undefined && {apiKey}),
                ...(!emulator.lists && {models: [model]}),
              },
            ],
          };
  const server: ChatServer = createChatServer({
    ...upstreams,
    databaseUrl: 'sqlite::memory:',
    resilience: {retries: 0},
    instructions: 'You help.',
    plans: [{name: 'default'}],
    report: (error) => reported.push(error),
  });
  const {port} = await server.listen({port: 0});
  return {url: `http://127.0.0.1:${port}`, reported, close: () => server.close()};
}

function causesOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${causesOf(error.cause)}` : '';
}

for (const emulator of emulators) {
  const {model} = emulator;

  suite(`the journey with ${emulator.name}`, () => {
    let upstream: RunningEmulator;
    let server: Running;
    before(async () => {
      upstream = await startEmulator(emulator);
      server = await serve(emulator, upstream);
    });
    after(async () => {
      await server.close();
      await upstream.close();
    });

    const ask = (question: string, more: object = {}) =>
      postJson(server, path, {model, messages: [instructions, user(question)], ...more});

    test('its models are listed', async () => {
      const {data} = await jsonOf<{data: {id: string}[]}>(await fetch(`${server.url}/v1/models`));
      const ids = data.map(({id}) => id.replace(/^models\/|:latest$/g, ''));
      assert.deepEqual(ids, [model]);
    });

    test('a text streams, with its usage, and what the upstream refuses is learnt once', async () => {
      const options = {max_tokens: 50, temperature: 0.5, stream: true, stream_options: {include_usage: true}};
      const chunks = await eventsOf<Chunk>(await ask('Count', options));
      const first = chunks.flatMap(({choices}) => choices);
      assert.deepEqual(
        [
          first.map(({delta}) => delta.content ?? '').join(''),
          first.findLast(({finish_reason: reason}) => reason !== null)?.finish_reason,
          chunks.at(-1)?.usage?.prompt_tokens,
          chunks.at(-1)?.usage?.completion_tokens,
        ],
        ['One two 3.', 'stop', 11, 7],
      );
      assert.equal(upstream.questions.length, emulator.asksFirst);
      await (await ask('Count', options)).text();
      assert.equal(upstream.questions.length, emulator.asksFirst + 1);
    });

    test('a whole answer, and two of them', async () => {
      const {choices, usage} = await jsonOf<Completion>(await ask('Count', {n: 2}));
      assert.deepEqual(
        choices.map(({message, finish_reason: reason}) => [message.content, reason]),
        [
          ['One two 3.', 'stop'],
          ['One two 3.', 'stop'],
        ],
      );
      assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [22, 14]);
    });

    test('a page sees text and thoughts apart', async () => {
      const {answer} = await answered(
        await postJson(
          server,
          '/api/chat',
          {model, message: {text: 'Think'}},
          {headers: {'x-chat-protocol': 'chatlet'}},
        ),
      );
      const parts = answer.parts.flatMap((part) => ('text' in part ? [[part.type, part.text.trim()]] : []));
      assert.deepEqual(parts, [
        ...(emulator.thinks ? [['reasoning', emulatedThought.trim()]] : []),
        ['text', 'One two 3.'],
      ]);
    });

    test('two rounds of tools, for a client that gives each message back as it came', async () => {
      const messages: object[] = [instructions, user('The weather?')];
      const called: unknown[] = [];
      for (let round = 0; round < 2; round++) {
        const {choices} = await jsonOf<Completion>(await ask('', {messages, tools}));
        const [choice] = choices;
        const [call] = choice?.message.tool_calls ?? [];
        assert.equal(choice?.finish_reason, 'tool_calls');
        called.push([call?.function.name, JSON.parse(call?.function.arguments ?? '')]);
        messages.push(choice?.message ?? {}, {role: 'tool', tool_call_id: call?.id, content: '20 degrees'});
      }
      const {choices} = await jsonOf<Completion>(await ask('', {messages, tools}));
      assert.deepEqual(called, [
        ['weather', {city: 'Rome'}],
        ['clock', {zone: 'Europe/Rome'}],
      ]);
      assert.equal(choices[0]?.message.content, 'Sunny at noon.');
    });

    test('a chat that another model began, with a call of a tool and late instructions', async () => {
      const call = {id: 'call_of-another/model', type: 'function', function: {name: 'clock', arguments: '{}'}};
      const {choices} = await jsonOf<Completion>(
        await ask('', {
          messages: [
            user('Hi'),
            {role: 'assistant', content: null, tool_calls: [call]},
            {role: 'tool', tool_call_id: call.id, content: 'Noon'},
            {role: 'assistant', content: 'It is noon.'},
            instructions,
            user('Count'),
          ],
          tools,
        }),
      );
      assert.equal(choices[0]?.message.content, 'One two 3.');
    });

    test('a tool’s result for a call that another model has made', async () => {
      const call = {id: 'call_of-another/model', type: 'function', function: {name: 'weather', arguments: '{}'}};
      const messages = [
        user('The weather?'),
        {role: 'assistant', content: null, tool_calls: [call]},
        {role: 'tool', tool_call_id: call.id, content: 'Sunny'},
      ];
      const {choices} = await jsonOf<Completion>(await ask('', {messages, tools}));
      assert.equal(choices[0]?.message.tool_calls?.[0]?.function.name, 'clock');
    });

    test('a busy upstream is told with its wait', async () => {
      const {status, retryAfter} = emulator.busy.told;
      const response = await ask('Are you busy?');
      await jsonOf(response, status);
      assert.equal(response.headers.get('retry-after'), retryAfter === undefined ? null : String(retryAfter));
    });

    test('a refused key is told to the operator, and to nobody else', async () => {
      const wrong = await serve(emulator, upstream, 'wrong');
      const response = await postJson(wrong, path, {model, messages: [user('Count')]});
      const text = await response.text();
      assert.equal(response.status, emulator.wrongKey ? 502 : 200, text);
      assert.doesNotMatch(text, /key/i);
      const isTold = wrong.reported.some((error) => causesOf(error).includes('The upstream refused the API key.'));
      assert.equal(isTold, emulator.wrongKey !== undefined);
      await wrong.close();
    });

    test('a model that it has not is named, with those that there are', async () => {
      const response = await ask('Count', {model: 'gone'});
      if (!emulator.noSuchModel && emulator.lists) {
        await jsonOf(response);
        return;
      }
      const {error} = await jsonOf<{error: OpenaiError & {availableModels?: readonly string[]}}>(response, 404);
      assert.deepEqual([error.code, /"gone"/.test(error.message)], ['model_not_found', true]);
    });

    test('leaving closes the upstream’s connection', async () => {
      const leaving = new AbortController();
      const body = {model, messages: [user('Go on for ever')], stream: true};
      const response = await postJson(server, path, body, {signal: leaving.signal});
      await response.body?.getReader().read();
      leaving.abort();
      await upstream.questions.at(-1)?.abandoned;
    });

    if (emulator.refusedOption) {
      const [name, value] = emulator.refusedOption;
      test('an option that only the caller can leave out is named', async () => {
        const {error} = await jsonOf<{error: OpenaiError}>(await ask('Count', {[name]: value}), 400);
        assert.equal(error.param, name);
      });
    }
  });
}

/** The link to the source of a fact: an issue or a page. */
function linkTo(source: string): string {
  const [, repository, number] = /^([\w.-]+\/[\w.-]+)#(\d+)$/.exec(source) ?? [];
  if (repository === undefined) return `[doc](${source})`;
  return `[${source}](https://github.com/${repository}/issues/${number})`;
}

/** The emulator's row in the table of `docs/upstreams.md`. */
function printRow({name, kind, address, keyHeader, lists, thinks, noSuchModel, busy, asksFirst}: Emulator): string {
  const {status, retryAfter} = busy.told;
  const cells = [
    name,
    kind === undefined ? '`fromAISDK`' : `\`${kind}\``,
    `\`${address}\``,
    lists ? 'its list' : 'named in `models`',
    noSuchModel || !lists ? '404' : 'answers',
    keyHeader === undefined ? 'takes any' : 'told',
    thinks ? 'apart' : 'none told',
    `${status}${retryAfter === undefined ? '' : ' with the wait'}`,
    String(asksFirst - 1),
  ];
  return `| ${cells.join(' | ')} |`;
}

test('docs/upstreams.md has what was tried with each upstream, and what is special about it', async () => {
  const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ');
  const docs = squeeze(await readFile(new URL('../../../docs/upstreams.md', import.meta.url), 'utf8'));
  for (const emulator of emulators) {
    const special = emulator.quirks.map(({says, source}) => `${says} (${linkTo(source)})`).join('; ');
    for (const text of [printRow(emulator), `- **${emulator.name}**: ${special}.`]) {
      assert.ok(docs.includes(squeeze(text)), `docs/upstreams.md lacks: ${text}`);
    }
  }
});
