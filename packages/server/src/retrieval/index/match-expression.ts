/** Writes a question as MATCH expressions of FTS5 (https://www.sqlite.org/fts5.html#full_text_query_syntax). */
import {type Stem, stemQuestion} from '../stemmers.ts';
import {isPaired, queryWords} from '../words.ts';

export interface MatchOptions {
  /** Those of the documents. */
  readonly languages: readonly string[];
  /** Stemmers of these languages. */
  readonly stems: Iterable<Stem>;
  /** Whether the last word may be unfinished. */
  readonly typing: boolean;
}

export interface Match {
  /** One for each word of the question. */
  readonly terms: readonly string[];
  /**
   * Whether a chunk must have all terms, and in its title or headings. A question of stop words alone, such as
   * “about us”, asks for that: such words are nearly everywhere else.
   */
  readonly allInHeadings: boolean;
}

/** What to look for; undefined if the question has no word. */
export function findTerms(question: string, {languages, stems, typing}: MatchOptions): Match | undefined {
  const {words, onlyStopWords} = queryWords(question, languages);
  if (words.length === 0) return undefined;
  const last = typing && /[\p{L}\p{M}\p{N}]$/u.test(question) ? words.at(-1) : undefined;
  const stemmed = stemQuestion(question, stems);
  const terms = words
    .filter((word) => word !== last || words.length === 1 || saysSomething(word))
    .map((word) => anyOf([word === last ? unfinishedTerm(word) : term(word), ...(stemmed.get(word) ?? []).map(term)]));
  return {terms, allInHeadings: onlyStopWords};
}

/** The expression that finds chunks with any of these terms, or with all of them. */
export function matchExpression({terms, allInHeadings}: Match): string {
  return allInHeadings ? `{title headings} : (${terms.join(' AND ')})` : terms.join(' OR ');
}

function anyOf(alternatives: readonly string[]): string {
  const [first = '', ...others] = new Set(alternatives);
  return others.length === 0 ? first : `(${[first, ...others].join(' OR ')})`;
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
/** Letters that a stem lacks at the end of an unfinished word at most, as `configur` those of “configurazion”. */
const longestSuffix = 5;
const shortestStem = 5;

function saysSomething(word: string): boolean {
  return isPaired(word) || word.length >= shortestBeginning;
}

function unfinishedTerm(word: string): string {
  if (isPaired(word) || !saysSomething(word)) return term(word);
  const stems = Array.from({length: longestSuffix}, (_, i) => word.slice(0, -1 - i)).filter(
    ({length}) => length >= shortestStem,
  );
  return anyOf([`"${word}" *`, ...stems.map(term)]);
}
