/** One answer with everything, asked through every API that streams and takes tools: all give the same. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type Message, textOf} from '@chatlet/protocol';
import {answered} from '../../server/src/testing/chat-server.ts';
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

const ask = (chat: CompatServer, {path, body, headers = {}}: Asked) => postJson(chat, path, body, {headers});

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
      assert.deepEqual(
        answer.parts.filter(({type}) => type === 'reasoning').map((part) => 'text' in part && part.text),
        ['Hm.'],
      );
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
      const {path, body, headers = {}} = first;
      const response = await postJson(chat, path, body, {headers, signal: leave.signal});
      await begun;
      leave.abort();
      await freed;
      await response.text().catch(() => '');
    });
  });
}
