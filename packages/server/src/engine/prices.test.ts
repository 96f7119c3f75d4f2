import assert from 'node:assert/strict';
import {test} from 'node:test';
import {costOf, roundUsd} from './prices.ts';

test('S3.5: the cost follows from the prices per 1000 tokens in the list of models', () => {
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

test('T2-19: tokens from the cache and into it have prices of their own, or that of the others', () => {
  const used = {
    promptTokens: 1000,
    completionTokens: 100,
    cachedTokens: 600,
    cacheWriteTokens: 300,
    reasoningTokens: 50,
  };
  const pricing = {prompt: 0.01, completion: 0.1};
  assert.equal(costOf(used, pricing), 0.02);
  assert.equal(costOf(used, {...pricing, cachedPrompt: 0.001}), 0.0146);
  assert.equal(costOf(used, {...pricing, cachedPrompt: 0.001, cacheWrite: 0.02}), 0.0176);
  assert.equal(costOf({promptTokens: 100, completionTokens: 0, cachedTokens: 600}, {...pricing, cachedPrompt: 0}), 0);
});

test('sums of prices are rounded to the digits that people would write', () => {
  assert.equal(roundUsd(0.1 + 0.2), 0.3);
});
