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
  /** Changes some rows after others until `changeSome` finds none. Resolves to their number. */
  changeAll(changeSome: () => number): Promise<number>;
  /**
   * Goes through a table from a place to its end. Resolves to the number of changed rows. If a transaction is repeated, it
   * goes on behind rows that are not changed.
   */
  changeAfter<Place>(start: Place, changeSome: (after: Place) => ChangedPart<Place>): Promise<number>;
  /** No step begins any more. */
  close(): void;
}

/** What a step has done that goes through a table. */
export interface ChangedPart<Place> {
  /** The number of changed rows. */
  readonly count: number;
  /** The place to go on after; undefined at the end of the table. */
  readonly next: Place | undefined;
}

/** Milliseconds of work in a transaction, and between two. */
const stepTime = 4;
const pauseTime = 12;

export function createSmallSteps(writes: WriteQueue, scrubber: Pick<Scrubber, 'keepLogShort'>): SmallSteps {
  let closed = false;
  const isOpen = () => !closed;
  const run: SmallSteps['run'] = async (step) => {
    while (isOpen() && (await writes.write(() => step(performance.now() + stepTime), 'now'))) {
      await pause(pauseTime);
      // The steps fill the log. On this thread, moving its pages into the database would stop every stream.
      await scrubber.keepLogShort();
    }
  };
  return {
    run,
    async changeAll(changeSome) {
      let count = 0;
      await run(
        whileAny(() => {
          const some = changeSome();
          count += some;
          return some > 0;
        }),
      );
      return count;
    },
    async changeAfter<Place>(start: Place, changeSome: (after: Place) => ChangedPart<Place>) {
      let count = 0;
      let after: Place | undefined = start;
      await run(
        whileAny(() => {
          if (after === undefined) return false;
          const part = changeSome(after);
          count += part.count;
          after = part.next;
          return true;
        }),
      );
      return count;
    },
    close() {
      closed = true;
    },
  };
}

/** A step that changes some rows after others, until there are no more or its time is over. */
function whileAny(changeSome: () => boolean): (until: number) => boolean {
  return (until) => {
    for (;;) {
      if (!changeSome()) return false;
      if (performance.now() >= until) return true;
    }
  };
}
