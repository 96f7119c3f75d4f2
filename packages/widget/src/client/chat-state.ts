/** The state that a chat shows, as plain data that is replaced and never changed. */
import type {Chat, ErrorCode, Message, Model} from '@chatlet/protocol';
import type {QueuedQuestion} from './question-queue.ts';
import type {ChatConfig} from './transport.ts';

/**
 * - `loading`: an earlier chat is being fetched
 * - `idle`: a question may be asked
 * - `sending`: the question is on its way, nothing has come back
 * - `answering`: the answer is arriving
 * - `reconnecting`: the connection is lost, and the page tries to get it back; the answer then continues
 */
export type ChatStatus = 'loading' | 'idle' | 'sending' | 'answering' | 'reconnecting';

/** When a refused question is asked again without the visitor's doing, and why it was refused. */
export interface AutoRetry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly code: ErrorCode;
}

/** A message with fields that only this page knows. */
export interface ShownMessage extends Message {
  /** Never changes, even if the server gives the message another id. */
  readonly key: string;
  /** Seconds that the model thought before it spoke; absent unless this page saw it happen. */
  readonly thoughtFor?: number;
  /** When asking again may work, in milliseconds since 1970. */
  readonly retryAt?: number;
  /** Refused for now: the chat asks again by itself at that moment (milliseconds since 1970). */
  readonly autoRetry?: AutoRetry;
  /** A question that the server has not confirmed. */
  readonly unsent?: boolean;
}

/** Something that went wrong outside of an answer. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Milliseconds since 1970; absent if it may be tried again at once, or never. */
  readonly retryAt?: number;
}

/** `absent`: the backend keeps no chats. `unread`: nobody has asked for the list yet. */
export type HistoryStatus = 'absent' | 'unread' | 'loading' | 'ready' | 'failed';

/** The list of chats, as far as it is loaded. */
export interface HistoryState {
  readonly status: HistoryStatus;
  readonly chats: readonly Chat[];
  readonly search: string;
  /** Leads to more chats. */
  readonly next?: string;
  /** The chat that was just removed, as long as that can be undone. */
  readonly removed?: Chat;
}

/** The chat that is shown, and the turn in it. */
export interface ConversationState {
  readonly status: ChatStatus;
  /** Absent in a chat that has not begun. */
  readonly chatId?: string;
  readonly messages: readonly ShownMessage[];
  /** Leads to messages before the first. */
  readonly olderCursor?: string;
  /** The text in the composer. */
  readonly draft: string;
  /** The questions that are asked when the answer before them has ended well, in this order. */
  readonly queue: readonly QueuedQuestion[];
  /** The model that the next question goes to. */
  readonly model?: string;
  /** The reason why the chat could not be shown. */
  readonly problem?: Problem;
}

/** `loading`: what the server's owner has set is not known yet, neither from it nor from an earlier visit. */
export type SettingsStatus = 'loading' | 'ready';

/** All that a page shows of a chat. */
export interface ChatState extends ConversationState {
  readonly settings: SettingsStatus;
  readonly config: ChatConfig;
  readonly models: readonly Model[];
  readonly history: HistoryState;
}

/** Whether a turn is running: sent, being answered, or lost and being looked for. */
export function isAnswering(status: ChatStatus): boolean {
  return status === 'sending' || status === 'answering' || status === 'reconnecting';
}

/** When a question may be asked again after a refusal that counts down: milliseconds since 1970; 0 if nothing holds it. */
export function heldUntil({messages}: Pick<ConversationState, 'messages'>): number {
  return messages.at(-1)?.retryAt ?? 0;
}
