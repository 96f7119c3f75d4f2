/** The cost of tokens. Prices are USD per 1000 tokens everywhere. */
import type {Model, Usage} from '@chatlet/protocol';

type Tokens = Omit<Usage, 'estimated'>;

/** USD for these tokens; undefined if the model has no price, which does not mean that it is free. */
export function costOf(
  {promptTokens, completionTokens, cachedTokens = 0, cacheWriteTokens = 0}: Tokens,
  pricing: Model['pricing'],
): number | undefined {
  if (!pricing) return undefined;
  const {prompt, completion, cachedPrompt = prompt, cacheWrite = prompt} = pricing;
  // Some upstreams count tokens from the cache apart from those of the prompt; none of them is free twice.
  const plain = Math.max(0, promptTokens - cachedTokens - cacheWriteTokens);
  const usd =
    plain * prompt + cachedTokens * cachedPrompt + cacheWriteTokens * cacheWrite + completionTokens * completion;
  return roundUsd(usd / 1000);
}

/** Rounds to twelve digits, so that sums print as 0.3 and not as 0.30000000000000004. */
export function roundUsd(amount: number): number {
  return Number(amount.toPrecision(12));
}
