import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import fc from 'fast-check';
import {type Piece, createMarkParser} from './mark-parser.ts';

/** The pieces of a text that arrives cut, neighbouring texts joined. */
function parse(pushed: readonly string[]): readonly (string | readonly [number, string])[] {
  const parser = createMarkParser();
  const pieces: readonly Piece[] = [...pushed.flatMap((text) => parser.push(text)), ...parser.end()];
  const joined: (string | readonly [number, string])[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (piece.type === 'mark') joined.push([piece.number, piece.quote]);
    else if (typeof last === 'string') joined[joined.length - 1] = last + piece.text;
    else joined.push(piece.text);
  }
  return joined;
}

suite('marks in the text of a model', () => {
  const cases: readonly (readonly [name: string, text: string, pieces: ReturnType<typeof parse>])[] = [
    ['a mark', 'It rains. [[2: "It rains often"]]', ['It rains.', [2, 'It rains often']]],
    ['a mark before a full stop', 'It rains [[2: "It rains"]].', ['It rains', [2, 'It rains'], '.']],
    ['two marks', 'A [[1: "a b"]] [[12:"c d"]] B', ['A', [1, 'a b'], [12, 'c d'], ' B']],
    ['a mark on a line of its own', 'One.\n\n[[1: "a b"]]\n\nTwo.', ['One.', [1, 'a b'], '\n\nTwo.']],
    [
      'other quotation marks',
      'A [[1: “a b”]] [[1: „a b“]] [[1: «a b»]] [[1: 「あ」]]',
      ['A', [1, 'a b'], [1, 'a b'], [1, 'a b'], [1, 'あ']],
    ],
    ['quotation marks in the quote', 'A [[1: "say "yes" twice"]]', ['A', [1, 'say "yes" twice']]],
    ['brackets in the quote', 'A [[1: "see a[b[0]] there"]]', ['A', [1, 'see a[b[0]] there']]],
    ['a quote without quotation marks', 'A [[1: a b]]', ['A', [1, 'a b']]],
    ['a mark without a quote', 'A. [[3]] B', ['A.', [3, ''], ' B']],
    ['a third bracket', 'A [[[1: "a b"]]', ['A [', [1, 'a b']]],
    ['a link of a wiki', 'See [[Home]] and [[ -f x ]] and [[]]', ['See [[Home]] and [[ -f x ]] and [[]]']],
    ['an index in code', 'x[[1]] f()[[2]] a[0][[3]] a[[1: 2]]', ['x[[1]] f()[[2]] a[0][[3]] a[[1: 2]]']],
    ['a matrix', '[[1, 2], [3, 4]] and [[1],[2]]', ['[[1, 2], [3, 4]] and [[1],[2]]']],
    ['a link', 'See [this](x) [and', ['See [this](x) [and']],
    ['a beginning that never ends', `A [[1: ${'x'.repeat(3_000)}`, [`A [[1: ${'x'.repeat(3_000)}`]],
    ['a quotation that never ends', `A [[1: "x]] ${'y'.repeat(3_000)}`, ['A', [1, 'x'], ` ${'y'.repeat(3_000)}`]],
    ['half of a mark at the end', 'A [[1: "a b', ['A']],
    ['the beginning of a mark at the end', 'A [[', ['A']],
    ['blank text at the end', 'A \n', ['A \n']],
  ];
  for (const [name, text, pieces] of cases) {
    test(`${name}: ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.deepEqual(parse([text]), pieces);
      assert.deepEqual(parse(text.split('')), pieces);
    });
  }

  test('however the stream is cut, the pieces are the same', () => {
    const fragments = '[[|[|]]|]|1|2:|: |"|”|word| |\n|\n\n|.|[[1: "a b"]]|[[3]]|😀|x[[1]]'.split('|');
    const fragment = fc.constantFrom(...fragments);
    fc.assert(
      fc.property(fc.array(fragment, {maxLength: 30}), fc.array(fc.nat(60), {maxLength: 8}), (chosen, places) => {
        const text = chosen.join('');
        const cuts = [0, ...places.filter((place) => place < text.length), text.length].toSorted((a, b) => a - b);
        assert.deepEqual(parse(cuts.map((from, index) => text.slice(from, cuts[index + 1] ?? from))), parse([text]));
      }),
      {seed: 1, numRuns: 2_000},
    );
  });

  test('holds back nothing but what may be a mark', () => {
    const parser = createMarkParser();
    assert.deepEqual(parser.push('Hello'), [{type: 'text', text: 'Hello'}]);
    assert.deepEqual(parser.push(' ['), []);
    assert.deepEqual(parser.push('a]'), [{type: 'text', text: ' [a]'}]);
    assert.deepEqual(parser.push(' [[1: "no end'), []);
    assert.deepEqual(parser.push('ing"]'), []);
    assert.deepEqual(parser.push(']'), [{type: 'mark', number: 1, quote: 'no ending'}]);
  });
});
