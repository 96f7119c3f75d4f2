/** Joins the results of two searches whose scores cannot be compared. Pure. */

export interface Candidate {
  /** The key of a chunk. */
  readonly key: number;
  /** Higher is better. Comparable only with scores of the same search. */
  readonly score: number;
}

/** How soon the place in a list stops to count; the value of Cormack, Clarke and Büttcher, SIGIR 2009. */
const smoothing = 60;

/**
 * Reciprocal rank fusion: a candidate counts by its places in the lists.
 * @param lists each best first, and how much it counts
 */
export function fuseRanks(
  lists: readonly {readonly candidates: readonly Candidate[]; readonly weight: number}[],
): readonly Candidate[] {
  const scores = new Map<number, number>();
  for (const {candidates, weight} of lists) {
    for (const [place, {key}] of candidates.entries()) {
      scores.set(key, (scores.get(key) ?? 0) + weight / (smoothing + place + 1));
    }
  }
  return Array.from(scores, ([key, score]) => ({key, score})).toSorted((a, b) => b.score - a.score);
}
