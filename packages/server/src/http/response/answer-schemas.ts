/** Describes answers for `/openapi.json`: the type of a description, and descriptions that several APIs share. */
import {z} from 'zod';

/** A schema with its name in the document. */
export interface AnswerSchema {
  readonly name: string;
  readonly schema: z.ZodType;
}

export const textField = z.string();
export const countField = z.int().min(0);
export const dateTimeField = z.iso.datetime();

const pricing = z
  .object({
    prompt: z.number(),
    completion: z.number(),
    cachedPrompt: z.number().optional(),
    cacheWrite: z.number().optional(),
  })
  .describe('USD per 1000 tokens');

const modelSchema = z.looseObject({
  id: textField,
  name: textField.optional(),
  provider: textField.optional(),
  contextLength: countField.optional(),
  pricing: pricing.optional(),
  tags: z.array(textField).optional(),
});

export const modelList = z.object({models: z.array(modelSchema), defaultModel: textField.optional()});

export const modelsAnswer: AnswerSchema = {name: 'models', schema: modelList};
