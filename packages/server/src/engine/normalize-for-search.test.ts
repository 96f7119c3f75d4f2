import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {normalizeForSearch} from './normalize-for-search.ts';

suite('folding text', () => {
  test('takes away case, accents and NUL', () => {
    assert.equal(normalizeForSearch('Crème BRÛLÉE\0 Straße'), 'creme brulee strasse');
    assert.equal(normalizeForSearch('Plain\0 TEXT'), 'plain text');
  });

  test('gives of a long text, which is folded in pieces, the same as of its parts', () => {
    for (const part of ['ÀÉ Ünï ', '👩‍🚀', 'é̂x', 'plain ']) {
      const long = part.repeat(40_000);
      assert.equal(normalizeForSearch(`${long}Ä`), `${normalizeForSearch(part).repeat(40_000)}a`);
    }
  });
});
