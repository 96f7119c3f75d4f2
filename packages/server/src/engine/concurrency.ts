/**
 * Answers that are being written at the same time: each caller may have so many, and so may all strangers of an address.
 * An answer counts from its start to its end, also when its reader has left. Counts in this process. Knows no HTTP.
 */
import {ChatError} from '@chatlet/protocol';
import type {Payer} from './payer.ts';
import type {Plan} from './plans.ts';

export interface Concurrency {
  /**
   * Counts an answer until the returned function is called; only its first call counts.
   * @throws ChatError `rate-limited` for some seconds
   */
  enter(payer: Payer, plan: Pick<Plan, 'answersAtOnce'> | undefined): () => void;
}

export interface ConcurrencyOptions {
  /** Answers of all strangers of an address together; 16 by default. */
  readonly ofAddress?: number | undefined;
}

/** Seconds; answers end at any time. */
const retryAfter = 2;

export function createConcurrency({ofAddress = 16}: ConcurrencyOptions = {}): Concurrency {
  const running = new Map<string, number>();
  const count = (key: string, by: 1 | -1) => {
    const now = (running.get(key) ?? 0) + by;
    if (now > 0) running.set(key, now);
    else running.delete(key);
  };

  return {
    enter({owner, stranger}, plan) {
      const places = [
        {key: `owner ${owner}`, most: plan?.answersAtOnce, cause: 'answers-at-once'},
        ...(stranger ? [{key: `address ${stranger.address}`, most: ofAddress, cause: 'answers-of-address'}] : []),
      ];
      for (const {key, most, cause} of places) {
        if (most !== undefined && (running.get(key) ?? 0) >= most) throw tooMany(most, cause);
      }
      for (const {key} of places) count(key, 1);
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        for (const {key} of places) count(key, -1);
      };
    },
  };
}

function tooMany(most: number, cause: string): ChatError {
  const who = cause === 'answers-at-once' ? 'to you' : 'at your address';
  return new ChatError('rate-limited', `${most} answers ${who} are being written. Wait until one ends.`, {
    retryAfter,
    details: {cause, limit: most, remaining: 0, reset: Date.now() + retryAfter * 1000},
  });
}
