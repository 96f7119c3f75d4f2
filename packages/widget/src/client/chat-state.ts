/** What a chat shows, as plain data that is replaced and never changed. */
import type {Chat, ErrorCode, Message, Model} from '@chatlet/protocol';
import type {ChatConfig} from './transport.ts';

/**
 * - `loading`: an earlier chat is being fetched
 * - `idle`: a question may be asked
 * - `sending`: the question is on its way, nothing has come back
 * - `answering`: the answer is arriving
 * - `reconnecting`: the way to the server is lost and looked for; the answer goes on where it was
 */
export type ChatStatus = 'loading' | 'idle' | 'sending' | 'answering' | 'reconnecting';

/** When a refused question is asked again without the visitor's doing, and why it was refused. */
export interface AutoRetry {
  readonly at: number;
  readonly code: ErrorCode;
}

/** A message with what only this page knows of it. */
export interface ShownMessage extends Message {
  /** The same from the first moment on, also when the server gives the message another id. */
  readonly key: string;
  /** Seconds that the model thought before it spoke; known where this page saw it happen. */
  readonly thoughtFor?: number;
  /** When asking again may work, in milliseconds since 1970. */
  readonly retryAt?: number;
  /** Refused for now: the chat asks again by itself at that moment (milliseconds since 1970). */
  readonly autoRetry?: AutoRetry;
  /** @deprecated Renamed to `autoRetry`. */
  readonly again?: AutoRetry;
  /** A question that the server has not confirmed. */
  readonly unsent?: boolean;
}

/** Something that went wrong outside of an answer. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAt?: number;
}

/** `absent`: the backend keeps none. */
export type HistoryStatus = 'absent' | 'unread' | 'loading' | 'ready' | 'failed';

export interface HistoryState {
  readonly status: HistoryStatus;
  readonly chats: readonly Chat[];
  readonly search: string;
  /** More are there. */
  readonly next?: string;
  /** Just taken off the list, and still to be had back. */
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
  /** What is written in the composer. */
  readonly draft: string;
  /** The model that the next question goes to. */
  readonly model?: string;
  /** Why the chat could not be shown. */
  readonly problem?: Problem;
}

export interface ChatState extends ConversationState {
  readonly config: ChatConfig;
  readonly models: readonly Model[];
  readonly history: HistoryState;
}

/** Whether an answer is being waited for, read, or looked for. */
export function isAnswering(status: ChatStatus): boolean {
  return status === 'sending' || status === 'answering' || status === 'reconnecting';
}
