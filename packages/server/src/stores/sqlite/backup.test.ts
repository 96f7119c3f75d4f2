/** Copies of a database that is in use. */
import assert from 'node:assert/strict';
import {copyFile, mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test, type TestContext} from 'node:test';
import {emptyAnswer, textOf} from '@chatlet/protocol';
import {backUp} from './backup.ts';
import {sqliteStore} from './index.ts';
import {backUpElsewhere} from './testing/backup-elsewhere.ts';
import {rightsOfOthers} from '../../testing/of-the-system.ts';

const createdAt = '2026-01-01T12:00:00.000Z';
const answer = emptyAnswer({id: 'msg_1', createdAt, model: 'small'});
const chat = (id: string) => ({id, title: 'Rivers', model: 'small', createdAt, updatedAt: createdAt});

suite('a backup', () => {
  test('T2-01: holds everything that was acknowledged, the pieces of a growing answer too, for its owner alone', async (t) => {
    const folder = await newFolder(t);
    const [path, target] = [join(folder, 'chatlet.db'), join(folder, 'copy.db')];
    const store = sqliteStore({path});
    await store.startTurn('ada', {chat: chat('chat_1'), answer});
    await store.appendEvents('ada', 'chat_1', {
      messageId: 'msg_1',
      take: () => ({first: 0, events: [{type: 'text-delta', delta: 'Half of it'}]}),
    });
    const report = backUp({path, target});
    assert.deepEqual([report.chats, report.messages], [1, 1]);
    assert.equal((await stat(target)).size, report.size);
    assert.equal(await rightsOfOthers(target), 0);
    await store.close();

    const copy = sqliteStore({path: target});
    await copy.interruptAnswers();
    const [message] = (await copy.messages('ada', 'chat_1', {})).items;
    assert.deepEqual([message?.status, message && textOf(message)], ['interrupted', 'Half of it']);
    await copy.close();
  });

  test('ends while a thousand answers grow, and stops none of them', async (t) => {
    const folder = await newFolder(t);
    const path = join(folder, 'chatlet.db');
    const store = sqliteStore({path});
    const ids = Array.from({length: 1000}, (_, number) => `chat_${number}`);
    await Promise.all(ids.map((id) => store.startTurn('ada', {chat: chat(id), answer})));
    const copied = new AbortController();
    const grow = async (id: string) => {
      for (let first = 0; !copied.signal.aborted || first < 2; first += 1) {
        const events = [{type: 'text-delta', delta: `${first} `}] as const;
        await store.appendEvents('ada', id, {messageId: 'msg_1', take: () => ({first, events})});
      }
    };
    const growing = Promise.all(ids.map(grow));
    // In another process, as the command line runs it.
    const report = await backUpElsewhere({path, target: join(folder, 'copy.db')});
    assert.equal(report.chats, 1000);
    copied.abort();
    await growing;
    await store.close();
  });

  test('is refused rather than to overwrite a file, or the database itself, and leaves nothing behind', async (t) => {
    const folder = await newFolder(t);
    const [path, target] = [join(folder, 'chatlet.db'), join(folder, 'copy.db')];
    assert.throws(() => backUp({path, target}), {code: 'not-found'});
    await sqliteStore({path}).close();
    await writeFile(target, 'a letter');
    assert.throws(() => backUp({path, target}), {code: 'conflict', message: /exists already/});
    assert.throws(() => backUp({path, target: path, overwrite: true}), {code: 'conflict'});
    assert.equal((await stat(target)).size, 8);
    backUp({path, target, overwrite: true});
    assert.ok((await stat(target)).size > 8);
    assert.deepEqual((await readdir(folder)).toSorted(), ['chatlet.db', 'chatlet.db.lock', 'copy.db']);
  });

  test('is restored as the help says: in the place of the database, without the files beside it', async (t) => {
    const folder = await newFolder(t);
    const [path, target] = [join(folder, 'chatlet.db'), join(folder, 'copy.db')];
    const before = sqliteStore({path});
    await before.startTurn('ada', {chat: chat('chat_1'), answer});
    backUp({path, target});
    await before.startTurn('ada', {chat: chat('chat_2'), answer});
    await before.close();

    await copyFile(target, path);
    for (const end of ['-wal', '-shm']) await rm(path + end, {force: true});
    const restored = sqliteStore({path});
    assert.deepEqual(
      (await restored.chats('ada', {})).items.map(({id}) => id),
      ['chat_1'],
    );
    await restored.close();
  });
});

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatlet-backup-'));
  t.after(() => rm(folder, {recursive: true}));
  return folder;
}
