/** Answers that say what they cost, as streams, and how they are described. */
import {type ChatEvent, type EncodeContext, type Json, type Usage, openaiChat} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';
import {chatCompletionSchema, openaiUsage} from '../../response/chat-completion.ts';
import {type Writer, writerOf} from '../../response/writer.ts';

/** What an answer says beside its words: who gave it, how long it took, what it cost. */
export type CostFields = {readonly [field: string]: Json};

/** Writes OpenAI's chunks; the last of them has the usage and the fields that follow from it. */
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
