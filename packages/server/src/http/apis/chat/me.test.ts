/** Everything of a caller: downloaded, stopped, deleted, and then nowhere on the disk. */
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {suite, test, type TestContext} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {type TestServer, answered, json, ownProtocol, readUntil, startChat} from '../../../testing/chat-server.ts';
import {fakeRetriever, reportPassage} from '../../../testing/fake-retriever.ts';
import {countOnDisk} from '../../../testing/count-on-disk.ts';
import {delta, done, pause} from '../../../testing/upstream.ts';

const alice = {authorization: 'Bearer key-of-alice'};
const bob = {authorization: 'Bearer key-of-bob'};
const apiKeys = [
  {key: 'key-of-alice', plan: 'default', account: 'alice'},
  {key: 'key-of-bob', plan: 'default', account: 'bob'},
];
const as = (who: Readonly<Record<string, string>>) => ({...ownProtocol, ...who});

interface Exported {
  readonly owner: string;
  readonly chats: readonly {readonly id: string; readonly title: string; readonly messages: readonly unknown[]}[];
  readonly usage: readonly unknown[];
  readonly gaps: readonly {readonly question: string}[];
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-me-'));
  t.after(() => rm(folder, {recursive: true}));
  return folder;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await setTimeout(100);
}

const erase = (chat: TestServer, who: Readonly<Record<string, string>>, path = '/api/me') =>
  fetch(chat.url + path, {method: 'DELETE', headers: who});

const chunk = (piece: object) => `data: ${JSON.stringify({choices: [{index: 0, delta: piece}]})}\n\n`;

/** Reads an answer to a question that was not refused. */
async function taken(response: Response): Promise<{readonly chatId: string}> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return {chatId: response.headers.get('x-chat-id') ?? ''};
}

/** Brings the word into the server by every door that there is, for the owner of the key. */
async function plant(chat: TestServer, word: string, who: Readonly<Record<string, string>>) {
  const signature = {google: {thought_signature: `${word} signature`}};
  const look = {name: 'look', arguments: `{"at": "${word} input"}`};
  const tool = {index: 0, id: 'call_1', function: look, extra_content: signature};
  chat.upstream.script(async (exchange) => {
    await exchange.write(chunk({reasoning_content: `${word} thought`}));
    await exchange.write(chunk({reasoning_details: [{type: 'reasoning.encrypted', data: `${word} seal`}]}));
    await exchange.write(chunk({tool_calls: [tool]}));
    // Long enough that pieces are written while it grows.
    for (let count = 0; count < 5; count++) {
      await exchange.write(delta(`${word} answer ${count} `));
      await setTimeout(80);
    }
    exchange.end(done());
  });
  const say = (text: string, more: object = {}, headers = {}) =>
    chat.post('/api/chat', {message: {text}, ...more}, {...as(who), ...headers});

  const {chatId} = await taken(await say(`${word} question and title`));
  await taken(await say(`${word} second`, {chatId}));
  const messages = await json<{id: string; role: string}[]>(await chat.get(`/api/chats/${chatId}/messages`, who));
  const [first, , second, last] = messages;
  await taken(await say(`${word} corrected`, {chatId, trigger: 'edit', messageId: second?.id}));
  await taken(await chat.post('/api/chat', {chatId, trigger: 'regenerate'}, as(who)));
  assert.ok(first && last);
  await fetch(`${chat.url}/api/chats/${chatId}`, {
    method: 'PATCH',
    headers: {...who, 'content-type': 'application/json'},
    body: JSON.stringify({title: `${word} renamed`}),
  });
  const ui = {role: 'user', parts: [{type: 'text', text: `${word} of a UI message`}]};
  await taken(await chat.post('/api/chat', {id: `${word}-named-chat`, messages: [ui]}, who));
  const system = {role: 'system', content: `${word} instructions`};
  const file = {type: 'file', url: `data:text/plain,${word}`, mediaType: 'text/plain', filename: `${word}.txt`};
  await taken(await say(`${word} temporary`, {temporary: true, messages: [system]}));
  await taken(await chat.post('/api/chat', {message: {parts: [{type: 'text', text: word}, file]}}, as(who)));
  const request = {model: 'default', messages: [system, {role: 'user', content: `${word} of a program`}]};
  const keyed = {...who, 'idempotency-key': `${word}-key`};
  await taken(await chat.post('/v1/chat/completions', request, keyed));
  await taken(await chat.post('/v1/chat', {conversation_id: `${word}-conversation`, ...request}, who));
  await taken(await say(`${word} keyed`, {}, {'idempotency-key': `${word}-key-2`}));
  await taken(await say(`PRIVATE of ${word}`));
  return plantResponses(chat, word, who);
}

/** Two responses: the second goes on with the first, and gives its reasoning and its calls back. */
async function plantResponses(
  chat: TestServer,
  word: string,
  who: Readonly<Record<string, string>>,
): Promise<{readonly id: string; readonly sealed: string}> {
  chat.upstream.script((exchange) => {
    exchange.start(200);
    const seal = {reasoning_details: [{type: 'reasoning.encrypted', data: `${word} seal`}]};
    const call = {index: 0, id: 'call_2', function: {name: 'look', arguments: `"${word} asks"`}};
    exchange.end(chunk(seal) + chunk({tool_calls: [{...call, extra_content: {at: `${word} signature`}}]}) + done());
  });
  const settings = {
    model: 'default',
    instructions: `${word} told`,
    metadata: {ticket: `${word} metadata`},
    user: `${word} user`,
    prompt_cache_key: `${word} cache`,
    tools: [{type: 'function', name: 'look', description: `${word} tool`, parameters: {type: 'object'}}],
    include: ['reasoning.encrypted_content'],
  };
  const ask = (more: object, headers = {}) => chat.post('/v1/responses', {...settings, ...more}, {...who, ...headers});
  type Output = readonly {readonly encrypted_content?: string}[];
  const first = await json<{id: string; output: Output}>(await ask({input: `${word} first`}));
  const output = {type: 'function_call_output', call_id: 'call_2', output: `${word} result`};
  const keyed = {'idempotency-key': `${word}-key-3`};
  await taken(await ask({input: [output], previous_response_id: first.id}, keyed));
  await taken(await ask({input: [{role: 'user', content: `${word} once more`}, ...first.output, output]}));
  const sealed = first.output[0]?.encrypted_content;
  assert.ok(sealed);
  return {id: first.id, sealed};
}

suite('everything of a caller', () => {
  test('R-13: is downloaded as JSON: all chats, messages and usage, and nothing of anybody else', async () => {
    await using chat = await startChat({apiKeys});
    const {chatId} = await answered(await chat.post('/api/chat', {message: {text: 'First'}}, as(alice)));
    for (const text of ['Second', 'Third', 'Fourth']) {
      await answered(await chat.post('/api/chat', {chatId, message: {text}}, as(alice)));
    }
    await answered(await chat.post('/api/chat', {message: {text: 'Of Bob'}}, as(bob)));

    const response = await chat.get('/api/me/export', alice);
    assert.match(response.headers.get('content-disposition') ?? '', /attachment; filename="chats.json"/);
    const exported = await json<Exported>(response);
    assert.equal(exported.owner, 'key:alice');
    assert.deepEqual(
      exported.chats.map(({id, title}) => [id, title]),
      [[chatId, 'First']],
    );
    const stored = await json<{id: string}[]>(await chat.get(`/api/chats/${chatId}/messages`, alice));
    assert.equal(stored.length, 8);
    assert.deepEqual(
      exported.chats[0]?.messages.map((message) => (message as {id: string}).id),
      stored.map(({id}) => id),
    );
    assert.equal(exported.usage.length, (await json<unknown[]>(await chat.get('/api/usage', alice))).length);
    assert.ok(!JSON.stringify(exported).includes('Of Bob'));
  });

  test('R-13: is downloaded as Markdown if the query or the Accept header asks for it', async () => {
    await using chat = await startChat({apiKeys, retriever: fakeRetriever(reportPassage)});
    await answered(await chat.post('/api/chat', {message: {text: 'What is | new?'}}, as(alice)));
    for (const [query, headers] of [
      ['?format=markdown', {}],
      ['', {accept: 'text/markdown'}],
    ] as const) {
      const response = await chat.get(`/api/me/export${query}`, {...alice, ...headers});
      assert.equal(response.headers.get('content-type'), 'text/markdown; charset=utf-8');
      const text = await response.text();
      assert.match(text, /^# All chats/);
      assert.match(text, /\n## What is \\\| new\?\n/);
      assert.match(text, /\n### Question, .+\n\nWhat is \| new\?\n/);
      assert.match(text, /\n## Usage\n/);
      assert.match(text, /\n## Questions that no page has answered\n\n- \d{4}.+Z: What is \\\| new\?\n$/);
    }
    assert.equal((await chat.get('/api/me/export?format=csv', alice)).status, 400);
  });

  test('has stored responses with all that was sent, and nothing that only the upstream can read', async () => {
    await using chat = await startChat({apiKeys});
    const {id, sealed} = await plant(chat, 'MARKER', alice);
    for (const format of ['json', 'markdown']) {
      const text = await (await chat.get(`/api/me/export?format=${format}`, alice)).text();
      assert.ok(text.includes(id));
      for (const kept of ['told', 'metadata', 'user', 'cache', 'tool', 'result', 'asks', 'once more', 'question']) {
        assert.ok(text.includes(`MARKER ${kept}`), `${format}: ${kept}`);
      }
      for (const opaque of [
        'MARKER seal',
        'MARKER signature',
        sealed,
        'encrypted_content":',
        'provider_metadata',
        'providerMetadata',
      ]) {
        assert.ok(!text.includes(opaque), `${format}: ${opaque}`);
      }
    }
    // The conversation goes on with the metadata that the export leaves out.
    const output = {type: 'function_call_output', call_id: 'call_2', output: 'again'};
    const next = {model: 'default', previous_response_id: id, input: [output]};
    await taken(await chat.post('/v1/responses', next, alice));
    assert.ok(JSON.stringify(chat.upstream.requests.at(-1)?.body).includes('MARKER seal'));
  });

  test('R-13: words of a deleted response leave the disk, too', async (t) => {
    const folder = await folderOf(t);
    await using chat = await startChat({apiKeys, databaseUrl: `sqlite:${join(folder, 'chatlet.db')}`});
    const {id} = await json<{id: string}>(
      await chat.post(
        '/v1/responses',
        {model: 'default', input: 'SECRET input', metadata: {at: 'SECRET place'}},
        alice,
      ),
    );
    assert.ok(countOnDisk(folder, 'SECRET') > 1);
    await erase(chat, bob, `/v1/responses/${id}`);
    assert.ok(countOnDisk(folder, 'SECRET') > 1);
    await erase(chat, alice, `/v1/responses/${id}`);
    await until(() => countOnDisk(folder, 'SECRET') === 0);
  });

  test('is empty for a page that has not asked anything', async () => {
    await using chat = await startChat({apiKeys});
    const page = {origin: 'http://localhost:5173'};
    const {chats, usage} = await json<Exported>(await chat.get('/api/me/export', page));
    assert.deepEqual([chats, usage], [[], []]);
    assert.deepEqual(await json(await erase(chat, page)), {success: true, chats: 0});
    assert.deepEqual(await json(await chat.post('/api/me/stop', {}, page)), {stopped: 0});
  });

  test('R-14: stops when the caller says so, in all chats, here and at the model, and nobody else’s', async () => {
    await using chat = await startChat({apiKeys});
    const silent = pause();
    for (let count = 0; count < 3; count++) {
      chat.upstream.script(async (exchange) => {
        await exchange.write(delta('Half '));
        await silent.here();
      });
    }
    const running = [];
    for (const who of [alice, alice, bob]) {
      const response = await chat.post('/api/chat', {message: {text: 'Hi'}}, as(who));
      await readUntil(response, (text) => text === 'Half ');
      running.push(response.headers.get('x-chat-id')!);
    }
    assert.deepEqual(await json(await chat.post('/api/me/stop', {}, alice)), {stopped: 2});
    for (const id of running.slice(0, 2)) {
      const stored = await json<{status: string}[]>(await chat.get(`/api/chats/${id}/messages`, alice));
      assert.equal(stored[1]?.status, 'stopped');
    }
    const ofBob = await json<{status: string}[]>(await chat.get(`/api/chats/${running[2]}/messages`, bob));
    assert.equal(ofBob[1]?.status, 'answering');
    assert.deepEqual(await json(await chat.post('/api/me/stop', {}, bob)), {stopped: 1});
  });

  test('R-13: a marker that came in by every door is nowhere on the disk after its owner is forgotten', async (t) => {
    const folder = await folderOf(t);
    const path = join(folder, 'chatlet.db');
    const moderate = {input: (text: string) => ({replace: text.replace(/PRIVATE of (\w+)/, '$1 judged')})};
    const retriever = fakeRetriever(reportPassage);
    await using chat = await startChat({apiKeys, moderate, retriever, databaseUrl: `sqlite:${path}`});
    await plant(chat, 'NEIGHBOUR', bob);
    const {sealed} = await plant(chat, 'MARKER', alice);
    assert.ok(countOnDisk(folder, sealed) > 0);
    const {gaps} = await json<Exported>(await chat.get('/api/me/export', alice));
    assert.ok(gaps.length > 5 && gaps.every(({question}) => question.includes('MARKER')));
    assert.equal((await json<{gaps: unknown[]}>(await chat.get('/api/gaps'))).gaps.length, 2 * gaps.length);
    // Replaced text never came in.
    assert.equal(countOnDisk(folder, 'PRIVATE'), 0);
    for (const planted of [
      'judged',
      'seal',
      'signature',
      'told',
      'metadata',
      'user',
      'cache',
      'tool',
      'result',
      'asks',
    ]) {
      assert.ok(countOnDisk(folder, `MARKER ${planted}`) > 0, planted);
    }
    const silent = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('MARKER still running '));
      await silent.here();
    });
    const running = await chat.post('/api/chat', {message: {text: 'MARKER last'}}, as(alice));
    await readUntil(running, (text) => text.includes('running'));
    await until(() => countOnDisk(folder, 'MARKER still running') > 0);
    assert.ok(countOnDisk(folder, 'MARKER') > 19);
    const neighbour = countOnDisk(folder, 'NEIGHBOUR');
    assert.ok(neighbour > 0);

    assert.deepEqual(await json(await erase(chat, alice)), {success: true, chats: 11});
    assert.equal(countOnDisk(folder, 'MARKER'), 0);
    assert.equal(countOnDisk(folder, 'key:alice'), 0);
    assert.equal(countOnDisk(folder, sealed), 0);
    assert.ok(countOnDisk(folder, 'NEIGHBOUR') > 0);
    assert.equal((await json<{gaps: unknown[]}>(await chat.get('/api/gaps'))).gaps.length, gaps.length);
    assert.deepEqual(await json(await chat.get('/api/chats', alice)), []);
    assert.deepEqual(await json(await chat.get('/api/usage', alice)), []);
    assert.equal((await json<unknown[]>(await chat.get('/api/chats', bob))).length, 7);
    assert.deepEqual(chat.reported, []);
  });

  test('R-13: keeps its figures without its name, so that sums over all callers stay right', async (t) => {
    const folder = await folderOf(t);
    const path = join(folder, 'chatlet.db');
    await using chat = await startChat({apiKeys, databaseUrl: `sqlite:${path}`});
    for (const who of [alice, bob, alice])
      await answered(await chat.post('/api/chat', {message: {text: 'Hi'}}, as(who)));
    await chat.get('/api/usage', alice);
    const db = new DatabaseSync(path, {readOnly: true});
    t.after(() => db.close());
    const sum = db.prepare(
      "select count(*) as answers, sum(prompt_tokens) as asked, min(substr(created_at, 1, 10)) as day from usage where owner like 'key:%'",
    );
    const before = sum.get();
    await erase(chat, alice);
    assert.deepEqual(sum.get(), before);
    const anonymous = db.prepare("select message_id, chat_id from usage where owner = 'key:'").all();
    assert.equal(anonymous.length, 2);
    for (const {message_id: message, chat_id: id} of anonymous) assert.deepEqual([message, id], ['', null]);
  });

  test('R-13: words of a single deleted chat leave the disk too, within some seconds', async (t) => {
    const folder = await folderOf(t);
    await using chat = await startChat({apiKeys, databaseUrl: `sqlite:${join(folder, 'chatlet.db')}`});
    const {chatId} = await answered(await chat.post('/api/chat', {message: {text: 'MARKER kept'}}, as(alice)));
    const gone = await answered(await chat.post('/api/chat', {message: {text: 'SECRET gone'}}, as(alice)));
    assert.ok(countOnDisk(folder, 'SECRET') > 0);
    await erase(chat, alice, `/api/chats/${gone.chatId}`);
    assert.equal((await chat.get(`/api/chats/${gone.chatId}`, alice)).status, 404);
    await until(() => countOnDisk(folder, 'SECRET') === 0);
    assert.equal((await chat.get(`/api/chats/${chatId}`, alice)).status, 200);
    assert.ok(countOnDisk(folder, 'MARKER') > 0);
  });

  test('can be asked again with the same Idempotency-Key after it was forgotten, and is answered anew', async () => {
    await using chat = await startChat({apiKeys});
    const request = {model: 'default', messages: [{role: 'user', content: 'Hi'}]};
    const keyed = {...alice, 'idempotency-key': 'one'};
    for (let count = 0; count < 2; count++) await (await chat.post('/v1/chat/completions', request, keyed)).text();
    assert.equal(chat.upstream.requests.length, 1);
    await erase(chat, alice);
    await (await chat.post('/v1/chat/completions', request, keyed)).text();
    assert.equal(chat.upstream.requests.length, 2);
  });
});

suite('R-7: a caller with a quota', () => {
  const plans = [{name: 'small', maxChats: 2, maxBytes: 20_000}];
  const keys = [{key: 'key-of-alice', plan: 'small', account: 'alice'}];

  test('is told to delete chats before the model is asked, goes on in old chats, and asks again after a deletion', async () => {
    await using chat = await startChat({apiKeys: keys, plans});
    const ask = (more: object = {}) => chat.post('/api/chat', {message: {text: 'Hi'}, ...more}, as(alice));
    const {chatId} = await answered(await ask());
    await answered(await ask());
    const refused = await ask();
    assert.equal(refused.status, 403);
    const {error, code, details} = await json<{error: string; code: string; details: object}>(refused);
    assert.equal(code, 'quota-exceeded');
    assert.match(error, /keeps 2 chats \(maxChats\)\. Delete chats/);
    assert.deepEqual(details, {plan: 'small', limitName: 'maxChats', limit: 2});
    assert.equal(chat.upstream.requests.length, 2);
    assert.equal((await ask({chatId})).status, 200);
    await erase(chat, alice, `/api/chats/${chatId}`);
    assert.equal((await ask()).status, 200);
  });

  test('is refused when the bytes are used up, on every path that keeps chats, and not on those that keep nothing', async () => {
    await using chat = await startChat({apiKeys: keys, plans});
    const {chatId} = await answered(await chat.post('/api/chat', {message: {text: 'long '.repeat(4000)}}, as(alice)));
    const messages = [{role: 'user', content: 'Hi'}];
    const asked = chat.upstream.requests.length;
    for (const [path, body] of [
      ['/api/chat', {chatId, message: {text: 'Hi'}}],
      ['/api/chat', {chatId, trigger: 'regenerate'}],
      ['/api/chat', {messages}],
      ['/v1/chat', {conversation_id: 'mine', messages}],
      ['/v1/responses', {model: 'default', input: 'Hi'}],
      ['/v1/responses', {model: 'default', input: 'Hi', background: true}],
    ] as const) {
      assert.equal((await chat.post(path, body, as(alice))).status, 403, path);
    }
    assert.equal(chat.upstream.requests.length, asked);
    assert.equal((await chat.post('/v1/chat/completions', {model: 'default', messages}, alice)).status, 200);
    const unsaved = {model: 'default', input: 'Hi', store: false};
    assert.equal((await chat.post('/v1/responses', unsaved, alice)).status, 200);
    await erase(chat, alice);
    assert.equal((await chat.post('/api/chat', {message: {text: 'Hi'}}, as(alice))).status, 200);
  });
});
