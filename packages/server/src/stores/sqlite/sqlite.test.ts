import assert from 'node:assert/strict';
import {fork} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import {mkdtemp, rm, stat, writeFile} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {DatabaseSync} from 'node:sqlite';
import {suite, test, type TestContext} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {ChatError, emptyAnswer, type Message, textOf} from '@chatlet/protocol';
import type {Store} from '../../engine/store.ts';
import {migrate} from './migrate.ts';
import {type Migration, migrations} from './migrations/index.ts';
import {sqliteStore} from './index.ts';
import {countOnDisk} from '../../testing/count-on-disk.ts';
import {storeContract} from '../testing/store-contract.ts';
import {rightsOfOthers} from '../../testing/of-the-system.ts';

const createdAt = '2026-01-01T12:00:00.000Z';
const chat = {id: 'chat_1', title: 'Rivers', model: 'small', createdAt, updatedAt: createdAt};
const answer = emptyAnswer({id: 'msg_1', createdAt, model: 'small'});
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

storeContract('sqlite in memory', () => sqliteStore({path: ':memory:'}));

suite('a database file', () => {
  test('is created with its folders, and only its own user may read it', async (t) => {
    const path = join(await folder(t), 'data', 'chats', 'chatlet.db');
    const store = sqliteStore({path});
    await store.startTurn('ada', {chat, answer});
    assert.equal(await rightsOfOthers(path), 0);
    assert.equal(await rightsOfOthers(`${path}-wal`), 0);
    await store.close();
  });

  test('keeps everything until the next start', async (t) => {
    const path = join(await folder(t), 'chatlet.db');
    const first = sqliteStore({path});
    await first.startTurn('ada', {chat, answer});
    await first.close();

    const second = sqliteStore({path});
    assert.deepEqual(await second.chat('ada', 'chat_1'), chat);
    assert.deepEqual((await second.messages('ada', 'chat_1', {})).items, [answer]);
    await second.close();
  });

  test('R-7, R-14: holds no word and no name of a visitor whose time is over', async (t) => {
    const place = await folder(t);
    const store = sqliteStore({path: join(place, 'chatlet.db')});
    const owner = 'visitor:planted';
    const old = {...chat, id: 'chat_planted', title: 'planted title'};
    await store.startTurn(owner, {chat: old, answer: {...answer, id: 'msg_planted'}});
    const tokens = {promptTokens: 1, completionTokens: 2, estimated: false};
    const row = {messageId: 'msg_planted', chatId: old.id, model: 'small', createdAt, ...tokens};
    // Its chat has been deleted before, so that only this row has the visitor's name.
    await Promise.all([store.addUsage(owner, row), store.addUsage('visitor:planted-other', row)]);
    assert.notEqual(countOnDisk(place, 'planted'), 0);

    const later = new Date(Date.parse(createdAt) + 1).toISOString();
    const ages = [{ownersBeginWith: 'visitor:', before: later}];
    await store.deleteExpired?.({temporaryBefore: createdAt, ages});
    while (countOnDisk(place, 'planted') > 0) await setTimeout(100);
    assert.deepEqual(await store.usageSince?.('2026-01-01T00:00:00.000Z', 'visitor:'), {tokens: 6, cost: 0});
    await store.close();
  });

  test('is committed by close, even if nobody waited for the writes', async (t) => {
    const path = join(await folder(t), 'chatlet.db');
    const first = sqliteStore({path});
    const writes = [first.startTurn('ada', {chat, answer}), first.saveMessage('ada', 'chat_1', said('Half'))];
    await first.close();
    await Promise.all(writes);

    const second = sqliteStore({path});
    assert.deepEqual((await second.messages('ada', 'chat_1', {})).items, [said('Half')]);
    await second.close();
  });

  test('R-10: has the pieces of all growing answers committed together, a fifth of a second after the first', async (t) => {
    const store = sqliteStore({path: join(await folder(t), 'chatlet.db')});
    const names = ['chat_1', 'chat_2', 'chat_3'];
    for (const id of names) await store.startTurn('ada', {chat: {...chat, id}, answer});
    t.mock.timers.enable({apis: ['setTimeout']});
    const exec = t.mock.method(DatabaseSync.prototype, 'exec');
    const commits = () => exec.mock.calls.filter(({arguments: [sql]}) => sql === 'commit').length;
    const pieces = names.map((id) =>
      store.appendEvents('ada', id, {
        messageId: 'msg_1',
        take: () => ({first: 0, events: [{type: 'text-delta', delta: 'Half'}]}),
      }),
    );
    // A question in between takes no pieces with it: a thousand answers would be written for each.
    await store.renameChat('ada', 'chat_1', 'Lakes');
    assert.equal(commits(), 1);
    t.mock.timers.tick(199);
    assert.equal(commits(), 1);
    t.mock.timers.tick(1);
    assert.equal(commits(), 2);
    for (const id of names) assert.equal(textOf((await store.messages('ada', id, {})).items[0]!), 'Half');
    await Promise.all(pieces);
    await store.close();
  });

  test('R-10: writes as many bytes as the answer has, and not its square', async (t) => {
    const path = join(await folder(t), 'chatlet.db');
    const bytesFor = async (chatId: string, count: number) => {
      const store = sqliteStore({path});
      await store.startTurn('ada', {chat: {...chat, id: chatId}, answer});
      const before = (await stat(`${path}-wal`)).size;
      for (let first = 0; first < count; first++) {
        const event = {type: 'text-delta', delta: 'x'.repeat(1000)} as const;
        const writing = store.appendEvents('ada', chatId, {messageId: 'msg_1', take: () => ({first, events: [event]})});
        // Reading usage commits the waiting piece.
        await store.usage('ada', {limit: 1});
        await writing;
      }
      const written = (await stat(`${path}-wal`)).size - before;
      await store.close();
      return written;
    };
    const [short, long] = [await bytesFor('chat_1', 100), await bytesFor('chat_2', 400)];
    assert.ok(long / short < 6, `${short} bytes for 100 kB, ${long} for 400 kB`);
  });

  test('acknowledges a write only after the disk has it', async (t) => {
    const waiting: ((error: null) => void)[] = [];
    t.mock.method(fs, 'fdatasync', (_file: number, done: (error: null) => void) => void waiting.push(done));
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const store = sqliteStore({path: join(await folder(t), 'chatlet.db')});
    let acknowledged = false;
    const write = store.startTurn('ada', {chat, answer}).then(() => {
      acknowledged = true;
    });
    // Committed, so that others see it, but not acknowledged before the disk has it.
    while (waiting.length === 0) await turnOfTheLoop();
    assert.deepEqual(await store.chat('ada', 'chat_1'), chat);
    await turnOfTheLoop();
    assert.equal(acknowledged, false);
    waiting.pop()?.(null);
    await write;
    await store.close();
  });

  test('rejects writes that the disk did not take, and goes on', async (t) => {
    const store = sqliteStore({path: join(await folder(t), 'chatlet.db')});
    const failing = t.mock.method(fs, 'fdatasync', (_file: number, done: (error: Error) => void) =>
      setImmediate(done, new Error('EIO')),
    );
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    await assert.rejects(store.startTurn('ada', {chat, answer}), {code: 'internal'});
    failing.mock.restore();
    syncBuiltinESMExports();
    await store.saveMessage('ada', 'chat_1', {...said('Whole'), status: 'done'});
    assert.deepEqual((await store.messages('ada', 'chat_1', {})).items, [{...said('Whole'), status: 'done'}]);
    await store.close();
  });

  test('takes over the write-ahead log regularly, so that the log stays within bounds', async (t) => {
    const path = join(await folder(t), 'chatlet.db');
    const store = sqliteStore({path});
    await store.startTurn('ada', {chat, answer});
    for (let megabytes = 0; megabytes < 40; megabytes++) {
      await store.saveMessage('ada', 'chat_1', {...said('x'.repeat(1_000_000)), status: 'stopped'});
    }
    const sizeOfLog = async () => (await stat(`${path}-wal`)).size;
    assert.ok((await sizeOfLog()) < 20_000_000);

    // One larger transaction; the next one gives its space back.
    await Promise.all(
      Array.from({length: 40}, (_, i) => {
        const long = {...said('x'.repeat(1_000_000)), status: 'done'} as const;
        return store.startTurn('ada', {chat: {...chat, id: `long_${i}`}, answer: long});
      }),
    );
    assert.ok((await sizeOfLog()) > 40_000_000);
    await store.renameChat('ada', 'chat_1', 'Lakes');
    assert.ok((await sizeOfLog()) < 34_000_000);
    await store.close();
  });

  test('is refused with a sentence and not touched if it is no database', async (t) => {
    const path = join(await folder(t), 'letter.txt');
    await writeFile(path, 'Dear Ada, this is a letter and no database.\n'.repeat(100));
    assert.throws(() => sqliteStore({path}), {name: 'ChatError', message: `${path} cannot be used as a database.`});
    assert.equal((await stat(path)).size, 4400);
  });
});

suite('migrations', () => {
  test('are numbered 1, 2, 3 without a gap', () => {
    assert.deepEqual(
      migrations.map(({version}) => version),
      migrations.map((_, i) => i + 1),
    );
  });

  test('are applied once, although the database is opened several times', (t) => {
    const db = memory(t);
    migrate(db);
    migrate(db);
    assert.equal(db.prepare('select count(*) as count from migrations').get()?.['count'], migrations.length);
  });

  test('update an older database and keep its content', (t) => {
    const db = memory(t);
    migrate(db, [column(1, 'create table notes (id text)')]);
    db.exec(`insert into notes values ('kept')`);
    migrate(db, [column(1, 'create table notes (id text)'), column(2, `alter table notes add column size integer`)]);
    assert.deepEqual({...db.prepare('select * from notes').get()}, {id: 'kept', size: null});
  });

  test('to numbered chats keep the order and the relations of chats, messages and usage', async (t) => {
    const path = join(await folder(t), 'chatlet.db');
    const db = new DatabaseSync(path);
    db.exec('pragma foreign_keys = on');
    migrate(db, migrations.slice(0, 2));
    const addChat = db.prepare('insert into chats values (?, ?, ?, ?, ?, ?, ?)');
    const addMessage = db.prepare(
      `insert into messages (chat_id, id, role, status, created_at, search, details, parts)
       values (?, ?, ?, ?, ?, ?, '{"model":"small"}', ?)`,
    );
    const addUsage = db.prepare(
      `insert into usage (owner, message_id, model, prompt_tokens, completion_tokens, estimated, created_at)
       values (?, ?, 'small', 1, 2, 0, ?)`,
    );
    for (const [id, owner] of [
      ['chat_b', 'ada'],
      ['chat_a', 'grace'],
    ] as const) {
      addChat.run(id, owner, `Title of ${id}`, `title of ${id}`, 'small', createdAt, createdAt);
    }
    // Two conversations at the same time; one answer is not complete, and sequence numbers have gaps.
    for (const [chatId, id, status] of [
      ['chat_b', 'msg_2', 'done'],
      ['chat_a', 'msg_2', 'done'],
      ['chat_b', 'gone', 'done'],
      ['chat_b', 'msg_1', 'answering'],
      ['chat_a', 'msg_3', 'done'],
    ] as const) {
      const words = `${id} in ${chatId}`;
      const parts = JSON.stringify([{type: 'text', text: words}]);
      addMessage.run(chatId, id, 'assistant', status, createdAt, words, parts);
    }
    db.exec(`delete from messages where id = 'gone'`);
    for (const id of ['msg_1', 'msg_2']) addUsage.run('ada', id, createdAt);
    db.close();

    const store = sqliteStore({path});
    const textsOf = async (owner: string, chatId: string) =>
      (await store.messages(owner, chatId, {})).items.map((message) => textOf(message));
    assert.equal((await store.chat('ada', 'chat_b'))?.title, 'Title of chat_b');
    assert.deepEqual(await textsOf('ada', 'chat_b'), ['msg_2 in chat_b', 'msg_1 in chat_b']);
    assert.deepEqual(await textsOf('grace', 'chat_a'), ['msg_2 in chat_a', 'msg_3 in chat_a']);
    assert.deepEqual(
      (await store.usage('ada', {})).items.map(({messageId}) => messageId),
      ['msg_2', 'msg_1'],
    );
    const found = await store.chats('grace', {search: 'msg_3 title'});
    assert.deepEqual(
      found.items.map(({id}) => id),
      ['chat_a'],
    );
    assert.equal(await store.interruptAnswers(), 1);
    await store.startTurn('ada', {
      chat: {...chat, id: 'chat_b'},
      answer: {...answer, id: 'msg_3'},
      replaceFrom: 'msg_1',
    });
    assert.deepEqual(await textsOf('ada', 'chat_b'), ['msg_2 in chat_b', '']);
    assert.equal(await store.deleteChat('grace', 'chat_a'), true);
    await store.close();

    const after = new DatabaseSync(path);
    t.after(() => after.close());
    assert.deepEqual(after.prepare('pragma foreign_key_check').all(), []);
    assert.equal(after.prepare('select count(*) as count from messages').get()?.['count'], 2);
  });

  test('leave the database as it was if they fail', (t) => {
    const db = memory(t);
    const broken = column(2, 'create table pages (id text); insert into nowhere values (1);');
    assert.throws(() => migrate(db, [column(1, 'create table notes (id text)'), broken]), /no such table: nowhere/);
    const tables = db.prepare(`select name from sqlite_master where type = 'table' order by name`).all();
    assert.deepEqual(
      tables.map(({name}) => name),
      ['migrations', 'notes'],
    );
    assert.equal(db.prepare('select max(version) as version from migrations').get()?.['version'], 1);
  });

  test('of a newer version are refused with a sentence', async (t) => {
    const path = join(await folder(t), 'chatlet.db');
    await sqliteStore({path}).close();
    const db = new DatabaseSync(path);
    db.exec(`insert into migrations values (99, 'future', '')`);
    db.close();
    assert.throws(
      () => sqliteStore({path}),
      (error) =>
        error instanceof ChatError &&
        /newer version: its schema is 99, this version knows \d+\. Update/.test(error.message),
    );
  });
});

test('saves that are due together share commits, and all are acknowledged', async (t) => {
  const path = join(await folder(t), 'chatlet.db');
  const store = sqliteStore({path});
  const all = Array.from({length: 200}, (_, i) => ({...chat, id: `chat_${i}`}));
  await Promise.all(all.map((each) => store.startTurn('ada', {chat: each, answer})));
  const exec = t.mock.method(DatabaseSync.prototype, 'exec');

  await Promise.all(all.map((each) => store.saveMessage('ada', each.id, said('One'))));

  assert.equal(exec.mock.calls.filter(({arguments: [sql]}) => sql === 'commit').length, 1);
  await store.close();
});

test('output that is due at the time of a write leaves before the transaction', async (t) => {
  const store = sqliteStore({path: join(await folder(t), 'chatlet.db')});
  const order: string[] = [];
  const exec = DatabaseSync.prototype.exec;
  t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, sql: string) {
    order.push(sql);
    exec.call(this, sql);
  });
  const ask = async () => setImmediate(() => order.push('asked the model'));
  const stored = store.startTurn('ada', {chat, answer});
  await Promise.resolve().then(ask);
  await stored;
  assert.deepEqual(order, ['asked the model', 'begin immediate', 'commit']);
  await store.close();
});

test('a full disk fails the writes but not the store', async (t) => {
  const path = join(await folder(t), 'chatlet.db');
  const store = sqliteStore({path});
  await store.startTurn('ada', {chat, answer});
  const exec = DatabaseSync.prototype.exec;
  t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, sql: string) {
    if (sql === 'commit') throw new Error('database or disk is full');
    exec.call(this, sql);
  });
  const results = await Promise.allSettled([
    store.saveMessage('ada', 'chat_1', said('Lost')),
    store.renameChat('ada', 'chat_1', 'Lost'),
  ]);
  t.mock.restoreAll();

  assert.deepEqual(
    results.map((result) => result.status === 'rejected' && ChatError.from(result.reason).code),
    ['internal', 'internal'],
  );
  assert.deepEqual(await store.chat('ada', 'chat_1'), chat);
  assert.equal(await store.renameChat('ada', 'chat_1', 'Kept'), true);
  await store.close();
});

test('all writes that were acknowledged before a kill -9 are there after it', async (t) => {
  const path = join(await folder(t), 'chatlet.db');
  const acknowledged = new Set<string>();
  for (const patience of [50, 120, 200]) {
    for (const word of await killAfter(patience, path)) acknowledged.add(word);
    const store = sqliteStore({path});
    for (const word of acknowledged) await checkThere(store, word);
    // The next writer begins again with the same ids.
    const all = await store.chats('ada', {limit: 200});
    for (const {id} of all.items) await store.deleteChat('ada', id);
    acknowledged.clear();
    await store.close();
  }
});

/** Runs the writer until it has acknowledged this many writes, kills it in the middle of the next, and returns all. */
async function killAfter(writes: number, path: string): Promise<readonly string[]> {
  const writer = fork(join(import.meta.dirname, 'testing/write-until-killed.ts'), [path], {
    execArgv: ['--conditions=@chatlet/source'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(writer, 'exit');
  assert.ok(writer.stdout);
  const words: string[] = [];
  for await (const line of createInterface(writer.stdout)) {
    words.push(line);
    if (words.length === writes) writer.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL');
  assert.ok(words.length >= writes);
  return words;
}

async function checkThere(store: Store, acknowledged: string): Promise<void> {
  const [what, number] = acknowledged.split(' ');
  assert.ok(await store.chat('ada', `chat_${number}`), acknowledged);
  const message = (await store.messages('ada', `chat_${number}`, {})).items[0];
  assert.equal(message?.id, `msg_${number}`, acknowledged);
  if (what !== 'started') assert.match(textOf(message), new RegExp(`^Answer ${number} `), acknowledged);
  if (what === 'done') assert.equal(message.status, 'done', acknowledged);
}

function column(version: number, sql: string): Migration {
  return {version, name: `step ${version}`, sql};
}

function said(text: string): Message {
  return {...answer, parts: [{type: 'text', text}]};
}

function memory(t: TestContext): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  t.after(() => db.close());
  return db;
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'chatlet-store-'));
  t.after(() => rm(path, {recursive: true}));
  return path;
}
