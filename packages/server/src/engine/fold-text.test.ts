import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {foldText} from './fold-text.ts';

suite('folding text', () => {
  test('takes away case, accents and NUL', () => {
    assert.equal(foldText('Crème BRÛLÉE\0 Straße'), 'creme brulee strasse');
    assert.equal(foldText('Plain\0 TEXT'), 'plain text');
  });

  test('gives of a long text, which is folded in pieces, the same as of its parts', () => {
    for (const part of ['ÀÉ Ünï ', '👩‍🚀', 'é̂x', 'plain ']) {
      const long = part.repeat(40_000);
      assert.equal(foldText(`${long}Ä`), `${foldText(part).repeat(40_000)}a`);
    }
  });
});
