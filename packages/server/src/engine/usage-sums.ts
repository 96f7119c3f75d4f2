/** Adds up the usage of several answers or rounds, and takes a part away again. */
import type {Usage} from '@chatlet/protocol';

type Figures = {-readonly [Name in keyof Omit<Usage, 'estimated'>]: Usage[Name]};

const details = ['cachedTokens', 'cacheWriteTokens', 'reasoningTokens'] as const;

/** A detail is only in the sum if one of the answers has it. */
export function sumUsage(all: readonly (Usage | undefined)[]): Omit<Usage, 'estimated'> {
  const sum: Figures = {promptTokens: 0, completionTokens: 0};
  for (const usage of all.filter((one) => one !== undefined)) {
    sum.promptTokens += usage.promptTokens;
    sum.completionTokens += usage.completionTokens;
    for (const name of details) {
      const count = usage[name];
      if (count !== undefined) sum[name] = (sum[name] ?? 0) + count;
    }
  }
  return sum;
}

/** The rest of a sum, if a part of it was counted before. */
export function subtractUsage(sum: Usage, part: Usage): Usage {
  const rest = {
    ...sum,
    promptTokens: sum.promptTokens - part.promptTokens,
    completionTokens: sum.completionTokens - part.completionTokens,
  };
  for (const name of details) {
    const count = sum[name];
    if (count !== undefined) rest[name] = count - (part[name] ?? 0);
  }
  return rest;
}
