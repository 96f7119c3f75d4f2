/**
 * One thing that happened while an answer was written. Every upstream and every client dialect is a pair of
 * small functions to and from this union; nothing else travels between a provider, the server and the page.
 */
import type {ErrorCode} from './error-codes.ts';
import type {Json} from './json.ts';

/** Why an answer ended. `stopped`: somebody asked for it; what was said stays. */
export type EndReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'stopped';

/** The answer begins. Always the first event of a turn that our server runs; upstream dialects may omit the ids. */
export interface MessageStartEvent {
  readonly type: 'message-start';
  /** Id of the answer, `msg_…`. */
  readonly messageId: string;
  /** Id of the stored chat, `chat_…`; absent where nothing is stored. */
  readonly chatId?: string;
  /** Id of the stored question that is answered, so that a page can match it with the one it shows. */
  readonly questionId?: string;
  /** The model id as it was asked for; empty where the dialect that it came in does not say. */
  readonly model: string;
}

/** A piece of the answer's text, to be appended. Never empty. */
export interface TextDeltaEvent {
  readonly type: 'text-delta';
  readonly delta: string;
}

/** A piece of what the model thought before or between its words, to be appended. Never empty. */
export interface ReasoningDeltaEvent {
  readonly type: 'reasoning-delta';
  readonly delta: string;
}

/** The model calls a tool. Sent once, when the input is complete; input that is not JSON stays the string it was. */
export interface ToolCallEvent {
  readonly type: 'tool-call';
  readonly callId: string;
  readonly name: string;
  readonly input: Json;
  /** The text of the input as the model wrote it, where writing `input` anew would give another. */
  readonly inputText?: string;
}

/** What the tool gave back, or, with `failed`, a sentence that says why there is nothing. */
export interface ToolResultEvent {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly output: Json;
  readonly failed?: boolean;
}

/** Something the answer rests on. */
export interface SourceEvent {
  readonly type: 'source';
  readonly id: string;
  readonly title: string;
  readonly url?: string;
  readonly quote?: string;
}

/** Tokens so far; a later one replaces an earlier one. */
export interface UsageEvent {
  readonly type: 'usage';
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Counted by us because the upstream sent no figures. */
  readonly estimated?: boolean;
}

/** The answer failed. Ends the turn: nothing but `usage` follows. What was said before it stays. */
export interface ErrorEvent {
  readonly type: 'error';
  readonly code: ErrorCode;
  /** A sentence that anybody may see. */
  readonly message: string;
  /** Whether sending the same again may work. */
  readonly retryable: boolean;
  /** Seconds to wait before that. */
  readonly retryAfter?: number;
}

/** The answer is complete. The last event of a turn that did not fail. */
export interface MessageEndEvent {
  readonly type: 'message-end';
  readonly reason: EndReason;
}

export type ChatEvent =
  | MessageStartEvent
  | TextDeltaEvent
  | ReasoningDeltaEvent
  | ToolCallEvent
  | ToolResultEvent
  | SourceEvent
  | UsageEvent
  | ErrorEvent
  | MessageEndEvent;

/**
 * An answer on its way: batches of events. What arrived together travels together, so a burst costs one
 * wake-up and one write however many tokens it holds. A batch is never empty.
 */
export type EventBatches = AsyncIterable<readonly ChatEvent[]>;

/** Whether this event ends a turn. */
export function isEnd(event: ChatEvent): event is MessageEndEvent | ErrorEvent {
  return event.type === 'message-end' || event.type === 'error';
}
