/** Functions of the page that the model calls, through the real server: the test is the page. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type Message, type ToolPart, pageToolLimits} from '@chatlet/protocol';
import {z} from 'zod';
import type {ProviderRequest} from '../../../engine/provider.ts';
import type {ChatServerConfig} from '../../../index.ts';
import {callingProvider} from '../../../testing/calling-provider.ts';
import {answered, json, startChat, type TestServer} from '../../../testing/chat-server.ts';
import {defineTool} from '../../../tools/define-tool.ts';

const readCart = {
  name: 'read-cart',
  description: 'Tells what is in the cart.',
  inputSchema: {type: 'object', properties: {}},
  annotations: {readOnlyHint: true},
};
const addToCart = {...readCart, name: 'add-to-cart', description: 'Adds an article.', annotations: {}};
const pageTools = [readCart, addToCart];

function start(requests: ProviderRequest[] = [], config: ChatServerConfig = {}): Promise<TestServer> {
  return startChat({providers: [callingProvider(requests)], ...config});
}

async function ask(chat: TestServer, question: string, more: object = {}) {
  const body = {message: {text: question}, ...more};
  const response = await chat.post('/api/chat', body, {'x-chat-protocol': 'chatlet'});
  const ignored = response.headers.get('x-chatlet-ignored');
  const {answer} = await answered(response);
  const chatId = response.headers.get('x-chat-id') ?? '';
  return {
    answer,
    chatId,
    ignored,
    reply: (sent: object, callId = 'call_1') => chat.post(`/api/chat/${chatId}/tools/${callId}`, sent),
    async ended(): Promise<Message> {
      await answered(await chat.get(`/api/chat/${chatId}/stream?after=0`, {'x-chat-protocol': 'chatlet'}));
      const stored = (await chat.messages(chatId)).at(-1);
      assert.ok(stored);
      return stored;
    },
  };
}

const callOf = ({parts}: Message): ToolPart | undefined => parts.find((part) => part.type === 'tool');
const offered = (request: ProviderRequest | undefined) => (request?.tools ?? []).map(({name}) => name);
const reasonOf = async (response: Response) =>
  [response.status, (await json<{details?: {reason?: string}}>(response)).details?.reason] as const;

/** The stored answer, when its turn has gone on by itself. */
async function untilEnded({ended}: Pick<Awaited<ReturnType<typeof ask>>, 'ended'>): Promise<Message> {
  for (;;) {
    const answer = await ended();
    if (answer.status !== 'waiting') return answer;
    await new Promise(setImmediate);
  }
}

suite('a function of the page', () => {
  test('is offered to the model, runs in the page, and its result is read, in the same answer', async () => {
    const requests: ProviderRequest[] = [];
    await using chat = await start(requests);
    const {answer, reply, ended} = await ask(chat, 'do: read-cart', {pageTools});
    assert.deepEqual(offered(requests[0]), ['read-cart', 'add-to-cart']);
    assert.deepEqual([answer.status, callOf(answer)?.wait?.ask], ['waiting', 'page']);
    const seconds = (Date.parse(callOf(answer)?.wait?.expiresAt ?? '') - Date.now()) / 1000;
    assert.ok(seconds > 50 && seconds <= 60);

    assert.deepEqual(await json(await reply({claim: 'one', pageTools})), {goesOn: false});
    assert.deepEqual(await json(await reply({claim: 'one', output: ['tea'], pageTools})), {goesOn: true});
    const stored = await ended();
    assert.deepEqual([stored.id, stored.status, callOf(stored)?.output], [answer.id, 'done', ['tea']]);
    assert.match(JSON.stringify(stored.parts), /read-cart: \[\\"tea\\"\]/);
    assert.deepEqual(offered(requests[1]), ['read-cart', 'add-to-cart']);
  });

  test('that may change something waits for the visitor first, then for the page; a refused one never runs', async () => {
    await using chat = await start();
    const allowed = await ask(chat, 'do: add-to-cart', {pageTools});
    assert.equal(callOf(allowed.answer)?.wait?.ask, 'approval');
    assert.equal((await allowed.reply({claim: 'one'})).status, 400);
    await allowed.reply({approval: 'chat', pageTools});
    assert.equal(callOf(await allowed.ended())?.wait?.ask, 'page');
    await allowed.reply({claim: 'one'});
    await allowed.reply({claim: 'one', output: 'added'});
    assert.equal((await allowed.ended()).status, 'done');
    const again = await ask(chat, 'do: add-to-cart', {pageTools, chatId: allowed.chatId});
    assert.equal(callOf(again.answer)?.wait?.ask, 'page');

    const changed = [{...addToCart, description: 'Buys an article.'}];
    const {answer} = await ask(chat, 'do: add-to-cart', {pageTools: changed, chatId: allowed.chatId});
    assert.equal(callOf(answer)?.wait?.ask, 'approval');

    const refused = await ask(chat, 'do: add-to-cart', {pageTools});
    assert.deepEqual(await json(await refused.reply({approval: 'refused', pageTools})), {goesOn: true});
    assert.equal(callOf(await refused.ended())?.output, 'The person refused.');
  });

  test('runs in one page: a second claim and a second result are a 409, and so is a result without the claim', async () => {
    await using chat = await start();
    const {reply, ended} = await ask(chat, 'do: read-cart', {pageTools});
    const claims = await Promise.all(['one', 'two', 'three'].map((claim) => reply({claim})));
    assert.deepEqual(
      claims.map(({status}) => status),
      [200, 409, 409],
    );
    assert.equal((await reply({claim: 'one'})).status, 200);
    assert.deepEqual(await reasonOf(await reply({claim: 'two', output: 2})), [409, 'claimed']);
    assert.deepEqual(await reasonOf(await reply({error: 'It failed.'})), [409, 'claimed']);
    assert.equal((await reply({claim: 'two', takesOver: 'zero'})).status, 409);
    assert.equal((await reply({claim: 'two', takesOver: 'one'})).status, 200);
    assert.deepEqual(await reasonOf(await reply({claim: 'one', output: 1})), [409, 'claimed']);
    const results = await Promise.all([2, 3].map((output) => reply({claim: 'two', output})));
    assert.deepEqual(
      results.map(({status}) => status),
      [200, 409],
    );
    assert.equal(callOf(await ended())?.output, 2);
  });

  test('that no page runs in time is told to the model by the server, and claiming it gives it more time', async (t) => {
    await using chat = await start();
    t.mock.timers.enable({apis: ['setTimeout', 'Date'], now: Date.now()});
    const minute = pageToolLimits.time + 1500;
    const alone = await ask(chat, 'do: read-cart', {pageTools});
    t.mock.timers.tick(minute);
    const told = await untilEnded(alone);
    assert.deepEqual([callOf(told)?.state, told.status], ['failed', 'done']);
    assert.match(JSON.stringify(told.parts), /read-cart: \\"No page ran it within 60 s, so it was not done/);

    const claimed = await ask(chat, 'do: read-cart', {pageTools});
    t.mock.timers.tick(minute - 3000);
    await claimed.reply({claim: 'one'});
    t.mock.timers.tick(3000);
    assert.equal((await claimed.reply({claim: 'two'})).status, 409);
    t.mock.timers.tick(minute + 5000);
    assert.equal(
      callOf(await untilEnded(claimed))?.output,
      'The page gave no result within 60 s, so nobody knows whether it was done.',
    );
    assert.equal((await claimed.reply({claim: 'one', output: 1})).status, 409);
  });

  test('ends with a stop while the answer waits for it, and its result comes too late', async () => {
    await using chat = await start();
    const {chatId, reply} = await ask(chat, 'do: read-cart', {pageTools});
    await reply({claim: 'one'});
    assert.deepEqual(await json(await chat.post(`/api/chat/${chatId}/stop`, {})), {stopped: true});
    const stored = (await chat.messages(chatId)).at(-1);
    assert.deepEqual([stored?.status, stored && callOf(stored)?.state], ['stopped', 'failed']);
    assert.equal((await reply({claim: 'one', output: 1})).status, 409);
    assert.deepEqual(await json(await chat.post(`/api/chat/${chatId}/stop`, {})), {stopped: false});
  });

  test('never stands in the place of a tool of the server, and the page learns of it', async () => {
    const ran: unknown[] = [];
    const own = defineTool({
      name: 'send',
      description: 'Sends.',
      input: z.unknown(),
      run: async (input) => {
        ran.push(input);
        return 'sent';
      },
    });
    const requests: ProviderRequest[] = [];
    await using chat = await start(requests, {tools: [own]});
    const mine = ['send', 'search', 'greet'].map((name) => ({...readCart, name}));
    const {answer, ignored, reply, ended} = await ask(chat, 'do: send', {pageTools: mine});
    assert.equal(ignored, 'pageTools.send, pageTools.search');
    assert.deepEqual(offered(requests[0]), ['greet', 'send']);
    // The page has said that it changes nothing. The server's tool waits all the same.
    assert.equal(callOf(answer)?.wait?.ask, 'approval');
    assert.equal((await reply({output: 'forged'})).status, 400);
    await reply({approval: 'once', pageTools: mine});
    assert.equal(callOf(await ended())?.output, 'sent');
    assert.equal(ran.length, 1);
  });

  test('is not offered if the operator has switched it off, on APIs that keep nothing, and beyond the bounds', async () => {
    const requests: ProviderRequest[] = [];
    await using off = await start(requests, {pageTools: false});
    const {ignored, answer} = await ask(off, 'do: read-cart', {pageTools});
    assert.deepEqual([ignored, answer.status, offered(requests[0])], ['pageTools', 'done', []]);

    await using chat = await start(requests);
    const long = 'x'.repeat(pageToolLimits.description);
    for (const wrong of [
      [{...readCart, name: 'read cart'}],
      [{...readCart, description: `${long}x`}],
      [{...readCart, inputSchema: {type: 'string'}}],
      [{...readCart, needsApproval: false}],
      [readCart, readCart],
      Array.from({length: pageToolLimits.tools + 1}, (_, index) => ({...readCart, name: `tool-${index}`})),
      Array.from({length: 17}, (_, index) => ({...readCart, description: long, name: `tool-${index}`})),
    ]) {
      const body = {message: {text: 'Hello'}, pageTools: wrong};
      assert.equal((await chat.post('/api/chat', body, {'x-chat-protocol': 'chatlet'})).status, 400);
    }
    const {reply} = await ask(chat, 'do: read-cart', {pageTools});
    assert.equal((await reply({output: 'x'.repeat(pageToolLimits.result + 1)})).status, 400);
    assert.equal((await reply({output: 'x'.repeat(pageToolLimits.result)})).status, 200);
  });
});
