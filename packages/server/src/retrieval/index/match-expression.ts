/** Writes a question as a MATCH expression of FTS5 (https://www.sqlite.org/fts5.html#full_text_query_syntax). */
import {isPaired, queryWords} from '../words.ts';

export interface MatchOptions {
  /** Those of the documents. */
  readonly languages: readonly string[];
  /** Whether the last word may be unfinished. */
  readonly typing: boolean;
}

/**
 * The expression that finds chunks with any of the question's words; undefined if it has no word. A question of stop
 * words alone, such as “about us”, must be all in a title or heading: such words are nearly everywhere else.
 */
export function matchExpression(question: string, {languages, typing}: MatchOptions): string | undefined {
  const {words, onlyStopWords} = queryWords(question, languages);
  if (words.length === 0) return undefined;
  const last = typing && /[\p{L}\p{M}\p{N}]$/u.test(question) ? words.at(-1) : undefined;
  const terms = words
    .filter((word) => word !== last || words.length === 1 || saysSomething(word))
    .map((word) => (word === last ? unfinishedTerm(word) : term(word)));
  return onlyStopWords ? `{title headings} : (${terms.join(' AND ')})` : terms.join(' OR ');
}

function term(word: string): string {
  // The index holds pairs of such characters, and the last one of a run.
  return isPaired(word) && Array.from(word).length === 1 ? `"${word}" *` : `"${word}"`;
}

/**
 * Letters that an unfinished word must have to count. One or two begin too many words, and as a word of their own they
 * are rare, so that they would outweigh all others.
 */
const shortestBeginning = 3;
/** Letters that a stem lacks at the end of an unfinished word at most, as `configur` those of “configurati”. */
const longestSuffix = 4;
const shortestStem = 5;

function saysSomething(word: string): boolean {
  return isPaired(word) || word.length >= shortestBeginning;
}

function unfinishedTerm(word: string): string {
  if (isPaired(word) || !saysSomething(word)) return term(word);
  const stems = Array.from({length: longestSuffix}, (_, i) => word.slice(0, -1 - i)).filter(
    ({length}) => length >= shortestStem,
  );
  return `(${[`"${word}" *`, ...stems.map(term)].join(' OR ')})`;
}
