/**
 * Lets writes that are due at nearly the same time share one transaction and one sync of the disk, because both cost the
 * same for a hundred writes as for one. Another thread waits for the disk, so that streams go on meanwhile. A write is
 * acknowledged after its transaction is on the disk, never before. Writes keep their order. While another program holds
 * the database, writes wait here and never on the thread. Knows no table.
 */
import type {DatabaseSync} from 'node:sqlite';
import {explainSqliteError, isBusy} from './sqlite-errors.ts';
import {type Job, type Outcome, commitTogether} from './transactions.ts';

/**
 * `now`: somebody waits for the write. `soon`: nobody waits, so the write may wait for others and goes with the next
 * urgent one. `growing`: a piece of a growing answer, which waits for the pieces of all other answers and for nothing
 * else. If pieces went with every urgent write, a thousand growing answers would be written for each question.
 */
export type Urgency = 'now' | 'soon' | 'growing';

export interface WriteQueueOptions {
  /** Resolves when everything that was committed before the call is on the disk. Without it a commit is enough. */
  readonly sync?: () => Promise<void>;
  /** Milliseconds that writes wait for another program that holds the database, before they fail; 30 s by default. */
  readonly busyTimeout?: number;
  /** Told of each error that fails a write. */
  readonly onError?: (error: unknown) => void;
}

export interface WriteQueue {
  /**
   * Runs the work in the next transaction, and a second time if that transaction must be repeated. If the work throws,
   * only its own changes are undone.
   */
  write<Result>(work: () => Result, urgency: Urgency): Promise<Result>;
  /** Commits all waiting writes if no other program holds the database, so that a read after it sees them. */
  flush(): void;
  /** Commits all waiting writes; resolves when all writes are acknowledged. */
  end(): Promise<void>;
}

interface QueuedJob extends Job {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds that a write which nobody waits for may wait, and the pieces of growing answers. */
const soonMilliseconds = 250;
const growingMilliseconds = 200;

/** Milliseconds before the database is tried again while another program holds it, and the longest such delay. */
const firstBusyDelay = 10;
const longestBusyDelay = 100;

export function createWriteQueue(db: DatabaseSync, options: WriteQueueOptions = {}): WriteQueue {
  const {sync, busyTimeout = 30_000, onError = () => {}} = options;
  let waiting: QueuedJob[] = [];
  let due: {readonly urgency: Urgency; readonly cancel: () => void} | undefined;
  /** Whether somebody waits for one of the waiting jobs. */
  let isUrgent = false;
  let growing: QueuedJob[] = [];
  let growingTimer: NodeJS.Timeout | undefined;
  /** Each acknowledges one transaction that is committed but perhaps not on the disk yet. */
  let committed: ((failure: unknown) => void)[] = [];
  let syncing: Promise<void> | undefined;
  /** While another program holds the database: since when, and the next try. */
  let busy: {readonly since: number; delay: number; timer: NodeJS.Timeout | undefined} | undefined;
  let onIdle: (() => void) | undefined;

  function flush(): void {
    gather();
    commit();
  }

  /** Lets the pieces go with the next transaction. */
  function gather(): void {
    clearTimeout(growingTimer);
    growingTimer = undefined;
    waiting.push(...growing);
    growing = [];
  }

  function commit(): void {
    due?.cancel();
    due = undefined;
    const jobs = waiting;
    waiting = [];
    isUrgent = false;
    if (jobs.length > 0) run(jobs);
    if (waiting.length === 0) onIdle?.();
  }

  function run(jobs: readonly QueuedJob[]): void {
    let outcomes: readonly Outcome[];
    try {
      outcomes = commitTogether(db, jobs);
    } catch (error) {
      if (isBusy(error) && !hasWaitedTooLong()) {
        waiting = [...jobs, ...waiting];
        return;
      }
      outcomes = jobs.map(() => ({error}));
    }
    clearTimeout(busy?.timer);
    busy = undefined;
    for (const outcome of outcomes) if ('error' in outcome) onError(outcome.error);
    if (!sync) {
      settle(jobs, outcomes);
      return;
    }
    committed.push((failure) => settle(jobs, failure === undefined ? outcomes : jobs.map(() => ({error: failure}))));
    syncing ??= syncAndAcknowledge(sync);
  }

  /** Notes that the database is held, and when it is tried again. */
  function hasWaitedTooLong(): boolean {
    busy ??= {since: performance.now(), delay: firstBusyDelay, timer: undefined};
    if (performance.now() - busy.since > busyTimeout) return true;
    clearTimeout(busy.timer);
    busy.timer = setTimeout(commit, busy.delay);
    busy.delay = Math.min(2 * busy.delay, longestBusyDelay);
    return false;
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

  function schedule(urgency: 'now' | 'soon'): void {
    // The next try commits everything that has come by then.
    if (busy) return;
    // While the disk is busy, writes gather for the next transaction.
    if (syncing && urgency === 'now') return;
    if (due?.urgency === 'now' || due?.urgency === urgency) return;
    due?.cancel();
    due = {urgency, cancel: urgency === 'now' ? scheduleCommit() : delayCommit()};
  }

  /**
   * Commits once for all writes of this turn of the event loop, and after everything else that is due in it: a request to
   * the model, for example, leaves before the transaction blocks the thread.
   */
  function scheduleCommit(): () => void {
    let immediate: NodeJS.Immediate | undefined;
    let state: 'due' | 'cancelled' = 'due';
    process.nextTick(() => {
      if (state === 'due') immediate = setImmediate(commit);
    });
    return () => {
      state = 'cancelled';
      clearImmediate(immediate);
    };
  }

  function delayCommit(): () => void {
    const timer = setTimeout(commit, soonMilliseconds);
    return () => clearTimeout(timer);
  }

  function enqueue(job: QueuedJob, urgency: Urgency): void {
    if (urgency === 'growing') {
      growing.push(job);
      growingTimer ??= setTimeout(flush, growingMilliseconds);
      return;
    }
    waiting.push(job);
    isUrgent ||= urgency === 'now';
    schedule(urgency);
  }

  return {
    write: (work, urgency) => new Promise((resolve, reject) => enqueue({work, resolve, reject}, urgency)),
    flush,
    async end() {
      flush();
      if (waiting.length > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      }
      await syncing;
    },
  };
}

function settle(jobs: readonly QueuedJob[], outcomes: readonly Outcome[]): void {
  for (const [index, {resolve, reject}] of jobs.entries()) {
    const outcome = outcomes[index];
    if (outcome && 'result' in outcome) resolve(outcome.result as never);
    else reject(explainSqliteError(outcome?.error));
  }
}
