/** `/mcp` with the protocol's own clients, unmodified, of both revisions. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {Client, StreamableHTTPClientTransport} from '@modelcontextprotocol/client';
import {Client as OldClient} from '@modelcontextprotocol/sdk/client/index.js';
import {StreamableHTTPClientTransport as OldTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type {ChatServerConfig} from '../../../index.ts';
import {type TestServer, json, startChat} from '../../../testing/chat-server.ts';
import {goldAndDefault, lampRetriever} from '../../../testing/lamp-index.ts';
import {says} from '../../../testing/upstream.ts';

async function start(more: ChatServerConfig = {}): Promise<TestServer> {
  const retriever = await lampRetriever({
    id: '/lamps',
    title: 'Lamps',
    chunks: [
      {headings: ['Oil'], text: 'The lamp burns whale oil.', anchor: 'oil'},
      {headings: ['Wick'], text: 'The wick of the lamp.'},
    ],
  });
  return startChat({retriever, ...goldAndDefault, ...more});
}

interface Asking {
  tools(): Promise<readonly string[]>;
  call(name: string, input: Record<string, unknown>): Promise<{readonly isError: boolean; readonly value: unknown}>;
  close(): Promise<void>;
}

const headersOf = (key: string | undefined) => (key === undefined ? {} : {authorization: `Bearer ${key}`});

/** What a call gave: the structured result, which the text repeats, or the words of its error. */
function readResult({isError, structuredContent, content}: Record<string, unknown>) {
  const [part] = content as readonly {readonly text: string}[];
  assert.ok(part);
  if (isError) return {isError: true, value: part.text};
  assert.deepEqual(JSON.parse(part.text), structuredContent);
  return {isError: false, value: structuredContent};
}

const clients: Readonly<Record<string, (chat: TestServer, key?: string) => Promise<Asking>>> = {
  async newest(chat, key) {
    const client = new Client({name: 'test', version: '1'}, {versionNegotiation: {mode: {pin: '2026-07-28'}}});
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${chat.url}/mcp`), {requestInit: {headers: headersOf(key)}}),
    );
    return {
      tools: async () => (await client.listTools()).tools.map(({name}) => name),
      call: async (name, input) => readResult(await client.callTool({name, arguments: input})),
      close: () => client.close(),
    };
  },
  async older(chat, key) {
    const client = new OldClient({name: 'test', version: '1'});
    const transport = new OldTransport(new URL(`${chat.url}/mcp`), {requestInit: {headers: headersOf(key)}});
    // It looks for a stream by GET, and tells here if the answer is not that there is none.
    const failures: Error[] = [];
    client.onerror = (error) => failures.push(error);
    await client.connect(transport);
    return {
      tools: async () => (await client.listTools()).tools.map(({name}) => name),
      call: async (name, input) => readResult(await client.callTool({name, arguments: input})),
      async close() {
        await client.close();
        assert.deepEqual(failures, []);
      },
    };
  },
};

suite('/mcp', () => {
  for (const [revision, connect] of Object.entries(clients)) {
    test(`gives clients of the ${revision} revision search, pages and answers, each of what the caller may read`, async () => {
      await using chat = await start();
      const visitor = await connect(chat);
      const alice = await connect(chat, 'key-of-alice');
      const bob = await connect(chat, 'key-of-bob');
      assert.deepEqual(await visitor.tools(), ['search', 'fetch', 'ask']);

      const titles = async (asking: Asking) => {
        const {value} = await asking.call('search', {query: 'lamp'});
        return (value as {results: readonly {title: string}[]}).results.map(({title}) => title).toSorted();
      };
      assert.deepEqual(await titles(visitor), ['Lamps']);
      assert.deepEqual(await titles(alice), ['Lamps', 'Secret lamp']);
      const {value: found} = await visitor.call('search', {query: 'whale oil', limit: 1});
      assert.deepEqual(found, {
        results: [
          {
            id: '/lamps#0',
            title: 'Lamps',
            section: 'Oil',
            url: 'https://x.example/lamps#oil',
            text: 'The lamp burns whale oil.',
          },
        ],
      });

      const page = {
        title: 'Lamps',
        text: 'The lamp burns whale oil.\n\nThe wick of the lamp.',
        url: 'https://x.example/lamps',
      };
      for (const id of ['/lamps#0', '/lamps']) {
        assert.deepEqual(await visitor.call('fetch', {id}), {isError: false, value: {id, ...page}});
      }
      const secret = await visitor.call('fetch', {id: '/plans#0'});
      assert.deepEqual(secret, {isError: true, value: 'There is no such page.'});
      assert.equal((await alice.call('fetch', {id: '/plans#0'})).isError, false);

      chat.upstream.script(says('It burns oil.'));
      const {value: answer} = await bob.call('ask', {question: 'What does a lamp burn?'});
      assert.equal((answer as {answer: string}).answer, 'It burns oil.');
      const prompt = JSON.stringify(chat.upstream.requests.at(-1)?.body);
      assert.match(prompt, /whale oil/);
      assert.doesNotMatch(prompt, /secret lamp/);
      // A caller without a key owns nothing, and may not ask where visitors are not welcome.
      assert.equal((await visitor.call('ask', {question: 'What?'})).isError, true);
      for (const input of [{query: ''}, {query: 'x', limit: 21}]) {
        assert.equal((await visitor.call('search', input)).isError, true);
      }
      await visitor.close();
      await alice.close();
      await bob.close();
    });
  }

  test('counts its answers against the plan as questions, and its other calls as reading', async () => {
    await using chat = await start({plans: [{name: 'gold', perMinute: 1}, {name: 'default'}]});
    const connect = clients['newest'];
    assert.ok(connect);
    const alice = await connect(chat, 'key-of-alice');
    chat.upstream.script(says('Oil.'));
    assert.equal((await alice.call('ask', {question: 'What does a lamp burn?'})).isError, false);
    const second = await alice.call('ask', {question: 'What does a lamp burn?'});
    assert.deepEqual(second, {isError: true, value: 'More than 1 requests in a minute. Wait 60 s.'});
    assert.equal((await alice.call('search', {query: 'lamp'})).isError, false);
    assert.equal(chat.upstream.requests.length, 1);
    await alice.close();
  });

  test('tells a wrong key, a page of a foreign site, a body that is none, and a server without documents', async () => {
    const body = {jsonrpc: '2.0', id: 1, method: 'tools/list', params: {}};
    const accept = {accept: 'application/json, text/event-stream'};
    {
      await using chat = await start();
      const statuses = [
        await chat.post('/mcp', body, {...accept, authorization: 'Bearer wrong'}),
        await chat.post('/mcp', body, {...accept, origin: 'https://evil.example'}),
        await chat.post('/mcp', {method: 'tools/list'}, accept),
      ].map(({status}) => status);
      assert.deepEqual(statuses, [401, 403, 400]);
      for (const method of ['GET', 'DELETE']) {
        const refused = await fetch(`${chat.url}/mcp`, {method, headers: accept});
        await refused.arrayBuffer();
        assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'POST'], method);
      }
    }
    await using chat = await startChat();
    const response = await chat.post('/mcp', body, accept);
    assert.deepEqual([response.status, await json(response)].slice(0, 1), [404]);
  });
});
