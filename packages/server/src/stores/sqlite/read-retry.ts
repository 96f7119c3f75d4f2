/** Repeats reads that fail because another program holds the database. Knows no table. */
import {isBusy, explainSqliteError} from './sqlite-errors.ts';

/** Milliseconds between two tries, and until a read fails. */
const retryDelay = 20;
const timeout = 5_000;

/**
 * Reads now, or as soon as the database is free. Never waits on the thread.
 * @param onError told of every other error
 * @throws ChatError `storage-unavailable` if the database is held for 5 s
 */
export async function readWhenFree<Result>(read: () => Result, onError: (error: unknown) => void): Promise<Result> {
  const deadline = performance.now() + timeout;
  for (;;) {
    try {
      return read();
    } catch (error) {
      if (!isBusy(error)) {
        onError(error);
        throw error;
      }
      if (performance.now() > deadline) throw explainSqliteError(error);
    }
    await new Promise((resolve) => setTimeout(resolve, retryDelay));
  }
}
