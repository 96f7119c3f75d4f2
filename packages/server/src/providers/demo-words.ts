/** Words of a question, and whether a text speaks of them: words with one beginning count as the same. Pure. */
import {queryWords, spaceWords} from '../retrieval/words.ts';

/** Words that mean nearly the same in questions about a product, by their beginnings. */
const alike: readonly (readonly string[])[] = [
  ['put', 'add', 'embed', 'install', 'integrate', 'insert', 'einbauen', 'einbetten'],
  ['change', 'customize', 'customise', 'adjust', 'configure', 'setting'],
  ['color', 'colour', 'farbe', 'theme'],
  ['site', 'website', 'webseite', 'homepage'],
  ['page', 'seite', 'webpage'],
  ['own', 'eigenes'],
  ['use', 'benutze', 'verwende', 'nutze'],
];

export interface AskedWords {
  /** Each word of the question with the words that mean nearly the same. */
  readonly groups: readonly (readonly string[])[];
  /** The words and those that mean nearly the same, for an index. */
  readonly query: string;
}

export function askedWords(question: string): AskedWords {
  const {words, onlyStopWords} = queryWords(question, ['en', 'de']);
  const groups = onlyStopWords ? [] : words.map(withAlike);
  return {groups, query: groups.flat().join(' ')};
}

function withAlike(word: string): readonly string[] {
  return [word, ...alike.filter((group) => group.some((each) => isSame(each, word))).flat()];
}

/** Which of the question's words a text has. */
export function hasWords(text: string, {groups}: AskedWords): readonly boolean[] {
  const given = [...new Set(spaceWords(text).split(' '))];
  return groups.map((group) => given.some((word) => group.some((each) => isSame(each, word))));
}

/** How many of the question's words a text has. */
export function countWords(text: string, words: AskedWords): number {
  return hasWords(text, words).filter(Boolean).length;
}

/** What may stand behind the stem of a word: `install` and `installation` are the same, `chat` and `chatlet` are not. */
const endings = /^(?:e|y|n?s|es|e?d|en|e?rs?|ings?|ations?|ments?|ly|ies)?$/u;

function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  // Most words differ in their first letters, and a pattern takes longer.
  if (one[0] !== other[0] || one[1] !== other[1]) return false;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  const stem = short.replace(/(?:e|y|s|es|ed|en)$/u, '');
  return stem.length >= 2 && long.startsWith(stem) && endings.test(long.slice(stem.length));
}
