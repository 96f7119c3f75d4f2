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
  /** Runs the work in the next transaction. Where it throws, its own changes are undone and nobody else's. */
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

function commit(db: DatabaseSync, jobs: readonly Job[]): void {
  const done: (() => void)[] = [];
  try {
    // `immediate` waits for a writer in another process now; a transaction that begins with reading could not.
    db.exec('begin immediate');
    for (const {work, resolve, reject} of jobs) {
      db.exec('savepoint job');
      try {
        const result = work();
        done.push(() => resolve(result as never));
      } catch (error) {
        db.exec('rollback to job');
        done.push(() => reject(ChatError.from(error)));
      }
      db.exec('release job');
    }
    db.exec('commit');
  } catch (cause) {
    try {
      db.exec('rollback');
    } catch {
      // SQLite has already rolled back by itself, as it does when the disk is full.
    }
    for (const {reject} of jobs) reject(ChatError.from(cause));
    return;
  }
  for (const tell of done) tell();
}
