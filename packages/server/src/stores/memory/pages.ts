/** Pages of lists in memory. */
import type {Page} from '@chatlet/protocol';
import {checkLimit, cursorAfter} from '../cursor.ts';

/** The first items of those that come after the cursor, and a cursor if there are more. `place` is the item's in its list. */
export function firstPage<Item>(
  items: readonly Item[],
  limit: number | undefined,
  place: (item: Item) => readonly [list: string, ...place: string[]],
): Page<Item> {
  const size = checkLimit(limit);
  const page = items.slice(0, size);
  const last = page.at(-1);
  if (items.length <= size || last === undefined) return {items: page};
  const [list, ...words] = place(last);
  return {items: page, next: cursorAfter(list, words)};
}
