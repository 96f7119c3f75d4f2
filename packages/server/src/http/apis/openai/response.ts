/** Prints models in OpenAI's form. */
import type {Model} from '@chatlet/protocol';
import {z} from 'zod';
import {type AnswerSchema, countField, textField} from '../../response/answer-schemas.ts';

/** `created` is the start of this server, as the model's own date is unknown. */
export function printModel({id, provider = 'chatlet'}: Model) {
  return {id, object: 'model', created: serverBegan, owned_by: provider};
}

const serverBegan = Math.floor(Date.now() / 1000);

const openaiModel = z.looseObject({
  id: textField,
  object: z.literal('model'),
  created: countField,
  owned_by: textField,
});

export const openaiModelAnswer: AnswerSchema = {name: 'openaiModel', schema: openaiModel};

export const openaiModelsAnswer: AnswerSchema = {
  name: 'openaiModels',
  schema: z.object({object: z.literal('list'), data: z.array(openaiModel)}),
};
