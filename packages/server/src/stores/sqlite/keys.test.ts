import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test, type TestContext} from 'node:test';
import {createKey, createKeyCheck} from '../../engine/api-keys.ts';
import {sqliteKeyStore} from './keys.ts';
import {sqliteStore} from './index.ts';
import {keyStoreContract} from '../testing/key-store-contract.ts';
import {rightsOfOthers} from '../../testing/of-the-system.ts';

keyStoreContract('sqlite in memory', () => sqliteKeyStore({path: ':memory:'}));

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'chatlet-keys-'));
  t.after(() => rm(path, {recursive: true}));
  return path;
}

test('keys and chats share a file, in whichever order the two stores open it', async (t) => {
  for (const first of ['keys', 'chats']) {
    const path = join(await folder(t), 'data', 'chatlet.db');
    const early = first === 'chats' ? sqliteStore({path}) : undefined;
    const keys = sqliteKeyStore({path});
    const store = early ?? sqliteStore({path});
    const {key} = await createKey(keys, {account: 'acme', plan: 'core'});
    assert.deepEqual((await store.chats('key:acme', {})).items, []);
    await keys.close();
    await store.close();
    const again = sqliteKeyStore({path});
    assert.equal((await createKeyCheck({store: again}).identify(key))?.owner, 'key:acme');
    await again.close();
    assert.equal(await rightsOfOthers(path), 0);
  }
});

test('a key that one process revokes is refused by another process at once', async (t) => {
  const path = join(await folder(t), 'chatlet.db');
  const [server, commandLine] = [sqliteKeyStore({path}), sqliteKeyStore({path})];
  const {key, record} = await createKey(commandLine, {account: 'acme', plan: 'core'});
  const check = createKeyCheck({store: server});
  assert.equal((await check.identify(key))?.plan, 'core');
  await commandLine.revoke(record.id);
  assert.equal(await check.identify(key), undefined);
  await server.close();
  await commandLine.close();
});

test('the database file does not contain the key itself', async (t) => {
  const path = join(await folder(t), 'chatlet.db');
  const store = sqliteKeyStore({path});
  const {key, record} = await createKey(store, {account: 'acme', plan: 'core'});
  await store.close();
  const bytes = await readFile(path, 'latin1');
  assert.deepEqual([bytes.includes(key), bytes.includes(record.prefix)], [false, true]);
});
