/** Reads fields that many dialects share under different names: usage, source. Knows no framing. */
import type {SourceEvent, UsageEvent} from '../event.ts';
import {asNumber, asString, isObject} from '../json.ts';

/** Reads usage, given the dialect's names for its two numbers; undefined if both are missing. */
export function usageEvent(value: unknown, prompt: string, completion: string): UsageEvent | undefined {
  if (!isObject(value)) return undefined;
  const promptTokens = asNumber(value[prompt]);
  const completionTokens = asNumber(value[completion]);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  return {type: 'usage', promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0};
}

/** Reads a source with an address, a title or both; undefined if both are missing. */
export function sourceEvent(fields: {
  id: unknown;
  title: unknown;
  url: unknown;
  quote?: unknown;
}): SourceEvent | undefined {
  const url = asString(fields.url);
  const title = asString(fields.title) || url;
  if (title === undefined) return undefined;
  const quote = asString(fields.quote);
  return {
    type: 'source',
    id: asString(fields.id) || url || title,
    title,
    ...(url === undefined ? {} : {url}),
    ...(quote ? {quote} : {}),
  };
}
