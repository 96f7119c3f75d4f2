/** Saves a growing answer: at most once in an interval, one save at a time, and its last state for sure. */
import {ChatError, type Message} from '@chatlet/protocol';
import {type Clock, systemClock} from './clock.ts';
import type {Report} from './report.ts';

export interface CheckpointServices {
  /** Saves a state of the answer. Absent if nothing is stored. */
  readonly save?: (answer: Message) => Promise<void>;
  readonly report: Report;
  /** Milliseconds between two checkpoints of a growing answer. */
  readonly checkpointEvery: number;
  /** Times the retries of a save; by default the machine's own clock. */
  readonly clock?: Pick<Clock, 'after'>;
}

export interface Checkpoints {
  /** The answer has grown: save it within the interval. */
  soon(): void;
  /**
   * Saves the last state and waits for it, with a few retries. Never throws: a store that fails must not take the
   * answer with it.
   */
  end(): Promise<void>;
  cancel(): void;
}

/**
 * Characters up to which an answer is saved once an interval. A checkpoint writes the whole answer, so a longer answer
 * is saved less often: then the bytes written grow with the answer's length and not with its square.
 */
const quickLength = 64 * 1024;

/** Milliseconds before each retry to save the last state. Readers wait for the answer's end meanwhile. */
const retryDelays: readonly number[] = [100, 400, 1_500];

export function createCheckpoints(current: () => Message, services: CheckpointServices): Checkpoints {
  const {save, report, checkpointEvery, clock = systemClock} = services;
  if (!save) return {soon() {}, async end() {}, cancel() {}};
  let timer: NodeJS.Timeout | undefined;
  const tell = (error: unknown) => report(error, {answerId: current().id});

  // A failed checkpoint is made good by the next one, but nothing comes after the last state.
  const saveLast = async ([delay, ...later]: readonly number[]): Promise<void> => {
    try {
      await save(current());
    } catch (error) {
      if (delay === undefined || !ChatError.from(error).retryable) return tell(error);
      await new Promise<void>((resolve) => clock.after(delay, resolve));
      await saveLast(later);
    }
  };

  return {
    soon() {
      if (timer) return;
      const interval = checkpointEvery * Math.max(1, lengthOfText(current()) / quickLength);
      timer = setTimeout(() => {
        void save(current())
          .catch(tell)
          .then(() => {
            timer = undefined;
          });
      }, interval).unref();
    },
    async end() {
      clearTimeout(timer);
      // A checkpoint that is on its way is written first, since stores keep the order.
      await saveLast(retryDelays);
    },
    cancel() {
      clearTimeout(timer);
    },
  };
}

/** Characters of the answer's text and thoughts. */
function lengthOfText({parts}: Message): number {
  let length = 0;
  for (const part of parts) if ('text' in part) length += part.text.length;
  return length;
}
