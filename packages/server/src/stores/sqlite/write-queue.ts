/**
 * Lets writes that are due at nearly the same time share one transaction and one wait for the disk, which cost the same
 * for a hundred writes as for one. The disk is waited for on another thread: streams go on meanwhile. A write is
 * acknowledged when its transaction is on the disk, never before, and writes happen in the order they were asked for.
 * Knows SQLite's transactions, not what is written.
 */
import type {DatabaseSync} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';

/** `now`: somebody waits for it. `soon`: nobody does, it may wait for others; it goes with the next that is urgent. */
export type Urgency = 'now' | 'soon';

export interface WriteQueueOptions {
  /** Resolves when all that was committed before the call is on the disk. Without it a commit is enough. */
  readonly sync?: () => Promise<void>;
}

export interface WriteQueue {
  /**
   * Runs the work in the next transaction, and once more where that has to be repeated. Where it throws, its own
   * changes are undone and nobody else's.
   */
  write<Result>(work: () => Result, urgency: Urgency): Promise<Result>;
  /** Commits what waits, so that whoever reads now sees it. */
  flush(): void;
  /** Commits what waits; resolves when all is acknowledged. */
  end(): Promise<void>;
}

interface Job {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Short against the second between two checkpoints of an answer, long against the commits of a busy server. */
const soonMilliseconds = 250;

export function createWriteQueue(db: DatabaseSync, {sync}: WriteQueueOptions = {}): WriteQueue {
  let waiting: Job[] = [];
  let due: {readonly urgency: Urgency; readonly cancel: () => void} | undefined;
  /** Whether somebody waits for one of those. */
  let isUrgent = false;
  /** Tells the writers of what is committed and not yet known to be on the disk. */
  let committed: ((failure: unknown) => void)[] = [];
  let syncing: Promise<void> | undefined;

  function flush(): void {
    due?.cancel();
    due = undefined;
    const jobs = waiting;
    waiting = [];
    isUrgent = false;
    if (jobs.length === 0) return;
    const outcomes = commit(db, jobs);
    if (!sync) {
      tell(jobs, outcomes);
      return;
    }
    committed.push((failure) => tell(jobs, failure === undefined ? outcomes : jobs.map(() => ({error: failure}))));
    syncing ??= syncAndAcknowledge(sync);
  }

  async function syncAndAcknowledge(wait: () => Promise<void>): Promise<void> {
    while (committed.length > 0) {
      const those = committed;
      committed = [];
      let failure: unknown;
      try {
        await wait();
      } catch (error) {
        failure = error;
      }
      for (const acknowledge of those) acknowledge(failure);
    }
    syncing = undefined;
    if (waiting.length > 0) schedule(isUrgent ? 'now' : 'soon');
  }

  function schedule(urgency: Urgency): void {
    // While the disk is busy the next transaction gathers.
    if (syncing && urgency === 'now') return;
    if (due?.urgency === 'now' || due?.urgency === urgency) return;
    due?.cancel();
    due = {urgency, cancel: urgency === 'now' ? atOnce() : afterAWhile()};
  }

  /**
   * With all that is written in this turn of the event loop. After what else is due in it: what is on its way out, as the
   * question to the model, leaves before a transaction keeps the thread.
   */
  function atOnce(): () => void {
    let immediate: NodeJS.Immediate | undefined;
    let state: 'due' | 'cancelled' = 'due';
    process.nextTick(() => {
      if (state === 'due') immediate = setImmediate(flush);
    });
    return () => {
      state = 'cancelled';
      clearImmediate(immediate);
    };
  }

  function afterAWhile(): () => void {
    const timer = setTimeout(flush, soonMilliseconds);
    return () => clearTimeout(timer);
  }

  return {
    write: (work, urgency) =>
      new Promise((resolve, reject) => {
        waiting.push({work, resolve, reject});
        isUrgent ||= urgency === 'now';
        schedule(urgency);
      }),
    flush,
    async end() {
      flush();
      await syncing;
    },
  };
}

/** Runs all jobs in one transaction. Gives what came of each when it is committed. */
function commit(db: DatabaseSync, jobs: readonly Job[]): readonly Outcome[] {
  let isJobs = false;
  const plainly = ({work}: Job): Outcome => {
    try {
      return {result: work()};
    } catch (error) {
      isJobs = true;
      throw error;
    }
  };
  const refused = (error: unknown) => jobs.map(() => ({error}));
  try {
    return transaction(db, () => jobs.map(plainly));
  } catch (cause) {
    if (!isJobs || jobs.length === 1) return refused(cause);
    // One of them failed, and all are undone: once more, each so that it can be undone alone. Usually none fails, and
    // what keeps them apart would cost as much as a short write.
    try {
      return transaction(db, () => jobs.map(({work}) => undoable(db, work)));
    } catch (again) {
      return refused(again);
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
