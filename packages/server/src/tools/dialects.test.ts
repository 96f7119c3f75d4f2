/**
 * Tools of each kind in one golden turn over each dialect: the same call, the same result, the same text. Where a dialect
 * tells no results, the client brings the tool and runs it. And the paths that do not carry the server's tools.
 */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import {type ChatEvent, type Json, parseJson} from '@chatlet/protocol';
import {buildSchema, graphql} from 'graphql';
import {z} from 'zod';
import type {Tool} from '../engine/tool.ts';
import {type Answered, type TestServer, answered, ownProtocol, startChat} from '../testing/chat-server.ts';
import {callsTool, says} from '../testing/upstream.ts';
import {calculator} from './calculator.ts';
import {defineTool} from './define-tool.ts';
import {fetchPage} from './fetch-page.ts';
import {graphqlTools} from './graphql.ts';
import {mcpTools} from './mcp.ts';
import {openapiTools} from './openapi.ts';
import {type LocalService, startService} from './testing/local-service.ts';
import {weather} from './weather.ts';
import {webSearch} from './web-search.ts';

const recorded: Readonly<Record<string, string>> = {
  '/v1/search': '{"results":[{"name":"Oslo","latitude":59.9,"longitude":10.7,"country":"Norway"}]}',
  '/v1/forecast':
    '{"timezone":"Europe/Oslo","current_units":{"temperature_2m":"°C"},"current":{"time":"2026-11-29T10:15",' +
    '"temperature_2m":-2.5,"apparent_temperature":-6,"relative_humidity_2m":80,"wind_speed_10m":9,"weather_code":71},' +
    '"daily":{"time":[],"temperature_2m_min":[],"temperature_2m_max":[],"precipitation_probability_max":[],"weather_code":[]}}',
  '/search': '{"results":[{"title":"Tea","url":"https://example.com/tea","content":"Hot."}]}',
  '/plain': 'Just text.',
  '/orders/7': '{"drink":"tea"}',
};

const schema = buildSchema('type Query { note(at: Int!): String }');

async function answerGraphql(body: string): Promise<string> {
  const {query: source, variables} = JSON.parse(body) as {query: string; variables?: Record<string, unknown>};
  const rootValue = {note: ({at}: {at: number}) => `Note ${at}`};
  return JSON.stringify(await graphql({schema, source, rootValue, variableValues: variables ?? {}}));
}

const startRecorded = () =>
  startService(({path, body}, res) => {
    res.writeHead(200, {'content-type': path === '/plain' ? 'text/plain' : 'application/json'});
    if (path === '/graphql') void answerGraphql(body).then((answer) => res.end(answer));
    else res.end(recorded[path]);
  });

const document = {
  openapi: '3.1.0',
  info: {title: 'Shop', version: '1'},
  paths: {
    '/orders/{id}': {
      get: {
        operationId: 'readOrder',
        parameters: [{name: 'id', in: 'path', required: true, schema: {type: 'integer'}}],
      },
    },
  },
};

const program = {
  command: process.execPath,
  args: ['--conditions=@chatlet/source', join(import.meta.dirname, 'testing/mcp-server.ts')],
};

const sent: unknown[] = [];
const send = defineTool({
  name: 'send',
  description: 'Sends a message.',
  input: z.object({to: z.string()}),
  run: async (input) => {
    sent.push(input);
    return {sent: input.to};
  },
});

/** Tools of the server at this address, and what each has for a call. */
async function startTools(url: string): Promise<ReadonlyMap<string, Tool>> {
  const tools = [
    calculator(),
    weather({forecastUrl: url, placesUrl: url}),
    webSearch({searxng: url}),
    fetchPage({sites: [url]}),
    send,
    ...(await mcpTools({id: 'kitchen', ...program, tools: {order: 'allowed', '*': 'refused'}})),
    ...(await openapiTools({document, operations: ['*'], baseUrl: url})),
    ...(await graphqlTools({endpoint: `${url}/graphql`, operations: 'query note($at: Int!) { note(at: $at) }'})),
  ];
  return new Map(tools.map((tool) => [tool.name, tool]));
}

/** A function of the page: its result comes from the page. */
const cart = {
  name: 'read-cart',
  description: 'Tells what is in the cart.',
  inputSchema: {type: 'object', properties: {shelf: {type: 'string'}}},
  annotations: {readOnlyHint: true},
};

interface Row {
  readonly name: string;
  readonly input: (url: string) => object;
  readonly waitsFor?: 'approval' | 'page';
  /** Words of the result. */
  readonly says: RegExp;
}

const rows: readonly Row[] = [
  {name: 'calculator', input: () => ({expression: '6 * 7'}), says: /42/},
  {name: 'weather', input: () => ({place: 'Oslo'}), says: /-2\.5/},
  {name: 'search', input: () => ({query: 'tea'}), says: /Hot\./},
  {name: 'fetch-page', input: (url) => ({url: `${url}/plain`}), says: /Just text\./},
  {name: 'send', input: () => ({to: 'Ada'}), waitsFor: 'approval', says: /Ada/},
  {name: 'kitchen_order', input: () => ({drink: 'tea'}), says: /ordered/},
  {name: 'readOrder', input: () => ({id: 7}), says: /tea/},
  {name: 'note', input: () => ({at: 3}), says: /Note 3/},
  {name: 'read-cart', input: () => ({shelf: 'top'}), waitsFor: 'page', says: /tea/},
];

/** A call, as the dialects tell it. */
interface Called {
  readonly name: string;
  readonly input: object;
  readonly result: Json;
  readonly waitsFor: Row['waitsFor'];
  readonly definition: {readonly name: string; readonly description: string; readonly parameters: Json};
}

type Way = (chat: TestServer, called: Called) => Promise<readonly Answered[]>;

const text = 'Use it';
const plain = {messages: [{role: 'user', content: text}]};
const question = {id: 'q', role: 'user', content: text};
const ui = {...question, parts: [{type: 'text', text}]};
let turns = 0;

/** Through a dialect of `POST /api/chat`; a call that waits is answered by the path of our own pages. */
function inChat(protocol: string, toBody: (id: string) => object): Way {
  return async (chat, {waitsFor, result}) => {
    turns += 1;
    const pageTools = waitsFor === 'page' && {pageTools: [cart]};
    const body = {...toBody(`chat-${turns}`), ...pageTools};
    const asked = await answered(await chat.post('/api/chat', body, {'x-chat-protocol': protocol}));
    if (!waitsFor) return [asked];
    const reply = waitsFor === 'page' ? {output: result} : {approval: 'once'};
    assert.equal((await chat.post(`/api/chat/${asked.chatId}/tools/call_1`, reply)).status, 200);
    return [asked, await answered(await chat.get(`/api/chat/${asked.chatId}/stream?after=0`, ownProtocol))];
  };
}

/** As `useChat` of AI SDK 6 and later does it: the approval comes with the messages. */
const useChat: Way = async (chat, {name, waitsFor}) => {
  turns += 1;
  const id = `ui-${turns}`;
  const headers = {'x-chat-protocol': 'ui-message-stream'};
  const response = await chat.post('/api/chat', {id, trigger: 'submit-message', messages: [ui]}, headers);
  const messageId = response.headers.get('x-message-id');
  const asked = await answered(response);
  if (!waitsFor) return [asked];
  const part = {type: `tool-${name}`, toolCallId: 'call_1', state: 'approval-responded', approval: {approved: true}};
  const messages = [ui, {id: messageId, role: 'assistant', parts: [part]}];
  return [asked, await answered(await chat.post('/api/chat', {id, messages}, headers))];
};

const agUi: Way = async (chat, {name, input, waitsFor}) => {
  const body = {threadId: 't', messages: [question]};
  const response = await chat.post('/agui', body, {});
  const raw = await response.clone().text();
  const asked = await answered(response);
  if (!waitsFor) return [asked];
  const [, interruptId] = /"id":"(resp_[^"]+)"/.exec(raw) ?? [];
  const call = {id: 'call_1', type: 'function', function: {name, arguments: JSON.stringify(input)}};
  const messages = [question, {id: 'a', role: 'assistant', toolCalls: [call]}];
  const resume = [{interruptId, status: 'resolved', payload: {approved: true}}];
  return [asked, await answered(await chat.post('/agui', {...body, messages, resume}, {}))];
};

const responses: Way = async (chat, {waitsFor}) => {
  const body = {model: 'test-model', stream: true, tools: [{type: 'mcp', server_label: 'site'}]};
  const response = await chat.post('/v1/responses', {...body, input: text}, {});
  const raw = await response.clone().text();
  const asked = await answered(response);
  if (!waitsFor) return [asked];
  const [, id] = /"id":"(mcpr_[^"]+)"/.exec(raw) ?? [];
  const [, previous] = /"id":"(resp_[^"]+)"/.exec(raw) ?? [];
  const input = [{type: 'mcp_approval_response', approval_request_id: id, approve: true}];
  return [
    asked,
    await answered(await chat.post('/v1/responses', {...body, previous_response_id: previous, input}, {})),
  ];
};

/** The dialects that tell calls and results of tools that the server runs. */
const carrying: Readonly<Record<string, Way>> = {
  chatlet: inChat('chatlet', () => ({message: {text}})),
  'typed-events': inChat('typed-events', () => plain),
  'ui-message-stream': useChat,
  'ai-sdk-5': inChat('ai-sdk-5', (id) => ({id, trigger: 'submit-message', messages: [ui]})),
  'ai-sdk-4': inChat('ai-sdk-4', (id) => ({id, messages: [ui]})),
  '/agui': agUi,
  '/v1/responses': responses,
};

/** Two requests of a client that runs the tool itself: with the question, and with the result of its call. */
function byClient(
  path: string,
  toBody: (called: Called, told: string | undefined) => object,
  headers: Readonly<Record<string, string>> = {},
): Way {
  return async (chat, called) => {
    const {result} = called;
    const asked = await answered(await chat.post(path, toBody(called, undefined), headers));
    const told = typeof result === 'string' ? result : JSON.stringify(result);
    return [asked, await answered(await chat.post(path, toBody(called, told), headers))];
  };
}

const functionCall = ({name, input}: Called) => ({
  id: 'call_1',
  type: 'function',
  function: {name, arguments: JSON.stringify(input)},
});

/** The dialects whose clients bring tools and run them. */
const passing: Readonly<Record<string, Way>> = {
  '/v1/chat/completions': byClient('/v1/chat/completions', (called, told) => ({
    model: 'test-model',
    stream: true,
    tools: [{type: 'function', function: called.definition}],
    messages: [
      {role: 'user', content: text},
      ...(told === undefined
        ? []
        : [
            {role: 'assistant', content: null, tool_calls: [functionCall(called)]},
            {role: 'tool', tool_call_id: 'call_1', content: told},
          ]),
    ],
  })),
  '/v1/responses with functions': byClient('/v1/responses', ({name, input, definition}, told) => ({
    model: 'test-model',
    stream: true,
    tools: [{type: 'function', ...definition}],
    input: [
      {role: 'user', content: text},
      ...(told === undefined
        ? []
        : [
            {type: 'function_call', call_id: 'call_1', name, arguments: JSON.stringify(input)},
            {type: 'function_call_output', call_id: 'call_1', output: told},
          ]),
    ],
  })),
  '/v1/messages': byClient('/v1/messages', ({name, input, definition}, told) => ({
    model: 'test-model',
    max_tokens: 500,
    stream: true,
    tools: [{name, description: definition.description, input_schema: definition.parameters}],
    messages: [
      {role: 'user', content: text},
      ...(told === undefined
        ? []
        : [
            {role: 'assistant', content: [{type: 'tool_use', id: 'call_1', name, input}]},
            {role: 'user', content: [{type: 'tool_result', tool_use_id: 'call_1', content: told}]},
          ]),
    ],
  })),
  '/agui with tools of the page': byClient('/agui', (called, told) => ({
    tools: [called.definition],
    messages: [
      question,
      ...(told === undefined
        ? []
        : [
            {id: 'a', role: 'assistant', toolCalls: [functionCall(called)]},
            {id: 'r', role: 'tool', toolCallId: 'call_1', content: told},
          ]),
    ],
  })),
  'Ollama’s /api/chat': byClient(
    '/api/chat',
    ({name, input, definition}, told) => ({
      model: 'test-model',
      tools: [{type: 'function', function: definition}],
      messages: [
        {role: 'user', content: text},
        ...(told === undefined
          ? []
          : [
              {role: 'assistant', content: '', tool_calls: [{function: {name, arguments: input}}]},
              {role: 'tool', content: told},
            ]),
      ],
    }),
    {'x-chat-protocol': 'ollama'},
  ),
};

/** Some dialects have results as JSON, and others as its text. */
function asValue(output: Json | undefined): Json | undefined {
  return typeof output === 'string' ? (parseJson(output) ?? output) : output;
}

function toolEvents(events: readonly ChatEvent[]): readonly object[] {
  return events.flatMap((event): readonly object[] => {
    if (event.type === 'tool-call') return [{call: event.name, input: event.input}];
    return event.type === 'tool-result' ? [{output: event.output, failed: event.failed ?? false}] : [];
  });
}

/** What a reader of all responses has seen, each thing once, and what the model has read. */
function golden(chat: TestServer, answers: readonly Answered[]) {
  const events = answers.flatMap(({events: told}) => told);
  const unique = (values: readonly unknown[]) => [...new Set(values.map((value) => JSON.stringify(value)))];
  const messages = chat.upstream.requests.at(-1)?.body?.['messages'] as readonly {role: string; content: Json}[];
  return {
    calls: unique(events.flatMap((event) => (event.type === 'tool-call' ? [[event.name, event.input]] : []))),
    results: unique(
      events.flatMap((event) => (event.type === 'tool-result' ? [[asValue(event.output), event.failed ?? false]] : [])),
    ),
    told: unique(messages.flatMap(({role, content}) => (role === 'tool' ? [asValue(content)] : []))),
    text: answers.at(-1)?.text,
  };
}

suite('the golden turn with a tool', () => {
  let service: LocalService;
  let tools: ReadonlyMap<string, Tool>;
  /** With the tools, and without. */
  let chat: TestServer;
  let bare: TestServer;
  before(async () => {
    service = await startRecorded();
    tools = await startTools(service.url);
    chat = await startChat({tools: [...tools.values()], plans: [{name: 'default'}]});
    bare = await startChat({tools: [], ollama: true, plans: [{name: 'default'}]});
  });
  after(async () => {
    await chat.close();
    await bare.close();
    await service[Symbol.asyncDispose]();
  });

  async function calledOf({name, input: toInput, waitsFor, says: said}: Row): Promise<Called> {
    const input = toInput(service.url);
    const tool = tools.get(name);
    const prepared = tool?.prepare(JSON.parse(JSON.stringify(input)) as Json);
    const context = {owner: 'ada', callId: 'c', signal: AbortSignal.timeout(10_000)};
    const result = prepared ? await prepared.run(context) : {articles: ['tea']};
    assert.match(JSON.stringify(result), said);
    const {description = '', inputSchema} = tool ?? cart;
    return {name, input, result, waitsFor, definition: {name, description, parameters: inputSchema}};
  }

  for (const row of rows) {
    for (const [dialect, way] of Object.entries(carrying)) {
      // Only our own pages have functions that wait.
      if (row.waitsFor === 'page' && dialect !== 'chatlet') continue;
      test(`S2.12: ${row.name} is called, gives its result and is spoken of in ${dialect}`, async () => {
        const called = await calledOf(row);
        const sentBefore = sent.length;
        chat.upstream.script(callsTool(row.name, called.input), says('Well.'));
        const result = asValue(called.result);
        assert.deepEqual(golden(chat, await way(chat, called)), {
          calls: [JSON.stringify([row.name, called.input])],
          results: [JSON.stringify([result, false])],
          told: [JSON.stringify(result)],
          text: 'Well.',
        });
        assert.equal(sent.length - sentBefore, row.name === 'send' ? 1 : 0);
      });
    }
    for (const [dialect, way] of Object.entries(passing)) {
      test(`${row.name} is called by the model and run by the client in ${dialect}`, async () => {
        const called = await calledOf(row);
        bare.upstream.script(callsTool(row.name, called.input), says('Well.'));
        assert.deepEqual(golden(bare, await way(bare, called)), {
          calls: [JSON.stringify([row.name, called.input])],
          results: [],
          told: [JSON.stringify(asValue(called.result))],
          text: 'Well.',
        });
      });
    }
  }
});

test('/chat/stream runs the tools of the server too, and its dialect has words alone', async () => {
  await using chat = await startChat({tools: [calculator()]});
  chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}), says('It is 42.'));
  const {events, text: said} = await answered(await chat.post('/chat/stream', plain, {}));
  assert.deepEqual([toolEvents(events), said], [[], 'It is 42.']);
  assert.match(JSON.stringify(chat.upstream.requests[1]?.body?.['messages']), /42/);
});

test('/agui runs the tools of the server too, with their calls and results, unless the client brings tools', async () => {
  await using chat = await startChat({tools: [calculator()]});
  chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}), says('It is 42.'));
  const asked = {messages: [{id: 'q', role: 'user', content: text}]};
  const {events, text: said} = await answered(await chat.post('/agui', asked, {}));
  assert.partialDeepStrictEqual(toolEvents(events), [{call: 'calculator', input: {expression: '6 * 7'}}, {}]);
  assert.match(JSON.stringify(toolEvents(events)[1]), /42/);
  assert.equal(said, 'It is 42.');
  const own = {...asked, tools: [{name: 'calculator', description: 'Mine', parameters: {type: 'object'}}]};
  chat.upstream.script(callsTool('calculator', {expression: '6 * 7'}));
  const passed = await answered(await chat.post('/agui', own, {}));
  assert.deepEqual(toolEvents(passed.events), [{call: 'calculator', input: {expression: '6 * 7'}}]);
});

for (const [path, body] of Object.entries({
  '/v1/chat/completions': {model: 'test-model', ...plain},
  '/v1/responses': {model: 'test-model', input: text},
  '/v1/messages': {model: 'test-model', max_tokens: 50, ...plain},
  '/v1/chat': {model: 'test-model', ...plain},
})) {
  test(`${path} offers the model no tool of the server, because its clients run tools of their own`, async () => {
    await using chat = await startChat({tools: [calculator()]});
    const response = await chat.post(path, body, {});
    assert.equal(response.status, 200);
    await response.text();
    assert.equal(chat.upstream.first.body?.['tools'], undefined);
  });
}
