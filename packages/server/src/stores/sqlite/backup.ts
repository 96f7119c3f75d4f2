/** Copies a database while a server writes to it. Knows no table but the ones that it counts for its report. */
import {closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {ChatError} from '@chatlet/protocol';
import {createPrivateFile} from './database.ts';
import {getSqlite} from './runtime.ts';

export interface BackupOptions {
  /** The database file. */
  readonly path: string;
  /** The file that the copy becomes. */
  readonly target: string;
  /** Whether an existing target is replaced; refused by default. */
  readonly overwrite?: boolean;
}

export interface BackupReport {
  /** Bytes of the copy. */
  readonly size: number;
  readonly chats: number;
  readonly messages: number;
}

/**
 * Writes everything that was committed before the call into one new file, in a single read transaction: it ends however
 * much is written meanwhile, and stops neither readers nor writers. The target appears when it is complete and on the
 * disk, and only its owner may read it.
 * @throws ChatError `not-found` if there is no database, `conflict` if the target exists
 */
export function backUp({path, target, overwrite = false}: BackupOptions): BackupReport {
  if (!existsSync(path)) throw new ChatError('not-found', `There is no database at ${path}.`);
  if (resolve(target) === resolve(path)) {
    throw new ChatError('conflict', 'The copy cannot take the place of the database. Name another file.');
  }
  if (existsSync(target) && !overwrite) {
    throw new ChatError('conflict', `${target} exists already. Name another file, or add --overwrite yes.`);
  }
  const partial = join(dirname(target), `.${basename(target)}.${process.pid}.partial`);
  try {
    // SQLite fills an empty file, which keeps its permissions.
    createPrivateFile(partial);
    copyInto(partial, path);
    const report = countIn(partial);
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
    return report;
  } finally {
    for (const file of [partial, `${partial}-journal`]) rmSync(file, {force: true});
  }
}

function copyInto(file: string, path: string): void {
  const db = new (getSqlite().DatabaseSync)(path);
  try {
    db.exec('pragma busy_timeout = 5000');
    db.prepare('vacuum into ?').run(file);
  } finally {
    db.close();
  }
}

/** Reads the copy, which shows that it is a whole database. */
function countIn(file: string): BackupReport {
  const db = new (getSqlite().DatabaseSync)(file, {readOnly: true});
  try {
    const count = (table: string) => Number(db.prepare(`select count(*) as count from ${table}`).get()?.['count']);
    return {size: statSync(file).size, chats: count('chats'), messages: count('messages')};
  } finally {
    db.close();
  }
}

/** Waits until a file of ours, or a folder's list of files, is on the disk. SQLite has no connection to it any more. */
function sync(path: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
