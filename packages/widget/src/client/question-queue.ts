/** The questions that wait until the answer before them has ended, as the tab keeps them: one queue for each chat. */
import {isObject} from '@chatlet/protocol';
import type {StorageNamespace} from './storage.ts';

/** How many questions may wait in one chat. */
export const mostQueued = 5;

/** A question that is asked when it is its turn. */
export interface QueuedQuestion {
  /** The id that the question has as a message, so that the server takes it once however often it is sent. */
  readonly id: string;
  readonly text: string;
}

/** The queue of a chat; of the one that has not begun, without an id. */
export function readQueue(tab: StorageNamespace, chatId: string | undefined): readonly QueuedQuestion[] {
  try {
    const saved: unknown = JSON.parse(tab.get(queueKey(chatId)) ?? '[]');
    return Array.isArray(saved) ? saved.filter(isQueued).slice(0, mostQueued) : [];
  } catch {
    // Something else has written there.
    return [];
  }
}

export function saveQueue(
  tab: StorageNamespace,
  {chatId, queue}: {chatId: string | undefined; queue: readonly QueuedQuestion[]},
): void {
  tab.set(queueKey(chatId), queue.length === 0 ? undefined : JSON.stringify(queue));
}

function queueKey(chatId: string | undefined): string {
  return `queue:${chatId ?? 'new'}`;
}

function isQueued(value: unknown): value is QueuedQuestion {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['text'] === 'string';
}
