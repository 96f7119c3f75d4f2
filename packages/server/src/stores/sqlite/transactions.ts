/** Runs work in a transaction, or many jobs in one: a job that fails takes no other with it. Knows SQLite, not the work. */
import type {DatabaseSync} from 'node:sqlite';

export type Outcome = {readonly result: unknown} | {readonly error: unknown};

export interface Job {
  readonly work: () => unknown;
}

/**
 * Gives the outcome of each job after the commit. A job may run twice: then the first run was undone.
 * @throws SQLite's error if another connection holds the database; then no job has run
 */
export function commitTogether(db: DatabaseSync, jobs: readonly Job[]): readonly Outcome[] {
  let jobFailed = false;
  const run = ({work}: Job): Outcome => {
    try {
      return {result: work()};
    } catch (error) {
      jobFailed = true;
      throw error;
    }
  };
  const failAll = (error: unknown) => jobs.map(() => ({error}));
  begin(db);
  try {
    return commitAfter(db, () => jobs.map(run));
  } catch (cause) {
    if (!jobFailed || jobs.length === 1) return failAll(cause);
    // One job failed, so all are undone. Now all run again, each with a savepoint of its own. Savepoints cost as much as
    // a short write, and usually no job fails, so the first run has none.
    begin(db);
    try {
      return commitAfter(db, () => jobs.map((job) => runWithSavepoint(db, job)));
    } catch (again) {
      return failAll(again);
    }
  }
}

/** Runs the work in a transaction of its own, which is undone if the work throws. */
export function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
  begin(db);
  return commitAfter(db, work);
}

/** `immediate` fails at once if another connection writes; a transaction that begins with a read would fail later. */
function begin(db: DatabaseSync): void {
  db.exec('begin immediate');
}

function commitAfter<Result>(db: DatabaseSync, run: () => Result): Result {
  try {
    const result = run();
    db.exec('commit');
    return result;
  } catch (error) {
    try {
      db.exec('rollback');
    } catch {
      // SQLite has already rolled back by itself, as it does when the disk is full.
    }
    throw error;
  }
}

function runWithSavepoint(db: DatabaseSync, {work}: Job): Outcome {
  db.exec('savepoint job');
  let outcome: Outcome;
  try {
    outcome = {result: work()};
  } catch (error) {
    db.exec('rollback to job');
    outcome = {error};
  }
  db.exec('release job');
  return outcome;
}
