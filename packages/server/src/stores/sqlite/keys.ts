/**
 * API keys in the SQLite file of the chats, with a connection of their own. The command line creates and revokes keys
 * while a server runs. The server reads the file for every request, so that it refuses a revoked key at once.
 */
import type {SQLOutputValue} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';
import type {ApiKeyRecord, KeyStore} from '../../engine/api-keys.ts';
import {openConnection} from './database.ts';
import {sql as schema} from './migrations/002-api-keys.ts';

const fields = 'id, account, plan, name, prefix, created_at';

/** @example const keys = sqliteKeyStore({path: '.chatlet/chatlet.db'}); */
export function sqliteKeyStore({path}: {path: string}): KeyStore {
  const db = openConnection(path, (connection) => {
    // A server looks keys up on its one thread, so it waits for no other program.
    connection.exec(`pragma synchronous = full; ${schema}; pragma busy_timeout = 50`);
  });
  /** The command line changes keys in a process of its own, which may wait for a server's transaction. */
  const waitForOthers = () => db.exec('pragma busy_timeout = 5000');
  const insert = db.prepare(
    `insert into api_keys (id, hash, account, plan, name, prefix, created_at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict do nothing`,
  );
  const byHash = db.prepare(`select ${fields} from api_keys where hash = ?`);
  const all = db.prepare(`select ${fields} from api_keys order by sequence`);
  const ofAccount = db.prepare(`select ${fields} from api_keys where account = ? order by sequence`);
  const any = db.prepare('select 1 from api_keys limit 1');
  const remove = db.prepare('delete from api_keys where id = ?');

  return {
    async add({id, hash, account, plan, name, prefix, createdAt}) {
      waitForOthers();
      const added = insert.run(id, hash, account, plan, name ?? null, prefix, createdAt);
      if (added.changes === 0) throw new ChatError('conflict', 'There is such a key already.', {retryable: false});
    },
    async find(hash) {
      const row = byHash.get(hash);
      return row && readKey(row);
    },
    list: async (account) => (account === undefined ? all.all() : ofAccount.all(account)).map(readKey),
    hasAny: async () => any.get() !== undefined,
    async revoke(id) {
      waitForOthers();
      return remove.run(id).changes > 0;
    },
    close: async () => db.close(),
  };
}

function readKey(row: Record<string, SQLOutputValue>): ApiKeyRecord {
  const {name} = row;
  return {
    id: String(row['id']),
    account: String(row['account']),
    plan: String(row['plan']),
    ...(typeof name === 'string' && {name}),
    prefix: String(row['prefix']),
    createdAt: String(row['created_at']),
  };
}
