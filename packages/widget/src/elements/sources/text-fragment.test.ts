/** Addresses of sentences, and quotes that are found by their letters. */
import {expect} from '@open-wc/testing';
import {findQuote, plainWords} from './letters.ts';
import {addressOfQuote} from './text-fragment.ts';

const url = 'https://docs.example/tea';
const passage =
  'Tea is made of leaves. **Black tea** is poured on at 95 °C, green tea at 80 °C, and white-tip tea at 75 °C: never hotter. Tea is made of leaves.';

describe('the address of quoted words', () => {
  for (const [what, quote, fragment] of [
    ['a short sentence is named whole', 'Black tea is poured on at 95', 'Black%20tea%20is%20poured%20on%20at%2095'],
    [
      'commas, hyphens and ampersands are encoded, because the browser reads them as its own',
      'green tea, white-tip & more',
      'green%20tea%2C%20white%2Dtip%20%26%20more',
    ],
    [
      'of a long one the first and the last words are',
      'Black tea is poured on at 95 °C, green tea at 80 °C, and white-tip tea at 75 °C',
      'Black%20tea%20is%20poured%20on,tip%20tea%20at%2075%20%C2%B0C',
    ],
    ['marks of Markdown are not of the page', '**Black tea** is `poured` on', 'Black%20tea%20is%20poured%20on'],
    ['a few words have those around them', 'green tea', 'at%2095%20%C2%B0C%2C-,green%20tea,-at%2080%20%C2%B0C'],
    [
      'words that are in the passage twice have those around them',
      'Tea is made of leaves.',
      'Tea%20is%20made%20of%20leaves.,-Black%20tea%20is',
    ],
  ] as const) {
    it(what, () => expect(addressOfQuote({url, quote, passage})).to.equal(`${url}#:~:text=${fragment}`));
  }

  it('words over several lines are named by the first and the last', () => {
    const quote = '- pour the water on\n- wait for three minutes';
    expect(addressOfQuote({url, quote})).to.equal(
      `${url}#:~:text=pour%20the%20water%20on,wait%20for%20three%20minutes`,
    );
  });

  it('words without spaces are cut between words', () => {
    const quote = '茶は葉から作られます。紅茶は摂氏九十五度のお湯を注ぎ、緑茶は八十度のお湯を注ぎます。';
    const [, start = '', end = ''] = /text=([^,]+),([^,]+)$/.exec(addressOfQuote({url, quote})) ?? [];
    expect(quote.startsWith(decodeURIComponent(start))).to.equal(true);
    expect(quote.endsWith(decodeURIComponent(end))).to.equal(true);
  });

  it('a section of the address stays', () => {
    expect(addressOfQuote({url: `${url}#black`, quote: 'poured on at 95 degrees'})).to.equal(
      `${url}#black:~:text=poured%20on%20at%2095%20degrees`,
    );
  });

  it('a PDF opens at its page', () => {
    const pdf = 'https://docs.example/Tea.PDF?version=2#page=3';
    expect(addressOfQuote({url: pdf, quote: 'poured on at 95 degrees'})).to.equal(pdf);
  });

  it('a quote without words leads to the page', () => {
    expect(addressOfQuote({url, quote: ' … '})).to.equal(url);
  });
});

describe('a quote', () => {
  const found = (text: string, quote: string, before?: string) => {
    const [place] = findQuote(text, quote, before);
    return place && text.slice(place.start, place.end);
  };

  it('is found in spite of other spaces, quotation marks, dashes and case', () => {
    expect(found('He said:\n  “Black  Tea – hot.” So', 'said: "black tea - hot."')).to.equal(
      'said:\n  “Black  Tea – hot.”',
    );
  });

  it('ends before punctuation that is not its own', () => {
    expect(found('Black tea, hot', 'Black tea')).to.equal('Black tea');
  });

  it('is found at the place with the same words before it', () => {
    const text = 'Green: pour it on. Black: pour it on.';
    expect(findQuote(text, 'pour it on', 'Black:')[0]?.start).to.equal(text.lastIndexOf('pour'));
    expect(findQuote(text, 'pour it on')[0]?.start).to.equal(text.indexOf('pour'));
  });

  it('is not found if a word differs', () => {
    expect(findQuote('Black tea at 95 °C', 'Black tea at 85 °C')).to.deep.equal([]);
    expect(findQuote('Black tea', ' … ')).to.deep.equal([]);
  });

  it('may have letters that are longer in lower case, or outside of the basic plane', () => {
    expect(found('in İSTANBUL now', 'İstanbul now')).to.equal('İSTANBUL now');
    expect(found('𝔗ea 𝔗', 'ea 𝔗')).to.equal('ea 𝔗');
  });
});

it('plain words of Markdown are those of the page', () => {
  expect(
    plainWords(
      '## Tea\n\n- **Black** [tea](https://a.example) in `snake_case_names`, _hot_\n\n| a | b |\n|---|---|\n| c | 2\\*3 |',
    ),
  ).to.equal('Tea\nBlack tea in snake_case_names, hot\na\nb\nc\n2*3');
});
