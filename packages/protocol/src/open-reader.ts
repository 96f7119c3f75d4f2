/**
 * Bytes in, events out, at the caller's pace: finds the decoder for a body and feeds it. Where it lacks the decoder
 * that a body needs, it holds the body back until it is given one.
 */
import type {Decoders} from './decoders.ts';
import {sniffer, trustingSniffer, unknownBody} from './detect.ts';
import type {Finding, Sniffer} from './detect.ts';
import type {Decoder, Dialect} from './dialect.ts';
import {ChatError} from './error.ts';
import {isEnd} from './event.ts';
import type {ChatEvent} from './event.ts';
import {noEvents} from './framing.ts';
import type {HeadersLike} from './headers.ts';

export interface ReaderOptions {
  /** Read it as this, whatever it looks like. Without it the headers and the first event decide. */
  readonly dialect?: Dialect | undefined;
  /** The response's headers. */
  readonly headers?: HeadersLike | undefined;
}

/** Bytes in, events out. One a body. */
export interface Reader {
  /** The events that these bytes complete. Nothing after an event that ended the answer. */
  push(bytes: Uint8Array): readonly ChatEvent[];
  /** The body is over or broke off. Ends the answer with `interrupted` where the body did not end it. */
  end(): readonly ChatEvent[];
  /** Whether an event has ended the answer; what else the body holds does not matter. */
  readonly ended: boolean;
  /** Number of the last event, in dialects that number them; else 0. Resume after it. */
  readonly lastNumber: number;
}

/** A reader that may turn out to lack a decoder. */
export interface OpenReader extends Reader {
  /** The body is held back: `provide` what there is. */
  readonly waiting: boolean;
  /** Reads on with these. What is not among them is unreadable. */
  provide(decoders: Decoders): readonly ChatEvent[];
}

/** Characters after which a beginning that tells nothing is given up. */
const longestBeginning = 16 * 1024 * 1024;

export function openReader(options: ReaderOptions, decoders: Decoders): OpenReader {
  return new BodyReader(options, decoders);
}

/** A class, as an object with getters of its own would be slow to ask, and it is asked for every token. */
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

/** Undefined where there should be one but it is not among these. */
function decoderFor({name, form}: Finding, decoders: Decoders): Decoder | undefined {
  if (name === 'html') {
    // A proxy's page or a wrong address: never shown, whatever it says.
    return failingDecoder(new ChatError('unreadable', 'The server sent a web page instead of an answer.'));
  }
  if (form === 'document') return decoders.document?.();
  if (name === undefined || name === 'set') return unreadableDecoder();
  // That decoder knows the errors of all.
  return decoders[name === 'error' ? 'openai-chat' : name]?.();
}

function unreadableDecoder(): Decoder {
  return failingDecoder(new ChatError('unreadable'));
}

/** Answers whatever comes with one error; to silence it has nothing to say. */
function failingDecoder(error: ChatError): Decoder {
  return {push: (text) => (text === '' ? noEvents : [error.toEvent()]), end: () => noEvents};
}

/**
 * Decodes UTF-8 over the borders of chunks. A byte-order mark stays, the framing drops it. Characters that the last
 * chunk leaves incomplete are dropped.
 */
function utf8Decoder(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
  return (bytes) => {
    // A chunk that ends in ASCII leaves nothing waiting, and decoding without `stream` is three times as fast.
    const complete = (bytes[bytes.length - 1] ?? 0) < 0x80;
    return complete ? decoder.decode(bytes) : decoder.decode(bytes, {stream: true});
  };
}
