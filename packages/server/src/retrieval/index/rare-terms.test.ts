import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {chooseRare} from './rare-terms.ts';

suite('the words that a chunk needs one of', () => {
  const choose = (counts: Readonly<Record<string, number>>, limit = 50) =>
    chooseRare(Object.keys(counts), {count: (term) => counts[term] ?? 0, limit});

  test('are all words, if these are in few chunks', () => {
    assert.deepEqual(choose({lamp: 900, oil: 1_200, wick: 0}), ['lamp', 'oil', 'wick']);
    assert.deepEqual(choose({}), []);
  });

  test('are the rarest, in the order of the question, if the others would add thousands', () => {
    assert.deepEqual(choose({file: 6_000, wick: 40, open: 8_000, lamp: 2_600}), ['wick', 'lamp']);
    assert.deepEqual(choose({file: 6_000, wick: 400, open: 8_000}), ['wick']);
  });

  test('are common ones, too, if the rare ones are in fewer chunks than are looked for', () => {
    assert.deepEqual(choose({file: 6_000, wick: 40, open: 8_000}), ['file', 'wick']);
    assert.deepEqual(choose({file: 6_000, wick: 400, open: 8_000}, 1_000), ['file', 'wick']);
    assert.deepEqual(choose({file: 6_000}), ['file']);
  });
});
