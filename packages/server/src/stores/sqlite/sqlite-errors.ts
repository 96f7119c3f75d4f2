/** The results of SQLite that mean something to a caller. Source: https://www.sqlite.org/rescode.html. */
import {ChatError} from '@chatlet/protocol';
import {storageProblem} from '../../engine/store-health.ts';

/** SQLite's primary result code; undefined if the error is none of SQLite's. */
function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  // The upper bytes say more about the same result.
  return error.errcode & 0xff;
}

/** SQLITE_BUSY and SQLITE_LOCKED: another connection holds the database, and the call has changed nothing. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === 5 || code === 6;
}

/** SQLITE_FULL: no room on the disk. */
export function isFull(error: unknown): boolean {
  return resultCodeOf(error) === 13;
}

/** SQLITE_CORRUPT and SQLITE_NOTADB: a page of the file is malformed. */
export function isDamaged(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === 11 || code === 26;
}

/** An error of the store for its caller: a fault of the disk or of another program says so and can be retried. */
export function explainSqliteError(error: unknown): ChatError {
  if (isFull(error)) return storageProblem('full', error);
  if (isBusy(error)) return storageProblem('locked', error);
  return ChatError.from(error);
}
