/** Tools of MCP servers, made with the protocol's own SDK: both revisions, over HTTP and as programs. */
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import type {ReadableStream} from 'node:stream/web';
import {suite, test} from 'node:test';
import type {Json} from '@chatlet/protocol';
import type {Tool} from '../engine/tool.ts';
import {startChat} from '../testing/chat-server.ts';
import {configuredTools} from './configured.ts';
import {type McpServer, mcpTools} from './mcp.ts';
import {handleHttp} from './testing/mcp-server.ts';

const program = (file: string): {command: string; args: readonly string[]} => ({
  command: process.execPath,
  args: ['--conditions=@chatlet/source', join(import.meta.dirname, 'testing', file)],
});

async function startHttp() {
  const asked: (string | undefined)[] = [];
  const server = createServer(async (req, res) => {
    asked.push(req.headers.authorization);
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const headers = new Headers(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
    const body = chunks.length === 0 ? {} : {body: Buffer.concat(chunks)};
    const init = {method: req.method ?? 'GET', headers, ...body};
    const response = await handleHttp.fetch(new Request(`http://${req.headers.host}${req.url}`, init));
    res.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body) Readable.fromWeb(response.body as ReadableStream).pipe(res);
    else res.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

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

  test('of a server that is not there are a sentence at the start', async () => {
    await assert.rejects(mcpTools({id: 'k', url: 'http://127.0.0.1:9/mcp'}), {
      code: 'provider-unavailable',
      message: /MCP server "k" did not tell its tools/,
    });
    await assert.rejects(mcpTools({id: 'k', command: 'no-such-program'}), /MCP server "k" did not tell its tools/);
  });
});
