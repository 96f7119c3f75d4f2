/** Prints whole answers and models for clients of `/chat/stream`. The protocol's dialect prints streams. */
import {type Citation, type Message, type Model, closingFields, textOf} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';

export function printContentAnswer(answer: Message) {
  const sources = answer.parts.filter(({type}) => type === 'source');
  const citations = citationsIn(answer);
  return {
    content: textOf(answer),
    finishReason: answer.endReason ?? 'stop',
    ...(sources.length > 0 && {sources}),
    ...(citations.length > 0 && {citations}),
    ...closingFields(answer),
  };
}

/** The marks, with their places in the whole text. */
function citationsIn({parts}: Message): readonly Citation[] {
  let offset = 0;
  return parts.flatMap((part) => {
    if (part.type !== 'text') return [];
    const from = offset;
    offset += part.text.length;
    return (part.citations ?? []).map((citation) => ({...citation, at: from + citation.at}));
  });
}

export const contentAnswer: AnswerSchema = {
  name: 'plainAnswer',
  schema: z.looseObject({content: textField, finishReason: textField}),
};

/** Told of models with an unknown context length. */
const defaultContextLength = 8192;

/** Fills in the numbers that some clients insist on. A model without a price is told as free. */
export function withNumbers(model: Model): Model {
  return {contextLength: defaultContextLength, pricing: {prompt: 0, completion: 0}, ...model};
}
