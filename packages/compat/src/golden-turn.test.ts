/**
 * One answer with everything, asked through every API that streams: all give the same. First the APIs that take tools, with
 * two requests; then all dialects, with an answer for which the server ran the tools.
 */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type ChatEvent, type Message, type Part, textOf} from '@chatlet/protocol';
import type {Provider} from '@chatlet/server';
import {answered, readUntil} from '../../server/src/testing/chat-server.ts';
import {type Script, delta} from '../../server/src/testing/upstream.ts';
import {type CompatServer, endless, postJson, startServer} from './testing/harness.ts';

const parameters = {type: 'object', properties: {city: {type: 'string'}}};
const tool = {name: 'weather', description: 'The weather at a place', parameters};
const openaiTool = {type: 'function', function: tool};

/** The calls of the first round, with their results. */
const called = [
  {id: 'call_1', name: 'weather', input: {city: 'Oslo'}, result: 'Rain'},
  {id: 'call_2', name: 'weather', input: {city: 'Rome'}, result: 'Sun'},
] as const;

interface Asked {
  readonly path: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Way {
  /** The first question, and the one that brings the results of its calls. */
  readonly first: Asked;
  readonly second: Asked;
  /** Whether it tells the sources of an answer, and the tokens that came from the cache. */
  readonly tellsMore: boolean;
}

const question = {role: 'user', content: 'Weather?'};
const openaiCalls = called.map(({id, name, input}) => ({
  id,
  type: 'function',
  function: {name, arguments: JSON.stringify(input)},
}));
const openaiRounds = [
  question,
  {role: 'assistant', content: 'Let me look.', tool_calls: openaiCalls},
  ...called.map(({id, result}) => ({role: 'tool', tool_call_id: id, content: result})),
];

const completions = (messages: object): Asked => ({
  path: '/v1/chat/completions',
  body: {model: 'm', messages, tools: [openaiTool], stream: true, stream_options: {include_usage: true}},
});
const anthropic = (messages: object): Asked => ({
  path: '/v1/messages',
  body: {
    model: 'm',
    max_tokens: 2000,
    messages,
    tools: [{name: tool.name, description: tool.description, input_schema: parameters}],
    stream: true,
    thinking: {type: 'enabled', budget_tokens: 1024},
  },
});
const agUi = (messages: object): Asked => ({path: '/agui', body: {messages, tools: [tool]}});
const responses = (input: object): Asked => ({
  path: '/v1/responses',
  body: {model: 'm', input, tools: [{type: 'function', ...tool}], stream: true},
});
const ollama = (messages: object): Asked => ({
  path: '/api/chat',
  body: {model: 'm', messages, tools: [openaiTool], stream: true},
  headers: {'x-chat-protocol': 'ollama'},
});

const ways: Readonly<Record<string, Way>> = {
  '/v1/chat/completions': {first: completions([question]), second: completions(openaiRounds), tellsMore: true},
  '/v1/messages': {
    first: anthropic([question]),
    second: anthropic([
      question,
      {
        role: 'assistant',
        content: [
          {type: 'text', text: 'Let me look.'},
          ...called.map(({id, name, input}) => ({type: 'tool_use', id, name, input})),
        ],
      },
      {
        role: 'user',
        content: called.map(({id, result}) => ({type: 'tool_result', tool_use_id: id, content: result})),
      },
    ]),
    tellsMore: true,
  },
  '/agui': {
    first: agUi([{id: '1', ...question}]),
    second: agUi([
      {id: '1', ...question},
      {id: '2', role: 'assistant', content: 'Let me look.', toolCalls: openaiCalls},
      ...called.map(({id, result}) => ({id: `result_${id}`, role: 'tool', toolCallId: id, content: result})),
    ]),
    tellsMore: true,
  },
  '/v1/responses': {
    first: responses([question]),
    second: responses([
      question,
      {role: 'assistant', content: 'Let me look.'},
      ...called.map(({id, name, input}) => ({
        type: 'function_call',
        call_id: id,
        name,
        arguments: JSON.stringify(input),
      })),
      ...called.map(({id, result}) => ({type: 'function_call_output', call_id: id, output: result})),
    ]),
    tellsMore: true,
  },
  'Ollama’s /api/chat': {
    first: ollama([question]),
    second: ollama([
      question,
      {
        role: 'assistant',
        content: 'Let me look.',
        tool_calls: called.map(({name, input}) => ({function: {name, arguments: input}})),
      },
      ...called.map(({result}) => ({role: 'tool', content: result})),
    ]),
    tellsMore: false,
  },
};

const frame = (fields: object) => `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', ...fields})}\n\n`;
const piece = (fields: object, reason: string | null = null) =>
  frame({choices: [{index: 0, delta: fields, finish_reason: reason}]});
const usage = frame({
  choices: [],
  usage: {prompt_tokens: 30, completion_tokens: 12, prompt_tokens_details: {cached_tokens: 10}},
});
const end = 'data: [DONE]\n\n';

const callsTools: Script = async (exchange) => {
  await exchange.write(piece({role: 'assistant', reasoning_content: 'Hm.'}));
  for (const text of ['Let ', 'me ', 'look.']) await exchange.write(delta(text));
  await exchange.write(piece({tool_calls: openaiCalls.map((call, index) => ({index, ...call}))}));
  exchange.end(piece({}, 'tool_calls') + usage + end);
};

const concludes: Script = async (exchange) => {
  const citation = {type: 'url_citation', url_citation: {url: 'https://example.com/w', title: 'Weather'}};
  await exchange.write(delta('Rain in Oslo, sun in Rome.'));
  await exchange.write(piece({annotations: [citation]}));
  exchange.end(piece({}, 'stop') + usage + end);
};

const ask = (chat: CompatServer, {path, body, headers = {}}: Asked, signal?: AbortSignal) =>
  postJson(chat, path, body, {headers, ...(signal && {signal})});

/** A part without a text carries metadata of its API alone. */
function thoughtOf(part: Part): readonly string[] {
  return part.type === 'reasoning' && part.text !== '' ? [part.text] : [];
}

function callsOf({parts}: Message) {
  return parts.flatMap((part) => (part.type === 'tool' ? [{name: part.name, input: part.input}] : []));
}

for (const [name, {first, second, tellsMore}] of Object.entries(ways)) {
  suite(`the golden turn through ${name}`, () => {
    test(`text, reasoning, calls, sources and usage of two rounds come through ${name}`, async () => {
      await using chat = await startServer({ollama: true});
      chat.script(callsTools, concludes);
      const {answer} = await answered(await ask(chat, first));
      assert.equal(textOf(answer), 'Let me look.');
      assert.deepEqual(
        callsOf(answer),
        called.map(({name: toolName, input}) => ({name: toolName, input})),
      );
      assert.deepEqual(answer.parts.flatMap(thoughtOf), ['Hm.']);
      const {answer: last} = await answered(await ask(chat, second));
      assert.equal(textOf(last), 'Rain in Oslo, sun in Rome.');
      assert.equal(last.status, 'done');
      assert.deepEqual(
        last.parts.flatMap((part) => (part.type === 'source' ? [[part.title, part.url]] : [])),
        tellsMore ? [['Weather', 'https://example.com/w']] : [],
      );
      for (const {usage: told} of [answer, last]) {
        const {promptTokens, completionTokens, cachedTokens} = told ?? {};
        assert.deepEqual([promptTokens, completionTokens, cachedTokens], [30, 12, tellsMore ? 10 : undefined]);
      }
      const [, ...rounds] = chat.told as readonly {role: string; content: unknown; tool_calls?: readonly object[]}[];
      assert.deepEqual(
        rounds.map(({role, content}) => [role, content]),
        [
          ['assistant', 'Let me look.'],
          ['tool', 'Rain'],
          ['tool', 'Sun'],
        ],
      );
      assert.equal(rounds[0]?.tool_calls?.length, 2);
    });

    test(`an answer that breaks off is not taken for complete through ${name}`, async () => {
      await using chat = await startServer({ollama: true});
      chat.script(async (exchange) => {
        await exchange.write(delta('Half an '));
        exchange.cut();
      });
      const {answer, text} = await answered(await ask(chat, first));
      assert.equal(text, 'Half an ');
      assert.notEqual(answer.status, 'done');
    });

    test(`leaving frees the upstream through ${name}`, async () => {
      await using chat = await startServer({ollama: true});
      const {script, begun, freed} = endless();
      chat.script(script);
      const leave = new AbortController();
      const response = await ask(chat, first, leave.signal);
      await begun;
      leave.abort();
      await freed;
      await response.text().catch(() => '');
    });
  });
}

const runs = (callId: string, place: string, output: string): readonly ChatEvent[] => [
  {type: 'tool-call', callId, name: 'weather', input: {city: place}},
  {type: 'tool-result', callId, output},
];

const thinks: readonly ChatEvent[] = [
  {type: 'reasoning-delta', delta: 'Hm.'},
  {type: 'text-delta', delta: 'Let me look. '},
];

/** Two rounds of tools that the server ran. */
const wholeTurn: readonly ChatEvent[] = [
  ...thinks,
  ...runs('call_1', 'Oslo', 'Rain'),
  {type: 'text-delta', delta: 'And in Rome? '},
  ...runs('call_2', 'Rome', 'Sun'),
  {type: 'text-delta', delta: 'Rain in Oslo, sun in Rome.'},
  {type: 'source', id: 's1', title: 'Weather', url: 'https://example.com/w'},
  {type: 'usage', promptTokens: 30, completionTokens: 12, cachedTokens: 10},
  {type: 'message-end', reason: 'stop'},
];

/** A provider that runs tools by itself; after the events it ends, fails, or goes on until somebody stops it. */
function providerOf(events: readonly ChatEvent[], then: 'ends' | 'fails' | 'goes on' = 'ends') {
  const begun = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const provider: Provider = {
    id: 'own',
    models: async () => [{id: 'm', name: 'M'}],
    async *answer(_request, {signal}) {
      yield events;
      if (then === 'fails') throw new Error('It broke.');
      if (then === 'ends') return;
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, {once: true}));
      stopped.resolve();
    },
  };
  return {provider, begun: begun.promise, stopped: stopped.promise};
}

type Fact = 'reasoning' | 'calls' | 'results' | 'sources' | 'usage' | 'cached';

interface Told extends Asked {
  /** Facts that the dialect has no form for. */
  readonly lacks?: readonly Fact[];
}

/** Clients of these dialects run tools themselves, so that there is no form for the result of one. */
const results: readonly Fact[] = ['results'];

const page = (protocol: string): Asked => ({
  path: '/api/chat',
  body: {messages: [{id: 'q1', role: 'user', content: 'Weather?', parts: [{type: 'text', text: 'Weather?'}]}]},
  headers: {'x-chat-protocol': protocol},
});

const dialects: Readonly<Record<string, Told>> = {
  chatlet: page('chatlet'),
  'ui-message-stream': page('ui-message-stream'),
  'typed-events': page('typed-events'),
  'ai-sdk-4': {...page('ai-sdk-4'), lacks: ['cached']},
  '/chat/stream': {
    path: '/chat/stream',
    body: {messages: [question]},
    lacks: ['reasoning', 'calls', 'results', 'usage', 'cached'],
  },
  '/v1/chat/completions': {...completions([question]), lacks: results},
  '/v1/messages': {...anthropic([question]), lacks: results},
  '/v1/responses': {...responses([question]), lacks: results},
  '/agui': agUi([{id: '1', ...question}]),
  'Ollama’s /api/chat': {...ollama([question]), lacks: [...results, 'sources', 'cached']},
};

for (const [name, {lacks = [], ...asked}] of Object.entries(dialects)) {
  suite(`the golden turn of a server with tools, as ${name}`, () => {
    const unlessLacking = <Value>(fact: Fact, value: Value) => (lacks.includes(fact) ? undefined : value);

    test(`the whole turn has equal text, calls, sources and usage as ${name}`, async () => {
      const {provider} = providerOf(wholeTurn);
      await using chat = await startServer({ollama: true, providers: [provider]});
      const {answer} = await answered(await ask(chat, asked));
      const {promptTokens, completionTokens, cachedTokens} = answer.usage ?? {};
      const valuesOf = <Value>(valueOf: (part: Part) => Value | undefined) => {
        const values = answer.parts.map(valueOf).filter((value) => value !== undefined);
        return values.length > 0 ? values : undefined;
      };
      assert.deepEqual(
        {
          status: answer.status,
          text: textOf(answer),
          reasoning: valuesOf((part) => thoughtOf(part)[0]),
          calls: valuesOf((part) => (part.type === 'tool' ? [part.name, part.input] : undefined)),
          results: valuesOf((part) => (part.type === 'tool' ? part.output : undefined)),
          sources: valuesOf((part) => (part.type === 'source' ? [part.title, part.url] : undefined)),
          usage: answer.usage && [promptTokens, completionTokens],
          cached: cachedTokens,
        },
        {
          status: 'done',
          text: 'Let me look. And in Rome? Rain in Oslo, sun in Rome.',
          reasoning: unlessLacking('reasoning', ['Hm.']),
          calls: unlessLacking('calls', [
            ['weather', {city: 'Oslo'}],
            ['weather', {city: 'Rome'}],
          ]),
          results: unlessLacking('results', ['Rain', 'Sun']),
          sources: unlessLacking('sources', [['Weather', 'https://example.com/w']]),
          usage: unlessLacking('usage', [30, 12]),
          cached: unlessLacking('cached', 10),
        },
      );
    });

    test(`a failure after the first words keeps them and is an error as ${name}`, async () => {
      const {provider} = providerOf(thinks, 'fails');
      await using chat = await startServer({ollama: true, providers: [provider]});
      const {answer, events} = await answered(await ask(chat, asked));
      assert.deepEqual([textOf(answer), answer.status], ['Let me look. ', 'failed']);
      assert.ok(events.some(({type}) => type === 'error'));
      assert.doesNotMatch(JSON.stringify(events), /It broke/);
    });

    test(`a stop keeps the words and reaches the model as ${name}`, async () => {
      const {provider, begun, stopped} = providerOf(thinks, 'goes on');
      await using chat = await startServer({ollama: true, providers: [provider]});
      const leave = new AbortController();
      const response = await ask(chat, asked, leave.signal);
      await begun;
      const text = await readUntil(response.clone(), (said) => said === 'Let me look. ');
      assert.equal(text, 'Let me look. ');
      const chatId = response.headers.get('x-chat-id');
      // An answer of a chat outlives its reader; that of a request without a chat ends with it.
      if (chatId !== null) await chat.post(`/api/chat/${chatId}/stop`, {}, {});
      else leave.abort();
      await stopped;
      await response.text().catch(() => '');
    });
  });
}
