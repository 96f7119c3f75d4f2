/** The tables of the SQLite index. */
import type {DatabaseSync} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';
import {inTransaction} from '../../stores/sqlite/transactions.ts';

/** Changes with the tables, or with the words that they hold. */
const version = 3;
/** Has the same tables, and words without the stems of languages other than English. */
const withOldWords = 2;

const tables = `
  create table sources (
    number integer primary key, id text not null unique, target text not null, readers text not null
  ) strict;
  create table documents (
    number integer primary key,
    id text not null unique,
    source integer not null references sources,
    first_chunk integer not null,
    chunk_count integer not null,
    title text not null, url text, language text, updated_at text, hash text not null, etag text, last_modified text
  ) strict;
  create index documents_of_source on documents (source, id);
  create table chunks (
    key integer primary key,
    document integer not null references documents,
    headings text not null, text text not null, anchor text, page integer
  ) strict;
  create table vectors (
    key integer primary key references chunks on delete cascade,
    model text not null, vector blob not null
  ) strict;
`;

const words = `
  create virtual table words using fts5 (
    title, headings, text,
    content = '', contentless_delete = 1,
    tokenize = "porter unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
  );
`;

/** Keys of a source: its number times this, and up to this many chunks. Whole numbers of JavaScript reach 2 ** 53. */
export const keysOfSource: number = 2 ** 32;

/**
 * Prepares a connection, and creates the tables in an empty file.
 * @throws ChatError `internal` if another version has written the file, or it is a database of another kind
 */
export function setUp(db: DatabaseSync): void {
  // What is in an index can be read again from its sources, so that a power failure may cost the newest transactions.
  db.exec('pragma synchronous = normal; pragma foreign_keys = on');
  inTransaction(db, () => {
    const found = readVersion(db);
    const isEmpty = db.prepare('select 1 from sqlite_schema limit 1').get() === undefined;
    if (found !== version && found !== withOldWords && !isEmpty) {
      throw new ChatError('internal', 'This is no index of this version. Delete the file, and ingest again.', {
        retryable: false,
      });
    }
    if (isEmpty) db.exec(`${tables} ${words} pragma user_version = ${version}`);
  });
}

/** Whether the words of all chunks have to be written anew, because the file is from a version that wrote others. */
export function hasOldWords(db: DatabaseSync): boolean {
  return readVersion(db) === withOldWords;
}

/** Empties the table of words. Belongs into the transaction that writes all of them anew. */
export function replaceWords(db: DatabaseSync): void {
  db.exec(`drop table words; ${words} pragma user_version = ${version}`);
}

function readVersion(db: DatabaseSync): number {
  return Number(db.prepare('pragma user_version').get()?.['user_version']);
}
