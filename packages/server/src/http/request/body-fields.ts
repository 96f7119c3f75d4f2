/** What several APIs have in their bodies alike: how it is checked, and what it means to the engine. */
import {ChatError, type Json, asJson} from '@chatlet/protocol';
import {z} from 'zod';

/** Ids and names from outside; long enough for everybody's, short enough for a header. */
export const nameField = z.string().min(1).max(200);

/** Only what may stand in a header and a path. */
export const chatNameField = z
  .string()
  .max(200)
  .regex(/^[\w.:~-]+$/, 'may hold letters, digits and . : ~ _ - only');

/** Nobody fetches it here, and the provider is shown nothing but these two kinds. */
export const urlField = z
  .string()
  .regex(/^(?:https:|data:)/i, 'must be an https: or data: URL')
  .max(10_000_000);

/** The type that a data: URL names. */
export function mediaTypeOf(url: string): string | undefined {
  return /^data:([\w.+-]+\/[\w.+-]+)/.exec(url)?.[1];
}

/** The messages of a request. */
export function listOf<Message extends z.ZodType>(message: Message) {
  return z.array(message).min(1).max(10_000);
}

/** What ends an answer where the model writes it. */
export const stopField = z.union([z.string(), z.array(z.string()).max(16)]).nullish();

/** An empty word would stop every answer before it begins. */
export function stopOption(sent: z.infer<typeof stopField>): {readonly stop?: readonly string[]} {
  const words = (typeof sent === 'string' ? [sent] : (sent ?? [])).filter((word) => word !== '');
  return words.length > 0 ? {stop: words} : {};
}

/** What a tool takes, as a JSON schema. */
export const parametersField = z.record(z.string(), z.unknown()).nullish();

/** A tool that says nothing of it takes nothing. */
export function inputSchemaOf(sent: z.infer<typeof parametersField>): Json {
  return sent == null ? {type: 'object', properties: {}} : asJson(sent);
}

/** @param param the field that is to blame */
export function invalidField(sentence: string, param = 'messages'): ChatError {
  return new ChatError('invalid-request', `${sentence}.`, {details: {param}});
}
