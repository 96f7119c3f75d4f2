import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {normalizeForSearch} from './normalize-for-search.ts';

suite('text that is normalized for search', () => {
  test('loses case, accents and NUL', () => {
    assert.equal(normalizeForSearch('Crème BRÛLÉE\0 Straße'), 'creme brulee strasse');
    assert.equal(normalizeForSearch('Plain\0 TEXT'), 'plain text');
  });

  test('is the same for a long text, which is normalized in pieces, as for its parts', () => {
    for (const part of ['ÀÉ Ünï ', '👩‍🚀', 'é̂x', 'plain ']) {
      const long = part.repeat(40_000);
      assert.equal(normalizeForSearch(`${long}Ä`), `${normalizeForSearch(part).repeat(40_000)}a`);
    }
  });
});
