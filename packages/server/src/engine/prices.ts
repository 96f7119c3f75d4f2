/** The cost of tokens. Prices are USD per 1000 tokens everywhere. */
import type {Model, Usage} from '@chatlet/protocol';

type Tokens = Pick<Usage, 'promptTokens' | 'completionTokens'>;

/** USD for these tokens; undefined if the model has no price, which does not mean that it is free. */
export function costOf({promptTokens, completionTokens}: Tokens, pricing: Model['pricing']): number | undefined {
  if (!pricing) return undefined;
  return roundUsd((promptTokens / 1000) * pricing.prompt + (completionTokens / 1000) * pricing.completion);
}

/** Rounds to twelve digits, so that sums print as 0.3 and not as 0.30000000000000004. */
export function roundUsd(amount: number): number {
  return Number(amount.toPrecision(12));
}
