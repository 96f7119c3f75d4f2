/** Reads fields that many dialects share under different names: usage, end reason, source. Knows no framing. */
import type {EndReason, SourceEvent, UsageEvent} from '../event.ts';
import {asNumber, asString, isObject} from '../json.ts';

/** Reads usage, given the dialect's names for its two numbers; undefined if both are missing. */
export function usageEvent(value: unknown, prompt: string, completion: string): UsageEvent | undefined {
  if (!isObject(value)) return undefined;
  const promptTokens = asNumber(value[prompt]);
  const completionTokens = asNumber(value[completion]);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  return {type: 'usage', promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0};
}

/** Reads an end reason of the AI SDK and similar APIs, with hyphens or underscores. An unknown one means `stop`. */
export function endReasonOf(word: unknown): EndReason {
  switch (typeof word === 'string' ? word.replaceAll('_', '-') : '') {
    case 'length':
      return 'length';
    case 'tool-calls':
      return 'tool-calls';
    case 'content-filter':
      return 'content-filter';
    case 'stopped':
      return 'stopped';
    default:
      return 'stop';
  }
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
