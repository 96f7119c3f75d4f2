import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import fc from 'fast-check';
import {checkQuote} from './check-quote.ts';
import {toPlainText} from './plain-text.ts';
import {alteredQuotes, foreignQuotes, passages, trueQuotes} from './testing/quotes.ts';

suite('the check of a quote', () => {
  test('there are 40 true, 20 altered and 20 foreign quotes', () => {
    assert.deepEqual([trueQuotes.length, alteredQuotes.length, foreignQuotes.length], [40, 20, 20]);
  });
  for (const {passage, quote} of trueQuotes) {
    test(`finds a quote in its passage: ${quote}`, () => {
      const found = checkQuote(quote, passages[passage] ?? '');
      assert.ok(found);
      assert.ok(
        toPlainText(passages[passage] ?? '')
          .replaceAll(/\s+/g, ' ')
          .includes(found),
        found,
      );
    });
  }
  for (const {passage, quote} of alteredQuotes) {
    test(`refuses an altered quote: ${quote}`, () => {
      assert.equal(checkQuote(quote, passages[passage] ?? ''), undefined);
    });
  }
  for (const {passage, quote} of foreignQuotes) {
    test(`refuses a quote of another passage: ${quote}`, () => {
      assert.equal(checkQuote(quote, passages[passage] ?? ''), undefined);
    });
  }

  test('gives the passage’s own words, not the model’s', () => {
    assert.equal(
      checkQuote('the FERRY to hallig hooge leaves at 9:40', passages[0] ?? ''),
      'The ferry to Hallig Hooge leaves at 9:40',
    );
    assert.equal(checkQuote('“water is life” — the sign says', passages[11] ?? ''), 'Water is life”, the sign says');
  });

  test('shows a negation that the quote has cut off', () => {
    assert.equal(checkQuote('allowed on the upper deck', passages[0] ?? ''), 'not allowed on the upper deck');
    assert.equal(checkQuote('undo a deletion', passages[3] ?? ''), 'cannot undo a deletion');
  });

  test('refuses a quote of one or two words, which supports nothing', () => {
    for (const quote of ['', 'the', 'the ferry', '…', '"."'])
      assert.equal(checkQuote(quote, passages[0] ?? ''), undefined);
  });

  const text =
    'The new pump lifts water from the deep well into the tank beside the old barn, which stands on the hill.';
  test('allows one word in ten to differ, if it changes nothing that matters', () => {
    assert.ok(checkQuote('the new pump lifts water from the well into the tank beside the old barn', text));
    assert.ok(checkQuote('the new pumps lifts water from the deep well into the tank beside', text));
    assert.equal(checkQuote('the new pump lifts water from the well into tank beside the old barn', text), undefined);
    assert.equal(checkQuote('the new pump lifts water from the well', text), undefined);
    assert.equal(
      checkQuote('the new pump lifts petrol from the deep well into the tank beside the barn', text),
      undefined,
    );
  });

  test('keeps code as it is', () => {
    const markdown = 'Call `obj.__init__(*args, **kwargs)` first.\n\n```js\nconst a_b = c * d * e;\n```\n';
    assert.equal(toPlainText(markdown), 'Call obj.__init__(*args, **kwargs) first.\n\nconst a_b = c * d * e;\n');
    assert.equal(checkQuote('const a_b = c * d', markdown), 'const a_b = c * d');
  });

  test('finds every piece of a passage in it, and no piece with another number', () => {
    const words = fc.array(fc.constantFrom('pump', 'well', 'the', 'not', 'Berlin', '40', '7.5', 'km', 'is', '*old*'), {
      minLength: 12,
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.nat(), fc.integer({min: 3, max: 12}), (all, place, length) => {
        const from = place % (all.length - length + 1);
        const piece = all.slice(from, from + length);
        assert.ok(checkQuote(piece.join(' '), all.join(' ')), piece.join(' '));
        const changed = [...piece.slice(0, -1), '99'];
        assert.equal(checkQuote(changed.join(' '), all.join(' ')), undefined);
      }),
      {seed: 1, numRuns: 500},
    );
  });

  test('comes to an end with markup that never ends', () => {
    for (const mark of ['`', '[', '*', '*a ', '_a ', ' ', '|', '![', 'a](', '~~~\n', '> ', '[a](']) {
      const endless = mark.repeat(1_000_000);
      assert.equal(checkQuote(endless, endless), undefined);
    }
  });
});
