import assert from 'node:assert/strict';
import {test} from 'node:test';
import {costOf, roundUsd} from './prices.ts';

test('S3.5: the cost is computed from the prices per 1000 tokens that the models list shows', () => {
  const pricing = {prompt: 0.0005, completion: 0.0015};
  assert.deepEqual(
    [
      costOf({promptTokens: 1000, completionTokens: 1000}, pricing),
      costOf({promptTokens: 12, completionTokens: 7}, pricing),
      costOf({promptTokens: 0, completionTokens: 0}, pricing),
      costOf({promptTokens: 12, completionTokens: 7}, undefined),
    ],
    [0.002, 0.0000165, 0, undefined],
  );
});

test('sums are written without the dust of binary fractions', () => {
  assert.equal(roundUsd(0.1 + 0.2), 0.3);
});
