/**
 * A dialect is a way of writing an answer as a stream of text: framing, events, end mark. This file says what one
 * is; `dialects/` holds them, `detect.ts` tells them apart, `read-events.ts` reads a response with one.
 */
import type {ChatEvent} from './event.ts';
import type {JsonObject} from './json.ts';

/** Turns a dialect's text into events. One a stream; not to be used again after `end`. */
export interface Decoder {
  /** Takes the next piece, cut anywhere between two characters; gives the events that are complete now. */
  push(text: string): readonly ChatEvent[];
  /** The input is over; gives what was held back. Says nothing of a missing end mark: `readEvents` does. */
  end(): readonly ChatEvent[];
  /** Number of the last event, in dialects that number them, for reading on after a cut. */
  readonly lastNumber?: number;
}

/** Turns events into a dialect's text. One a stream. */
export interface Encoder {
  /**
   * The text for the events, complete frames only; empty where the dialect has no words for them. `firstNumber`
   * is the number of the first of them, for dialects that number; without it they count on from the last.
   */
  encode(events: readonly ChatEvent[], firstNumber?: number): string;
  /** What closes the stream, such as `data: [DONE]`; after the event that ended the turn. */
  end(): string;
  /**
   * What may be written between two frames while there is nothing to say, so that nobody on the way takes the stream for
   * dead: whoever reads it sees nothing. Where absent, an event stream's comment.
   */
  readonly signOfLife?: string;
}

/** What an encoder may need to know besides the events. */
export interface EncodeContext {
  /** Id of the answer: `chatcmpl-…`, `msg_…`. */
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The client asked for a last chunk with usage (OpenAI's `stream_options.include_usage`). */
  readonly includeUsage?: boolean;
  /** Which of several answers to one request this is, in dialects that number them; 0 by default. */
  readonly choice?: number;
  /** Further fields of the last chunk, asked for when it is written, in dialects that have room for them. */
  readonly closingFields?: () => JsonObject;
}

export interface Dialect {
  readonly name: string;
  /** `Content-Type` of an answer in it. */
  readonly contentType: string;
  /** Further response headers that name it, such as `x-vercel-ai-ui-message-stream: v1`. */
  readonly headers?: Readonly<Record<string, string>>;
  decoder(): Decoder;
  encoder?(context: EncodeContext): Encoder;
}
