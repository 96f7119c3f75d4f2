/** The data of a conversation: plain, and the same on the page, on the wire and in the store. */
import type {
  CallApp,
  CallProgress,
  EndReason,
  ErrorEvent,
  InputReply,
  NearestPage,
  ProviderMetadata,
  ToolApproval,
  ToolWait,
} from './event.ts';
import type {ErrorCode} from './error-codes.ts';
import type {Json, JsonObject} from './json.ts';

/** Text in Markdown. */
export interface TextPart extends Cacheable {
  readonly type: 'text';
  readonly text: string;
  /** The marks in the text, in its order; on answers only. */
  readonly citations?: readonly Citation[];
}

/** A checked mark: the text before it comes from a source. */
export interface Citation {
  /** The position in the text, in UTF-16 units. */
  readonly at: number;
  /** The `id` of a source of the message. */
  readonly sourceId: string;
  /** The source's own words. */
  readonly quote: string;
}

/** A part of a prompt up to which an upstream shall keep the prompt in its cache. */
interface Cacheable {
  /** Anthropic's `cache_control`, such as `{type: 'ephemeral'}`; in requests only. */
  readonly cacheControl?: JsonObject;
}

/** What the model thought before it answered. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  /** Empty if the upstream gave only metadata. */
  readonly text: string;
  /** Metadata that the upstream wants back with this reasoning. Pages do not get it. */
  readonly providerMetadata?: ProviderMetadata;
}

/** A call of a tool, with its input and, once it has ended, its result. */
export interface ToolPart extends Cacheable {
  readonly type: 'tool';
  readonly callId: string;
  readonly name: string;
  readonly input: Json;
  /** The input's text as the model wrote it, if `JSON.stringify(input)` would differ from it. */
  readonly inputText?: string;
  /** Metadata that the upstream wants back with this call. Pages do not get it. */
  readonly providerMetadata?: ProviderMetadata;
  /** `waiting`: a person or the page must answer first, see `wait`. */
  readonly state: 'running' | 'waiting' | 'done' | 'failed';
  /** While it runs, if the tool tells it. */
  readonly progress?: CallProgress;
  /** Present if `done` or `failed`. */
  readonly output?: Json;
  /** Present if it is done and its tool has an app, which shows the result. */
  readonly app?: CallApp;
  /** Present if it waits or has waited. */
  readonly wait?: ToolWait;
  /** Whether a person has allowed it. */
  readonly approval?: ToolApproval;
  /** The answer to a `wait` for a form or an address. */
  readonly reply?: InputReply;
  /** What the tool gets when it runs again. Pages do not get it. */
  readonly kept?: Json;
}

/** A page or document that an answer is based on. */
export interface SourcePart {
  readonly type: 'source';
  readonly id: string;
  readonly title: string;
  /** Absent if the source has no address that a visitor could open. */
  readonly url?: string;
  /** The words of the source that the answer is based on; absent if the model named none. */
  readonly quote?: string;
  /** The headings above the passage in its document, outermost first, joined by ` › `. */
  readonly section?: string;
  /** When the document was last changed, ISO 8601. */
  readonly updatedAt?: string;
}

/** A file of a message, as an address or as data. */
export interface FilePart extends Cacheable {
  readonly type: 'file';
  /** https: or data: URL. */
  readonly url: string;
  /** MIME type, such as `image/png`. */
  readonly mediaType: string;
  /** The file's name; absent for data without one. */
  readonly name?: string;
  /** How closely a model looks at an image, named as in OpenAI's API: `auto`, `low`, `high`. */
  readonly detail?: string;
}

/** A piece of a message: text, reasoning, a call of a tool, a source or a file. */
export type Part = TextPart | ReasoningPart | ToolPart | SourcePart | FilePart;

/** Who has written a message. */
export type Role = 'system' | 'user' | 'assistant';

/**
 * - `answering`: events still arrive
 * - `waiting`: a tool call waits for a person or the page; then the answer goes on
 * - `done`: complete (`endReason` says how)
 * - `stopped`: somebody pressed stop
 * - `interrupted`: the connection or the server went away before the end
 * - `failed`: ended with `error`
 *
 * The text so far stays in all of them.
 */
export type MessageStatus = 'answering' | 'waiting' | 'done' | 'stopped' | 'interrupted' | 'failed';

/** Tokens of an answer, as the upstream counted them or by an estimate. */
export interface Usage {
  /** Tokens that the model has read, those from its cache included. */
  readonly promptTokens: number;
  /** Tokens that the model has written, its reasoning included. */
  readonly completionTokens: number;
  /** The part of `promptTokens` that the upstream read from its cache. */
  readonly cachedTokens?: number;
  /** The part of `promptTokens` that the upstream wrote into its cache. */
  readonly cacheWriteTokens?: number;
  /** The part of `completionTokens` that is reasoning. */
  readonly reasoningTokens?: number;
  /** Counted by our server, because the upstream sent no figures. */
  readonly estimated?: boolean;
}

/** Why an answer failed. Anybody may see it. */
export interface MessageError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** A question or an answer, in parts. */
export interface Message {
  /** `msg_…` once the server has named it. */
  readonly id: string;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly status: MessageStatus;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
  /** The model that answered; on answers only. */
  readonly model?: string;
  /** The tokens of the answer; absent until the first figures. */
  readonly usage?: Usage;
  /** Why the answer ended; on answers that ended without an error. */
  readonly endReason?: EndReason;
  /** Whether the answer has a checked citation; absent if no documents were searched for it. */
  readonly grounded?: boolean;
  /** Questions that the visitor could ask next, at most three. */
  readonly followUps?: readonly string[];
  /** The page that fits the question best; only on answers that have no checked citation. */
  readonly nearestPage?: NearestPage;
  /** Why the answer failed; on failed answers only. */
  readonly error?: MessageError;
  /** The request as its API has it, which is needed to show it again; on questions of stored responses only. */
  readonly origin?: Json;
}

/** A chat that the server keeps, without its messages. */
export interface Chat {
  /** `chat_…` */
  readonly id: string;
  readonly title: string;
  /** The model that answered last. */
  readonly model: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A model that can be asked. */
export interface Model {
  readonly id: string;
  readonly name: string;
  /** A line under the name; absent if nobody has written one. */
  readonly description?: string;
  /** The provider's id, such as `openai`. */
  readonly provider?: string;
  /** The most tokens of question and answer together. */
  readonly contextLength?: number;
  /** USD per 1000 tokens. Without a price of their own, tokens from the cache and into it cost as much as others. */
  readonly pricing?: {
    readonly prompt: number;
    readonly completion: number;
    readonly cachedPrompt?: number;
    readonly cacheWrite?: number;
  };
  /** Its uses, such as `general`, `reasoning`, `long-context`, `code`. */
  readonly tags?: readonly string[];
}

/** A page of a longer list (pagination). `next` is the cursor of the next page; absent at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next page; absent on the last one. */
  readonly next?: string;
}

/** The text of a message, without reasoning, tools and sources. */
export function textOf(message: Pick<Message, 'parts'>): string {
  let text = '';
  for (const part of message.parts) if (part.type === 'text') text += part.text;
  return text;
}

/** An answer without any text yet. */
export function emptyAnswer(fields: {id: string; createdAt: string; model?: string}): Message {
  return {...fields, role: 'assistant', parts: [], status: 'answering'};
}

/** Errors that mean the connection or the server went away. All others mean the answer failed. */
const interruptions: ReadonlySet<string> = new Set<ErrorCode>(['interrupted', 'shutting-down']);

/** The fields of an answer that this error has ended. */
export function endOfError(event: ErrorEvent): Pick<Message, 'status' | 'error'> {
  const {type: _, ...error} = event;
  return {status: interruptions.has(error.code) ? 'interrupted' : 'failed', error};
}
