/**
 * Lets writes that are due at nearly the same time share one transaction: waiting for the disk costs the same for a
 * hundred writes as for one. A write is acknowledged when its transaction is committed, never before, and writes
 * happen in the order they were asked for. Knows SQLite's transactions, not what is written.
 */
import type {DatabaseSync} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';

/** `now`: somebody waits for it. `soon`: nobody does, it may wait for others; it goes with the next that is urgent. */
export type Urgency = 'now' | 'soon';

export interface WriteQueue {
  /**
   * Runs the work in the next transaction, and once more where that has to be repeated. Where it throws, its own
   * changes are undone and nobody else's.
   */
  write<Result>(work: () => Result, urgency: Urgency): Promise<Result>;
  /** Commits what waits. */
  flush(): void;
}

interface Job {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Short against the second between two checkpoints of an answer, long against the commits of a busy server. */
const soonMilliseconds = 250;
/**
 * Between two commits. The first write after a rest is committed at once; on a busy server the next ones meet in one
 * transaction, as each commit costs more than the rest of a short answer.
 */
const restMilliseconds = 5;

export function writeQueue(db: DatabaseSync): WriteQueue {
  let waiting: Job[] = [];
  let due: {readonly urgency: Urgency; readonly cancel: () => void} | undefined;
  let lastCommit = Number.NEGATIVE_INFINITY;

  function flush(): void {
    due?.cancel();
    due = undefined;
    const jobs = waiting;
    waiting = [];
    if (jobs.length === 0) return;
    commit(db, jobs);
    lastCommit = performance.now();
  }

  function flushAfter(milliseconds: number): () => void {
    if (milliseconds > 0) {
      const timer = setTimeout(flush, milliseconds);
      return () => clearTimeout(timer);
    }
    // With all that is written in this turn of the event loop.
    const immediate = setImmediate(flush);
    return () => clearImmediate(immediate);
  }

  return {
    write: (work, urgency) =>
      new Promise((resolve, reject) => {
        waiting.push({work, resolve, reject});
        if (due?.urgency === 'now' || due?.urgency === urgency) return;
        due?.cancel();
        const rest = urgency === 'now' ? lastCommit + restMilliseconds - performance.now() : soonMilliseconds;
        due = {urgency, cancel: flushAfter(rest)};
      }),
    flush,
  };
}

/** Writes all jobs in one transaction, and acknowledges them when it is committed. */
function commit(db: DatabaseSync, jobs: readonly Job[]): void {
  let isJobs = false;
  const plainly = ({work}: Job): Outcome => {
    try {
      return {result: work()};
    } catch (error) {
      isJobs = true;
      throw error;
    }
  };
  const refuse = (cause: unknown) => {
    for (const {reject} of jobs) reject(ChatError.from(cause));
  };
  try {
    tell(
      jobs,
      transaction(db, () => jobs.map(plainly)),
    );
  } catch (cause) {
    if (!isJobs || jobs.length === 1) {
      refuse(cause);
      return;
    }
    // One of them failed, and all are undone: once more, each so that it can be undone alone. Usually none fails, and
    // what keeps them apart would cost as much as a short write.
    try {
      tell(
        jobs,
        transaction(db, () => jobs.map(({work}) => undoable(db, work))),
      );
    } catch (again) {
      refuse(again);
    }
  }
}

type Outcome = {readonly result: unknown} | {readonly error: unknown};

function tell(jobs: readonly Job[], outcomes: readonly Outcome[]): void {
  for (const [index, {resolve, reject}] of jobs.entries()) {
    const outcome = outcomes[index];
    if (outcome && 'result' in outcome) resolve(outcome.result as never);
    else reject(ChatError.from(outcome?.error));
  }
}

function transaction<Result>(db: DatabaseSync, run: () => Result): Result {
  try {
    // `immediate` waits for a writer in another process now; a transaction that begins with reading could not.
    db.exec('begin immediate');
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

function undoable(db: DatabaseSync, work: () => unknown): Outcome {
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
