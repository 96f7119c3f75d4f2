/** Tests the benchmark itself: whole answers through the byte pipe and through our built server. Measures no time. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {type Bench, measure, plainAnswer, startBench, withContestants} from './bench.ts';

let bench: Bench;

before(async () => {
  bench = await startBench({rounds: 1, steady: 100, manyStreams: 10});
});

after(() => bench.end());

for (const name of ['pass', 'ours'] as const) {
  test(`${name} delivers every character of answers of the emulated upstream`, async () => {
    await withContestants(bench, [name], async ([contestant]) => {
      assert.ok(contestant);
      const measured = await measure(bench, contestant, {
        streams: 4,
        answers: 8,
        ramp: 0,
        answer: {tokens: 500, rate: 0},
      });
      assert.deepEqual(measured.problems, {});
      assert.equal(measured.answers, 8);
      assert.equal(measured.tokens, 8 * 500);
      assert.ok(measured.cpuPerToken > 0);
    });
  });
}

test('the load generator detects a wrong answer', async () => {
  await withContestants(bench, ['pass'], async ([contestant]) => {
    assert.ok(contestant);
    const seed = bench.seeds(1);
    const spec = {...plainAnswer, seed, tokens: 40, rate: 0, behaviour: 'die'} as const;
    const outcome = await bench.load.ask('one', {target: contestant.target, spec});
    assert.equal(outcome.isWhole, false);
    assert.equal(outcome.saidEnd, false);
    assert.equal(outcome.tokens, 20);
  });
});
