/**
 * Lets writes that are due at nearly the same time share one transaction: waiting for the disk costs the same for a
 * hundred writes as for one. A write is acknowledged when its transaction is committed, never before, and writes
 * happen in the order they were asked for. Knows SQLite's transactions, not what is written.
 */
import type {DatabaseSync} from 'node:sqlite';
import {ChatError} from '@chatlet/protocol';

/** `now`: with this turn of the event loop. `soon`: may wait a few milliseconds for others. */
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

/** Short against the second between two checkpoints of an answer, long against a commit. */
const soonMilliseconds = 20;

export function writeQueue(db: DatabaseSync): WriteQueue {
  let waiting: Job[] = [];
  let immediate: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearImmediate(immediate);
    clearTimeout(timer);
    immediate = undefined;
    timer = undefined;
    const jobs = waiting;
    waiting = [];
    if (jobs.length > 0) commit(db, jobs);
  }

  return {
    write: (work, urgency) =>
      new Promise((resolve, reject) => {
        waiting.push({work, resolve, reject});
        if (urgency === 'now') immediate ??= setImmediate(flush);
        else if (!immediate) timer ??= setTimeout(flush, soonMilliseconds);
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
