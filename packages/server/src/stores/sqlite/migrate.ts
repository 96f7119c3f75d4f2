/**
 * Brings an SQLite database to the schema of this version. Each step is one transaction, and the table
 * `migrations` says which were taken, so that running it again does nothing.
 */
import type {DatabaseSync} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';
import {type Migration, migrations as ours} from './migrations/index.ts';
import {inTransaction} from './transactions.ts';

/** @throws ChatError `internal` when a newer version has written the database */
export function migrate(db: DatabaseSync, migrations: readonly Migration[] = ours): void {
  db.exec(
    'create table if not exists migrations (version integer primary key, name text not null, applied_at text not null)',
  );
  const newest = migrations.at(-1)?.version ?? 0;
  const found = versionOf(db);
  if (found > newest) {
    throw new ChatError(
      'internal',
      `This database was written by a newer version: its schema is ${found}, this version knows ${newest}. ` +
        'Update the server, or let it use another database.',
      {retryable: false},
    );
  }
  for (const migration of migrations) {
    if (migration.version > found) apply(db, migration);
  }
}

function apply(db: DatabaseSync, {version, name, sql}: Migration): void {
  inTransaction(db, () => {
    // Another process may have opened the same file a moment ago and taken the step while this one waited.
    if (versionOf(db) >= version) return;
    db.exec(sql);
    const note = db.prepare('insert into migrations (version, name, applied_at) values (?, ?, ?)');
    note.run(version, name, new Date().toISOString());
  });
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('select coalesce(max(version), 0) as version from migrations').get()?.['version']);
}
