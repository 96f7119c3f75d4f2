/** The contract of a store of API keys, as tests that every implementation runs. */
import assert from 'node:assert/strict';
import {suite, test, type TestContext} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {type KeyStore, createKey, createKeyCheck, hashOfKey} from '../../engine/api-keys.ts';

export function keyStoreContract(name: string, makeStore: () => KeyStore | Promise<KeyStore>): void {
  async function open(t: TestContext): Promise<KeyStore> {
    const store = await makeStore();
    t.after(() => store.close());
    return store;
  }

  suite(`${name} keeps the contract of a key store:`, () => {
    test('a key is found by its hash and is unchanged', async (t) => {
      const store = await open(t);
      const {key, record} = await createKey(store, {account: 'acme', plan: 'core', name: 'Backup'});
      assert.deepEqual(await store.find(hashOfKey(key)), record);
      assert.equal(await store.find(hashOfKey(`${key}x`)), undefined);
    });

    test('S3.10: an account has two valid keys at once, and a revoked key is refused from then on', async (t) => {
      const store = await open(t);
      const old = await createKey(store, {account: 'acme', plan: 'core'});
      const fresh = await createKey(store, {account: 'acme', plan: 'core'});
      const check = createKeyCheck({store});
      const acme = {kind: 'key', owner: 'key:acme', plan: 'core'};
      assert.deepEqual([await check.identify(old.key), await check.identify(fresh.key)], [acme, acme]);

      assert.equal(await store.revoke(old.record.id), true);
      assert.equal(await check.identify(old.key), undefined);
      assert.deepEqual(await check.identify(fresh.key), acme);
      assert.equal(await store.revoke(old.record.id), false);
      assert.equal(await store.hasAny(), true);
      await store.revoke(fresh.record.id);
      assert.equal(await store.hasAny(), false);
    });

    test('keys of one account or of all are listed in the order of their creation', async (t) => {
      const store = await open(t);
      const made = [];
      for (const account of ['acme', 'bolt', 'acme'])
        made.push((await createKey(store, {account, plan: 'trial'})).record);
      assert.deepEqual(await store.list(), made);
      assert.deepEqual(await store.list('acme'), [made[0], made[2]]);
      assert.deepEqual(await store.list("acme' or 1=1"), []);
    });

    test('a key cannot be added twice', async (t) => {
      const store = await open(t);
      const {key, record} = await createKey(store, {account: 'acme', plan: 'core'});
      await assert.rejects(
        store.add({...record, id: 'key_other', hash: hashOfKey(key)}),
        (error) => error instanceof ChatError && error.code === 'conflict',
      );
    });
  });
}
