/**
 * Keeps ended answers that the store could not take, as on a full disk, and saves them when it can. Until then they are
 * read from here: a reader of the whole answer is not told later that it was interrupted. Knows no turn.
 */
import {ChatError, type Message} from '@chatlet/protocol';
import {type Clock, systemClock} from '../clock.ts';
import type {Report} from '../report.ts';
import type {Owner, Store} from '../store.ts';

export interface UnsavedEnd {
  readonly owner: Owner;
  readonly chatId: string;
  readonly answer: Message;
}

export interface UnsavedEnds {
  keep(end: UnsavedEnd): void;
  /** The ended answer with this id, if it is still unsaved. */
  find(answerId: string): Message | undefined;
  /** Gives up the answers of an owner, before the owner's chats are deleted. */
  forgetOwner(owner: Owner): void;
  /** Tries once more to save everything. An answer that cannot be saved is reported and forgotten. */
  close(): Promise<void>;
}

export interface UnsavedEndsOptions {
  readonly store: Pick<Store, 'saveMessage'>;
  readonly report: Report;
  readonly clock?: Pick<Clock, 'after'>;
  /** Answers that are kept at most, and their characters together. */
  readonly keepAtMost?: number;
  readonly keepCharacters?: number;
}

const firstDelay = 1_000;
const longestDelay = 30_000;

export function createUnsavedEnds(options: UnsavedEndsOptions): UnsavedEnds {
  const {store, report, clock = systemClock, keepAtMost = 1_000, keepCharacters = 64_000_000} = options;
  /** By the answer's id, the oldest first. */
  const kept = new Map<string, UnsavedEnd & {readonly size: number}>();
  let characters = 0;
  let delay = firstDelay;
  let cancelTimer: (() => void) | undefined;
  let saving: Promise<void> | undefined;

  function forget(answerId: string): void {
    characters -= kept.get(answerId)?.size ?? 0;
    kept.delete(answerId);
  }

  function makeRoom(): void {
    for (const answerId of kept.keys()) {
      if (kept.size <= keepAtMost && characters <= keepCharacters) return;
      forget(answerId);
      report(new ChatError('storage-unavailable', 'An answer could not be saved and is lost.'), {answerId});
    }
  }

  function schedule(): void {
    if (kept.size === 0 || cancelTimer) return;
    cancelTimer = clock.after(delay, () => {
      cancelTimer = undefined;
      void saveAll();
    });
    delay = Math.min(2 * delay, longestDelay);
  }

  function saveAll(): Promise<void> {
    saving ??= saveOneByOne().finally(() => {
      saving = undefined;
      schedule();
    });
    return saving;
  }

  /** The first failure ends the round: the others would fail alike. */
  async function saveOneByOne(): Promise<void> {
    for (const [answerId, {owner, chatId, answer}] of kept) {
      try {
        await store.saveMessage(owner, chatId, answer);
      } catch (error) {
        if (ChatError.from(error).retryable) return;
        // Its chat has been deleted, and the answer with it.
      }
      forget(answerId);
      delay = firstDelay;
    }
  }

  return {
    keep(end) {
      forget(end.answer.id);
      const size = JSON.stringify(end.answer).length;
      kept.set(end.answer.id, {...end, size});
      characters += size;
      makeRoom();
      schedule();
    },
    find: (answerId) => kept.get(answerId)?.answer,
    forgetOwner(owner) {
      for (const [answerId, end] of kept) if (end.owner === owner) forget(answerId);
    },
    async close() {
      await saveAll();
      cancelTimer?.();
      for (const answerId of kept.keys()) {
        report(new ChatError('storage-unavailable', 'An answer could not be saved before the server ended.'), {
          answerId,
        });
      }
      kept.clear();
      characters = 0;
    },
  };
}
