/**
 * Lets one process do something with a file at a time. The lock is SQLite's own, on a file beside it: the kernel holds it
 * for the process and drops it when the process ends, also after `kill -9`. Whether another process lives is never
 * guessed from its number. Knows nothing of the file itself.
 */
import {realpathSync} from 'node:fs';
import {hostname} from 'node:os';
import type {DatabaseSync} from 'node:sqlite';
import {createPrivateFile} from './database.ts';
import {getSqlite} from './runtime.ts';
import {isBusy} from './sqlite-errors.ts';

export interface FileLock {
  release(): void;
}

export interface FileLockOptions {
  /** Milliseconds to wait for another process that has the lock. */
  readonly patience: number;
  /** The error for a caller that does not get the lock. `holder` is as `host, process 12, since …`, if it is known. */
  readonly refuse: (refusal: {readonly holder: string | undefined; readonly cause: unknown}) => Error;
}

/**
 * Takes `<path>.lock` until `release`, or until the process ends. The file at `path` must exist.
 * @throws what `refuse` makes, if another has the lock, in this process or another
 */
export function lockFile(path: string, {patience, refuse}: FileLockOptions): FileLock {
  // Two names of one file must have one lock.
  const lockPath = `${realpathSync(path)}.lock`;
  createPrivateFile(lockPath);
  const db = new (getSqlite().DatabaseSync)(lockPath);
  try {
    db.exec(`
      pragma busy_timeout = ${patience};
      create table if not exists holder (host text not null, pid integer not null, since text not null);
      begin immediate;
      delete from holder;
    `);
    const note = db.prepare('insert into holder (host, pid, since) values (?, ?, ?)');
    note.run(hostname(), process.pid, new Date().toISOString());
    // Committed, so that a refused process can read the holder of the lock; the second transaction is never committed.
    db.exec('commit; begin immediate');
  } catch (cause) {
    const refusal = isBusy(cause) ? refuse({holder: readHolder(db), cause}) : cause;
    db.close();
    throw refusal;
  }
  return {
    release: () => db.close(),
  };
}

function readHolder(db: DatabaseSync): string | undefined {
  try {
    const row = db.prepare('select host, pid, since from holder').get();
    return row && `${String(row['host'])}, process ${String(row['pid'])}, since ${String(row['since'])}`;
  } catch {
    // The other process is just writing its name.
    return undefined;
  }
}
