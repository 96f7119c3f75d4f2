import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rateLimited} from '../../engine/limiter.ts';
import {defaultPlan, windowsOf} from '../../engine/plans.ts';
import {fakeClock} from '../../engine/testing/fake-clock.ts';
import {memoryLimiter} from '../../limiters/memory.ts';
import {limitHeaderNames, limitHeaders} from './limit-headers.ts';

test('S2.5 S4.7: the headers of an answer tell what is left, under all names that clients know', async () => {
  const clock = fakeClock();
  const verdict = await memoryLimiter({clock}).take('a', windowsOf(defaultPlan));
  assert.deepEqual(limitHeaders(verdict, clock.now()), {
    'X-RateLimit-Limit': '100',
    'X-RateLimit-Remaining': '99',
    'X-RateLimit-Reset': String(clock.now() / 1000 + 60),
    'x-ratelimit-limit-requests': '100',
    'x-ratelimit-remaining-requests': '99',
    'x-ratelimit-reset-requests': '1m0s',
    'RateLimit-Policy': '"minute";q=100;w=60, "hour";q=1000;w=3600',
    RateLimit: '"minute";r=99;t=60, "hour";r=999;t=3600',
  });
});

test('S0.20 S2.14: the headers of a refusal tell when to retry, in seconds and as a timestamp', async () => {
  const clock = fakeClock();
  const limiter = memoryLimiter({clock});
  await limiter.take('a', [{ms: 7_322_000, limit: 1}]);
  const verdict = await limiter.take('a', [{ms: 7_322_000, limit: 1}]);
  const {
    'Retry-After': wait,
    'x-ratelimit-reset-requests': reset,
    'X-RateLimit-Remaining': left,
  } = limitHeaders(verdict, clock.now());
  assert.deepEqual([wait, reset, left], ['7322', '2h2m2s', '0']);
  const error = rateLimited(verdict);
  assert.deepEqual(
    [error.status, error.retryAfter, error.details],
    [429, 7322, {limit: 1, remaining: 0, reset: clock.now() + 7_322_000}],
  );
  for (const name of Object.keys(limitHeaders(verdict))) assert.ok(limitHeaderNames.includes(name), name);
});
