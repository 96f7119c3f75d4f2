/** Opens an SQLite file, parses its statements once, and reads its rows. Knows no table. */
import {closeSync, fdatasync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import type {DatabaseSync, SQLOutputValue, StatementSync} from 'node:sqlite';
import {ChatError, type Page} from '@chatlet/protocol';
import {cursorAfter, checkLimit} from '../cursor.ts';
import {migrate} from './migrate.ts';
import {getSqlite} from './runtime.ts';

/** Gives the statement of a text; parsed at its first use. */
export type Sql = (text: string) => StatementSync;

export type Row = Record<string, SQLOutputValue>;

/**
 * Pages in the write-ahead log (16 MB) at which SQLite moves them into the database. Moving stops the server for some
 * milliseconds. At SQLite's own limit it would stop four times as often and cost twice as much, because new rows stand
 * on few pages, and of a page that was written many times only the last state is moved. A higher limit would make reads
 * slower, because one table of the log's index would no longer hold all pages.
 */
const checkpointPages = 4000;
/** Bytes to which SQLite truncates the log's file after a large transaction. */
const longestLog = 2 * checkpointPages * 4096;

/**
 * Opens a connection. Every connection to a database of ours begins here, because nothing but SQLite may open a file
 * that exists: on POSIX systems, closing any descriptor of a file drops all locks that the process has on it, and then
 * other programs take SQLite's write-ahead log for abandoned and delete it
 * (https://www.sqlite.org/howtocorrupt.html#posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 *
 * @param setUp prepares the connection; may wait 5 s for other connections
 * @throws ChatError `internal` if the file is no database; also a ChatError of `setUp`
 */
export function openConnection(path: string, setUp: (db: DatabaseSync) => void): DatabaseSync {
  const sqlite = getSqlite();
  createPrivateFile(path);
  const db = new sqlite.DatabaseSync(path);
  try {
    db.exec('pragma busy_timeout = 5000; pragma journal_mode = wal');
    setUp(db);
    return db;
  } catch (cause) {
    db.close();
    throw cause instanceof ChatError ? cause : cannotBeUsed(path, cause);
  }
}

/**
 * Opens the database for the store and brings it to this version's schema. Deleted data is overwritten with zeros.
 * Afterwards no statement waits for another connection: it fails as busy at once, since a wait would stop the whole
 * server.
 * @throws ChatError `internal` if the file is no database, or a newer version's
 */
export function openDatabase(path: string): DatabaseSync {
  return openConnection(path, (db) => {
    db.exec(`
      pragma synchronous = normal;
      pragma secure_delete = on;
      pragma foreign_keys = on;
      pragma wal_autocheckpoint = ${checkpointPages};
      pragma journal_size_limit = ${longestLog};
    `);
    migrate(db);
    db.exec('pragma busy_timeout = 0');
  });
}

/**
 * Creates an empty file with its folder; a file that exists is not opened. Chats are private: only the server's own user
 * may read the file and the files that SQLite creates beside it.
 */
export function createPrivateFile(path: string): void {
  if (path === ':memory:') return;
  mkdirSync(dirname(path), {recursive: true});
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function cannotBeUsed(path: string, cause: unknown): ChatError {
  return new ChatError('internal', `${path} cannot be used as a database.`, {cause, retryable: false});
}

export interface WriteAheadLog {
  /** Resolves when everything that was committed before the call is on the disk. */
  readonly sync: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Opens the file to which SQLite writes transactions first. With `synchronous = full` SQLite would wait for this file
 * after each commit and block the whole server meanwhile. Here another thread waits for it, for many commits at a time.
 */
export function openWriteAheadLog(path: string): WriteAheadLog | undefined {
  if (path === ':memory:') return undefined;
  const file = openSync(`${path}-wal`, 'r+');
  return {
    sync: () => new Promise((resolve, reject) => fdatasync(file, (error) => (error ? reject(error) : resolve()))),
    close: () => closeSync(file),
  };
}

export function cacheStatements(db: DatabaseSync): Sql {
  const statements = new Map<string, StatementSync>();
  return (text) => {
    const known = statements.get(text) ?? db.prepare(text);
    statements.set(text, known);
    return known;
  };
}

export interface PageReader<Item> {
  readonly limit: number | undefined;
  readonly read: (row: Row) => Item;
  /** The item's place in its list, for the cursor. */
  readonly place: (item: Item, row: Row) => readonly [list: string, ...place: string[]];
}

/** Makes a page of rows. The query asks for one row more than a page holds, which shows whether there are more. */
export function readPage<Item>(rows: readonly Row[], {limit, read, place}: PageReader<Item>): Page<Item> {
  const size = checkLimit(limit);
  const items = rows.slice(0, size).map(read);
  const [last, row] = [items.at(-1), rows[size - 1]];
  if (rows.length <= size || last === undefined || row === undefined) return {items};
  const [list, ...words] = place(last, row);
  return {items, next: cursorAfter(list, words)};
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new ChatError('internal', undefined, {cause: new TypeError(`Column ${column} holds no text.`)});
}

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw new ChatError('internal', undefined, {cause: new TypeError(`Column ${column} holds no number.`)});
}
