/** Whole answers and models as clients of `/chat/stream` know them. Streams are the dialect's, in the protocol. */
import {type Message, type Model, textOf} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';

/** A whole answer. */
export function printContentAnswer(answer: Message) {
  const sources = answer.parts.filter(({type}) => type === 'source');
  return {
    content: textOf(answer),
    finishReason: answer.endReason ?? 'stop',
    ...(sources.length > 0 && {sources}),
  };
}

export const contentAnswer: AnswerSchema = {
  name: 'plainAnswer',
  schema: z.looseObject({content: textField, finishReason: textField}),
};

/** What a model is said to read where nobody knows. */
const defaultContextLength = 8192;

/** With the numbers that some clients insist on; a model without a price is told as free. */
export function withNumbers(model: Model): Model {
  return {contextLength: defaultContextLength, pricing: {prompt: 0, completion: 0}, ...model};
}
