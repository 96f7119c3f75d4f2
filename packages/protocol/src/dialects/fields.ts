/** Fields that many dialects share under one name or another, read with care. Knows no framing. */
import type {EndReason, SourceEvent, UsageEvent} from '../event.ts';
import {asNumber, asString, isObject} from '../json.ts';

/** Usage under the names that a dialect gives its two numbers; undefined where neither is there. */
export function usageEvent(value: unknown, prompt: string, completion: string): UsageEvent | undefined {
  if (!isObject(value)) return undefined;
  const promptTokens = asNumber(value[prompt]);
  const completionTokens = asNumber(value[completion]);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  return {type: 'usage', promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0};
}

/** The words of the AI SDK and its kin, with hyphens or underscores. Unknown ones mean that it just ended. */
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

/** A source with an address, a title or both; undefined where it has neither. */
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
