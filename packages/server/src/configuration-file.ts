/** What a configuration file may hold, for us to check it and for editors to help with it. Knows no environment. */
import {z} from 'zod';

const text = z.string().min(1);
const origin = text.refine(
  (value) => URL.parse(value)?.origin === value,
  'must be an origin, like https://example.com',
);

const plan = z.strictObject({
  name: text,
  maxTokens: z.int().min(1).optional(),
  maxMessages: z.int().min(1).optional(),
  maxPromptLength: z.int().min(1).optional(),
  perMinute: z.int().min(0).optional(),
  perHour: z.int().min(0).optional(),
});

const ceiling = z.strictObject({tokensPerDay: z.int().min(0).optional(), usdPerDay: z.number().min(0).optional()});

const jwt = z.strictObject({
  trust: z.union([z.strictObject({secret: text}), z.strictObject({jwksUrl: text})]),
  issuer: text.optional(),
  audience: text.optional(),
  clockTolerance: z.int().min(0).optional(),
});

const model = z.strictObject({
  id: text,
  name: text.optional(),
  description: text.optional(),
  contextLength: z.int().min(1).optional(),
  pricing: z.strictObject({prompt: z.number().min(0), completion: z.number().min(0)}).optional(),
  tags: z.array(text).optional(),
});

/** What a configuration file may hold. A key that is not here is a mistake, and is said to be one. */
export const configurationFile = z.strictObject({
  $schema: text.optional(),
  openai: z
    .strictObject({
      baseUrl: text,
      apiKey: text.optional(),
      id: text.optional(),
      headers: z.record(text, text).optional(),
    })
    .optional(),
  anthropic: z
    .strictObject({
      apiKey: text,
      baseUrl: text.optional(),
      id: text.optional(),
      maxTokens: z.int().min(1).optional(),
      thinking: z.record(text, z.json()).optional(),
    })
    .optional(),
  fallbacks: z.record(text, z.array(text)).optional(),
  databaseUrl: text.optional(),
  secret: text.optional(),
  apiKeys: z.array(z.strictObject({key: text, plan: text, account: text.optional()})).optional(),
  plans: z.array(plan).optional(),
  spending: z.strictObject({visitors: ceiling.optional(), everybody: ceiling.optional()}).optional(),
  auth: z.strictObject({jwt: jwt.optional(), visitors: z.enum(['welcome', 'refused']).optional()}).optional(),
  trustProxy: z.union([z.int().min(0), z.array(text)]).optional(),
  metricsToken: text.optional(),
  origins: z.array(origin).optional(),
  ollama: z.boolean().optional(),
  defaultModel: text.optional(),
  aliases: z.record(text, text).optional(),
  models: z.array(model).optional(),
  instructions: text.optional(),
  maxAnswerLength: z.int().min(1).optional(),
  page: z
    .strictObject({
      heading: text.optional(),
      subheading: text.optional(),
      greeting: text.optional(),
      introduction: text.optional(),
      starters: z.array(text).max(12).optional(),
      disclaimer: text.optional(),
      placeholder: text.optional(),
    })
    .optional(),
});

/** The same as JSON Schema, which `$schema` in a file leads editors to. */
export function configurationJsonSchema(): object {
  return {
    title: 'Configuration of a Chatlet server',
    ...z.toJSONSchema(configurationFile, {io: 'input'}),
  };
}
