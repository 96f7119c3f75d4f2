/** Writes usage in the fields of OpenAI's chat completions. */
import type {UsageEvent} from '../../event.ts';
import type {JsonObject} from '../../json.ts';

/** Details that are unknown are left out. Tokens into the cache stand in OpenRouter's field. */
export function openaiUsage(usage: Omit<UsageEvent, 'type'>): JsonObject {
  const {promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens} = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...((cachedTokens ?? cacheWriteTokens) !== undefined && {
      prompt_tokens_details: {cached_tokens: cachedTokens ?? 0, cache_write_tokens: cacheWriteTokens},
    }),
    ...(reasoningTokens !== undefined && {completion_tokens_details: {reasoning_tokens: reasoningTokens}}),
  };
}
