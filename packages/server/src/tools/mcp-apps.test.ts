/** Apps of an MCP server (MCP Apps): from a call of the model to the page that shows it, and the tools that the page calls. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {after, before, suite, test} from 'node:test';
import type {ToolPart} from '@chatlet/protocol';
import {type TestServer, json, ownProtocol, startChat} from '../testing/chat-server.ts';
import {callsTool, says} from '../testing/upstream.ts';
import {type ConfiguredTools, configuredTools} from './configured.ts';

type Apps = boolean | {domains: string[]};

async function connect(apps?: Apps): Promise<ConfiguredTools> {
  const program = join(import.meta.dirname, 'testing/app-mcp-server.ts');
  const command = {command: process.execPath, args: ['--conditions=@chatlet/source', program]};
  const surroundings = {folder: import.meta.dirname, set: () => undefined};
  return configuredTools([{mcp: 'shop', ...command, ...(apps !== undefined && {apps})}], surroundings);
}

const visitor = {'x-chatlet-visitor': `v2.${'a'.repeat(43)}`};

/** A chat in which the model has called the tool, and what its app can ask for. */
async function shown(chat: TestServer, name = 'shop_show-order', input: object = {drink: 'tea'}) {
  chat.upstream.script(callsTool(name, input), says('Here it is.'));
  const response = await chat.post('/api/chat', {message: {text: 'Show it'}}, {...ownProtocol, ...visitor});
  const chatId = response.headers.get('x-chat-id') ?? '';
  await response.text();
  const [, answer] = await json<readonly {id: string; parts: readonly ToolPart[]}[]>(
    await chat.get(`/api/chats/${chatId}/messages`, visitor),
  );
  const part = answer?.parts.find(({type}) => type === 'tool');
  assert.ok(answer && part);
  const path = `/api/chat/${chatId}/tools/${part.callId}/app`;
  return {
    part,
    path,
    messageId: answer.id,
    ask: async (asked: object = {}, headers: Record<string, string> = visitor) =>
      chat.post(path, {messageId: answer.id, ...asked}, headers),
  };
}

interface Answer {
  readonly url?: string;
  readonly result?: {readonly content: readonly {readonly text: string}[]; readonly isError?: boolean};
  readonly approval?: {readonly name: string; readonly definition: string};
}

suite('apps of an MCP server', () => {
  let made: ConfiguredTools;
  let chat: TestServer;
  before(async () => {
    made = await connect(true);
    chat = await startChat({tools: made.tools});
  });
  after(() => chat.close());

  test('show the result of a call: it is kept with the call, and the page comes without an origin and without rights', async () => {
    const {part, ask} = await shown(chat);
    assert.deepEqual(part.output, {left: 3});
    const {title, result} = part.app as {title: string; result: {structuredContent: object; _meta: {by: string}}};
    assert.deepEqual([title, result.structuredContent, result._meta.by], ['Order', {left: 3}, 'the shop']);
    const {url = ''} = await json<Answer>(await ask());
    const frame = await chat.get(url);
    assert.equal(frame.status, 200);
    const policy = frame.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^sandbox allow-scripts; script-src 'sha256-\S+'; .*frame-src 'self'; default-src 'none';/);
    const page = await chat.get(url.replace('/frame', '/page'));
    assert.match(await page.text(), /Your order/);
    assert.equal(
      page.headers.get('content-security-policy'),
      "sandbox allow-scripts; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; " +
        "media-src data: blob:; default-src 'none'; base-uri 'none'; form-action 'none'",
    );
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal((await chat.get(url.replace('/frame', 'x/page'))).status, 404);
  });

  test('may load from domains that they declare and the operator names, and from no others', async () => {
    const {tools} = await connect({
      domains: ['https://api.example.com', 'https://cdn.example.com*', 'https://other.example'],
    });
    await using open = await startChat({tools});
    const {ask} = await shown(open);
    const {url = ''} = await json<Answer>(await ask());
    const policy = (await open.get(url.replace('/frame', '/page'))).headers.get('content-security-policy') ?? '';
    assert.match(policy, /; connect-src https:\/\/api\.example\.com; default-src/);
    assert.doesNotMatch(policy, /cdn|other/);
  });

  test('call tools of their server that are for apps, and those that need a yes when the visitor has said it', async () => {
    const {ask} = await shown(chat);
    const call = async (name: string, more: object = {}) => ask({name, arguments: {drink: 'tea'}, ...more});
    const noted = await json<Answer>(await ask({name: 'report', arguments: {done: []}}));
    assert.equal(noted.result?.content[0]?.text, 'Noted');
    const {approval} = await json<Answer>(await call('order'));
    assert.equal(approval?.name, 'shop_order');
    const wrong = await json<Answer>(await call('order', {approved: 'another definition'}));
    assert.equal(wrong.result, undefined);
    const allowed = await json<Answer>(await call('order', {approved: approval?.definition}));
    assert.equal(allowed.result?.content[0]?.text, '1 tea ordered');
    for (const [name, status] of [
      ['model-only', 403],
      ['shop_order', 403],
      ['nothing', 403],
    ] as const) {
      assert.equal((await call(name)).status, status, name);
    }
    assert.equal((await ask({name: 'order', arguments: {drink: 7}})).status, 400);
  });

  test('read resources of their server that are for apps or named by the operator, and no others', async () => {
    const {ask} = await shown(chat);
    const {result} = await json<Answer>(await ask({resource: 'ui://shop/order.html'}));
    assert.match(JSON.stringify(result), /Your order/);
    assert.equal((await ask({resource: 'shop://till'})).status, 403);
    assert.equal((await ask({resource: 'ui://shop/nothing.html'})).status, 502);
  });

  test('tell the model their state, which it reads behind the result with the next question, until they say another', async () => {
    const {ask, path, messageId} = await shown(chat);
    const chatId = path.split('/')[3];
    const next = async () => {
      chat.upstream.script(says('Yes.'));
      await (await chat.post('/api/chat', {chatId, message: {text: 'And?'}}, visitor)).text();
      return JSON.stringify(chat.upstream.requests.at(-1)?.body?.['messages']);
    };
    assert.equal((await ask({modelContext: 'Two teas are in the cart.'})).status, 200);
    assert.deepEqual(await (await ask({modelContext: 'Three teas are in the cart.'})).json(), {});
    const read = await next();
    assert.match(read, /\{\\"left\\":3\}.*Untrusted data.*Three teas are in the cart\./);
    assert.doesNotMatch(read, /Two teas/);
    await ask({modelContext: ''});
    assert.doesNotMatch(await next(), /Untrusted data/);
    assert.equal((await ask({modelContext: 'x'.repeat(8001)})).status, 400);
    const stranger = {'x-chatlet-visitor': `v2.${'b'.repeat(43)}`};
    assert.equal((await chat.post(path, {messageId, modelContext: 'Mine'}, stranger)).status, 404);
  });

  test('are told and open to the owner of the chat alone, and to calls that have one', async () => {
    const {ask, path, messageId} = await shown(chat);
    const stranger = {'x-chatlet-visitor': `v2.${'b'.repeat(43)}`};
    for (const body of [{}, {name: 'order', arguments: {drink: 'tea'}}]) {
      assert.equal((await ask(body, stranger)).status, 404);
    }
    assert.equal((await chat.post(path.replace('/tools/', '/tools/x'), {messageId})).status, 404);
    const plain = await shown(chat, 'shop_order-nothing', {});
    assert.equal((await plain.ask()).status, 404);
  });

  test('whose page is missing say so, and the result stays', async () => {
    const {part, ask} = await shown(chat, 'shop_lost', {});
    assert.equal(part.output, 'Lost');
    const response = await ask();
    assert.equal(response.status, 502);
    assert.match(await response.text(), /provider-unavailable/i);
  });

  test('are off unless the operator turns them on, and tools for apps alone are never offered to a model', async () => {
    assert.ok(made.tools.every(({name}) => name !== 'shop_report'));
    const {tools} = await connect();
    assert.ok(tools.every(({name, app}) => name !== 'shop_report' && app === undefined));
    await using off = await startChat({tools});
    const {part, ask} = await shown(off);
    assert.equal(part.app, undefined);
    assert.equal((await ask()).status, 404);
  });
});
