import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type KeepFor, startRetention} from './retention.ts';
import type {Expiry} from './store.ts';

const hour = 60 * 60 * 1000;

/** A retention. The test moves its clock. */
function start(keepFor?: KeepFor, fails = false) {
  let now = Date.parse('2026-03-01T00:00:00.000Z');
  const timers: {readonly at: number; readonly call: () => void}[] = [];
  const asked: Expiry[] = [];
  const reported: unknown[] = [];
  const store = {
    deleteExpired: async (expiry: Expiry) => {
      asked.push(expiry);
      if (fails) throw new Error('full');
      return 0;
    },
  };
  const clock = {
    now: () => now,
    after(ms: number, call: () => void) {
      const timer = {at: now + ms, call};
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const retention = startRetention({store, keepFor, clock, report: (error) => reported.push(error)});
  const pass = async (ms: number) => {
    const until = now + ms;
    for (let next = timers[0]; next && next.at <= until; next = timers[0]) {
      timers.shift();
      now = next.at;
      next.call();
      await new Promise((resolve) => setImmediate(resolve));
    }
    now = until;
  };
  return {asked, reported, pass, retention};
}

suite('R-7: chats that are too old', () => {
  test('are deleted soon after the start and then every hour', async () => {
    const {asked, pass} = start({visitors: 30, users: 365});
    await pass(hour);
    assert.equal(asked.length, 1);
    await pass(2 * hour);
    assert.equal(asked.length, 3);
    assert.deepEqual(asked[0], {
      temporaryBefore: '2026-02-28T00:00:05.000Z',
      responsesBefore: '2026-01-30T00:00:05.000Z',
      ages: [
        {ownersBeginWith: 'visitor:', before: '2026-01-30T00:00:05.000Z'},
        {ownersBeginWith: 'user:', before: '2025-03-01T00:00:05.000Z'},
      ],
    });
  });

  test('are only the temporary ones, and stored responses of a month ago, if nothing is configured', async () => {
    const {asked, pass} = start();
    await pass(hour);
    assert.deepEqual(asked, [
      {temporaryBefore: '2026-02-28T00:00:05.000Z', responsesBefore: '2026-01-30T00:00:05.000Z', ages: []},
    ]);
  });

  test('are tried again after a failure, which is reported', async () => {
    const {asked, reported, pass} = start({visitors: 1}, true);
    await pass(2 * hour);
    assert.deepEqual([asked.length, reported.length], [2, 2]);
  });

  test('are left alone when the server has closed', async () => {
    const {asked, pass, retention} = start();
    retention.close();
    await pass(2 * hour);
    assert.equal(asked.length, 0);
  });
});
