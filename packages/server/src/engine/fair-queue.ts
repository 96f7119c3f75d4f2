/**
 * Bounds work that a caller could ask for without end: so much at once for a caller and for the process. The rest waits,
 * the newest of a caller first, since a person who types wants the last search. Work that would wait too long is
 * refused. Knows no work.
 */
import {ChatError} from '@chatlet/protocol';
import type {Owner} from './store.ts';

export interface FairQueueOptions {
  /** Work at once: of an owner, and of all together. */
  readonly atOnceForOwner: number;
  readonly atOnce: number;
  /** Work that waits: of an owner (the oldest is refused for a new one), and of all together. */
  readonly waitingOfOwner: number;
  readonly waiting: number;
  /** The reason for a refusal, in logs and details. */
  readonly cause: string;
}

export interface FairQueue {
  /**
   * Works when it is this owner's turn.
   * @throws ChatError `rate-limited` if too much waits already; also the errors of `work`
   */
  run<Result>(owner: Owner, work: () => Promise<Result>, options: {readonly signal: AbortSignal}): Promise<Result>;
}

interface Waiting {
  readonly owner: Owner;
  readonly begin: () => void;
  readonly refuse: (error: ChatError) => void;
}

export function createFairQueue(options: FairQueueOptions): FairQueue {
  const {atOnceForOwner, atOnce, waitingOfOwner, waiting: longest, cause} = options;
  const running = new Map<Owner, number>();
  let runningOfAll = 0;
  /** Oldest first. */
  const waiting = new Set<Waiting>();

  const mayBegin = (owner: Owner) => runningOfAll < atOnce && (running.get(owner) ?? 0) < atOnceForOwner;
  const tooMuch = () =>
    new ChatError('rate-limited', 'Too much of this is asked for at once.', {retryAfter: 1, details: {cause}});

  function beginNext(): void {
    for (;;) {
      const next = [...waiting].find(({owner}) => mayBegin(owner));
      if (!next) return;
      const theirs = [...waiting].filter(({owner}) => owner === next.owner);
      // Owners take turns, so the other work of this one goes to the end.
      for (const each of theirs) waiting.delete(each);
      const newest = theirs.pop() ?? next;
      for (const each of theirs) waiting.add(each);
      newest.begin();
    }
  }

  function wait(owner: Owner, signal: AbortSignal): Promise<void> {
    const theirs = [...waiting].filter((each) => each.owner === owner);
    const oldest = theirs[0];
    if (oldest && theirs.length >= waitingOfOwner) {
      waiting.delete(oldest);
      oldest.refuse(tooMuch());
    }
    if (waiting.size >= longest) throw tooMuch();
    return new Promise((resolve, reject) => {
      const one: Waiting = {owner, begin: () => begin(resolve), refuse: reject};
      const begin = (go: () => void) => {
        take(owner);
        go();
      };
      waiting.add(one);
      signal.addEventListener(
        'abort',
        () => {
          if (waiting.delete(one)) reject(new ChatError('interrupted', 'The caller has gone.'));
        },
        {once: true},
      );
    });
  }

  function take(owner: Owner): void {
    runningOfAll++;
    running.set(owner, (running.get(owner) ?? 0) + 1);
  }

  function give(owner: Owner): void {
    runningOfAll--;
    const left = (running.get(owner) ?? 1) - 1;
    if (left > 0) running.set(owner, left);
    else running.delete(owner);
    beginNext();
  }

  return {
    async run(owner, work, {signal}) {
      if (mayBegin(owner)) take(owner);
      else await wait(owner, signal);
      try {
        return await work();
      } finally {
        give(owner);
      }
    },
  };
}
