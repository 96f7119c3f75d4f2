/** The database file for commands that work without a server. */
import {existsSync} from 'node:fs';
import {ChatError} from '@chatlet/protocol';
import {type Environment, readConfiguration} from '../configuration.ts';
import {sqlitePathOf} from '../database-url.ts';
import type {ChatServerConfig} from '../index.ts';

/** @throws ChatError `invalid-request` if the database is not in a file */
export function databaseFileOf({databaseUrl}: Pick<ChatServerConfig, 'databaseUrl'>): string {
  const path = sqlitePathOf(databaseUrl);
  if (path !== ':memory:') return path;
  throw new ChatError('invalid-request', 'A database in memory is gone when the command has ended. Name a file.');
}

/**
 * The configuration, and its database, which a server has made.
 * @throws ChatError `not-found` if there is no database
 */
export async function findDatabase(
  env: Environment,
): Promise<{readonly server: ChatServerConfig; readonly path: string}> {
  const {server} = await readConfiguration(env);
  const path = databaseFileOf(server);
  if (!existsSync(path)) throw new ChatError('not-found', `There is no database at ${path}.`);
  return {server, path};
}
