/**
 * The events of an answer while it is written. Every upstream and every client dialect is a pair of small functions to
 * and from this union; nothing else travels between a provider, the server and the page.
 */
import type {ErrorCode} from './error-codes.ts';
import type {Json, JsonObject} from './json.ts';

/** Why an answer ended. `stopped`: somebody pressed stop; the text so far stays. */
export type EndReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'stopped';

/** The answer begins. Always the first event of a turn that our server runs; upstream dialects may leave it out. */
export interface MessageStartEvent {
  readonly type: 'message-start';
  /** Id of the answer, `msg_…`. */
  readonly messageId: string;
  /** Id of the stored chat, `chat_…`; absent if nothing is stored. */
  readonly chatId?: string;
  /** Id of the stored question, so that a page can match it with the one it shows. */
  readonly questionId?: string;
  /** The model id as it was requested; empty if the dialect does not carry it. */
  readonly model: string;
}

/** A piece of the answer's text, to be appended. Never empty. */
export interface TextDeltaEvent {
  readonly type: 'text-delta';
  readonly delta: string;
}

/** A piece of the model's reasoning before or between its text, to be appended. Never empty. */
export interface ReasoningDeltaEvent {
  readonly type: 'reasoning-delta';
  readonly delta: string;
}

/**
 * Takes back the text and the reasoning since the last tool call, or since the start: a filter removed them, or the model
 * began again. Later deltas take their place.
 */
export interface TextResetEvent {
  readonly type: 'text-reset';
  /** It was the reasoning before the answer, and stays as that. */
  readonly asReasoning?: true;
}

/**
 * Metadata that an upstream wants back with the reasoning before this event, or in place of it: signatures, encrypted
 * thoughts. By the kind of upstream that gave it, as only that kind gets it back. Opaque to everybody else. Pages do
 * not get it.
 */
export interface ReasoningMetadataEvent {
  readonly type: 'reasoning-metadata';
  readonly providerMetadata: ProviderMetadata;
}

/** The fields that a kind of upstream wants back, by the name of its dialect. */
export type ProviderMetadata = Readonly<Record<string, JsonObject>>;

/**
 * The probabilities of the tokens in the deltas around it, as OpenAI's `logprobs` has them. In answers to callers who
 * ask for them. Pages do not get it, and messages do not keep it.
 */
export interface LogprobsEvent {
  readonly type: 'logprobs';
  readonly logprobs: Json;
}

/** The model calls a tool. Sent once, when the input is complete; input that is not JSON stays a string. */
export interface ToolCallEvent {
  readonly type: 'tool-call';
  readonly callId: string;
  readonly name: string;
  readonly input: Json;
  /** The input's text as the model wrote it, if `JSON.stringify(input)` would differ from it. */
  readonly inputText?: string;
  /** Metadata that the upstream wants back with this call. Pages do not get it. */
  readonly providerMetadata?: ProviderMetadata;
}

/** How a person has answered: allowed this once, allowed for the rest of the chat, or refused. */
export type ToolApproval = 'once' | 'chat' | 'refused';

/** How far a running call is. A later event replaces an earlier one. */
export interface ToolProgressEvent extends CallProgress {
  readonly type: 'tool-progress';
  readonly callId: string;
}

/** How far a running call of a tool is. */
export interface CallProgress {
  /** In any unit; of `total`, if that is known. */
  readonly done: number;
  /** In the same unit as `done`; absent if nobody knows it. */
  readonly total?: number;
  /** A few words for the visitor. */
  readonly message?: string;
}

/** The result of a tool or, with `failed`, a sentence that says why there is none. */
export interface ToolResultEvent {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly output: Json;
  /** Whether there is no result; absent for false. */
  readonly failed?: boolean;
  /** Present if the tool has an app, see `CallApp`. */
  readonly app?: CallApp;
}

/**
 * The app of a tool shows the result of a call in a frame of the page (MCP Apps). Pages check its fields when they show it:
 * - `title`: a text
 * - `result`: what the app reads, as MCP's `CallToolResult`; absent if it is too long to be kept
 */
export type CallApp = JsonObject;

/**
 * A call waits for a person, and the turn ends with `message-end` `tool-calls`. When all waiting calls of the answer are
 * answered, the turn goes on under the same answer id: its stream begins anew with what was said before.
 */
export interface ToolWaitEvent {
  readonly type: 'tool-wait';
  readonly callId: string;
  readonly wait: ToolWait;
  /** What the tool gets when it runs again. Pages do not get it. */
  readonly kept?: Json;
}

/** A person has answered a call that waited. A result follows, also after a refusal. */
export interface ToolApprovalEvent {
  readonly type: 'tool-approval';
  readonly callId: string;
  readonly approval: ToolApproval;
}

/** A person has filled in a form or opened an address that a call asked for, or has declined. The tool runs again. */
export interface ToolReplyEvent {
  readonly type: 'tool-reply';
  readonly callId: string;
  readonly reply: InputReply;
}

/** An answer to a call that asks for a form or an address. */
export interface InputReply {
  readonly action: 'accept' | 'decline';
  /** The fields of an accepted form. */
  readonly content?: JsonObject;
}

/**
 * What a call waits for:
 * - `approval`: a person says whether the tool may run with this input
 * - `form`: a person fills in the fields of `schema`
 * - `url`: a person does something at an address, and says when it is done
 * - `page`: the page runs the function of this name
 * - `person`: a person of the site answers
 */
export type ToolWait = WaitTerms &
  (
    | {readonly ask: 'person'}
    | {
        readonly ask: 'approval';
        /** The question in the agent's own words; absent: the page asks in its own. */
        readonly message?: string;
        /** What the answer may hold besides a yes or a no; absent: all of them. */
        readonly options?: readonly ApprovalOption[];
      }
    /** `claim`: the name of the page that runs it. The result of no other page counts. */
    | {readonly ask: 'page'; readonly claim?: string}
    /** `schema` is a JSON Schema of an object whose fields are texts, numbers, booleans and choices. */
    | {readonly ask: 'form'; readonly message: string; readonly schema: JsonObject}
    /** https: */
    | {readonly ask: 'url'; readonly message: string; readonly url: string}
  );

/**
 * What an answer to an approval may hold besides a yes or a no:
 * - `chat`: the yes counts for the rest of the chat
 * - `input`: a corrected input
 * - `reason`: words with a refusal
 */
export type ApprovalOption = 'chat' | 'input' | 'reason';

interface WaitTerms {
  /**
   * A hash of the tool's name, description and schema: the answer counts for this definition alone. Empty if an agent of
   * another kind asks, which has none.
   */
  readonly definition: string;
  /** ISO 8601, UTC. Nobody can answer after it. Empty if an agent of another kind asks and names no end. */
  readonly expiresAt: string;
  /** The tool says that it may delete or overwrite. */
  readonly destructive?: boolean;
}

/** A source that the answer is based on. */
export interface SourceEvent {
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

/**
 * A mark behind the text so far: the words before it come from this source. The source comes first, and the server has
 * checked that `quote` stands in it. A mark before any text is ignored.
 */
export interface CitationEvent {
  readonly type: 'citation';
  /** The `id` of a source of this answer. */
  readonly sourceId: string;
  /** The source's own words. */
  readonly quote: string;
}

/** Tokens so far; a later event replaces an earlier one. */
export interface UsageEvent {
  readonly type: 'usage';
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

/** The answer failed. Ends the turn: nothing but `usage` follows. The text so far stays. */
export interface ErrorEvent {
  readonly type: 'error';
  readonly code: ErrorCode;
  /** A sentence that anybody may see. */
  readonly message: string;
  /** Whether sending the same again may work. */
  readonly retryable: boolean;
  /** Seconds to wait before sending it again. */
  readonly retryAfter?: number;
  /** Facts for the caller, such as the models that there are. Anybody may see them. */
  readonly details?: Readonly<Record<string, string | number | readonly string[]>>;
}

/** The answer is complete. The last event of a turn that did not fail. */
export interface MessageEndEvent {
  readonly type: 'message-end';
  readonly reason: EndReason;
  /** Whether the answer has a checked citation; absent if no documents were searched for it. */
  readonly grounded?: boolean;
  /** Questions that the visitor could ask next, at most three. */
  readonly followUps?: readonly string[];
  /** The page that fits the question best; only on answers that have no checked citation. */
  readonly nearestPage?: NearestPage;
}

/** A page beside an answer that is not from it. */
export type NearestPage = {
  readonly title: string;
  /** Absent if visitors cannot open the page. */
  readonly url?: string;
};

/** What happens while an answer is written. All dialects are read as these events and written from them. */
export type ChatEvent =
  | MessageStartEvent
  | TextDeltaEvent
  | ReasoningDeltaEvent
  | TextResetEvent
  | ReasoningMetadataEvent
  | LogprobsEvent
  | ToolCallEvent
  | ToolResultEvent
  | ToolWaitEvent
  | ToolApprovalEvent
  | ToolReplyEvent
  | ToolProgressEvent
  | SourceEvent
  | CitationEvent
  | UsageEvent
  | ErrorEvent
  | MessageEndEvent;

/**
 * An answer on its way: batches of events. Events that arrived together travel together, so a burst costs one wake-up
 * and one write for any number of tokens. A batch is never empty.
 */
export type EventBatches = AsyncIterable<readonly ChatEvent[]>;

/** Whether this event ends a turn. */
export function isEnd(event: ChatEvent): event is MessageEndEvent | ErrorEvent {
  return event.type === 'message-end' || event.type === 'error';
}
