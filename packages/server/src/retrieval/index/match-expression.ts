/** Writes a question as a MATCH expression of FTS5 (https://www.sqlite.org/fts5.html#full_text_query_syntax). */
import {isPaired, queryWords} from '../words.ts';

/**
 * The expression that finds chunks with any of the question's words; undefined if it has no word. A question of stop
 * words alone, such as “about us”, must be all in a title or heading: such words are nearly everywhere else.
 * @param languages those of the documents
 */
export function matchExpression(question: string, languages: readonly string[]): string | undefined {
  const {words, onlyStopWords} = queryWords(question, languages);
  if (words.length === 0) return undefined;
  const terms = words.map(termFor);
  return onlyStopWords ? `{title headings} : (${terms.join(' AND ')})` : terms.join(' OR ');
}

function termFor(word: string): string {
  // The index holds pairs of such characters, and the last one of a run.
  return isPaired(word) && Array.from(word).length === 1 ? `"${word}" *` : `"${word}"`;
}
