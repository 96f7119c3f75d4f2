/**
 * Where chats, messages and usage are kept. Every call takes the owner first; what belongs to another owner does
 * not exist. Implementations pass `stores/testing/store-contract.ts`.
 */
import type {Chat, Message, Page} from '@chatlet/protocol';

/** Who something belongs to, from authentication alone: `visitor:…`, `user:…`, `key:…`. */
export type Owner = string;

export interface PageRequest {
  /** At most this many; 1 to 200, default 50. */
  readonly limit?: number;
  /** `next` of the page before. A cursor that is none of ours throws `invalid-request`. */
  readonly cursor?: string;
}

/** What one answer cost. */
export interface UsageRecord {
  readonly messageId: string;
  readonly chatId?: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** USD; absent where the model has no price. */
  readonly cost?: number;
  readonly estimated: boolean;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
}

/** What all answers of a day, of a model, or of a model on a day cost together. */
export interface UsageSum {
  /** `2026-01-31`, UTC; absent where days are not told apart. */
  readonly day?: string;
  /** Absent where models are not told apart. */
  readonly model?: string;
  readonly answers: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** USD of those answers whose model has a price; absent where none has. */
  readonly cost?: number;
  /** Whether a part of it is estimated. */
  readonly estimated: boolean;
}

/** Answers of a time; all where both are absent. */
export interface UsageTime {
  /** ISO 8601, UTC, with milliseconds; answers from then on. */
  readonly from?: string;
  /** Answers before then. */
  readonly to?: string;
}

export interface UsageSumsRequest extends UsageTime {
  readonly by: readonly ('day' | 'model')[];
}

/** At most this many sums are given, the newest. */
export const mostUsageSums = 1000;

/** A question and the empty answer to it, written in one transaction. */
export interface TurnStart {
  /** Created where it does not exist yet; its `model` and `updatedAt` are taken over where it does. */
  readonly chat: Chat;
  /** The chat was there a moment ago: where it has been deleted since, it is not created again. */
  readonly continues?: boolean;
  /** Absent when an answer is asked for again. */
  readonly question?: Message;
  /** `status: 'answering'`. */
  readonly answer: Message;
  /** Delete this message of the chat and all after it first: what regenerating and editing begin with. */
  readonly replaceFrom?: string;
}

export interface Store {
  /**
   * @throws ChatError `not-found` when the chat id is another owner's, is to be continued and gone, or `replaceFrom` is
   * not in the chat; `conflict` when the chat already has a message with one of the ids
   */
  startTurn(owner: Owner, turn: TurnStart): Promise<void>;
  /**
   * Replaces the message with the same id: a checkpoint while it is written, and its last state. Calls that are not
   * waited for happen in their order.
   * @throws ChatError `not-found` when it is no longer there, as after its chat was deleted
   */
  saveMessage(owner: Owner, chatId: string, message: Message): Promise<void>;

  /** Newest `updatedAt` first. `search` finds words in titles and messages. */
  chats(owner: Owner, page: PageRequest & {readonly search?: string}): Promise<Page<Chat>>;
  chat(owner: Owner, chatId: string): Promise<Chat | undefined>;
  /**
   * False where the owner has no such chat.
   * @throws ChatError `invalid-request` when nothing but spaces is left of the title
   */
  renameChat(owner: Owner, chatId: string, title: string): Promise<boolean>;
  /** Removes the chat and its messages; usage stays. False where the owner has no such chat. */
  deleteChat(owner: Owner, chatId: string): Promise<boolean>;
  /**
   * In the order they were written (a sequence, not a clock). The first page holds the newest messages, oldest
   * first inside the page; `next` leads to older ones.
   * @throws ChatError `not-found`
   */
  messages(owner: Owner, chatId: string, page: PageRequest): Promise<Page<Message>>;

  addUsage(owner: Owner, record: UsageRecord): Promise<void>;
  /** Newest first. */
  usage(owner: Owner, page: PageRequest & UsageTime): Promise<Page<UsageRecord>>;
  /** Newest day first, then the model with the most tokens; one sum of all where `by` is empty and there are any. */
  usageSums(owner: Owner, request: UsageSumsRequest): Promise<readonly UsageSum[]>;

  /**
   * What all owners whose names begin so have used since a moment; needed where a day's spending has a ceiling, which
   * without it begins anew with each process.
   */
  usageSince?(from: string, ownersBeginWith: string): Promise<{readonly tokens: number; readonly cost: number}>;

  /**
   * Marks every answer that is still `answering` as `interrupted`: what a server does when it starts, for the
   * turns that the last one could not end. Gives how many there were.
   */
  interruptAnswers(): Promise<number>;
  close(): Promise<void>;
}
