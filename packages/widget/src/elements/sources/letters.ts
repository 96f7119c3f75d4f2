/**
 * Finds quoted words in a text by their letters and digits alone: spaces, punctuation and the marks of Markdown may differ.
 * Pure.
 */

/** A stretch of a text. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The letters and digits of a text in lower case, and the position of each in the text. */
interface Letters {
  readonly letters: string;
  readonly positions: readonly number[];
}

const letter = /[\p{L}\p{N}\p{M}]/gu;

function readLetters(text: string): Letters {
  let letters = '';
  const positions: number[] = [];
  for (const {0: found, index} of text.matchAll(letter)) {
    // Some letters have several in lower case.
    for (const each of found.toLowerCase().split('')) {
      letters += each;
      positions.push(index);
    }
  }
  return {letters, positions};
}

/** How many of the last letters of two texts are equal. */
function countEqualEnd(one: string, other: string): number {
  let count = 0;
  while (count < one.length && count < other.length && one.at(-1 - count) === other.at(-1 - count)) count++;
  return count;
}

/** Letters before the quote that tell one place from another. */
const contextLength = 60;

/**
 * The places of `quote` in `text`, best first: those with more of the letters of `before` in front of them. The end of a
 * place includes punctuation that the quote ends with.
 */
export function findQuote(text: string, quote: string, before = ''): readonly Stretch[] {
  const {letters, positions} = readLetters(text);
  const wanted = readLetters(quote).letters;
  if (wanted === '') return [];
  const context = readLetters(before).letters.slice(-contextLength);
  const found: (Stretch & {readonly score: number})[] = [];
  for (let at = letters.indexOf(wanted); at !== -1; at = letters.indexOf(wanted, at + 1)) {
    const last = positions[at + wanted.length - 1] ?? 0;
    const [, behind = ''] = /^.([^\p{L}\p{N}\s]*)/u.exec(text.slice(last, last + 8)) ?? [];
    const own = /[^\p{L}\p{N}\s]*$/u.exec(quote)?.[0].length ?? 0;
    const letterLength = text.codePointAt(last) === text.charCodeAt(last) ? 1 : 2;
    found.push({
      start: positions[at] ?? 0,
      end: last + letterLength + behind.slice(0, own).length,
      score: countEqualEnd(letters.slice(Math.max(0, at - contextLength), at), context),
    });
  }
  return found.sort((one, other) => other.score - one.score).map(({start, end}) => ({start, end}));
}

/**
 * The words of Markdown without its marks, as a page shows them. Blocks and cells are on lines of their own.
 */
export function plainWords(markdown: string): string {
  return markdown
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^ {0,3}(?:`{3,}|~{3,}).*$/gm, '')
    .replace(/^[ \t]*(?:(?:#{1,6}|[-*+]|>|\d{1,9}[.)])[ \t]+)+/gm, '')
    .replace(/^[ \t|:-]*--[ \t|:-]*$/gm, '')
    .replace(/[ \t]*\|[ \t]*/g, '\n')
    .replace(/\\([!-/:-@[-`{-~])|\*+|`+|~~|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, '$1')
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?\n\s*/g, '\n')
    .trim();
}
