/**
 * Chooses the words of a question that a chunk needs one of to be scored. A chunk that has only common words is never among
 * the best, but most chunks have one, and scoring takes most of the time of a search.
 */

/** Chunks that are scored, if the words are in so many. */
const enough = 2_500;
/** A word that would make more than `most` of them is left out, if there are `few` without it. */
const most = 5_000;
const few = 300;

export interface TermCounts {
  /** In how many chunks a term is. */
  readonly count: (term: string) => number;
  /** How many chunks are looked for. */
  readonly limit: number;
}

/** The rarest of these terms, in their order; all of them unless they are in very many chunks. */
export function chooseRare(terms: readonly string[], {count, limit}: TermCounts): readonly string[] {
  const rarestFirst = terms.map((term) => ({term, chunks: count(term)})).toSorted((a, b) => a.chunks - b.chunks);
  const chosen = new Set<string>();
  let sum = 0;
  for (const {term, chunks} of rarestFirst) {
    if (sum >= Math.max(enough, limit) || (sum + chunks > most && sum >= Math.max(few, limit))) break;
    chosen.add(term);
    sum += chunks;
  }
  return terms.filter((term) => chosen.has(term));
}
