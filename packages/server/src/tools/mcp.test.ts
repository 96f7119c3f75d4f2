/** Tools of MCP servers, made with the protocol's own SDK: both revisions, over HTTP and as programs. */
import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import type {Json} from '@chatlet/protocol';
import {type ListToolsResult, Server, createMcpHandler} from '@modelcontextprotocol/server';
import {fakeClock} from '../engine/testing/fake-clock.ts';
import {type Tool, type ToolTold, toToolbox, withToolsets} from '../engine/tool.ts';
import {definitionOf} from '../engine/tool-waits.ts';
import {startChat} from '../testing/chat-server.ts';
import {configuredTools} from './configured.ts';
import {defineTool} from './define-tool.ts';
import {type McpServer, connectMcp, mcpTools} from './mcp.ts';
import {answerByFetch, serveMcp, startHttp} from './testing/mcp-over-http.ts';
import {handleHttp} from './testing/mcp-server.ts';

const program = (file: string): {command: string; args: readonly string[]} => ({
  command: process.execPath,
  args: ['--conditions=@chatlet/source', join(import.meta.dirname, 'testing', file)],
});

interface Taken {
  readonly tools: readonly Tool[];
  run(name: string, input: Json, signal?: AbortSignal): Promise<Json>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function take(server: McpServer): Promise<Taken> {
  const tools = await mcpTools(server);
  return {
    tools,
    async run(name, input, signal = AbortSignal.timeout(10_000)) {
      const tool = tools.find((each) => each.name === name);
      assert.ok(tool, name);
      return tool.prepare(input).run({owner: 'user:ada', callId: 'c', signal});
    },
    async [Symbol.asyncDispose]() {
      for (const tool of tools) await tool.close?.();
    },
  };
}

async function until(isDone: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !isDone(); tries++) await wait(25);
  assert.ok(isDone());
}

suite('tools of an MCP server', () => {
  const kitchens: readonly (readonly [name: string, start: (rest: {id: string}) => McpServer])[] = [
    ['of the newest revision, as a program', (rest) => ({...rest, ...program('mcp-server.ts')})],
    ['of the older revision, as a program', (rest) => ({...rest, ...program('old-mcp-server.ts')})],
  ];
  for (const [name, start] of kitchens) {
    test(`${name}, are listed and called`, async () => {
      await using kitchen = await take(start({id: 'kitchen'}));
      assert.match(JSON.stringify(await kitchen.run('kitchen_menu', {})), /tea/i);
      const ordered = await kitchen.run('kitchen_order', {drink: 'tea'});
      assert.match(JSON.stringify(ordered), /One old tea|\{"ordered":"tea"\}/);
      const [menu, order] = kitchen.tools;
      assert.deepEqual([menu?.prepare({}).needsApproval, order?.prepare({drink: 'tea'}).needsApproval], [false, true]);
      assert.deepEqual([menu?.annotations?.destructiveHint, order?.annotations?.destructiveHint], [undefined, true]);
      assert.throws(() => order?.prepare({drink: 7}), {code: 'invalid-request'});
    });
  }

  test('over HTTP get the headers, and tell errors of the tool and a stop', async () => {
    await using server = await startHttp();
    await using kitchen = await take({id: 'k', url: server.url, headers: {authorization: 'Bearer secret'}});
    assert.deepEqual(await kitchen.run('k_order', {drink: 'tea'}), {ordered: 'tea'});
    assert.ok(server.asked.length > 1 && server.asked.every((each) => each === 'Bearer secret'));
    await assert.rejects(kitchen.run('k_order', {drink: 'coffee'}), {message: 'There is no coffee.'});
    const stop = new AbortController();
    const brewing = kitchen.run('k_brew', {}, stop.signal);
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(brewing);
    assert.equal(await kitchen.run('k_menu', {}), 'Tea, milk');
  });

  test('read the resources that the operator has named, and no others; each is a source of the answer', async () => {
    await using server = await startHttp();
    const parts = await connectMcp({
      id: 'k',
      url: server.url,
      headers: {authorization: 'Bearer secret'},
      resources: ['kitchen://recipes/*'],
      tools: {'*': 'refused'},
    });
    assert.deepEqual(
      parts.resources().map(({uri, title}) => [uri, title]),
      [
        ['kitchen://recipes/tea', 'Tea'],
        ['kitchen://recipes/photo', 'Photo'],
      ],
    );
    const [tool, ...others] = parts.tools();
    assert.ok(tool && others.length === 0);
    assert.equal(tool.name, 'k_read-resource');
    const lines = /kitchen:\/\/recipes\/tea: Tea\n[^]*kitchen:\/\/recipes\/\{drink\}: Recipes\. One for each drink\./;
    assert.match(tool.description ?? '', lines);
    const told: ToolTold[] = [];
    const read = async (uri: string) => {
      const call = tool.prepare({uri});
      assert.equal(call.needsApproval, false);
      const signal = AbortSignal.timeout(10_000);
      return call.run({owner: 'user:ada', callId: 'c', signal, tell: (each) => told.push(each)});
    };
    const text = '# Tea\n\nBrew the Assam for exactly four minutes.';
    assert.partialDeepStrictEqual(await read('kitchen://recipes/tea'), {title: 'Tea', text});
    assert.deepEqual(told, [{type: 'source', id: 'kitchen://recipes/tea', title: 'Tea', quote: text}]);
    assert.partialDeepStrictEqual(await read('kitchen://recipes/cocoa'), {text: 'How to make cocoa'});
    await assert.rejects(read('kitchen://recipes/photo'), {message: /is image\/png, which cannot be read/});
    for (const uri of [
      'kitchen://till',
      'kitchen://recipes/../till',
      'kitchen://recipes/%2e%2e/till',
      'file:///etc/passwd',
    ]) {
      await assert.rejects(read(uri), {code: 'forbidden'}, uri);
    }
    await parts.close();
  });

  test('are allowed, asked for or left out as the operator says, by name before pattern', async () => {
    await using kitchen = await take({
      id: 'k',
      ...program('mcp-server.ts'),
      tools: {'delete-*': 'refused', order: 'allowed', menu: 'asked', '*': 'refused', brew: 'allowed'},
    });
    assert.deepEqual(
      kitchen.tools.map((tool) => [tool.name, tool.prepare({drink: 'tea'}).needsApproval]),
      [
        ['k_menu', true],
        ['k_order', false],
        ['k_brew', false],
      ],
    );
  });

  test('of a program that has ended work again, and it gets no variable of the server but those that are named', async () => {
    process.env['CHATLET_SECRET'] = 'a secret of the server';
    await using kitchen = await take({id: 'k', ...program('mcp-server.ts'), env: {OWN: 'mine'}});
    assert.equal(await kitchen.run('k_environment', {name: 'CHATLET_SECRET'}), 'unset');
    assert.equal(await kitchen.run('k_environment', {name: 'OWN'}), 'mine');
    delete process.env['CHATLET_SECRET'];
    await kitchen.tools[0]?.close?.();
    assert.equal(await kitchen.run('k_menu', {}), 'Tea, milk');
  });

  test('come from the configuration, and end with the server', async () => {
    const surroundings = {folder: import.meta.dirname, set: () => undefined};
    const {tools} = await configuredTools(
      [{mcp: 'k', ...program('mcp-server.ts'), args: [...program('mcp-server.ts').args]}],
      surroundings,
    );
    {
      await using chat = await startChat({tools});
      await chat.ask('Hi');
      const offered = chat.upstream.first.body?.['tools'] as readonly {function: {name: string}}[];
      assert.deepEqual(
        offered.map((tool) => tool.function.name),
        ['k_menu', 'k_order', 'k_delete-all', 'k_brew', 'k_environment'],
      );
    }
    await assert.rejects(configuredTools([{mcp: 'a b', url: 'http://localhost'}], surroundings), /at most 20 letters/);
  });

  /** A server with these tools, which it writes as it likes. */
  const serveTools = (list: () => readonly object[]) => {
    const handler = createMcpHandler(() => {
      const server = new Server({name: 'raw', version: '1.0.0'}, {capabilities: {tools: {}}});
      server.setRequestHandler('tools/list', async () => ({tools: list()}) as unknown as ListToolsResult);
      server.setRequestHandler('tools/call', async ({params: {name}}) => ({content: [{type: 'text', text: name}]}));
      return server;
    });
    return serveMcp((req, res) => void answerByFetch(req, res, (request) => handler.fetch(request)));
  };

  test('with a schema that cannot be checked are offered with it, and two that would have one name have two', async () => {
    const ref = {
      type: 'object',
      properties: {from: {type: 'object'}, to: {$ref: '#/properties/from'}},
      not: {required: ['x']},
    };
    const names = ['a.b', 'a_b', 'x'.repeat(70)];
    await using server = await serveTools(() => names.map((name) => ({name, inputSchema: ref})));
    await using taken = await take({id: 'k', url: server.url});
    assert.deepEqual(
      taken.tools.map(({name}) => name),
      ['k_a_b', 'k_a_b_2', `k_${'x'.repeat(62)}`],
    );
    assert.deepEqual(taken.tools[0]?.inputSchema, ref);
    assert.throws(() => taken.tools[0]?.prepare({from: 1}), {code: 'invalid-request'});
    assert.deepEqual([await taken.run('k_a_b', {}), await taken.run('k_a_b_2', {})], ['a.b', 'a_b']);
  });

  test('of several servers keep apart, whatever their names, and so do their approvals', async () => {
    const inputSchema = {type: 'object'};
    await using one = await serveTools(() => [{name: 'b_c', inputSchema}]);
    await using other = await serveTools(() => [{name: 'c', inputSchema, description: 'b_c'}]);
    const sets = [await connectMcp({id: 'a', url: one.url}), await connectMcp({id: 'a_b', url: other.url})];
    const own = defineTool({name: 'a_b_c_2', description: 'Own.', input: {}, run: async () => 'own'});
    const box = withToolsets(toToolbox([own]), sets, {reserved: 'search'});
    assert.deepEqual([...box.keys()], ['a_b_c_2', 'a_b_c', 'a_b_c_3']);
    const run = async (name: string) =>
      box
        .get(name)
        ?.prepare({})
        .run({owner: 'user:ada', callId: 'c', signal: AbortSignal.timeout(10_000)});
    assert.deepEqual(await Promise.all(['a_b_c_2', 'a_b_c', 'a_b_c_3'].map(run)), ['own', 'b_c', 'c']);
    // If the first server is away, the tool of the second one has its name, but not its approvals.
    const [alone] = withToolsets(new Map(), sets.slice(1)).values();
    const [first] = withToolsets(new Map(), sets.slice(0, 1)).values();
    assert.ok(alone && first);
    assert.deepEqual([alone.name, alone.description], [first.name, first.description]);
    assert.notEqual(definitionOf(alone), definitionOf(first));
    for (const set of sets) await set.close();
  });

  test('of a server that does not answer at the start are left out, and come when it does', async () => {
    let isAway = true;
    await using server = await serveMcp((req, res) => {
      if (isAway) res.writeHead(503).end();
      else void answerByFetch(req, res, (request) => handleHttp.fetch(request));
    });
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-away-'));
    await writeFile(join(folder, 'operations.graphql'), 'query q { a }');
    const clock = fakeClock();
    const notes: string[] = [];
    const {tools, own, toolsets} = await configuredTools(
      [
        'calculator',
        {mcp: 'k', url: server.url},
        {graphql: 'http://127.0.0.1:9/graphql?key=secret', operations: 'operations.graphql'},
        {openapi: 'http://127.0.0.1:9/openapi.json', operations: ['GET *']},
      ],
      {folder, set: () => undefined, clock, note: (sentence) => notes.push(sentence)},
    );
    await rm(folder, {recursive: true});
    assert.deepEqual(
      [tools, own].map((all) => all.map(({name}) => name)),
      [['calculator'], ['calculator']],
    );
    assert.equal(notes.length, 3);
    for (const name of ['the MCP server "k"', 'http://127.0.0.1:9/graphql', 'http://127.0.0.1:9/openapi.json']) {
      assert.ok(
        notes.some((note) => note.startsWith(`The tools of ${name} are left out, and it is asked again later. `)),
        name,
      );
    }
    assert.doesNotMatch(notes.join(), /secret/);
    await using chat = await startChat({tools: own, toolsets});
    const offered = async () => {
      await chat.ask('Hi');
      const sent = chat.upstream.requests.at(-1)?.body?.['tools'] as readonly {function: {name: string}}[];
      return sent.map((tool) => tool.function.name);
    };
    assert.deepEqual(await offered(), ['calculator']);
    isAway = false;
    await clock.pass(20_000);
    await until(() => toolsets[0]?.tools().length === 5);
    assert.deepEqual(await offered(), ['calculator', 'k_menu', 'k_order', 'k_delete-all', 'k_brew', 'k_environment']);
    assert.equal(notes.at(-1), 'The tools of the MCP server "k" are there now.');
  });

  test('of a server that is not there are a sentence at the start', async () => {
    await assert.rejects(mcpTools({id: 'k', url: 'http://127.0.0.1:9/mcp'}), {
      code: 'provider-unavailable',
      message: /MCP server "k" did not tell its tools/,
    });
    await assert.rejects(mcpTools({id: 'k', command: 'no-such-program'}), /MCP server "k" did not tell its tools/);
  });
});
