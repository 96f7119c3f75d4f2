/** Repeats reads that fail because another program holds the database. Knows no table. */
import {isBusy, explainSqliteError} from './sqlite-errors.ts';

/** Milliseconds between two tries, and until a read fails. */
const retryDelay = 20;
const timeout = 5_000;

/**
 * Reads now, or as soon as the database is free. Never waits on the thread.
 * @throws ChatError `storage-unavailable` if the database is held for 5 s
 */
export async function readWhenFree<Result>(read: () => Result): Promise<Result> {
  const deadline = performance.now() + timeout;
  for (;;) {
    try {
      return read();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw explainSqliteError(error);
    }
    await new Promise((resolve) => setTimeout(resolve, retryDelay));
  }
}
