/** Database URLs: `sqlite:PATH`. */
import {ChatError} from '@chatlet/protocol';

const defaultDatabaseUrl = 'sqlite:.chatlet/chatlet.db';

/** The file of an SQLite database's URL, or `:memory:`. */
export function sqlitePathOf(databaseUrl: string = defaultDatabaseUrl): string {
  const path = /^sqlite:(.+)$/.exec(databaseUrl)?.[1];
  if (path !== undefined) return path;
  throw new ChatError('invalid-request', 'The database URL must look like sqlite:.chatlet/chatlet.db.');
}
