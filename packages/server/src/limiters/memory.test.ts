import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {fakeClock} from '../engine/testing/fake-clock.ts';
import {hour, minute} from '../engine/limiter.ts';
import {defaultPlan, windowsOf} from '../engine/plans.ts';
import {memoryLimiter} from './memory.ts';
import {testLimiter} from './testing/limiter-contract.ts';

const defaultWindows = windowsOf(defaultPlan);

testLimiter('memory limiter', {create: (clock) => memoryLimiter({clock})});

test('the memory limiter forgets the least active key of too many, and never an active one', async () => {
  const limiter = memoryLimiter({clock: fakeClock(), maxKeys: 100});
  const once = [{ms: hour, limit: 1}];
  await limiter.take('first', once);
  await limiter.take('busy', [{ms: hour, limit: 1000}]);
  for (let index = 0; index < 200; index++) {
    await limiter.take(`visitor ${index}`, once);
    await limiter.take('busy', [{ms: hour, limit: 1000}]);
  }
  assert.deepEqual(
    [(await limiter.peek('first', once)).allowed, (await limiter.peek('busy', once)).allowed],
    [true, false],
  );
});

test('the memory limiter does not forget a key that goes on asking although it is refused', async () => {
  const limiter = memoryLimiter({clock: fakeClock(), maxKeys: 100});
  const once = [{ms: hour, limit: 1}];
  const passed = [];
  for (let index = 0; index < 200; index++) {
    passed.push((await limiter.take('refused', once)).allowed);
    await limiter.take(`visitor ${index}`, once);
  }
  assert.deepEqual(
    passed.filter((allowed) => allowed),
    [true],
  );
});

test('the memory limiter keeps a limited number of request times', async () => {
  const limiter = memoryLimiter({clock: fakeClock(), maxTimes: 1000});
  for (const key of ['a', 'b', 'c']) {
    for (let index = 0; index < 400; index++) await limiter.take(key, [{ms: hour, limit: 400}]);
  }
  const standing = [];
  for (const key of ['a', 'b', 'c']) standing.push((await limiter.peek(key, [{ms: hour, limit: 400}])).allowed);
  assert.deepEqual(standing, [true, false, false]);
});

test('M-62: the memory limiter counts the request times of callers that come back', async () => {
  const limiter = memoryLimiter({clock: fakeClock(), maxTimes: 100});
  const windows = [{ms: hour, limit: 40}];
  const takeMany = async (key: string, count: number) => {
    for (let index = 0; index < count; index++) await limiter.take(key, windows);
  };
  await takeMany('returning', 40);
  await takeMany('quiet', 11);
  // With more than 50 times these callers are the old generation now. One of them comes back, and brings its 40 times.
  await takeMany('returning', 1);
  await takeMany('new', 11);
  await takeMany('newer', 1);
  const isAllowed = async (key: string) => (await limiter.peek(key, [{ms: hour, limit: 1}])).allowed;
  assert.deepEqual([await isAllowed('returning'), await isAllowed('quiet')], [false, true]);
});

test('the memory limiter frees the memory of visitors after their requests have left every window', async () => {
  const clock = fakeClock();
  const limiter = memoryLimiter({clock, maxKeys: 2_000_000});
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  for (let index = 0; index < 50_000; index++) await limiter.take(`early ${index}`, defaultWindows);
  await clock.pass(2 * hour);
  const full = heap();
  for (let index = 0; index < 100; index++) await limiter.take(`late ${index % 10}`, [{ms: minute, limit: 1e9}]);
  const left = heap();
  assert.ok(left < full - 5_000_000, `${left} of ${full}`);
  assert.equal((await limiter.peek('early 1', defaultWindows)).tightest.remaining, 100);
});

test('a closed memory limiter remembers nobody, neither recent callers nor earlier ones', async () => {
  const clock = fakeClock();
  const limiter = memoryLimiter({clock});
  const once = [{ms: hour, limit: 1}];
  await limiter.take('first', once);
  await clock.pass(hour / 2);
  await limiter.take('earlier', once);
  await clock.pass(hour / 2);
  await limiter.take('recent', once);
  await limiter.close();
  for (const key of ['earlier', 'recent']) assert.ok((await limiter.peek(key, once)).allowed, key);
});
