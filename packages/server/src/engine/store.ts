/**
 * The interface to the storage of chats, messages and usage. Every call takes the owner first; data of another owner does
 * not exist for it. Implementations pass `stores/testing/store-contract.ts`.
 */
import type {Chat, ChatEvent, Message, Page, Usage} from '@chatlet/protocol';
import type {StoreHealth} from './store-health.ts';

/** The owner of data, always from authentication: `visitor:…`, `user:…`, `key:…`. */
export type Owner = string;

/** A part of a list. */
export interface PageRequest {
  /** The largest number of items; 1 to 200, default 50. */
  readonly limit?: number;
  /** `next` of the page before. Any other cursor throws `invalid-request`. */
  readonly cursor?: string;
}

export interface ChatsRequest extends PageRequest {
  readonly search?: string;
  /** Stored responses instead of chats: those with ids that begin with `resp_`. Neither list has anything of the other. */
  readonly kind?: 'responses';
}

/** The known parts of the figures. */
export type UsageDetails = Pick<Usage, 'cachedTokens' | 'cacheWriteTokens' | 'reasoningTokens'>;

/** What one answer cost. */
export interface UsageRecord extends UsageDetails {
  readonly messageId: string;
  /** Absent if nothing was stored. */
  readonly chatId?: string;
  readonly model: string;
  /** Tokens that the model has read, those from its cache included. */
  readonly promptTokens: number;
  /** Tokens that the model has written, its reasoning included. */
  readonly completionTokens: number;
  /** USD; absent if the model has no price. */
  readonly cost?: number;
  readonly estimated: boolean;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
}

/** The usage of all answers of a day, of a model, or of a model on a day together. */
export interface UsageSum extends UsageDetails {
  /** `2026-01-31`, UTC; absent if the sum is not by day. */
  readonly day?: string;
  /** Absent if the sum is not by model. */
  readonly model?: string;
  /** How many answers. */
  readonly answers: number;
  /** Tokens that the models have read. */
  readonly promptTokens: number;
  /** Tokens that the models have written. */
  readonly completionTokens: number;
  /** USD of the answers by models with a price; absent if no model has one. */
  readonly cost?: number;
  /** Whether a part of it is estimated. */
  readonly estimated: boolean;
}

/** A range of time; unlimited if both are absent. */
export interface UsageTime {
  /** ISO 8601, UTC, with milliseconds; answers from then on. */
  readonly from?: string;
  /** Answers before then. */
  readonly to?: string;
}

/** How usage is summed up. */
export interface UsageSumsRequest extends UsageTime {
  readonly by: readonly ('day' | 'model')[];
}

/** What a caller has used. */
export interface OwnerUsage {
  readonly owner: Owner;
  /** Of questions and answers together. */
  readonly tokens: number;
  /** USD. */
  readonly cost: number;
}

/** The largest number of sums that are given: the newest. */
export const mostUsageSums = 1000;

/** A question whose answer has not one checked citation. */
export interface Gap {
  readonly chatId: string;
  /** The answer. */
  readonly messageId: string;
  /** The visitor's words. */
  readonly question: string;
  /** The nearest passages, best first. */
  readonly passages: readonly NearPassage[];
  /** When the answer began, ISO 8601. */
  readonly createdAt: string;
}

export interface NearPassage {
  readonly id: string;
  /** Of its document. */
  readonly title: string;
}

/** A document that answers have cited, in the version of its last citation. */
export interface CitedDocument {
  readonly id: string;
  readonly hash?: string;
  /** ISO 8601. */
  readonly updatedAt?: string;
  /** The number of citations. */
  readonly count: number;
  /** When it was last cited, ISO 8601. */
  readonly citedAt: string;
}

/** A question and the empty answer to it, written in one transaction. */
export interface TurnStart {
  /** Created if it does not exist yet. If it exists, it gets this `model` and `updatedAt`. */
  readonly chat: Chat;
  /** The chat existed a moment ago: if it has been deleted since, it is not created again. */
  readonly continues?: boolean;
  /** Absent if a stored question is answered again. */
  readonly question?: Message;
  /** `status: 'answering'`, or ended if nothing is stored before the end. */
  readonly answer: Message;
  /** First delete this message and all messages after it: regenerating and editing begin with that. */
  readonly replaceFrom?: string;
  /** A chat that is created now is deleted when its page closes, or a day after its last turn. */
  readonly temporary?: boolean;
}

/** The amount of an owner's data in the store. */
export interface Kept {
  /** Without stored responses. */
  readonly chats: number;
  /** Of all messages, with some for each message that has no words. */
  readonly bytes: number;
}

/** Chats of these owners that were last used before this moment are too old, and so is usage from before it. */
export interface MaxAge {
  readonly ownersBeginWith: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly before: string;
}

/** What is too old to be kept. */
export interface Expiry {
  /** Temporary chats that were last used before this moment are too old. */
  readonly temporaryBefore: string;
  /** Stored responses from before this moment are too old. */
  readonly responsesBefore?: string;
  readonly ages: readonly MaxAge[];
}

/** A chat that waits for a person of the site. */
export interface Handover {
  readonly owner: Owner;
  readonly chatId: string;
  /** The message that waits. */
  readonly messageId: string;
  /** Times that it was tried to be sent. */
  readonly tries: number;
  /** When it is to be sent, ISO 8601. */
  readonly nextTry: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** The chats that wait for a person. Each goes with its message, whatever deletes that one. */
export interface HandoverStore {
  /** Nothing is written if the message is gone. */
  add(owner: Owner, handover: Omit<Handover, 'owner' | 'tries'>): Promise<void>;
  /** The one to be sent first. */
  next(): Promise<Handover | undefined>;
  /** Whether it was sent or not. */
  find(messageId: string): Promise<Pick<Handover, 'owner' | 'chatId'> | undefined>;
  /** Counts a try; without `nextTry` it was the last one. */
  tried(messageId: string, nextTry: string | undefined): Promise<void>;
  /** How many are still to be sent. */
  count(): Promise<number>;
}

/** Events of an answer that follow each other. */
export interface Piece {
  /** The first event's number among the answer's events. A piece with the same number replaces the one before it. */
  readonly first: number;
  readonly events: readonly ChatEvent[];
}

/** Keeps chats, messages and usage. Implement it to bring a database of your own. */
export interface Store {
  /**
   * @throws ChatError `not-found` if the chat is another owner's, if a chat to continue is gone, or if `replaceFrom` is not
   * in the chat; `conflict` if the chat already has a message with one of the ids
   */
  startTurn(owner: Owner, turn: TurnStart): Promise<void>;
  /**
   * Stores the new events of an answer that is being written. Resolves when the piece is on the disk, at most a
   * quarter of a second and a commit later; the caller waits for that before it gives the next piece of the same answer.
   * `take` is called when the piece is written, so that the piece holds all events up to then, and again if that fails.
   * If `take` gives nothing, nothing is written. `messages` gives the answer with its pieces, and `saveMessage` replaces
   * them.
   * @throws ChatError `not-found` if the message is gone, for example with its chat
   */
  appendEvents(
    owner: Owner,
    chatId: string,
    piece: {readonly messageId: string; readonly take: () => Piece | undefined},
  ): Promise<void>;
  /**
   * Replaces the message with the same id. Calls keep their order even if they are not awaited.
   * @throws ChatError `not-found` if the message is gone, for example with its chat
   */
  saveMessage(owner: Owner, chatId: string, message: Message): Promise<void>;

  /**
   * Replaces a message by the one that `change` makes of it, with no other write in between, and resolves with it. If
   * `change` throws, nothing is written. Not for answers that are being written. Without it no call of a tool can wait for
   * a person.
   * @throws ChatError `not-found` if the message is gone
   */
  changeMessage?(
    owner: Owner,
    chatId: string,
    messageId: string,
    change: (message: Message) => Message,
  ): Promise<Message>;

  /**
   * Newest `updatedAt` first. `search` finds words in titles and messages. However long that takes, it stops nobody; the
   * signal ends it.
   */
  chats(owner: Owner, page: ChatsRequest, options?: {readonly signal?: AbortSignal}): Promise<Page<Chat>>;
  /** Undefined if the owner has no such chat. */
  chat(owner: Owner, chatId: string): Promise<Chat | undefined>;
  /**
   * False if the owner has no such chat.
   * @throws ChatError `invalid-request` if the title has only spaces
   */
  renameChat(owner: Owner, chatId: string, title: string): Promise<boolean>;
  /**
   * Removes the chat and its messages; usage stays. False if the owner has no such chat. Nobody finds the chat any more;
   * its words may take some seconds until nothing on the disk holds them.
   */
  deleteChat(owner: Owner, chatId: string): Promise<boolean>;
  /**
   * Deletes all chats that the owner has now, and makes the usage anonymous. Resolves with the number of chats when their
   * words are on the disk no more, or after some seconds if another program still reads them. Without it the chats are
   * deleted one by one, and the usage keeps its owner.
   */
  forgetOwner?(owner: Owner): Promise<number>;
  /** The amount of the owner's data. Asked before each question of a caller with a quota, so it must be cheap. */
  kept?(owner: Owner): Promise<Kept>;
  /**
   * Deletes chats that are too old, makes usage of the same age anonymous as `forgetOwner` does, in steps that stop
   * nobody, and resolves with the number of chats.
   */
  deleteExpired?(expiry: Expiry): Promise<number>;
  /** Owners that were to be forgotten while this process has the store, asked for by another program. */
  forgetRequests?(): Promise<readonly Owner[]>;
  /**
   * In the order of writing (a sequence, not a clock). The first page has the newest messages, oldest first inside the
   * page; `next` leads to older ones.
   * @throws ChatError `not-found`
   */
  messages(owner: Owner, chatId: string, page: PageRequest): Promise<Page<Message>>;

  /** Adds what an answer has cost. */
  addUsage(owner: Owner, record: UsageRecord): Promise<void>;
  /** Newest first. */
  usage(owner: Owner, page: PageRequest & UsageTime): Promise<Page<UsageRecord>>;
  /** Newest day first, then the model with the most tokens. If `by` is empty: one sum of all answers, if there are any. */
  usageSums(owner: Owner, request: UsageSumsRequest): Promise<readonly UsageSum[]>;

  /**
   * The usage of all owners that begin with this text since a moment. A ceiling for a day's spending needs it; without it
   * the day's spending starts at zero with each process.
   */
  usageSince?(from: string, ownersBeginWith: string): Promise<{readonly tokens: number; readonly cost: number}>;

  /**
   * The usage of each owner that begins with this text since a moment, of those with the most tokens. Without it the
   * share of a visitor in a day's ceiling starts at zero with each process.
   */
  usageOfOwnersSince?(
    from: string,
    owners: {readonly beginWith: string; readonly limit: number},
  ): Promise<readonly OwnerUsage[]>;

  /**
   * Keeps a question that no page has answered, for as long as the answer to it is kept. Nothing is written if the answer
   * is gone. Without this method there is no list of gaps.
   */
  addGap?(owner: Owner, gap: Omit<Gap, 'createdAt'>): Promise<void>;
  /** The owner's gaps, newest first. */
  gaps?(owner: Owner, page: PageRequest): Promise<Page<Gap>>;
  /** The gaps of all owners, for the operator. Newest first. */
  gapsOfAll?(page: PageRequest): Promise<Page<Gap>>;
  /** Without it no chat can be handed to a person. */
  readonly handovers?: HandoverStore;
  /** Adds these counts to those of the same documents. Without it there is no list of stale pages. */
  addCitations?(documents: readonly CitedDocument[]): Promise<void>;
  /** The documents with the most citations, those first; at most 1000. */
  citations?(): Promise<readonly CitedDocument[]>;

  /**
   * Marks every answer that is still `answering` as `interrupted`, and returns their number. A server does this when it
   * starts, for turns that the last process could not end.
   */
  interruptAnswers(): Promise<number>;
  /**
   * Whether a turn can begin; without it, always.
   * @throws ChatError `storage-unavailable` if a turn that begins now may be lost, as on a nearly full disk
   */
  checkRoom?(): Promise<void>;
  /** Whether the store can be written, found out by writing; without it, a read must do. May be called often. */
  health?(): Promise<StoreHealth>;
  /** Resolves when everything is written and the database is free. No call follows. */
  close(): Promise<void>;
}
