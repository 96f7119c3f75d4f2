/** The contract of a limiter, as tests that every implementation runs. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type FakeClock, fakeClock} from '../../engine/testing/fake-clock.ts';
import {type Limiter, hour, minute} from '../../engine/limiter.ts';
import {defaultPlan, windowsOf} from '../../engine/plans.ts';

const defaultWindows = windowsOf(defaultPlan);

export interface LimiterCase {
  /** Creates an unused limiter that uses this clock. */
  readonly create: (clock: FakeClock) => Limiter | Promise<Limiter>;
}

export function testLimiter(name: string, {create}: LimiterCase): void {
  function run(behaviour: string, story: (limiter: Limiter, clock: FakeClock) => Promise<void>): void {
    test(`${name}: ${behaviour}`, async () => {
      const clock = fakeClock();
      const limiter = await create(clock);
      try {
        await story(limiter, clock);
      } finally {
        await limiter.close();
      }
    });
  }

  async function takeMany(limiter: Limiter, count: number, key = 'a'): Promise<number> {
    let allowed = 0;
    for (let index = 0; index < count; index++) if ((await limiter.take(key, defaultWindows)).allowed) allowed++;
    return allowed;
  }

  run('S4.5: 100 pass within a minute, the 101st is refused for at most 60 seconds', async (limiter, clock) => {
    assert.equal(await takeMany(limiter, 60), 60);
    await clock.pass(20_000);
    assert.equal(await takeMany(limiter, 40), 40);
    const refused = await limiter.take('a', defaultWindows);
    assert.deepEqual(
      {...refused, windows: refused.windows.map(({remaining}) => remaining)},
      {
        allowed: false,
        retryAfter: 40,
        tightest: {ms: minute, limit: 100, remaining: 0, resetAt: clock.now() + 40_000},
        windows: [0, 900],
      },
    );
    await clock.pass(39_999);
    assert.equal((await limiter.take('a', defaultWindows)).allowed, false);
    await clock.pass(1);
    assert.equal(await takeMany(limiter, 100), 60);
  });

  run('S4.5: the 1001st within an hour is refused, until the first leaves the hour', async (limiter, clock) => {
    for (let round = 0; round < 10; round++) {
      assert.equal(await takeMany(limiter, 100), 100);
      await clock.pass(minute);
    }
    const refused = await limiter.take('a', defaultWindows);
    assert.deepEqual(
      {allowed: refused.allowed, retryAfter: refused.retryAfter, ms: refused.tightest.ms},
      {allowed: false, retryAfter: 50 * 60, ms: hour},
    );
    await clock.pass(50 * minute);
    assert.equal((await limiter.take('a', defaultWindows)).allowed, true);
  });

  run('a window slides: waiting for the end of a clock minute does not double the limit', async (limiter, clock) => {
    await clock.pass(minute - 1000);
    assert.equal(await takeMany(limiter, 100), 100);
    await clock.pass(2000);
    assert.equal(await takeMany(limiter, 100), 0);
  });

  run('S4.5: of many at the limit at the same moment exactly one passes', async (limiter) => {
    assert.equal(await takeMany(limiter, 99), 99);
    const verdicts = await Promise.all(Array.from({length: 50}, () => limiter.take('a', defaultWindows)));
    assert.equal(verdicts.filter(({allowed}) => allowed).length, 1);
  });

  run('a refused request counts in no window', async (limiter, clock) => {
    assert.equal(await takeMany(limiter, 300), 100);
    await clock.pass(minute);
    const next = await limiter.take('a', defaultWindows);
    assert.deepEqual([next.allowed, ...next.windows.map(({remaining}) => remaining)], [true, 99, 899]);
  });

  run('requests of one caller do not count for another', async (limiter) => {
    assert.equal(await takeMany(limiter, 100, 'a'), 100);
    assert.equal(await takeMany(limiter, 101, 'b'), 100);
  });

  run('peek gives the verdict of take and counts nothing', async (limiter) => {
    const before = await limiter.peek('a', [{ms: minute, limit: 1}]);
    assert.deepEqual([before.allowed, before.tightest.remaining], [true, 1]);
    assert.equal((await limiter.take('a', [{ms: minute, limit: 1}])).tightest.remaining, 0);
    const after = await limiter.peek('a', [{ms: minute, limit: 1}]);
    assert.deepEqual([after.allowed, after.retryAfter], [false, 60]);
  });

  run('the remaining number falls by one with each request, and the tightest window is named', async (limiter) => {
    const windows = [
      {ms: minute, limit: 5},
      {ms: hour, limit: 3},
    ];
    const remaining: number[] = [];
    for (let index = 0; index < 3; index++) remaining.push((await limiter.take('a', windows)).tightest.remaining);
    assert.deepEqual(remaining, [2, 1, 0]);
    assert.equal((await limiter.take('a', windows)).tightest.ms, hour);
  });

  run('a smaller plan takes effect at once, and tells when there is room again', async (limiter, clock) => {
    for (let index = 0; index < 4; index++) {
      await limiter.take('a', [{ms: minute, limit: 10}]);
      await clock.pass(10_000);
    }
    const refused = await limiter.take('a', [{ms: minute, limit: 2}]);
    assert.deepEqual([refused.allowed, refused.tightest.remaining, refused.retryAfter], [false, 0, 40]);
    await clock.pass(40_000);
    assert.equal((await limiter.take('a', [{ms: minute, limit: 2}])).allowed, true);
  });

  run('a limit of 0 refuses everybody', async (limiter) => {
    const refused = await limiter.take('a', [{ms: minute, limit: 0}]);
    assert.equal(refused.allowed, false);
    assert.ok(refused.retryAfter >= 1);
  });

  run('any text is a key, and different texts are different keys', async (limiter) => {
    const keys = ['', ' ', '__proto__', 'constructor', 'a:b', 'ä', 'ip:2001:db8::/64', 'x'.repeat(5000)];
    for (const key of keys) {
      assert.deepEqual(
        [
          (await limiter.take(key, [{ms: minute, limit: 1}])).allowed,
          (await limiter.take(key, [{ms: minute, limit: 1}])).allowed,
        ],
        [true, false],
      );
    }
  });
}
