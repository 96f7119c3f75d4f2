/**
 * A dialect is a way of writing an answer as a stream of text: framing, events, end mark. This file defines its
 * interfaces; `dialects/` holds the dialects, `detect.ts` detects them, `read-events.ts` reads a response with one.
 */
import type {ChatEvent} from './event.ts';
import type {JsonObject} from './json.ts';

/** Turns a dialect's text into events. Each stream needs its own; not to be used again after `end`. */
export interface Decoder {
  /** Takes the next piece, cut anywhere between two characters. Returns the events that are complete now. */
  push(text: string): readonly ChatEvent[];
  /** Ends the input. Returns the events that were held back. A missing end mark is told by `readEvents`, not here. */
  end(): readonly ChatEvent[];
  /** Number of the last event, in dialects that number them: to resume after a lost connection. */
  readonly lastNumber?: number;
}

/** Turns events into a dialect's text. Each stream needs its own. */
export interface Encoder {
  /**
   * Writes the events as complete frames; empty if the dialect cannot express them. `firstNumber` is the number of the
   * first event, for dialects that number; without it, numbering goes on from the last event.
   */
  encode(events: readonly ChatEvent[], firstNumber?: number): string;
  /** Writes the end mark, such as `data: [DONE]`. To be called after the event that ended the turn. */
  end(): string;
  /**
   * The keep-alive (heartbeat): may be written between two frames while the model is silent, so that no proxy cuts the
   * stream. Readers ignore it. If absent, a comment of server-sent events is used.
   */
  readonly signOfLife?: string;
}

/** Facts that an encoder needs besides the events. */
export interface EncodeContext {
  /** Id of the answer: `chatcmpl-…`, `msg_…`. */
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The client asked for a last chunk with usage (OpenAI's `stream_options.include_usage`). */
  readonly includeUsage?: boolean;
  /** An estimate of the question's tokens, for dialects that tell them at the beginning; 0 by default. */
  readonly promptTokens?: number;
  /** Leaves reasoning out, in dialects that send it only to clients that ask for it. */
  readonly omitsReasoning?: boolean;
  /** The ids of calls that the reader has from an earlier part of this answer. */
  readonly knownCalls?: readonly string[];
  /** The index of this answer if one request has several, in dialects that number them; 0 by default. */
  readonly choice?: number;
  /** Returns further fields for the last chunk, in dialects that have room for them. Called when that is written. */
  readonly closingFields?: () => JsonObject;
}

/** A way of streaming an answer: how it is read, and for some how it is written. */
export interface Dialect {
  readonly name: string;
  /** `Content-Type` of an answer in it. */
  readonly contentType: string;
  /** Further response headers that name it, such as `x-vercel-ai-ui-message-stream: v1`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A new decoder, for one stream. */
  decoder(): Decoder;
  /** A new encoder, for one answer. Absent if the dialect is only read. */
  encoder?(context: EncodeContext): Encoder;
}
