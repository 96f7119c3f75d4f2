/**
 * Does long work on the database in short transactions with pauses, so that no stream and no question waits for it. Knows
 * no table.
 */
import {setTimeout as pause} from 'node:timers/promises';
import type {Scrubber} from './scrubber.ts';
import type {WriteQueue} from './write-queue.ts';

export interface SmallSteps {
  /**
   * Calls `step` in a transaction of its own until it returns false. A step should end at `until`, a moment of
   * `performance.now()`, and may be called twice for one transaction. Resolves early when the steps are closed.
   */
  run(step: (until: number) => boolean): Promise<void>;
  /** No step begins any more. */
  close(): void;
}

/** Milliseconds of work in a transaction, and between two. */
const stepTime = 4;
const pauseTime = 12;

export function createSmallSteps(writes: WriteQueue, scrubber: Pick<Scrubber, 'keepLogShort'>): SmallSteps {
  let closed = false;
  const isOpen = () => !closed;
  return {
    async run(step) {
      while (isOpen() && (await writes.write(() => step(performance.now() + stepTime), 'now'))) {
        await pause(pauseTime, undefined, {ref: false});
        // The steps fill the log. On this thread, moving its pages into the database would stop every stream.
        await scrubber.keepLogShort();
      }
    },
    close() {
      closed = true;
    },
  };
}

/** A step that changes some rows after others, until none are left or its time is over. */
export function whileAny(changeSome: () => number): (until: number) => boolean {
  return (until) => {
    for (;;) {
      if (changeSome() === 0) return false;
      if (performance.now() >= until) return true;
    }
  };
}
