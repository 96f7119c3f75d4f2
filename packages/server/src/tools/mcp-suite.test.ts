/** All that an MCP server does for a chat, with servers of both revisions made with the SDKs, over HTTP and as programs. */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import type {RequestListener} from 'node:http';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {suite, test} from 'node:test';
import {setImmediate} from 'node:timers/promises';
import type {InputReply, Json} from '@chatlet/protocol';
import {type AskedBefore, NeedsInput, type Tool, type ToolContext} from '../engine/tool.ts';
import {type McpServer, mcpTools} from './mcp.ts';
import {createConnection} from './mcp/connection.ts';
import {askOverHttp} from './testing/asking-mcp-server.ts';
import {answerByFetch, serveMcp} from './testing/mcp-over-http.ts';
import {askOverOldHttp} from './testing/old-asking-mcp-server.ts';

interface Inn {
  readonly tools: readonly Tool[];
  run(name: string, more?: Partial<ToolContext>, input?: Json): Promise<string>;
  /** Runs the tool until it asks. */
  asks(name: string, asked?: AskedBefore): Promise<NeedsInput>;
  close(): Promise<void>;
}

async function take(server: McpServer): Promise<Inn> {
  const tools = await mcpTools(server);
  const run: Inn['run'] = async (name, more, input = {}) => {
    const tool = tools.find((each) => each.name === `inn_${name}`);
    assert.ok(tool, name);
    const signal = AbortSignal.timeout(10_000);
    const output = await tool.prepare(input).run({owner: 'user:ada', callId: 'c', signal, ...more});
    assert.ok(typeof output === 'string');
    return output;
  };
  return {
    tools,
    run,
    async asks(name, asked) {
      try {
        await run(name, asked && {asked});
      } catch (error) {
        if (error instanceof NeedsInput) return error;
        throw error;
      }
      return assert.fail(`${name} did not ask`);
    },
    async close() {
      for (const tool of tools) await tool.close?.();
    },
  };
}

/** The answer, with what was kept as it comes out of a store. */
function answer({kept}: NeedsInput, reply: InputReply): AskedBefore {
  return {reply, kept: JSON.parse(JSON.stringify(kept)) as Json};
}

const program = (file: string): McpServer => ({
  id: 'inn',
  command: process.execPath,
  args: ['--conditions=@chatlet/source', join(import.meta.dirname, 'testing', file)],
});

async function overHttp(handle: RequestListener): Promise<{server: McpServer; stop(): Promise<void>}> {
  const served = await serveMcp(handle);
  return {server: {id: 'inn', url: served.url}, stop: () => served[Symbol.asyncDispose]()};
}

const handleNewest: RequestListener = (req, res) =>
  void answerByFetch(req, res, (request) => askOverHttp.fetch(request));

const inns = [
  [
    'of the newest revision, as a program',
    async () => ({server: program('asking-mcp-server.ts'), stop: async () => {}}),
  ],
  ['of the newest revision, over HTTP', () => overHttp(handleNewest)],
  [
    'of the older revision, as a program',
    async () => ({server: program('old-asking-mcp-server.ts'), stop: async () => {}}),
  ],
  ['of the older revision, over HTTP', () => overHttp((req, res) => void askOverOldHttp(req, res))],
] as const;

/** A server of the older SDK's own examples. */
const example = (file: string) =>
  fileURLToPath(new URL(`../examples/server/${file}`, import.meta.resolve('@modelcontextprotocol/sdk/server/mcp.js')));

test('the example of the older SDK that counts tells its progress, and is cancelled', async () => {
  const inn = await take({id: 'inn', command: process.execPath, args: [example('progressExample.js')]});
  const told: unknown[] = [];
  assert.equal(await inn.run('count', {tell: (each) => told.push(each)}, {n: 2}), 'Counted to 2');
  assert.deepEqual(told.at(-1), {type: 'progress', done: 2, total: 2, message: 'Counting: 2/2'});
  const halt = new AbortController();
  await assert.rejects(inn.run('count', {signal: halt.signal, tell: () => halt.abort()}, {n: 100}));
  assert.equal(await inn.run('count', {}, {n: 1}), 'Counted to 1');
  await inn.close();
});

test('the example of the older SDK that asks by forms is answered step by step, and gets no password', async () => {
  const free = await serveMcp(() => {});
  const {port} = new URL(free.url);
  await free[Symbol.asyncDispose]();
  const child = spawn(process.execPath, [example('elicitationFormExample.js')], {
    env: {...process.env, PORT: port},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const inn = await take({id: 'inn', url: `http://127.0.0.1:${port}/mcp`});
    const first = await inn.asks('create_event');
    assert.match(JSON.stringify(first.question), /Step 1.*"title":"Event Title"/);
    const second = await inn.asks('create_event', answer(first, {action: 'accept', content: {title: 'Tea'}}));
    assert.match(JSON.stringify(second.question), /Step 2.*"format":"date"/);
    const when = {date: '2026-12-01', startTime: '16:00', duration: 30};
    const made = await inn.run('create_event', {asked: answer(second, {action: 'accept', content: when})});
    assert.match(made, /created successfully.*"title": "Tea".*"duration": 30/s);
    await assert.rejects(inn.run('register_user'), {message: /asks for a secret/});
    await inn.close();
  } finally {
    child.kill();
  }
});

for (const [name, start] of inns) {
  suite(`an MCP server ${name}`, () => {
    test('lists, calls, tells its progress, is cancelled, and asks by form and by address', async () => {
      const {server, stop} = await start();
      let inn = await take(server);
      try {
        assert.ok(inn.tools.some((tool) => tool.name === 'inn_book'));

        const told: unknown[] = [];
        assert.equal(await inn.run('count', {tell: (each) => told.push(each)}), 'Counted.');
        assert.deepEqual(told.at(-1), {type: 'progress', done: 3, total: 3, message: 'At 3'});
        assert.equal(told.length, 3);

        const halt = new AbortController();
        const brewing = inn.run('brew', {signal: halt.signal});
        setTimeout(() => halt.abort(), 100);
        await assert.rejects(brewing);
        const before = Date.now();
        while ((await inn.run('cancelled')) === '0' && Date.now() - before < 5000);
        assert.notEqual(await inn.run('cancelled'), '0');

        const sources: unknown[] = [];
        assert.match(await inn.run('manual', {tell: (each) => sources.push(each)}), /Turn the key twice/);
        assert.deepEqual(sources, [
          {type: 'source', id: 'inn://manual', title: 'manual', quote: 'Turn the key twice.'},
          {
            type: 'source',
            id: 'https://inn.example.com/map',
            title: 'The map',
            url: 'https://inn.example.com/map',
            quote: 'Of the house.',
          },
        ]);

        const place = {action: 'accept', content: {city: 'Oslo', nights: 2}} as const;
        const form = await inn.asks('book');
        assert.equal(form.question.ask, 'form');
        assert.match(
          JSON.stringify(form.question),
          /Where do you want to stay.*"city":\{"title":"City","type":"string"\}/,
        );
        assert.equal(
          await inn.run('book', {asked: answer(await inn.asks('book'), {action: 'decline'})}),
          'Not booked.',
        );
        const pay = await inn.asks('book', answer(form, place));
        assert.deepEqual(pay.question, {
          ask: 'url',
          message: 'Pay for the room.',
          url: 'https://pay.example.com/room?id=1',
        });
        const booked = await inn.run('book', {asked: answer(pay, {action: 'accept'})});
        const count = Number(booked.split(', ').at(-1));
        assert.match(booked, /^Booked: \{"city":"Oslo","nights":2\}/);

        // After a restart in between, each of the two answers still counts.
        const second = await inn.asks('book');
        await inn.close();
        inn = await take(server);
        const secondPay = await inn.asks('book', answer(second, place));
        await inn.close();
        inn = await take(server);
        const after = await inn.run('book', {asked: answer(secondPay, {action: 'accept'})});
        // A program begins to count anew.
        const next = 'url' in server ? count + 1 : 1;
        assert.equal(after, `Booked: {"city":"Oslo","nights":2}, ${next}`);
      } finally {
        await inn.close();
        await stop();
      }
    });

    test('cannot ask for secrets, lead to addresses that are not https, or ask for ever', async () => {
      const {server, stop} = await start();
      const inn = await take(server);
      try {
        await assert.rejects(inn.run('pry'), {code: 'forbidden', message: /asks for a secret/});
        await assert.rejects(inn.run('lure'), {code: 'forbidden', message: /not https/});
        let asked: AskedBefore | undefined;
        let questions = 0;
        const nag = async () => {
          for (; questions < 50; questions++) {
            asked = answer(await inn.asks('nag', asked), {action: 'accept', content: {city: 'Oslo'}});
          }
        };
        await assert.rejects(nag(), {code: 'forbidden', message: /more than 10 times/});
        assert.equal(questions, 10);
      } finally {
        await inn.close();
        await stop();
      }
    });
  });
}

test('an MCP server of the newest revision that asks two things at once gets both answers; one that only wants to be called again ends', async () => {
  const inn = await take(program('asking-mcp-server.ts'));
  const first = await inn.asks('two');
  const second = await inn.asks('two', answer(first, {action: 'accept', content: {city: 'Oslo'}}));
  assert.deepEqual([first.question.ask, second.question.ask], ['form', 'url']);
  assert.deepEqual(JSON.parse(await inn.run('two', {asked: answer(second, {action: 'decline'})})), {
    a: {action: 'accept', content: {city: 'Oslo'}},
    b: {action: 'decline'},
  });
  await assert.rejects(inn.run('again'), {message: /more than 10 times/});
  await inn.close();
});

test('an MCP server of the older revision whose call needs an address to be opened first is called again', async () => {
  const inn = await take(program('old-asking-mcp-server.ts'));
  const address = await inn.asks('connect');
  assert.equal(address.question.ask, 'url');
  assert.equal(await inn.run('connect', {asked: answer(address, {action: 'accept'})}), 'Connected.');
  const again = await inn.asks('connect');
  await assert.rejects(inn.run('connect', {asked: answer(again, {action: 'decline'})}), /did not open the address/);
  await inn.close();
});

test('an MCP server of the older revision asks each visitor only what is theirs, while calls run at the same time', async () => {
  const {server, stop} = await overHttp((req, res) => void askOverOldHttp(req, res));
  const inn = await take(server);
  const cities = ['Oslo', 'Rome', 'Bonn', 'Lima', 'Kyiv', 'Cork'];
  const booked = await Promise.all(
    cities.map(async (city) => {
      const form = await inn.asks('book');
      const pay = await inn.asks('book', answer(form, {action: 'accept', content: {city}}));
      return inn.run('book', {asked: answer(pay, {action: 'accept'})});
    }),
  );
  assert.deepEqual(
    booked.map((text) => /"city":"(\w+)"/.exec(text)?.[1]),
    cities,
  );
  await inn.close();
  await stop();
});

suite('the connections to an MCP server of the older revision', () => {
  const open = async () => {
    const {server, stop} = await overHttp((req, res) => void askOverOldHttp(req, res));
    const connection = await createConnection(server);
    return {
      connection,
      async [Symbol.asyncDispose]() {
        await connection.close();
        await stop();
      },
    };
  };

  test('go to those who wait, also behind a call that was stopped while it waited', async () => {
    await using opened = await open();
    const {connection} = opened;
    const signal = AbortSignal.timeout(10_000);
    const first = await connection.borrow({signal});
    for (let others = 0; others < 15; others++) await connection.borrow({signal});
    const halt = new AbortController();
    const stopped = connection.borrow({signal: halt.signal});
    const waiting = connection.borrow({signal});
    await setImmediate();
    halt.abort();
    await assert.rejects(stopped);
    connection.giveBack(first);
    assert.equal(await waiting, first);
  });

  test('tell when the first of them was lost and is there again', async () => {
    const {server, stop} = await overHttp((req, res) => void askOverOldHttp(req, res));
    let times = 0;
    const connection = await createConnection(server, {onReconnected: () => void times++});
    await (await connection.open()).close();
    assert.equal(times, 0);
    await connection.open();
    await setImmediate();
    assert.equal(times, 1);
    await connection.close();
    await stop();
  });

  test('are opened once for calls that begin at the same time', async () => {
    await using opened = await open();
    const {connection} = opened;
    const [one, other] = await Promise.all([connection.open(), connection.open()]);
    assert.equal(one, other);
  });
});
