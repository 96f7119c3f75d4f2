/** Fields that the bodies of several APIs share: how they are checked, and their meaning for the engine. */
import {ChatError, type Json, asJson} from '@chatlet/protocol';
import {z} from 'zod';
import type {RetrievalAsk} from '../../engine/grounding/retrieval.ts';

/** Ids and names from clients: long enough for all clients, short enough for a header. */
export const nameField = z.string().min(1).max(200);

/** Ids of tool calls: some upstreams put a signature of a thousand characters into them. */
export const callIdField = z.string().min(1).max(2000);

/** Limited to characters that are safe in a header and in a path. */
export const chatNameField = z
  .string()
  .max(200)
  .regex(/^[\w.:~-]+$/, 'may hold letters, digits and . : ~ _ - only');

/** This server does not fetch it. Providers get these two kinds of URL only. */
export const urlField = z
  .string()
  .regex(/^(?:https:|data:)/i, 'must be an https: or data: URL')
  .max(10_000_000);

/** The media type in a data: URL. */
export function mediaTypeOf(url: string): string | undefined {
  return /^data:([\w.+-]+\/[\w.+-]+)/.exec(url)?.[1];
}

/** The `messages` of a request. */
export function listOf<Message extends z.ZodType>(message: Message) {
  return z.array(message).min(1).max(10_000);
}

/** Stop sequences: the answer ends before one of them. */
export const stopField = z.union([z.string(), z.array(z.string()).max(16)]).nullish();

/** Drops empty stop sequences, which would end every answer before it begins. */
export function stopOption(sent: z.infer<typeof stopField>): {readonly stop?: readonly string[]} {
  const words = (typeof sent === 'string' ? [sent] : (sent ?? [])).filter((word) => word !== '');
  return words.length > 0 ? {stop: words} : {};
}

/** Where a visitor is, as a URL or the beginning of one. */
const sectionField = z.string().max(2_000).nullish();

/** Whether and where documents are searched for the answer. */
export const retrievalFields = {
  retrieval: z
    .boolean()
    .nullish()
    .describe('Whether the answer is based on the server’s documents; by default the server decides'),
  section: sectionField.describe('The place that the visitor is at, as a URL or its beginning: it is preferred'),
};

export function retrievalOf(sent: {
  readonly retrieval?: boolean | null | undefined;
  readonly section?: string | null | undefined;
}): RetrievalAsk {
  const {retrieval: enabled, section} = sent;
  return {...(enabled != null && {enabled}), ...(section && {section})};
}

/** The JSON schema of a tool's input. */
export const parametersField = z.record(z.string(), z.unknown()).nullish();

/** A tool without a schema has no parameters. */
export function inputSchemaOf(sent: z.infer<typeof parametersField>): Json {
  return sent == null ? {type: 'object', properties: {}} : asJson(sent);
}

/** @param param the field that causes the error */
export function invalidField(sentence: string, param = 'messages'): ChatError {
  return new ChatError('invalid-request', `${sentence}.`, {details: {param}});
}

/** Anthropic's `cache_control`, on parts and tools up to which the upstream shall keep a prompt in its cache. */
export const cacheField = z.object({type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional()}).nullish();

export function cacheControlOf({cache_control: sent}: {readonly cache_control?: z.infer<typeof cacheField>}): {
  cacheControl?: {type: string; ttl?: string};
} {
  return sent == null ? {} : {cacheControl: {type: sent.type, ...(sent.ttl !== undefined && {ttl: sent.ttl})}};
}
