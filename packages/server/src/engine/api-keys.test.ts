import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import {type ApiKeyRecord, createKey, createKeyCheck, hashOfKey, parseKeyList} from './api-keys.ts';

test('a list of API keys is read from one line', () => {
  assert.deepEqual(parseKeyList(' alpha-key:core, beta-key-2 : trial : acme ,gamma-key-3,, '), [
    {key: 'alpha-key', plan: 'core'},
    {key: 'beta-key-2', plan: 'trial', account: 'acme'},
    {key: 'gamma-key-3', plan: 'default'},
  ]);
  assert.deepEqual(parseKeyList(''), []);
});

for (const list of [
  'good-key-1:core,short:core',
  'good-key-1,:core',
  'good-key-1,with space:core',
  'good-key-1,kéykéykéy:core',
]) {
  test(`the key list ${JSON.stringify(list)} is refused with the position of the wrong key, but not the key`, () => {
    assert.throws(
      () => parseKeyList(list),
      (error) =>
        error instanceof ChatError && error.message.includes('number 2') && !/short|space|kéy/.test(error.message),
    );
  });
}

test('S3.2: a key identifies its owner, and an unknown key identifies nobody', async () => {
  const check = createKeyCheck({keys: parseKeyList('alpha-key:core,beta-key:trial:acme,beta-key-2:core:acme')});
  assert.deepEqual(
    [await check.identify('alpha-key'), await check.identify('beta-key'), await check.identify('beta-key-2')],
    [
      {kind: 'key', owner: `key:${hashOfKey('alpha-key').slice(0, 24)}`, plan: 'core'},
      {kind: 'key', owner: 'key:acme', plan: 'trial'},
      {kind: 'key', owner: 'key:acme', plan: 'core'},
    ],
  );
  for (const wrong of ['', 'alpha-ke', 'alpha-key ', 'ALPHA-KEY', '__proto__', hashOfKey('alpha-key')]) {
    assert.equal(await check.identify(wrong), undefined);
  }
});

test('a new key is shown once: its record has only its beginning', async () => {
  const kept: (ApiKeyRecord & {readonly hash: string})[] = [];
  const store = {
    add: async (record: (typeof kept)[number]) => void kept.push(record),
    find: async () => undefined,
    list: async () => kept,
    hasAny: async () => kept.length > 0,
    revoke: async () => false,
    close: async () => {},
  };
  const now = new Date('2026-01-01T00:00:00.000Z');
  const {key, record} = await createKey(store, {account: 'acme', plan: 'core'}, now);
  assert.match(key, /^chatlet_[0-9a-f]{40}$/);
  assert.deepEqual(kept, [{...record, hash: hashOfKey(key)}]);
  assert.deepEqual([record.prefix, record.createdAt], [key.slice(0, 12), '2026-01-01T00:00:00.000Z']);
  assert.equal(JSON.stringify(kept).includes(key), false);
  await assert.rejects(createKey(store, {account: ' ', plan: 'core'}), /account/);
});
