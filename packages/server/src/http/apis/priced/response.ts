/** Streams answers with their cost, and describes such answers for `/openapi.json`. */
import {type ChatEvent, type EncodeContext, type Json, type Usage, openaiChat, openaiUsage} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';
import {chatCompletionSchema} from '../../response/chat-completion.ts';
import {type Writer, writerOf} from '../../response/writer.ts';

/** Further fields of an answer: its provider, latency and cost. */
export type CostFields = {readonly [field: string]: Json};

/** Writes OpenAI's chunks. The last one has the usage and the fields that `fieldsOf` makes of it. */
export function pricedWriter(
  context: EncodeContext,
  fieldsOf: (usage: Usage | undefined) => CostFields,
): Writer<readonly ChatEvent[]> {
  let usage: Usage | undefined;
  const closingFields = () => ({
    usage: openaiUsage(usage ?? {promptTokens: 0, completionTokens: 0}),
    ...fieldsOf(usage),
  });
  const writer = writerOf(openaiChat, {...context, closingFields});
  return {
    ...writer,
    encode(batch) {
      for (const event of batch) if (event.type === 'usage') usage = event;
      return writer.encode(batch);
    },
  };
}

export const pricedAnswer: AnswerSchema = {
  name: 'pricedCompletion',
  schema: chatCompletionSchema.extend({provider: textField, latency: z.number(), cost: z.number()}),
};
