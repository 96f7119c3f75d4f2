/**
 * The address at which a browser shows a sentence of a page: `#:~:text=`, as in the text fragments specification
 * (https://wicg.github.io/scroll-to-text-fragment). Pure.
 */
import {findQuote, plainWords} from './letters.ts';

/** So many words are named whole. Of more, the first and the last ones are. */
const mostWords = 12;
const edgeWords = 5;
/** A quote of fewer words may stand in the page more than once, so the words around it are named too. */
const fewWords = 4;
const contextWords = 3;

export interface Quoted {
  readonly url: string;
  /** The words to show. */
  readonly quote: string;
  /** The passage that they stand in. */
  readonly passage?: string | undefined;
}

/** Of a PDF, the address opens its page, which the address of the source names: `#page=3`. */
export function addressOfQuote({url, quote, passage = ''}: Quoted): string {
  const address = new URL(url);
  if (/\.pdf$/i.test(address.pathname) || /^#page=\d/.test(address.hash)) return address.href;
  const directive = textDirective(quote, passage);
  if (directive === '' || address.hash.includes(':~:')) return address.href;
  return `${address.href}${address.hash || address.href.endsWith('#') ? '' : '#'}:~:${directive}`;
}

/** `text=[prefix-,]start[,end][,-suffix]`; empty if the quote has no words. */
function textDirective(quote: string, passage: string): string {
  const plain = plainWords(quote);
  const lines = plain.split('\n').filter(hasWords);
  const first = lines[0] ?? '';
  const last = lines.at(-1) ?? '';
  if (first === '') return '';
  const isWhole = lines.length === 1 && countWords(first) <= mostWords;
  const ends = isWhole ? [first] : [takeWords(first, edgeWords), takeLastWords(last, edgeWords)];
  const {prefix, suffix} = findContext(plain, plainWords(passage));
  const parts = [prefix && `${encode(prefix)}-`, ...ends.map(encode), suffix && `-${encode(suffix)}`];
  return `text=${parts.filter(Boolean).join(',')}`;
}

/** The words before and after the quote in its line, if the quote alone could mean another place. */
function findContext(quote: string, passage: string): {prefix: string; suffix: string} {
  const places = findQuote(passage, quote);
  const [place] = places;
  if (!place || (places.length === 1 && countWords(quote) >= fewWords)) return {prefix: '', suffix: ''};
  const before = passage.slice(passage.lastIndexOf('\n', place.start) + 1, place.start);
  const [after = ''] = passage.slice(place.end).split('\n');
  return {prefix: takeLastWords(before, contextWords), suffix: takeWords(after, contextWords)};
}

/** The browser reads these three as its own. */
const encode = (text: string): string => encodeURIComponent(text).replaceAll('-', '%2D');

const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

const splitWords = (text: string): readonly Intl.SegmentData[] =>
  [...new Intl.Segmenter(undefined, {granularity: 'word'}).segment(text)].filter(({isWordLike}) => isWordLike === true);

const countWords = (text: string): number => splitWords(text).length;

/** The first words. A browser compares whole words, also in languages without spaces. */
function takeWords(text: string, count: number): string {
  const word = splitWords(text)[count - 1];
  return (word ? text.slice(0, word.index + word.segment.length) : text).trim();
}

function takeLastWords(text: string, count: number): string {
  const word = splitWords(text).at(-count);
  return (word ? text.slice(word.index) : text).trim();
}
