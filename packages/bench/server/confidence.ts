/** The confidence interval of a ratio of paired measurements. Does not know the measurement. */

export interface RatioInterval {
  /** The geometric mean of the pairs' ratios. */
  readonly ratio: number;
  /** The ends of its 95 % confidence interval. */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % quantiles of Student's t distribution for 1 to 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * The ratio of the second measurement to the first in each pair, with Student's t interval of the mean of its
 * logarithm: ratios of 2 and of 0.5 are equally far from 1.
 *
 * @throws RangeError if there are fewer than two pairs
 */
export function ratioOfPairs(pairs: readonly (readonly [before: number, now: number])[]): RatioInterval {
  if (pairs.length < 2) throw new RangeError('An interval needs at least two pairs.');
  const logs = pairs.map(([before, now]) => Math.log(now / before));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  const quantile = quantiles[logs.length - 2] ?? 1.96;
  const half = quantile * Math.sqrt(variance / logs.length);
  return {ratio: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half)};
}
