/**
 * Lets writes that are due at nearly the same time share one transaction and one sync of the disk, because both cost the
 * same for a hundred writes as for one. Another thread waits for the disk, so that streams go on meanwhile. A write is
 * acknowledged after its transaction is on the disk, never before. Writes keep their order. Knows no table.
 */
import type {DatabaseSync} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';
import {type Job, type Outcome, commitTogether} from './transactions.ts';

/** `now`: somebody waits for the write. `soon`: nobody waits, so the write may wait for others. */
export type Urgency = 'now' | 'soon';

export interface WriteQueueOptions {
  /** Resolves when everything that was committed before the call is on the disk. Without it a commit is enough. */
  readonly sync?: () => Promise<void>;
}

export interface WriteQueue {
  /**
   * Runs the work in the next transaction, and a second time if that transaction must be repeated. If the work throws,
   * only its own changes are undone.
   */
  write<Result>(work: () => Result, urgency: Urgency): Promise<Result>;
  /** Commits all waiting writes, so that a read after it sees them. */
  flush(): void;
  /** Commits all waiting writes; resolves when all writes are acknowledged. */
  end(): Promise<void>;
}

interface QueuedJob extends Job {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Short against the second between two checkpoints of an answer, long against a busy server's time between commits. */
const soonMilliseconds = 250;

export function createWriteQueue(db: DatabaseSync, {sync}: WriteQueueOptions = {}): WriteQueue {
  let waiting: QueuedJob[] = [];
  let due: {readonly urgency: Urgency; readonly cancel: () => void} | undefined;
  /** Whether somebody waits for one of the waiting jobs. */
  let isUrgent = false;
  /** Each acknowledges one transaction that is committed but perhaps not on the disk yet. */
  let committed: ((failure: unknown) => void)[] = [];
  let syncing: Promise<void> | undefined;

  function flush(): void {
    due?.cancel();
    due = undefined;
    const jobs = waiting;
    waiting = [];
    isUrgent = false;
    if (jobs.length === 0) return;
    const outcomes = commitTogether(db, jobs);
    if (!sync) {
      settle(jobs, outcomes);
      return;
    }
    committed.push((failure) => settle(jobs, failure === undefined ? outcomes : jobs.map(() => ({error: failure}))));
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
    // While the disk is busy, writes gather for the next transaction.
    if (syncing && urgency === 'now') return;
    if (due?.urgency === 'now' || due?.urgency === urgency) return;
    due?.cancel();
    due = {urgency, cancel: urgency === 'now' ? scheduleFlush() : delayFlush()};
  }

  /**
   * Flushes once for all writes of this turn of the event loop, and after everything else that is due in it: a request to
   * the model, for example, leaves before the transaction blocks the thread.
   */
  function scheduleFlush(): () => void {
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

  function delayFlush(): () => void {
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

function settle(jobs: readonly QueuedJob[], outcomes: readonly Outcome[]): void {
  for (const [index, {resolve, reject}] of jobs.entries()) {
    const outcome = outcomes[index];
    if (outcome && 'result' in outcome) resolve(outcome.result as never);
    else reject(ChatError.from(outcome?.error));
  }
}
