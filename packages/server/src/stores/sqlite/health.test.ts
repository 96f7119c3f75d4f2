/** The store when its disk, its file or another program fails it. */
import assert from 'node:assert/strict';
import {copyFile, mkdtemp, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test, type TestContext} from 'node:test';
import {emptyAnswer} from '@chatlet/protocol';
import {startChat} from '../../testing/chat-server.ts';
import {findDamage} from './damage-check.ts';
import {sqliteStore} from './index.ts';
import {startChild} from './testing/child.ts';
import {canMount, fillDisk, mountSmallDisk} from './testing/small-disk.ts';

const createdAt = '2026-01-01T12:00:00.000Z';
const chat = (id: string) => ({id, title: 'Rivers', model: 'small', createdAt, updatedAt: createdAt});
const answer = emptyAnswer({id: 'msg_1', createdAt, model: 'small'});
/** More than any disk has. */
const everything = Number.MAX_SAFE_INTEGER;

suite('/readyz', () => {
  test('R-21: is 503 when the database was deleted or replaced, and questions are refused from then on', async (t) => {
    for (const lose of [
      (path: string) => rename(path, `${path}.gone`),
      async (path: string) => {
        await copyFile(path, `${path}.copy`);
        await rename(`${path}.copy`, path);
      },
    ]) {
      const path = await newPath(t);
      await using server = await startChat({databaseUrl: `sqlite:${path}`, secret: 'a secret of the tests'});
      await server.ask('Before');
      assert.equal((await server.get('/readyz')).status, 200);
      await lose(path);
      await untilNotReady(server.url, 'missing');
      const refused = await server.post('/api/chat', {message: {text: 'After'}});
      assert.equal(refused.status, 503);
      assert.match(await refused.text(), /storage-unavailable/);
      assert.equal(server.upstream.requests.length, 1);
      assert.ok(server.reported.some((error) => /deleted or replaced while the server runs/.test(String(error))));
    }
  });

  test('T2-17, R-5: is 503 when the disk is nearly full, and a question is refused in a sentence before a model is asked', async (t) => {
    const path = await newPath(t);
    await using server = await startChat({
      databaseUrl: `sqlite:${path}`,
      secret: 'a secret of the tests',
      diskReserve: everything,
    });
    const ready = await server.get('/readyz');
    assert.equal(ready.status, 503);
    assert.deepEqual(await ready.json(), {status: 'not ready', store: 'full', models: 'ok'});
    for (const [body, headers] of [
      [{message: {text: 'Hi'}}, {'x-chat-protocol': 'chatlet'}],
      [{messages: [{role: 'user', content: 'Hi'}]}, {'x-chat-protocol': 'typed-events'}],
      [{id: 'c', messages: [{id: 'm', role: 'user', parts: [{type: 'text', text: 'Hi'}]}]}, {}],
    ] as const) {
      const refused = await server.post('/api/chat', body, headers);
      assert.equal(refused.status, 503);
      assert.match(await refused.text(), /The server’s disk is full, so nothing can be stored/);
    }
    assert.deepEqual(server.upstream.requests, []);
    // Nothing is stored there, so nothing is refused.
    const unsaved = await server.post('/v1/chat/completions', {
      model: 'test-model',
      messages: [{role: 'user', content: 'Hi'}],
    });
    assert.equal(unsaved.status, 200);
  });

  test('R-8: is 503 while another program holds the database, and ready again after it', async (t) => {
    const path = await newPath(t);
    await using server = await startChat({databaseUrl: `sqlite:${path}`, secret: 'a secret of the tests'});
    const other = await startChild(t, 'other-program', path);
    await other.order('begin immediate');
    const held = await server.get('/readyz');
    assert.deepEqual([held.status, await held.json()], [503, {status: 'not ready', store: 'locked', models: 'ok'}]);
    await other.order('commit');
    await untilReady(server.url);
  });

  test('R-21: is 503 after a damaged page was met, and says to restore a backup', async (t) => {
    const path = await newPath(t);
    await fillAndDamage(path);
    await using server = await startChat({databaseUrl: `sqlite:${path}`, secret: 'a secret of the tests'});
    const keys = Array.from({length: 200}, (_, number) => `chat_${number}`);
    for (const id of keys) await server.get(`/api/chats/${id}/messages`);
    await untilNotReady(server.url, 'damaged');
    assert.match(String(server.reported.at(-1)), /restore a copy that chatlet-server backup made/);
  });

  test('writes once a second at most, however often it is asked', async (t) => {
    const path = await newPath(t);
    await using server = await startChat({databaseUrl: `sqlite:${path}`, secret: 'a secret of the tests'});
    await server.get('/readyz');
    const {size} = await stat(`${path}-wal`);
    await Promise.all(Array.from({length: 100}, () => server.get('/readyz').then((response) => response.text())));
    const pages = ((await stat(`${path}-wal`)).size - size) / 4096;
    assert.ok(pages < 20, `${pages} pages for 100 requests`);
  });
});

suite('the look for damaged pages', () => {
  test('R-21: finds one that nobody has read yet, and nothing in a sound database', async (t) => {
    const path = await newPath(t);
    await fill(path);
    assert.equal(await findDamage(path), undefined);
    await damage(path);
    assert.notEqual(await findDamage(path), undefined);
  });

  test('T2-01: leaves the locks of the store in place', {skip: process.platform !== 'linux'}, async (t) => {
    const path = await newPath(t);
    const store = sqliteStore({path});
    t.after(() => store.close());
    await store.chats('ada', {});
    await findDamage(path);
    const {ino} = await stat(path);
    assert.match(await readFile('/proc/locks', 'utf8'), new RegExp(` ${process.pid} \\S+:${ino} `));
  });
});

suite('a disk that is really full', () => {
  test(
    'R-5: fails writes with a reason, keeps what was acknowledged, and takes writes again when there is room',
    {skip: canMount ? false : 'NOT RUN: a small disk can be mounted by root alone'},
    async (t) => {
      const folder = await mountSmallDisk(t, '3m');
      const path = join(folder, 'chatlet.db');
      const store = sqliteStore({path, reserve: 0});
      await store.startTurn('ada', {chat: chat('chat_1'), answer});
      const ballast = join(folder, 'ballast');
      await fillDisk(ballast);

      const whole = {...answer, status: 'done', parts: [{type: 'text', text: 'x'.repeat(200_000)}]} as const;
      await assert.rejects(store.saveMessage('ada', 'chat_1', whole), {code: 'storage-unavailable'});
      assert.equal(await store.health?.(), 'full');
      assert.equal((await store.chats('ada', {})).items.length, 1);

      await rm(ballast);
      await store.saveMessage('ada', 'chat_1', whole);
      assert.deepEqual((await store.messages('ada', 'chat_1', {})).items, [whole]);
      await store.close();
    },
  );
});

async function fill(path: string): Promise<void> {
  const store = sqliteStore({path});
  const long = {...answer, status: 'done', parts: [{type: 'text', text: 'words '.repeat(2000)}]} as const;
  for (let number = 0; number < 200; number += 1) {
    await store.startTurn('local', {chat: chat(`chat_${number}`), answer: long});
  }
  await store.close();
}

/** Overwrites pages in the middle of the file, as a failing disk does. */
async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.fill(0xff, Math.floor(bytes.length / 8192) * 4096, Math.floor(bytes.length / 8192 + 20) * 4096);
  await writeFile(path, bytes);
}

async function fillAndDamage(path: string): Promise<void> {
  await fill(path);
  await damage(path);
}

async function untilNotReady(url: string, store: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const response = await fetch(`${url}/readyz`);
    const body: unknown = await response.json();
    if (response.status === 503) {
      assert.deepEqual(body, {status: 'not ready', store, models: 'ok'});
      return;
    }
    assert.ok(tries < 100, 'It stays ready.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; (await fetch(`${url}/readyz`)).status !== 200; tries += 1) {
    assert.ok(tries < 100, 'It does not become ready again.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function newPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-health-'));
  t.after(() => rm(folder, {recursive: true}));
  return join(folder, 'chatlet.db');
}
