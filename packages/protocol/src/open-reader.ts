/**
 * Bytes in, events out, at the caller's pace: finds the decoder for a body and feeds it. Where it lacks the decoder
 * that a body needs, it holds the body back until it is given one.
 */
import type {Decoders} from './decoders.ts';
import {sniffer, trustingSniffer, unknown} from './detect.ts';
import type {Finding} from './detect.ts';
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

export function openReader({dialect, headers}: ReaderOptions, decoders: Decoders): OpenReader {
  const text = utf8();
  const search = dialect?.contentType.startsWith('text/event-stream') ? trustingSniffer() : sniffer(headers);
  let state: 'searching' | 'waiting' | 'reading' | 'ended' = 'searching';
  let decoder: Decoder | undefined;
  let finding: Finding | undefined;
  let held: string[] = [];
  let heldLength = 0;
  let bodyIsOver = false;

  if (dialect !== undefined && !dialect.contentType.startsWith('text/event-stream')) begin(dialect.decoder());

  function begin(found: Decoder): readonly ChatEvent[] {
    decoder = found;
    state = 'reading';
    const events = held.length === 0 ? noEvents : checked(found.push(held.join('')));
    held = [];
    return bodyIsOver && !isOver() ? [...events, ...finish(found)] : events;
  }
  // The compiler does not see that reading may end the answer.
  const isOver = (): boolean => state === 'ended';
  const checked = (events: readonly ChatEvent[]): readonly ChatEvent[] => {
    const last = events[events.length - 1];
    if (last !== undefined && isEnd(last)) state = 'ended';
    return events;
  };
  const finish = (found: Decoder): readonly ChatEvent[] => {
    const events = checked(found.end());
    if (isOver()) return events;
    state = 'ended';
    return [...events, new ChatError('interrupted').toEvent()];
  };
  const choose = (choice: Finding): readonly ChatEvent[] => {
    finding = choice;
    if (choice.name === 'set' && dialect !== undefined) return begin(dialect.decoder());
    const found = decoderFor(choice, decoders);
    if (found !== undefined) return begin(found);
    state = 'waiting';
    return noEvents;
  };
  const hold = (piece: string): readonly ChatEvent[] => {
    held.push(piece);
    heldLength += piece.length;
    if (heldLength > longestBeginning) return begin(unreadable());
    if (state === 'waiting') return noEvents;
    const choice = search.push(piece);
    return choice === undefined ? noEvents : choose(choice);
  };

  return {
    push(bytes) {
      if (state === 'ended' || bytes.length === 0) return noEvents;
      return decoder === undefined ? hold(text(bytes)) : checked(decoder.push(text(bytes)));
    },
    end() {
      if (state === 'ended' || bodyIsOver) return noEvents;
      bodyIsOver = true;
      if (decoder !== undefined) return finish(decoder);
      return state === 'waiting' ? noEvents : choose(search.end());
    },
    get waiting() {
      return state === 'waiting';
    },
    provide(more) {
      if (state !== 'waiting') return noEvents;
      return begin(decoderFor(finding ?? unknown, more) ?? unreadable());
    },
    get ended() {
      return state === 'ended';
    },
    get lastNumber() {
      return decoder?.lastNumber ?? 0;
    },
  };
}

/** Undefined where there should be one but it is not among these. */
function decoderFor({name, form}: Finding, decoders: Decoders): Decoder | undefined {
  if (name === 'html') {
    // A proxy's page or a wrong address: never shown, whatever it says.
    return says(new ChatError('unreadable', 'The server sent a web page instead of an answer.'));
  }
  if (form === 'document') return decoders.document?.();
  if (name === undefined || name === 'set') return unreadable();
  // That decoder knows the errors of all.
  return decoders[name === 'error' ? 'openai-chat' : name]?.();
}

function unreadable(): Decoder {
  return says(new ChatError('unreadable'));
}

/** Answers whatever comes with one error; to silence it has nothing to say. */
function says(error: ChatError): Decoder {
  return {push: (text) => (text === '' ? noEvents : [error.toEvent()]), end: () => noEvents};
}

/**
 * Decodes UTF-8 over the borders of chunks. A byte-order mark stays, the framing drops it. Characters that the last
 * chunk leaves incomplete are dropped.
 */
function utf8(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
  return (bytes) => {
    // A chunk that ends in ASCII leaves nothing waiting, and decoding without `stream` is three times as fast.
    const complete = (bytes[bytes.length - 1] ?? 0) < 0x80;
    return complete ? decoder.decode(bytes) : decoder.decode(bytes, {stream: true});
  };
}
