import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type FairQueue, type FairQueueOptions, createFairQueue} from './fair-queue.ts';

const stays = new AbortController().signal;

/** A queue. Its work ends when the test says so. */
function startQueue(options: Partial<FairQueueOptions> = {}) {
  const queue: FairQueue = createFairQueue({
    atOnceForOwner: 1,
    atOnce: 2,
    waitingOfOwner: 2,
    waiting: 4,
    cause: 'tests',
    ...options,
  });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (owner: string, name: string, signal = stays) => {
    const work = () =>
      new Promise<string>((resolve) => {
        begun.push(name);
        ends.set(name, () => resolve(name));
      });
    const result = queue.run(owner, work, {signal});
    result.catch(() => {});
    return result;
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {run, begun, end};
}

suite('R-16: work that anybody can ask for', () => {
  test('is done one at a time for an owner, and two at a time for all', async () => {
    const {run, begun, end} = startQueue();
    const first = run('ada', 'a1');
    void run('ada', 'a2');
    void run('bob', 'b1');
    void run('eve', 'e1');
    assert.deepEqual(begun, ['a1', 'b1']);
    await end('a1');
    assert.equal(await first, 'a1');
    assert.deepEqual(begun, ['a1', 'b1', 'a2']);
    await end('b1');
    assert.deepEqual(begun, ['a1', 'b1', 'a2', 'e1']);
  });

  test('of an owner goes on with the newest, and refuses the oldest when too much waits', async () => {
    const {run, begun, end} = startQueue();
    void run('ada', 'a1');
    const oldest = run('ada', 'a2');
    void run('ada', 'a3');
    void run('ada', 'a4');
    await assert.rejects(oldest, {code: 'rate-limited', retryAfter: 1});
    await end('a1');
    await end('a4');
    assert.deepEqual(begun, ['a1', 'a4', 'a3']);
  });

  test('of many owners is refused when too much waits altogether', async () => {
    const {run, begun} = startQueue({atOnce: 1});
    for (const owner of ['a', 'b', 'c', 'd', 'e']) void run(owner, owner);
    await assert.rejects(run('f', 'f'), {code: 'rate-limited', details: {cause: 'tests'}});
    assert.deepEqual(begun, ['a']);
  });

  test('of an owner with much of it lets others have their turn', async () => {
    const {run, begun, end} = startQueue({atOnce: 1});
    void run('ada', 'a1');
    void run('ada', 'a2');
    void run('ada', 'a3');
    void run('bob', 'b1');
    await end('a1');
    await end('a3');
    await end('b1');
    assert.deepEqual(begun, ['a1', 'a3', 'b1', 'a2']);
  });

  test('is not begun if its caller has gone, and frees its place if it fails', async () => {
    const {run, begun, end} = startQueue({atOnce: 1});
    const gone = new AbortController();
    void run('ada', 'a1');
    const left = run('ada', 'a2', gone.signal);
    gone.abort();
    await assert.rejects(left, {code: 'interrupted'});
    void run('bob', 'b1');
    await end('a1');
    assert.deepEqual(begun, ['a1', 'b1']);
    const queue = createFairQueue({atOnceForOwner: 1, atOnce: 1, waitingOfOwner: 1, waiting: 1, cause: 'tests'});
    await assert.rejects(
      queue.run('ada', () => Promise.reject(new Error('broken')), {signal: stays}),
      /broken/,
    );
    assert.equal(await queue.run('ada', async () => 'next', {signal: stays}), 'next');
  });
});
