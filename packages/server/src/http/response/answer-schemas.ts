/** How answers are described in `/openapi.json`: the type of such a description, and those that several APIs share. */
import {z} from 'zod';

/** A schema with its name in the document. */
export interface AnswerSchema {
  readonly name: string;
  readonly schema: z.ZodType;
}

export const text = z.string();
export const count = z.int().min(0);
/** A moment. */
export const dateTime = z.iso.datetime();

const pricing = z.object({prompt: z.number(), completion: z.number()}).describe('USD per 1000 tokens');

const model = z.looseObject({
  id: text,
  name: text.optional(),
  provider: text.optional(),
  contextLength: count.optional(),
  pricing: pricing.optional(),
  tags: z.array(text).optional(),
});

export const modelList = z.object({models: z.array(model), defaultModel: text.optional()});

export const modelsAnswer: AnswerSchema = {name: 'models', schema: modelList};
