/** Turns an answer's events into the text of a response, in any dialect. Knows none in particular. */
import {ChatError, type ChatEvent, type Dialect, type EncodeContext, type Encoder} from '@chatlet/protocol';
import type {NumberedBatch} from '../../engine/turn-log.ts';

export type Batch = readonly ChatEvent[];

/** Writes one response. A `Piece` of an answer is a batch of events, perhaps with a number. */
export interface Writer<Piece> {
  readonly contentType: string;
  /** Further headers that name its dialect. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The events of a piece. */
  events(piece: Piece): Batch;
  encode(piece: Piece): string;
  /** Written in place of the rest if the answer was cut off. */
  cutOff(): string;
  /** Written at the end. */
  end(): string;
  /** Keep-alive, written while the answer is idle. */
  readonly signOfLife: string;
}

/** The part of a dialect that is needed for writing. */
export type WritableDialect = Pick<Dialect, 'name' | 'contentType' | 'headers' | 'encoder'>;

/** Writes one answer in a dialect. */
export function writerOf(dialect: WritableDialect, context: EncodeContext): Writer<Batch> {
  const encoder = encoderOf(dialect, context);
  return {
    contentType: dialect.contentType,
    headers: dialect.headers,
    events: (batch) => batch,
    encode: (batch) => encoder.encode(batch),
    cutOff: () => cutOffBy(encoder),
    end: () => encoder.end(),
    signOfLife: signOfLifeOf(encoder),
  };
}

/** Writes a stored turn in a dialect, from the event after the number `after` on. */
export function numberedWriterOf(
  dialect: WritableDialect,
  context: EncodeContext,
  after: number = 0,
): Writer<NumberedBatch> {
  const encoder = encoderOf(dialect, context);
  return {
    contentType: dialect.contentType,
    headers: dialect.headers,
    events: ({events}) => events,
    encode: ({events, first}) => encoder.encode(events, first),
    // A reader that resumes may already have read the end, so no `interrupted` error is added.
    cutOff: () => (after === 0 ? cutOffBy(encoder) : ''),
    end: () => encoder.end(),
    signOfLife: signOfLifeOf(encoder),
  };
}

interface Written {
  readonly answerId: string;
  readonly createdAt: string;
  readonly model: string | {readonly asked: string};
}

/** The encoder's context. `idPrefix` replaces our `msg_`, for example with `chatcmpl-`. */
export function contextOf({answerId, createdAt, model}: Written, idPrefix: string = ownPrefix): EncodeContext {
  return {
    id: idPrefix + answerId.slice(ownPrefix.length),
    model: typeof model === 'string' ? model : model.asked,
    created: Math.floor(Date.parse(createdAt) / 1000),
  };
}

const ownPrefix = 'msg_';

/** An encoder's keep-alive; by default a comment in the event stream, which all readers skip. */
export function signOfLifeOf({signOfLife = ':\n\n'}: Partial<Pick<Encoder, 'signOfLife'>>): string {
  return signOfLife;
}

function cutOffBy(encoder: Encoder): string {
  return encoder.encode([new ChatError('interrupted').toEvent()]);
}

function encoderOf(dialect: WritableDialect, context: EncodeContext): Encoder {
  const encoder = dialect.encoder?.(context);
  if (encoder) return encoder;
  throw new ChatError('internal', undefined, {cause: new Error(`${dialect.name} cannot be written.`)});
}
