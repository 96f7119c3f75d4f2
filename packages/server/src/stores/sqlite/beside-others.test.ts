/** The store beside other programs that use the same file: shells, backups, a second server. */
import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm, stat, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {suite, test, type TestContext} from 'node:test';
import {emptyAnswer} from '@chatlet/protocol';
import {createWriteQueue} from './write-queue.ts';
import {sqliteStore} from './index.ts';
import {sqliteKeyStore} from './keys.ts';
import {startChild} from './testing/child.ts';
import {backUpOutside} from './testing/outside-backup.ts';

const createdAt = '2026-01-01T12:00:00.000Z';
const answer = emptyAnswer({id: 'msg_1', createdAt, model: 'small'});
const chat = (id: string) => ({id, title: 'Rivers', model: 'small', createdAt, updatedAt: createdAt});

suite('the locks of SQLite', () => {
  test(
    'T2-01: a backup by the SQLite shell leaves the write-ahead log alone and holds what was acknowledged',
    {skip: backUpOutside ? false : 'neither sqlite3 nor python3 is installed'},
    async (t) => {
      const path = await newPath(t);
      await using opened = openAll(path);
      for (const number of [1, 2]) {
        await opened.store.startTurn('ada', {chat: chat(`chat_${number}`), answer});
        const {ino} = await stat(`${path}-wal`);
        backUpOutside?.(path, `${path}.copy${number}`);
        assert.equal(
          (await stat(`${path}-wal`)).ino,
          ino,
          'the log was deleted: what follows is lost with the process',
        );
      }
      assert.deepEqual(chatsIn(`${path}.copy1`), ['chat_1']);
      assert.deepEqual(chatsIn(`${path}.copy2`), ['chat_1', 'chat_2']);
    },
  );

  test(
    'T2-01: are held for as long as the store is open, whatever else of ours opens the same file',
    {skip: process.platform !== 'linux' && 'only Linux lists its locks'},
    async (t) => {
      const path = await newPath(t);
      await using opened = openAll(path);
      await opened.store.chats('ada', {});
      assert.ok(await isLocked(path));
      // The command line opens keys, and an app may hold a second key store.
      const more = [sqliteKeyStore({path}), sqliteKeyStore({path})];
      for (const each of more) await each.close();
      assert.ok(await isLocked(path));
    },
  );

  test('T2-01: a file that exists is never opened by anything but SQLite', async (t) => {
    const sources = ['database.ts', 'keys.ts', 'index.ts', 'file-lock.ts', 'migrate.ts', 'write-queue.ts'];
    const opens = await Promise.all(
      sources.map(async (name) => (await readFile(join(import.meta.dirname, name), 'utf8')).match(/\bopenSync\(.*/g)),
    );
    assert.deepEqual(
      opens.flat().filter((line) => line !== null),
      [
        "openSync(path, 'wx', 0o600));",
        // No lock of SQLite's is on this file.
        "openSync(`${path}-wal`, 'r+');",
      ],
    );
    const path = await newPath(t);
    await sqliteStore({path}).close();
    const {ino} = await stat(path);
    await sqliteStore({path}).close();
    assert.equal((await stat(path)).ino, ino);
  });
});

suite('a second server on the same file', () => {
  test('R-9: is refused, with the host, the process and the start of the first', async (t) => {
    const path = await newPath(t);
    const first = await startChild(t, 'serve-until-killed', path);
    assert.throws(
      () => sqliteStore({path}),
      (error: Error) => {
        assert.match(error.message, new RegExp(`in use by the server on \\S+, process ${first.pid}, since 20\\d\\d-`));
        assert.match(error.message, /One SQLite file serves one server\. .*CHATLET_DATABASE_URL/);
        return true;
      },
    );
  });

  test('R-9: is refused in the same process and under another name of the file too', async (t) => {
    const path = await newPath(t);
    const first = sqliteStore({path});
    t.after(() => first.close());
    const alias = `${path}-alias.db`;
    await symlink(path, alias);
    assert.throws(() => sqliteStore({path}), {code: 'conflict', retryable: false});
    assert.throws(() => sqliteStore({path: alias}), {code: 'conflict'});
  });

  test('R-9: takes over when the first was killed or closed, and finds what it had stored', async (t) => {
    const path = await newPath(t);
    const first = await startChild(t, 'serve-until-killed', path);
    await first.kill();
    const second = sqliteStore({path});
    await second.startTurn('ada', {chat: chat('chat_1'), answer});
    await second.close();
    const third = sqliteStore({path});
    assert.equal((await third.chats('ada', {})).items.length, 1);
    await third.close();
  });

  test('R-9: is none if it only manages keys, which works beside a running server', async (t) => {
    const path = await newPath(t);
    await startChild(t, 'serve-until-killed', path);
    const keys = sqliteKeyStore({path});
    assert.equal(await keys.hasAny(), false);
    await keys.close();
  });

  test('R-9: a database that cannot be opened is free again', async (t) => {
    const path = await newPath(t);
    const newer = sqliteStore({path});
    await newer.close();
    const db = new DatabaseSync(path);
    db.exec(`insert into migrations values (99, 'future', '')`);
    for (let times = 0; times < 2; times += 1) assert.throws(() => sqliteStore({path}), /newer version/);
    db.exec('delete from migrations where version = 99');
    db.close();
    await sqliteStore({path}).close();
  });
});

suite('another program that holds the database', () => {
  test('R-8, T2-15: stops no timer, no read and no stream: writes wait until it lets go', async (t) => {
    const path = await newPath(t);
    const store = sqliteStore({path});
    t.after(() => store.close());
    await store.startTurn('ada', {chat: chat('chat_1'), answer});
    const other = await startChild(t, 'other-program', path);
    await other.order('begin exclusive');

    const states: string[] = [];
    const writing = Promise.all([
      store.startTurn('ada', {chat: chat('chat_2'), answer}).then(() => states.push('started')),
      store.appendEvents('ada', 'chat_1', {
        messageId: 'msg_1',
        take: () => ({first: 0, events: [{type: 'text-delta', delta: 'Hello'}]}),
      }),
      store.saveMessage('ada', 'chat_1', {...answer, status: 'stopped'}),
    ]);
    // A wait on the thread would last longer than the other program holds the file: these turns would never come.
    for (let turns = 0; turns < 40; turns += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal((await store.messages('ada', 'chat_1', {})).items.length, 1);
    }
    assert.deepEqual(states, []);
    await other.order('commit');
    await writing;
    assert.equal((await store.chats('ada', {})).items.length, 2);
  });

  test('R-8: for too long fails the writes with a reason, and the next write succeeds', async (t) => {
    const path = await newPath(t);
    const db = new DatabaseSync(path);
    t.after(() => db.close());
    db.exec('pragma journal_mode = wal; pragma busy_timeout = 0; create table notes (id integer)');
    const queue = createWriteQueue(db, {busyTimeout: 50});
    const insert = (id: number) => queue.write(() => db.exec(`insert into notes values (${id})`), 'now');
    const other = await startChild(t, 'other-program', path);
    await other.order('begin immediate');
    const results = await Promise.allSettled([insert(1), insert(2)]);
    for (const result of results) {
      assert.equal(result.status, 'rejected');
      assert.equal(result.reason.code, 'storage-unavailable');
      assert.match(result.reason.message, /Another program holds the server’s database/);
    }
    await other.order('commit');
    await insert(3);
    assert.deepEqual(
      db
        .prepare('select id from notes')
        .all()
        .map(({id}) => id),
      [3],
    );
  });

  test('R-8: loses no write that waits when the store is closed meanwhile', async (t) => {
    const path = await newPath(t);
    const store = sqliteStore({path});
    const other = await startChild(t, 'other-program', path);
    await other.order('begin immediate');
    const writing = store.startTurn('ada', {chat: chat('chat_1'), answer});
    const closing = store.close();
    await other.order('commit');
    await Promise.all([writing, closing]);
    assert.deepEqual(chatsIn(path), ['chat_1']);
  });
});

function openAll(path: string) {
  const store = sqliteStore({path});
  const keys = sqliteKeyStore({path});
  return {
    store,
    async [Symbol.asyncDispose]() {
      await keys.close();
      await store.close();
    },
  };
}

function chatsIn(path: string): readonly unknown[] {
  const db = new DatabaseSync(path, {readOnly: true});
  try {
    return db
      .prepare('select id from chats order by id')
      .all()
      .map(({id}) => id);
  } finally {
    db.close();
  }
}

/** Whether this process holds a lock on the file, by the kernel's own list. */
async function isLocked(path: string): Promise<boolean> {
  const {ino} = await stat(path);
  const locks = await readFile('/proc/locks', 'utf8');
  return locks.split('\n').some((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `));
}

async function newPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-beside-'));
  t.after(() => rm(folder, {recursive: true}));
  return join(folder, 'chatlet.db');
}
