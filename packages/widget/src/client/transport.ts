/** The way from a page to something that answers. Says what a transport is; knows no HTTP and keeps no state. */
import type {Chat, ChatEvent, Message, Model, Page} from '@chatlet/protocol';

/** Why an answer is asked for: a new question, the same answer again, or a question put differently. */
export type ChatTrigger = 'send' | 'regenerate' | 'edit';

export interface ChatQuestion {
  /** Made by the page. Asking again with the same id must not answer twice. */
  readonly id: string;
  readonly text: string;
}

export interface ChatRequest {
  readonly trigger: ChatTrigger;
  /** Absent in a chat that has not begun. */
  readonly chatId?: string;
  readonly model?: string;
  /** Absent where only the answer is wanted again. */
  readonly message?: ChatQuestion;
  /** `regenerate`: the answer to be written anew. */
  readonly messageId?: string;
  /** `edit`: the question that the new one stands in for; it and all after it go away. */
  readonly replaceFrom?: string;
  /** The conversation up to and with the question, for backends that keep none. */
  readonly messages: readonly Message[];
}

/** Events that arrived together. `last` numbers the last of them where the other side numbers its events. */
export interface Arrival {
  readonly events: readonly ChatEvent[];
  readonly last?: number;
}

/** What a page shows before anybody has asked anything; the server's owner writes it once, for all pages. */
export interface ChatConfig {
  readonly heading?: string;
  readonly subheading?: string;
  readonly greeting?: string;
  readonly introduction?: string;
  readonly starters?: readonly string[];
  readonly disclaimer?: string;
  readonly placeholder?: string;
}

/** The models that may be chosen, and the one that answers when nobody chooses. */
export interface ModelChoice {
  readonly models: readonly Model[];
  readonly defaultModel?: string;
}

/** A chat with its messages. `olderCursor` leads to the ones before. */
export interface LoadedMessages {
  readonly messages: readonly Message[];
  readonly olderCursor?: string;
}

export interface ChatHistory {
  list(query: {search?: string; cursor?: string}, options: {signal: AbortSignal}): Promise<Page<Chat>>;
  /** Oldest first. */
  load(chatId: string, options: {signal: AbortSignal; cursor?: string}): Promise<LoadedMessages>;
  rename(chatId: string, title: string): Promise<void>;
  remove(chatId: string): Promise<void>;
}

/**
 * Failures are thrown as ChatError: `network` where nobody was reached, `interrupted` where the stream was cut.
 * A stream that ends without a `message-end` or an `error` counts as cut.
 *
 * @example
 * chat.transport = {
 *   async *send(request) {
 *     yield {type: 'text-delta', delta: `You said: ${request.message?.text}`};
 *     yield {type: 'message-end', reason: 'stop'};
 *   },
 * };
 */
export interface ChatTransport {
  send(request: ChatRequest, options: {signal: AbortSignal}): AsyncIterable<ChatEvent | Arrival>;
  /**
   * The events after number `after` of the answer that is being written in this chat (0: all of them), then those
   * to come. Nothing at all where no answer is being written.
   */
  resume?(chatId: string, after: number, options: {signal: AbortSignal}): AsyncIterable<ChatEvent | Arrival>;
  /** Ends the answer where it is written, not only the listening to it. */
  stop?(chatId: string): Promise<void>;
  models?(options: {signal: AbortSignal}): Promise<ModelChoice>;
  config?(options: {signal: AbortSignal}): Promise<ChatConfig & Partial<ModelChoice>>;
  history?: ChatHistory;
  /** Somebody else may ask from now on: the token is fetched anew. */
  renewToken?(): void;
  /** Forgets who asked: tokens that were kept for later visits. */
  forget?(): void;
}
