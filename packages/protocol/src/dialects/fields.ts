/** Reads fields that many dialects share under different names: usage, source. Knows no framing. */
import type {SourceEvent, ToolWait, ToolWaitEvent, UsageEvent} from '../event.ts';
import {asNumber, asString, isObject} from '../json.ts';
import type {UncheckedObject} from '../json.ts';

/** Reads usage, given the dialect's names for its two numbers; undefined if both are missing. */
export function usageEvent(value: unknown, prompt: string, completion: string): UsageEvent | undefined {
  if (!isObject(value)) return undefined;
  const promptTokens = asNumber(value[prompt]);
  const completionTokens = asNumber(value[completion]);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  return {
    type: 'usage',
    promptTokens: promptTokens ?? 0,
    completionTokens: completionTokens ?? 0,
    ...usageDetails(value),
  };
}

type UsageDetail = 'cachedTokens' | 'cacheWriteTokens' | 'reasoningTokens';

/** The names for parts of the figures: ours, OpenAI's, Anthropic's, those of the AI SDK, Gemini, DeepSeek, OpenRouter. */
const detailNames: Readonly<Record<UsageDetail, RegExp>> = {
  cachedTokens:
    /^(?:cached_?(?:input_?)?tokens|cache_?read_?(?:input_?)?tokens|cachedcontenttokencount|prompt_cache_hit_tokens)$/i,
  cacheWriteTokens: /^cache_?(?:write|creation)_?(?:input_?)?tokens$/i,
  reasoningTokens: /^(?:reasoning_?tokens|thoughtstokencount)$/i,
};

/** Reads the parts of the figures, which some APIs put into objects of their own beside the figures. */
export function usageDetails(value: UncheckedObject): {readonly [Name in UsageDetail]?: number} {
  const found: {[Name in UsageDetail]?: number} = {};
  for (const [field, inner] of Object.entries(value)) {
    if (isObject(inner)) Object.assign(found, usageDetails(inner));
    const count = asNumber(inner);
    if (count === undefined || count <= 0) continue;
    for (const name of ['cachedTokens', 'cacheWriteTokens', 'reasoningTokens'] as const) {
      if (detailNames[name].test(field)) found[name] = count;
    }
  }
  return found;
}

/** Reads a source with an address, a title or both; undefined if both are missing. */
export function sourceEvent(fields: {
  readonly id?: unknown;
  readonly title?: unknown;
  readonly url?: unknown;
  readonly quote?: unknown;
  readonly section?: unknown;
  readonly updatedAt?: unknown;
}): SourceEvent | undefined {
  const url = asString(fields.url);
  const title = asString(fields.title) || url;
  if (title === undefined) return undefined;
  const quote = asString(fields.quote);
  const section = asString(fields.section);
  const updatedAt = asString(fields.updatedAt);
  return {
    type: 'source',
    id: asString(fields.id) || url || title,
    title,
    ...(url === undefined ? {} : {url}),
    ...(quote ? {quote} : {}),
    ...(section ? {section} : {}),
    ...(updatedAt ? {updatedAt} : {}),
  };
}

/** The fields of a source in dialects that have room for all of them. */
export function sourceFields({id, title, url, quote, section, updatedAt}: SourceEvent): object {
  return {id, title, url, quote, section, updatedAt};
}

/** What a client is told of a call that waits: the question, without the hash of the tool's definition. */
export function waitFields({
  callId,
  wait,
}: ToolWaitEvent): {readonly toolCallId: string} & Omit<ToolWait, 'definition'> {
  const {definition: _, ...question} = wait;
  return {toolCallId: callId, ...question};
}
