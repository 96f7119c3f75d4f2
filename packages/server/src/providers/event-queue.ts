/**
 * A queue of events between the upstream that sends them and the one reader that takes them. The reader gets all that
 * have arrived at a time as one batch. Knows neither bytes nor dialects.
 */
import type {ChatError, ChatEvent} from '@chatlet/protocol';
import {type Step, noMore} from '../engine/step.ts';

export interface EventQueue {
  push(events: readonly ChatEvent[]): void;
  /** Drops all events that the reader has not taken. */
  clear(): void;
  /** Nothing is pushed after this. The reader gets the remaining events, then the error or the end. */
  close(error?: ChatError): void;
  /** The next batch, as soon as `deliver` finds something. */
  readonly next: () => Promise<Step>;
  /** Gives the reader the events that have arrived, if it waits for some. */
  deliver(): void;
}

export interface EventQueueOptions {
  /** Called when the reader has taken all events. */
  readonly onTaken: () => void;
  /** Called when the reader waits and there are no events. */
  readonly onStarving: () => void;
}

export function createEventQueue({onTaken, onStarving}: EventQueueOptions): EventQueue {
  let ready: ChatEvent[] = [];
  let isClosed = false;
  let closedWith: ChatError | undefined;
  let waiting: {resolve: (step: Step) => void; reject: (error: ChatError) => void} | undefined;

  const deliver = () => {
    if (!waiting) return;
    const {resolve, reject} = waiting;
    if (ready.length > 0) {
      const value = ready;
      ready = [];
      waiting = undefined;
      onTaken();
      resolve({done: false, value});
    } else if (isClosed) {
      const error = closedWith;
      closedWith = undefined;
      waiting = undefined;
      if (error) reject(error);
      else resolve(noMore);
    } else {
      onStarving();
    }
  };

  return {
    push(events) {
      for (const event of events) ready.push(event);
    },
    clear() {
      ready = [];
    },
    close(error) {
      isClosed = true;
      closedWith = error;
    },
    next: () =>
      new Promise((resolve, reject) => {
        waiting = {resolve, reject};
        deliver();
      }),
    deliver,
  };
}
