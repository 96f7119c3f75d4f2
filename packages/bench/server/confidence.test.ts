import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ratioOfPairs} from './confidence.ts';

test('the ratio of pairs is their geometric mean: twice as much and half as much cancel out', () => {
  const {ratio, low, high} = ratioOfPairs([
    [10, 20],
    [20, 10],
  ]);
  assert.ok(Math.abs(ratio - 1) < 1e-12);
  assert.ok(low < 1 && high > 1);
});

test('the interval of equal pairs is a single point', () => {
  const pairs = [100, 50, 200].map((before): [number, number] => [before, before * 1.5]);
  const {ratio, low, high} = ratioOfPairs(pairs);
  for (const value of [ratio, low, high]) assert.ok(Math.abs(value - 1.5) < 1e-12);
});

test('the confidence interval is Student’s t over the logarithms of the ratios', () => {
  // Worked by hand: logs 0, 0.1, 0.2; mean 0.1, deviation 0.1, t(2) = 4.303.
  const {low, high} = ratioOfPairs([0, 0.1, 0.2].map((log): [number, number] => [1, Math.exp(log)]));
  const half = (4.303 * 0.1) / Math.sqrt(3);
  assert.ok(Math.abs(Math.log(low) - (0.1 - half)) < 1e-9);
  assert.ok(Math.abs(Math.log(high) - (0.1 + half)) < 1e-9);
});

test('one pair has no interval and throws', () => {
  assert.throws(() => ratioOfPairs([[1, 2]]), /at least two pairs/);
});
