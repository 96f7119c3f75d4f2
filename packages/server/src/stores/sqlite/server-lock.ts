/**
 * Lets one server use a database file at a time. The lock is SQLite's own, on a file beside the database: the kernel
 * holds it for the process and drops it when the process ends, also after `kill -9`. Whether another process lives is
 * never guessed from its number. Knows nothing of the database itself.
 */
import {realpathSync} from 'node:fs';
import {hostname} from 'node:os';
import {DatabaseSync} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';
import {createPrivateFile} from './database.ts';
import {isBusy} from './sqlite-errors.ts';

export interface ServerLock {
  release(): void;
}

/** Milliseconds that a new server waits for the one before it, which may still be shutting down. */
const handOverTime = 2_000;

/**
 * Takes `<path>.lock` until `release`, or until the process ends.
 * @throws ChatError `conflict` if another server has it, in this process or another, with its host, process and start
 */
export function lockForServer(path: string): ServerLock {
  // Two names of one database must have one lock.
  const lockPath = `${realpathSync(path)}.lock`;
  createPrivateFile(lockPath);
  const db = new DatabaseSync(lockPath);
  try {
    db.exec(`
      pragma busy_timeout = ${handOverTime};
      create table if not exists holder (host text not null, pid integer not null, since text not null);
      begin immediate;
      delete from holder;
    `);
    const note = db.prepare('insert into holder (host, pid, since) values (?, ?, ?)');
    note.run(hostname(), process.pid, new Date().toISOString());
    // Committed, so that a refused server can read the holder of the lock; the second transaction is never committed.
    db.exec('commit; begin immediate');
  } catch (cause) {
    const refusal = isBusy(cause) ? inUse(path, {holder: readHolder(db), cause}) : cause;
    db.close();
    throw refusal;
  }
  return {
    release: () => db.close(),
  };
}

function readHolder(db: DatabaseSync): string {
  try {
    const row = db.prepare('select host, pid, since from holder').get();
    if (row)
      return `the server on ${String(row['host'])}, process ${String(row['pid'])}, since ${String(row['since'])}`;
  } catch {
    // The other server is just writing its name.
  }
  return 'another server';
}

function inUse(path: string, {holder, cause}: {readonly holder: string; readonly cause: unknown}): ChatError {
  return new ChatError(
    'conflict',
    `${path} is in use by ${holder}. One SQLite file serves one server. ` +
      'Stop that server, or give this one a database of its own by CHATLET_DATABASE_URL.',
    {cause, retryable: false},
  );
}
