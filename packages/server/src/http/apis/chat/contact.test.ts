/** Chats that go to a person of the site, through the real server and a real webhook. */
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {type IncomingHttpHeaders, type ServerResponse, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import type {Message} from '@chatlet/protocol';
import type {HandedChat} from '../../../engine/handovers.ts';
import {type ChatServerConfig, createChatServer} from '../../../index.ts';
import {type TestServer, answered, json, ownProtocol, startChat} from '../../../testing/chat-server.ts';
import {waitFor} from '../../../testing/wait-for.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly chat: HandedChat;
}

/** A webhook that answers as the test says; 204 by default. */
async function startWebhook(respond: (res: ServerResponse) => void = (res) => void res.writeHead(204).end()) {
  const deliveries: Delivery[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      deliveries.push({headers: req.headers, body, chat: JSON.parse(body)});
      respond(res);
      arrived.resolve();
      arrived = Promise.withResolvers();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/chats`,
    deliveries,
    async delivered(count = 1) {
      while (deliveries.length < count) await waitFor(arrived.promise, 'the webhook is called');
      return deliveries.at(-1) ?? assert.fail();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const operatorToken = 'token-of-the-operator';
const operator = {authorization: `Bearer ${operatorToken}`};

const start = (url: string, config: ChatServerConfig = {}) =>
  startChat({contact: {webhook: {url, secret}}, metricsToken: operatorToken, ...config});

async function handOver(
  chat: Pick<TestServer, 'ask' | 'post'>,
  body: object = {consent: true, text: 'Where is my parcel?'},
) {
  const {chatId} = await chat.ask('Hello');
  const response = await chat.post(`/api/chat/${chatId}/contact`, body);
  assert.equal(response.status, 200);
  const {message} = await json<{message: Message}>(response);
  return {chatId, message, reply: (text: string, headers: object = operator) => reply(chat, message.id, text, headers)};
}

const reply = (chat: Pick<TestServer, 'post'>, id: string, text: string, headers: object = operator) =>
  chat.post(`/api/turns/${id}/reply`, {text}, {...headers});

suite('a chat that is handed to a person', () => {
  test('goes to the webhook, signed as Standard Webhooks does, with the words that were said and no more', async () => {
    await using webhook = await startWebhook();
    await using chat = await start(webhook.url);
    assert.equal((await json<{asksPerson: boolean}>(await chat.get('/api/config'))).asksPerson, true);
    const {chatId, message} = await handOver(chat);
    const {headers, body, chat: sent} = await webhook.delivered();
    const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update([id, timestamp, body].join('.')).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signature}`);
    assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 60);
    assert.equal(id, message.id);
    assert.deepEqual(
      [sent.id, sent.chatId, sent.replyPath, sent.messages.map(({role, text}) => [role, text])],
      [
        message.id,
        chatId,
        `/api/turns/${message.id}/reply`,
        [
          ['visitor', 'Hello'],
          ['model', 'You said: Hello'],
          ['visitor', 'Where is my parcel?'],
        ],
      ],
    );
    assert.deepEqual(
      Object.keys(sent).toSorted((a, b) => a.localeCompare(b)),
      ['chatId', 'expiresAt', 'id', 'messages', 'replyPath', 'type'],
    );
  });

  test('is not handed over with a secret that cannot sign, which the start says', () => {
    for (const bad of ['whsec_!!!!!!!!!!!!!!!!!!', `whsec_${'QUJD'.repeat(5)}`, 'short']) {
      const config = {contact: {webhook: {url: 'http://127.0.0.1:9/', secret: bad}}};
      const refused = {code: 'invalid-request', message: /contact\.webhook\.secret/};
      assert.throws(() => createChatServer({databaseUrl: 'sqlite::memory:', ...config}), refused, bad);
    }
  });

  test('gets the reply as a message that a person has said, and the model knows whose words they are', async () => {
    await using webhook = await startWebhook();
    await using chat = await start(webhook.url);
    const {chatId, message, reply: say} = await handOver(chat);
    assert.equal(message.status, 'waiting');
    assert.deepEqual(await json(await say('It comes tomorrow.')), {success: true});
    const stored = (await chat.messages(chatId)).at(-1);
    assert.deepEqual([stored?.id, stored?.status], [message.id, 'done']);
    const [part, text] = stored?.parts ?? [];
    assert.ok(part?.type === 'tool' && text?.type === 'text');
    assert.deepEqual([part.wait?.ask, part.state, text.text], ['person', 'done', 'It comes tomorrow.']);
    await chat.ask('Thanks!', {chatId});
    const told = JSON.stringify(chat.upstream.requests.at(-1)?.body?.['messages']);
    assert.match(told, /A person of the site answers:.*It comes tomorrow\./);
    const exported = await (await chat.get('/api/me/export')).text();
    assert.match(exported, /It comes tomorrow\./);
  });

  test('takes one reply, from the operator alone, of a length that can be read, for a chat that waits', async () => {
    await using webhook = await startWebhook();
    // With keys, too, an operator's token is no wrong key.
    await using chat = await start(webhook.url, {apiKeys: [{key: 'key-of-a-program', plan: 'default'}]});
    const headers = {...ownProtocol, authorization: 'Bearer key-of-a-program'};
    const {chatId, message} = await handOver({
      ...chat,
      ask: async (text) => answered(await chat.post('/api/chat', {message: {text}}, headers)),
      post: (path, body) => chat.post(path, body, headers),
    });
    const say = (text: string, proof: object = operator) => reply(chat, message.id, text, proof);
    const messages = async () => json<readonly Message[]>(await chat.get(`/api/chats/${chatId}/messages`, headers));
    assert.equal((await say('Hi', {})).status, 401);
    assert.equal((await say('Hi', {authorization: 'Bearer another'})).status, 401);
    assert.equal((await say('')).status, 400);
    assert.equal((await say('x'.repeat(20_001))).status, 400);
    const answerId = (await messages()).find(({role}) => role === 'assistant')?.id ?? '';
    for (const id of [answerId, 'msg_foreign', chatId]) assert.equal((await reply(chat, id, 'Hi')).status, 404);
    const forged = {output: 'I am the person.', messageId: message.id};
    const own = await chat.post(`/api/chat/${chatId}/tools/person`, forged, headers);
    assert.equal(own.status, 403);
    const both = await Promise.all([say('One'), say('Two')]);
    assert.deepEqual(new Set(both.map(({status}) => status)), new Set([200, 409]));
    assert.equal((await say('Three')).status, 409);
    assert.match(JSON.stringify((await messages()).at(-1)?.parts), /"text":"(One|Two)"/);
  });

  test('needs consent and a chat of the caller’s own, and is not sent twice while it waits', async () => {
    await using webhook = await startWebhook();
    await using chat = await start(webhook.url);
    const {chatId, message} = await handOver(chat);
    for (const body of [{}, {consent: false}, {consent: true, text: 'x'.repeat(4001)}, {consent: true, more: 1}]) {
      assert.equal((await chat.post(`/api/chat/${chatId}/contact`, body)).status, 400);
    }
    assert.equal((await chat.post('/api/chat/chat_foreign/contact', {consent: true})).status, 404);
    const again = await json<{message: Message}>(await chat.post(`/api/chat/${chatId}/contact`, {consent: true}));
    assert.equal(again.message.id, message.id);
    await webhook.delivered();
    assert.equal(webhook.deliveries.length, 1);
  });

  test('is deleted with its chat: then nobody can reply', async () => {
    await using webhook = await startWebhook();
    await using chat = await start(webhook.url);
    const {chatId, reply: say} = await handOver(chat);
    await fetch(`${chat.url}/api/chats/${chatId}`, {method: 'DELETE'});
    assert.equal((await say('Too late')).status, 404);
  });

  test('is sent again after a restart, under the same id, if the webhook has answered 500', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatlet-handover-'));
    let status = 500;
    await using webhook = await startWebhook((res) => void res.writeHead(status).end());
    const config = {databaseUrl: `sqlite:${join(folder, 'chats.db')}`};
    try {
      let id = '';
      {
        await using chat = await start(webhook.url, config);
        ({id} = (await handOver(chat)).message);
        await webhook.delivered();
      }
      status = 204;
      await using chat = await start(webhook.url, config);
      const {headers} = await webhook.delivered(2);
      assert.equal(headers['webhook-id'], id);
      assert.equal((await reply(chat, id, 'Here I am.')).status, 200);
    } finally {
      await rm(folder, {recursive: true});
    }
  });

  test('does not follow a webhook that leads elsewhere', async () => {
    await using inside = await startWebhook();
    await using webhook = await startWebhook((res) => void res.writeHead(307, {location: inside.url}).end());
    await using chat = await start(webhook.url);
    await handOver(chat);
    await webhook.delivered();
    assert.equal(inside.deliveries.length, 0);
  });

  test('cannot be handed over where the operator has no webhook', async () => {
    await using chat = await startChat({contact: {email: 'help@acme.example'}});
    const config = await json<{contact: string; asksPerson?: boolean}>(await chat.get('/api/config'));
    assert.deepEqual([config.contact, config.asksPerson], ['help@acme.example', undefined]);
    const {chatId} = await chat.ask('Hello');
    assert.equal((await chat.post(`/api/chat/${chatId}/contact`, {consent: true})).status, 404);
  });
});
