/**
 * The SQLite of the runtime: Node has it with full-text search (FTS5) from 22.16 on, newer versions of Bun and Deno have
 * it too. No other module imports it, so that everything of ours can be loaded without it.
 */
import type * as Sqlite from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';

/** Runtimes that do not know the module, or not even how to ask for it, give none. */
const sqlite = (process.getBuiltinModule as ((id: string) => object | undefined) | undefined)?.('node:sqlite') as
  | typeof Sqlite
  | undefined;

export const hasSqlite = sqlite !== undefined;

/** @throws ChatError `internal` if the runtime has none */
export function getSqlite(): typeof Sqlite {
  if (sqlite) return sqlite;
  throw new ChatError('internal', `${withoutSqlite} Use Node 22.16 or newer.`, {retryable: false});
}

/** For the sentences that say what follows from it. */
export const withoutSqlite = 'This runtime has no node:sqlite.';

/** Options for a thread that opens a database: Node 22 would warn of its SQLite. Deno does not know the option, and refuses it. */
export const quietThread: readonly string[] = process.allowedNodeEnvironmentFlags.has('--disable-warning')
  ? ['--disable-warning=ExperimentalWarning']
  : [];
