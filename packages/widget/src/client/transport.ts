/** The interface of a transport, which brings requests to something that answers. Knows no HTTP, keeps no state. */
import type {
  Chat,
  ChatEvent,
  InputReply,
  Json,
  JsonObject,
  Message,
  Model,
  Page,
  PageToolDefinition,
  ToolApproval,
} from '@chatlet/protocol';

/**
 * The reason for a request: a new question, another answer to the same question, a corrected question, or replies to all
 * calls for which the last message has waited.
 */
export type ChatTrigger = 'send' | 'regenerate' | 'edit' | 'continue';

/** A question with its id. */
export interface ChatQuestion {
  /** Made by the page. Asking again with the same id must not answer twice. */
  readonly id: string;
  readonly text: string;
}

/** A question, or the wish for another answer, with all that goes along. */
export interface ChatRequest {
  readonly trigger: ChatTrigger;
  /** Absent in a chat that has not begun. */
  readonly chatId?: string;
  /** The chosen model; absent for the backend's default. */
  readonly model?: string;
  /** Absent for `regenerate` and `continue`. */
  readonly message?: ChatQuestion;
  /** `regenerate`: the answer to be replaced. */
  readonly messageId?: string;
  /** `edit`: the question to be replaced, with everything after it. */
  readonly replaceFrom?: string;
  /** `regenerate`, `edit`: the last of the messages that are replaced, for backends that keep no chats. */
  readonly replaced?: Message;
  /** The page deletes the chat when it leaves it. */
  readonly temporary?: boolean;
  /** Where the visitor is in the site, a URL or a path from `/`: pages below it are preferred. */
  readonly section?: string;
  /** Whether the site's pages are searched for the answer. Absent: as the server has it. */
  readonly retrieval?: boolean;
  /** The functions of the page that the model may call. */
  readonly pageTools?: readonly PageToolDefinition[];
  /** The conversation up to and including the question, for backends that keep no chats. */
  readonly messages: readonly Message[];
}

/** A call of a tool that waits for the visitor. */
export interface WaitingCall {
  /** The id of the answer. */
  readonly messageId: string;
  readonly callId: string;
  /** Of the question that the visitor has seen: a call may ask one thing after the other. */
  readonly expiresAt?: string | undefined;
}

/** What an app asks for: nothing when it is opened, else a tool, a resource, or that the model reads something. */
export interface AppCall {
  readonly name?: string;
  readonly arguments?: JsonObject;
  /** The definition of the tool that the visitor has allowed. */
  readonly approved?: string;
  /** The address of a resource. */
  readonly resource?: string;
  /** The model reads it with the next question, in place of what the app said before. */
  readonly modelContext?: string;
}

/** A message to the server about a call that waits for the page. */
export type PageReply = Claim | ({readonly claim?: string} & ({readonly output: Json} | {readonly error: string}));

/** The page is about to run the function: from then on the server takes a result from this page alone. */
export interface Claim {
  readonly claim: string;
  /** The claim of a page that is gone. */
  readonly takesOver?: string;
}

/** The answer to a call that waits, by what it waits for: an approval, a form or an address, a function of the page. */
export type ToolReply =
  | {
      readonly approval: ToolApproval;
      /** Input in place of the model's. */
      readonly input?: Json;
      /** Words for the model, with a refusal. */
      readonly reason?: string;
    }
  | InputReply
  | PageReply;

/** With the functions of the page, which the model may call when the answer goes on. */
export type SentReply = ToolReply & Pick<ChatRequest, 'pageTools'>;

/** Events that arrived together. `last` is the number of the last one, if the server numbers its events. */
export interface Arrival {
  readonly events: readonly ChatEvent[];
  /** The number of the last event, from 1, for `resume`. */
  readonly last?: number;
  /** The chat of the answer, if the response's headers name it. Such an arrival comes first and may have no events. */
  readonly chatId?: string;
  /** With `chatId`: the names of what the server has left out of the request. */
  readonly ignored?: string;
}

/** Texts of a chat, mostly before the first question; the server's owner writes them once, for all pages. */
export interface ChatConfig {
  /** The name in the header. */
  readonly heading?: string;
  /** The line below the heading. */
  readonly subheading?: string;
  /** The title above the first question. */
  readonly greeting?: string;
  /** The sentence below the greeting. */
  readonly introduction?: string;
  /** Says before the first question that no human answers; `off` hides it. */
  readonly aiNotice?: string;
  /** Questions to begin with, as buttons. */
  readonly starters?: readonly string[];
  /** By a starter: the question in its place. The values are not checked. */
  readonly prompts?: Readonly<Record<string, unknown>>;
  /** A line below the composer. */
  readonly disclaimer?: string;
  /** The text in the empty composer. */
  readonly placeholder?: string;
  /** Words in place of some of the chat's, in groups as in `Words`. */
  readonly strings?: object;
  /** An address or a mail address, for questions that the site's pages do not answer. */
  readonly contact?: string;
  /** Whether formulas are set. */
  readonly math?: boolean;
}

/** The models that may be chosen, and the one that answers when nobody chooses. */
export interface ModelChoice {
  readonly models: readonly Model[];
  /** Its id; absent if the backend names none. */
  readonly defaultModel?: string;
}

/** Messages of a chat. `olderCursor` leads to the ones before. */
export interface LoadedMessages {
  readonly messages: readonly Message[];
  /** Absent if there are no older messages. */
  readonly olderCursor?: string;
}

/** The kept chats of a visitor. */
export interface ChatHistory {
  /** Newest first. `search` finds words in titles and messages. */
  list(query: {search?: string; cursor?: string}, options: {signal: AbortSignal}): Promise<Page<Chat>>;
  /** Oldest first. */
  load(chatId: string, options: {signal: AbortSignal; cursor?: string}): Promise<LoadedMessages>;
  /** Gives a chat another title. */
  rename(chatId: string, title: string): Promise<void>;
  /** Deletes a chat with its messages, for ever. */
  remove(chatId: string): Promise<void>;
  /** All chats as a file. Absent if the backend does not offer it, as is `removeAll`. */
  export?(format: ExportFormat, options: {signal: AbortSignal}): Promise<Blob>;
  /** Deletes all chats, and everything else that the server keeps of the visitor. */
  removeAll?(): Promise<void>;
}

/** A search for pages of the site. */
export interface PageQuery {
  readonly text: string;
  /** A URL, or a path from `/`: pages below it come first. */
  readonly section?: string;
}

export interface FoundPage {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  /** The headings above the words that were found, joined by ` › `. */
  readonly section?: string;
  /** The words around those of the query. */
  readonly snippet: string;
}

/** The form in which a visitor takes the chats along. */
export type ExportFormat = 'markdown' | 'json';

/**
 * Throws failures as ChatError: `network` if nobody was reached or the connection broke, `interrupted` if the stream was
 * cut. Both are tried again. A stream that ends without a `message-end` or an `error` counts as cut.
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
  /**
   * Asks, and gives the answer's events as they come. The signal ends the reading, and the answer only if nothing
   * keeps it.
   */
  send(request: ChatRequest, options: {signal: AbortSignal}): AsyncIterable<ChatEvent | Arrival>;
  /**
   * Yields the events after number `after` (0: all of them) of the answer that is being written in this chat, then
   * those to come. Yields nothing if no answer is being written.
   */
  resume?(chatId: string, after: number, options: {signal: AbortSignal}): AsyncIterable<ChatEvent | Arrival>;
  /** Ends the answer on the server. Aborting a signal only ends the reading. */
  stop?(chatId: string): Promise<void>;
  /**
   * Answers a call that waits. When no other call waits, the answer goes on, and `resume` reads it.
   * @throws ChatError `conflict` if somebody has answered it, or its time is over
   */
  answerTool?(chatId: string, call: WaitingCall, reply: SentReply): Promise<void>;
  /**
   * Whether `send` takes replies to calls that wait, for backends without `answerTool`; false by default. When the last
   * call of an answer has its reply, the trigger is `continue`: the last message is the answer, its calls have the replies
   * in `kept`, and the events that come are appended to it.
   */
  readonly continues?: boolean;
  /**
   * Opens the app that shows the result of a call, or calls a tool for the app. Resolves with the server's answer, which is
   * not checked yet, and the address that stands before paths in it.
   */
  callApp?(chatId: string, call: WaitingCall, asked: AppCall): Promise<{readonly base: string; readonly body: unknown}>;
  /** Hands the chat to a person of the site, with these words, by the visitor's consent. */
  askPerson?(chatId: string, text: string): Promise<void>;
  /** The models to choose from; absent if there is no choice. */
  models?(options: {signal: AbortSignal}): Promise<ModelChoice>;
  /** The texts of the backend's owner; absent if the backend has none. */
  config?(options: {signal: AbortSignal}): Promise<ChatConfig & Partial<ModelChoice>>;
  /** The kept chats; absent if the backend keeps none. */
  history?: ChatHistory;
  /** Finds pages of the site, without a model. */
  search?(query: PageQuery, options: {signal: AbortSignal}): Promise<readonly FoundPage[]>;
  /** The visitor may have changed: the next request fetches a new token. */
  renewToken?(): void;
  /**
   * The visitor leaves: ends the answers that run, with `delete` deletes everything on the server, and forgets tokens that
   * were kept for later visits.
   */
  forget?(options?: {readonly delete?: boolean}): void;
}
