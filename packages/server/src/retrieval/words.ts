/**
 * Words of texts and of questions, for a full-text index: normalized, and separated even if their script puts no spaces
 * between words. Tells the language of a text. Pure; knows no index. Stems are the index's own matter.
 */
import {normalizeForSearch} from '../engine/normalize-for-search.ts';
import {stopWords} from './stop-words.ts';

/** Chinese, Japanese and Korean, which are indexed as overlapping pairs of characters. */
const paired = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}ー]`;
const beginsPaired = new RegExp(`^${paired}`, 'u');
/** Scripts without spaces whose words a dictionary finds. */
const segmented = String.raw`[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]`;
const letter = String.raw`[\p{L}\p{M}\p{N}]`;
/** A run to pair (first group), a run to segment (second group), or a word. */
const runs = new RegExp(String.raw`(${paired}+)|(${segmented}+)|(?:(?!${paired}|${segmented})${letter})+`, 'gu');
/** The characters before Thai and between the scripts of Asia: most texts have no others, and are split much faster. */
const spacedScripts = /^[\0-\u0dff\u1e00-\u2dff]*$/;
const spacedWords = new RegExp(`${letter}+`, 'gu');
/** Arabic vowel signs and the stretching of words, which people leave out or put in as they like. */
const arabicSigns = /[\u064b-\u0652\u0670\u0640]/g;
const hiragana = /^\p{sc=Hiragana}+$/u;

/** One for all four scripts: ICU looks at the characters, not at the locale. Made for the first such text: it reads a dictionary. */
let segmenter: Intl.Segmenter | undefined;

/** The text with spaces between all its words, for the index. */
export function spaceWords(text: string): string {
  const normal = normalize(text);
  if (spacedScripts.test(normal)) return (normal.match(spacedWords) ?? []).join(' ');
  return splitWords(normal, (run) => [...pairs(run), run.slice(run.length - lastLength(run))]).join(' ');
}

/** What to look for in an index. */
export interface QueryWords {
  /** Each once, in the order of the question. */
  readonly words: readonly string[];
  /** Whether the question has nothing but stop words, and `words` are these. */
  readonly onlyStopWords: boolean;
}

/** More words than a question needs. A longer text is searched by its last words, which say most in a chat. */
const mostWords = 48;

/**
 * The words of a question, without stop words.
 * @param languages those of the documents; stop words of other languages are words like all others
 */
export function queryWords(question: string, languages: readonly string[]): QueryWords {
  const words = splitWords(normalize(question), pairs);
  const stop = stopWordsFor(words, languages);
  const meaningful = words.filter((word) => !stop.has(word) && !hiragana.test(word));
  const onlyStopWords = meaningful.length === 0;
  return {words: [...new Set(onlyStopWords ? words : meaningful)].slice(-mostWords), onlyStopWords};
}

/** Whether words of this script are indexed as pairs of characters, so that one character is the beginning of a pair. */
export function isPaired(word: string): boolean {
  return beginsPaired.test(word);
}

/** Letters at the beginning of a text that tell its language. */
const sampleLength = 4_000;
/** The least share of stop words in a text of a language: half of what is usual. */
const leastShare = 0.15;

const scripts: readonly (readonly [script: RegExp, language: string])[] = [
  [/[\p{sc=Hiragana}\p{sc=Katakana}]/gu, 'ja'],
  [/\p{sc=Hangul}/gu, 'ko'],
  [/\p{sc=Han}/gu, 'zh'],
  [/\p{sc=Thai}/gu, 'th'],
  [/\p{sc=Hebrew}/gu, 'he'],
  [/\p{sc=Greek}/gu, 'el'],
  [/\p{sc=Devanagari}/gu, 'hi'],
];

/** The primary language subtag of a text; undefined if it is short, or no language has enough of its words in it. */
export function guessLanguage(text: string): string | undefined {
  const sample = normalize(text.slice(0, sampleLength));
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  for (const [script, language] of scripts) {
    if ((sample.match(script)?.length ?? 0) > letters * 0.2) return language;
  }
  const words = sample.match(spacedWords) ?? [];
  const {language, count} = mostStopWords(words, [...stopWords.keys()]);
  return count >= 3 && count >= words.length * leastShare ? language : undefined;
}

function stopWordsFor(words: readonly string[], languages: readonly string[]): ReadonlySet<string> {
  return stopWords.get(mostStopWords(words, languages).language ?? '') ?? new Set();
}

function mostStopWords(words: readonly string[], languages: readonly string[]) {
  let best: {readonly language?: string; readonly count: number} = {count: 0};
  for (const language of languages) {
    const stop = stopWords.get(language);
    const count = stop ? words.filter((word) => stop.has(word)).length : 0;
    if (count > best.count) best = {language, count};
  }
  return best;
}

function normalize(text: string): string {
  return (
    normalizeForSearch(text)
      // Compatibility forms take the Thai and Lao vowel AM apart, and then no dictionary knows its words.
      .replaceAll('\u0e4d\u0e32', '\u0e33')
      .replaceAll('\u0ecd\u0eb2', '\u0eb3')
      .replaceAll(arabicSigns, '')
      .replaceAll(/[أإآٱ]/g, 'ا')
      .replaceAll('ى', 'ي')
      .replaceAll('ة', 'ه')
  );
}

function splitWords(normal: string, splitPaired: (run: string) => readonly string[]): readonly string[] {
  const words: string[] = [];
  for (const [run, toPair, toSegment] of normal.matchAll(runs)) {
    if (toPair !== undefined) words.push(...splitPaired(run));
    else if (toSegment !== undefined) words.push(...segments(run));
    else words.push(run);
  }
  return words;
}

/** Overlapping pairs of characters; a single character is left alone. */
function pairs(run: string): readonly string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, i) => `${characters[i]}${character}`);
}

/** Code units of the last character. */
function lastLength(run: string): number {
  return (run.codePointAt(run.length - 2) ?? 0) > 0xffff ? 2 : 1;
}

function segments(run: string): readonly string[] {
  return [...(segmenter ??= new Intl.Segmenter('th', {granularity: 'word'})).segment(run)].map(({segment}) => segment);
}
