/**
 * Bytes in, events out, at the caller's pace: chooses the decoder for a body and feeds it. If the decoder is missing,
 * the body is held back until the caller provides one.
 */
import type {Decoders} from './decoders.ts';
import {sniffer, trustingSniffer, unknownBody} from './detect.ts';
import type {Finding, Sniffer} from './detect.ts';
import type {Decoder, Dialect} from './dialect.ts';
import {ChatError} from './error.ts';
import {isEnd} from './event.ts';
import type {ChatEvent} from './event.ts';
import {noEvents} from './frames.ts';
import type {HeadersLike} from './headers.ts';
import {utf8Decoder} from './utf8.ts';

/** What is known of a body before it is read. */
export interface ReaderOptions {
  /** The dialect of the body. If absent, it is detected by the headers and the first event. */
  readonly dialect?: Dialect | undefined;
  /** The response's headers. */
  readonly headers?: HeadersLike | undefined;
}

/** Bytes in, events out. Each body needs its own. */
export interface Reader {
  /** Returns the events that these bytes complete; none after an event that ended the answer. */
  push(bytes: Uint8Array): readonly ChatEvent[];
  /** To be called when the body ends or breaks off. Ends the answer with `interrupted` if the body did not end it. */
  end(): readonly ChatEvent[];
  /** Whether an event has ended the answer. The rest of the body can be dropped then. */
  readonly ended: boolean;
  /** Number of the last event, in dialects that number them; else 0. Resume after it. */
  readonly lastNumber: number;
}

/** A reader that may lack the decoder for a body. */
export interface OpenReader extends Reader {
  /** The body is held back until `provide` is called. */
  readonly waiting: boolean;
  /** Reads on with these decoders. If the one for the body is not among them, the body is unreadable. */
  provide(decoders: Decoders): readonly ChatEvent[];
}

/** After this many characters of an unknown beginning the body is unreadable. */
const longestBeginning = 16 * 1024 * 1024;

export function openReader(options: ReaderOptions, decoders: Decoders): OpenReader {
  return new BodyReader(options, decoders);
}

/** A class, because getters of a plain object are slow, and these are read for every token. */
class BodyReader implements OpenReader {
  readonly #decoders: Decoders;
  readonly #dialect: Dialect | undefined;
  readonly #text = utf8Decoder();
  readonly #search: Sniffer;
  #state: 'searching' | 'waiting' | 'reading' | 'ended' = 'searching';
  #decoder: Decoder | undefined;
  #finding: Finding = unknownBody;
  #held: string[] = [];
  #heldLength = 0;
  #bodyIsOver = false;

  constructor({dialect, headers}: ReaderOptions, decoders: Decoders) {
    this.#decoders = decoders;
    this.#dialect = dialect;
    const isEvents = dialect?.contentType.startsWith('text/event-stream');
    this.#search = isEvents ? trustingSniffer() : sniffer(headers);
    if (dialect !== undefined && !isEvents) this.#begin(dialect.decoder());
  }

  push(bytes: Uint8Array): readonly ChatEvent[] {
    if (this.#state === 'ended' || bytes.length === 0) return noEvents;
    const text = this.#text(bytes);
    return this.#decoder === undefined ? this.#hold(text) : this.#noteEnd(this.#decoder.push(text));
  }

  end(): readonly ChatEvent[] {
    if (this.#state === 'ended' || this.#bodyIsOver) return noEvents;
    this.#bodyIsOver = true;
    if (this.#decoder !== undefined) return this.#finish(this.#decoder);
    return this.#state === 'waiting' ? noEvents : this.#choose(this.#search.end());
  }

  get waiting(): boolean {
    return this.#state === 'waiting';
  }

  provide(more: Decoders): readonly ChatEvent[] {
    if (this.#state !== 'waiting') return noEvents;
    return this.#begin(decoderFor(this.#finding, more) ?? unreadableDecoder());
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  get lastNumber(): number {
    return this.#decoder?.lastNumber ?? 0;
  }

  #begin(found: Decoder): readonly ChatEvent[] {
    this.#decoder = found;
    this.#state = 'reading';
    const events = this.#held.length === 0 ? noEvents : this.#noteEnd(found.push(this.#held.join('')));
    this.#held = [];
    return this.#bodyIsOver && !this.ended ? [...events, ...this.#finish(found)] : events;
  }

  #noteEnd(events: readonly ChatEvent[]): readonly ChatEvent[] {
    const last = events[events.length - 1];
    if (last !== undefined && isEnd(last)) this.#state = 'ended';
    return events;
  }

  #finish(found: Decoder): readonly ChatEvent[] {
    const events = this.#noteEnd(found.end());
    if (this.ended) return events;
    this.#state = 'ended';
    return [...events, new ChatError('interrupted').toEvent()];
  }

  #choose(choice: Finding): readonly ChatEvent[] {
    this.#finding = choice;
    if (choice.name === 'set' && this.#dialect !== undefined) return this.#begin(this.#dialect.decoder());
    const found = decoderFor(choice, this.#decoders);
    if (found !== undefined) return this.#begin(found);
    this.#state = 'waiting';
    return noEvents;
  }

  #hold(piece: string): readonly ChatEvent[] {
    this.#held.push(piece);
    this.#heldLength += piece.length;
    if (this.#heldLength > longestBeginning) return this.#begin(unreadableDecoder());
    if (this.#state === 'waiting') return noEvents;
    const choice = this.#search.push(piece);
    return choice === undefined ? noEvents : this.#choose(choice);
  }
}

/** Returns undefined if the decoder exists but is not among these. */
function decoderFor({name, form}: Finding, decoders: Decoders): Decoder | undefined {
  if (name === 'html') {
    // A proxy's page, or a wrong address. Its text is never shown.
    return failingDecoder(new ChatError('unreadable', 'The server sent a web page instead of an answer.'));
  }
  if (form === 'document') return decoders.document?.();
  if (name === undefined || name === 'set') return unreadableDecoder();
  return decoders[name]?.();
}

function unreadableDecoder(): Decoder {
  return failingDecoder(new ChatError('unreadable'));
}

/** Returns one error for any body that is not empty. */
function failingDecoder(error: ChatError): Decoder {
  return {push: (text) => (text === '' ? noEvents : [error.toEvent()]), end: () => noEvents};
}
