/** Writes streams of responses, and describes the answers of this API for `/openapi.json`. */
import {ChatError} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, countField, textField} from '../../response/answer-schemas.ts';
import {type Batch, type Writer, signOfLifeOf} from '../../response/writer.ts';
import {type ResponseFacts, responseEvents} from './response-events.ts';

interface WriterOptions<Piece> {
  readonly events: (piece: Piece) => Batch;
  /** The number of the last event that the reader has. */
  readonly after?: number | undefined;
}

/** Writes a response from its first event on, which must be read even if the reader has it. */
export function responseWriter<Piece>(facts: ResponseFacts, {events, after}: WriterOptions<Piece>): Writer<Piece> {
  const encoder = responseEvents(facts, after);
  return {
    contentType: 'text/event-stream; charset=utf-8',
    events,
    encode: (piece) => encoder.encode(events(piece)),
    cutOff: () => encoder.encode([new ChatError('interrupted').toEvent()]),
    end: () => '',
    signOfLife: signOfLifeOf({}),
  };
}

const itemSchema = z.looseObject({type: textField, id: textField});

const responseSchema = z.looseObject({
  id: textField,
  object: z.literal('response'),
  created_at: countField,
  status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'cancelled', 'failed']),
  error: z.looseObject({code: textField, message: textField}).nullable(),
  incomplete_details: z.looseObject({reason: textField}).nullable(),
  model: textField,
  output: z.array(itemSchema),
  usage: z.looseObject({input_tokens: countField, output_tokens: countField, total_tokens: countField}).nullable(),
});

export const responseAnswer: AnswerSchema = {name: 'response', schema: responseSchema};

export const deletedResponseAnswer: AnswerSchema = {
  name: 'deletedResponse',
  schema: z.object({id: textField, object: z.literal('response'), deleted: z.literal(true)}),
};

export const inputItemsAnswer: AnswerSchema = {
  name: 'inputItems',
  schema: z.object({
    object: z.literal('list'),
    data: z.array(itemSchema),
    first_id: textField.nullable(),
    last_id: textField.nullable(),
    has_more: z.boolean(),
  }),
};
