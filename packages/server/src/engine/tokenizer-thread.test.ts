import assert from 'node:assert/strict';
import {test} from 'node:test';
import {countTokens} from './count-tokens.ts';
import {createTokenizerThread} from './tokenizer-thread.ts';

/** A module of this source, in place of the tokenizer. */
const toModule = (source: string) => () => `data:text/javascript,${encodeURIComponent(source)}`;
const counting = 'export const setMergeCacheSize = () => {}; export const countTokens = (text) => ';

test('T2-27: the tokenizer loads and counts off the main thread', async () => {
  const [all, own] = [process.cpuUsage(), process.threadCpuUsage()];
  assert.equal(await countTokens('Hello world!'), 3);
  await Promise.all(Array.from({length: 5}, () => countTokens('Some other words that are counted. '.repeat(4000))));
  const [allUsed, ownUsed] = [process.cpuUsage(all), process.threadCpuUsage(own)];
  assert.ok(ownUsed.user < allUsed.user / 3, `${ownUsed.user} of ${allUsed.user} µs on the main thread`);
});

test('R-16: streams go on while the tokenizer counts', async () => {
  const thread = createTokenizerThread({
    module: toModule(`${counting} { while (text.length < Infinity); }`),
    patience: 500,
  });
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 10);
  assert.equal(await thread.count(['endless']), undefined);
  clearInterval(ticking);
  assert.ok(ticks > 5, String(ticks));
});

for (const [name, source, patience] of [
  ['cannot be loaded', 'throw new Error("No tokenizer.");'],
  ['has an error in its count', `${counting} { throw new Error("No count."); }`],
  ['ends its thread', `${counting} process.exit(3)`],
  ['uses up its memory', `${counting} { const all = []; for (;;) all.push(new Array(1e6).fill(text)); }`],
  ['never loads', 'await new Promise(() => setInterval(() => {}, 1000));', 300],
] as const) {
  test(`a tokenizer that ${name} gives no count, and nothing fails`, async () => {
    const thread = createTokenizerThread({module: toModule(source), patience: patience ?? 19_000});
    assert.deepEqual(await Promise.all([thread.count(['a', 'b']), thread.count(['c'])]), [undefined, undefined]);
    assert.equal(await thread.count(['d']), undefined);
  });
}

test('a tokenizer that cannot be found gives no count', async () => {
  const thread = createTokenizerThread({
    module: () => {
      throw new Error('This is a bundle.');
    },
  });
  assert.equal(await thread.count(['a']), undefined);
});

test('counts beyond a hundred that wait are not taken', async () => {
  const thread = createTokenizerThread({module: toModule(`${counting} text.length`)});
  const counts = await Promise.all(Array.from({length: 150}, (_, index) => thread.count(['x'.repeat(index)])));
  assert.deepEqual(
    counts.slice(0, 100),
    Array.from({length: 100}, (_, index) => index),
  );
  assert.deepEqual(
    counts.slice(100),
    Array.from({length: 50}, () => undefined),
  );
  assert.equal(await thread.count(['ab', 'c']), 3);
});
