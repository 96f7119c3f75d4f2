/** Reads all pages of a list, one after the other. Knows no list. */
import {setImmediate} from 'node:timers/promises';

export type Cursor = {readonly cursor?: string};
export type ReadPage<Item> = (cursor: Cursor) => Promise<{readonly items: readonly Item[]; readonly next?: string}>;

// A store may read on this thread, and every stream needs its turn between two pages.
export async function* itemsOf<Item>(readPage: ReadPage<Item>): AsyncGenerator<Item> {
  for (let cursor: Cursor | undefined = {}; cursor;) {
    await setImmediate();
    const {items, next}: Awaited<ReturnType<ReadPage<Item>>> = await readPage(cursor);
    yield* items;
    cursor = next === undefined ? undefined : {cursor: next};
  }
}
