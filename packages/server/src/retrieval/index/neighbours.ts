/** Gives passages together with those beside them. Knows no database. */
import type {Passage} from '../../engine/retriever.ts';

export interface KeyedPassage {
  /** Passages of one document have keys in a row. */
  readonly key: number;
  readonly passage: Passage;
}

/**
 * The passages with these keys in the given order, each between its neighbours, no passage twice.
 * @param neighbours how many before and after each
 * @param read gives the passages from one key to another, in order
 */
export function withNeighbours(
  keys: readonly number[],
  neighbours: number,
  read: (first: number, last: number) => readonly KeyedPassage[],
): readonly Passage[] {
  const found = new Set(keys);
  const given = new Set<number>();
  return keys.flatMap((center) => {
    const around = read(center - neighbours, center + neighbours);
    const document = around.find(({key}) => key === center)?.passage.document.id;
    return around
      .filter(({key, passage}) => passage.document.id === document && !given.has(key))
      .map(({key, passage}): Passage => {
        given.add(key);
        return found.has(key) ? passage : {...passage, isNeighbour: true};
      });
  });
}
