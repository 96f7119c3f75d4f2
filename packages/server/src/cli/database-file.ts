/** The database file for commands that work without a server. */
import {ChatError} from '@chatlet/protocol';
import {sqlitePathOf} from '../database-url.ts';
import type {ChatServerConfig} from '../index.ts';

/** @throws ChatError `invalid-request` if the database is not in a file */
export function databaseFileOf({databaseUrl}: Pick<ChatServerConfig, 'databaseUrl'>): string {
  const path = sqlitePathOf(databaseUrl);
  if (path !== ':memory:') return path;
  throw new ChatError('invalid-request', 'A database in memory is gone when the command has ended. Name a file.');
}
