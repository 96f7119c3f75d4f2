/** Adds up the usage of several answers to one request. */
import type {Usage} from '@chatlet/protocol';

/** A detail is only in the sum if one of the answers has it. */
export function sumUsage(all: readonly (Usage | undefined)[]): Usage {
  const sum: {-readonly [Name in keyof Omit<Usage, 'estimated'>]: Usage[Name]} = {promptTokens: 0, completionTokens: 0};
  for (const {estimated: _, ...usage} of all.filter((one) => one !== undefined)) {
    sum.promptTokens += usage.promptTokens;
    sum.completionTokens += usage.completionTokens;
    for (const name of ['cachedTokens', 'cacheWriteTokens', 'reasoningTokens'] as const) {
      const count = usage[name];
      if (count !== undefined) sum[name] = (sum[name] ?? 0) + count;
    }
  }
  return sum;
}
