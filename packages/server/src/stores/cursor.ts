/** Cursors for pagination: an opaque word with the list's name and the place of a page's last item. */
import {ChatError, parseJson} from '@chatlet/protocol';

/** The cursor after an item of a list. `place` has the values by which the list is ordered. */
export function cursorAfter(list: string, place: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/**
 * The place in a cursor of this list, or undefined without a cursor.
 * @throws ChatError `invalid-request` if `cursorAfter` did not make the cursor for this list
 */
export function readCursor(list: string, cursor: string | undefined): readonly string[] | undefined {
  if (cursor === undefined) return undefined;
  const words = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) {
    const [name, ...place] = words;
    if (name === list && cursorAfter(list, place) === cursor) return place;
  }
  throw new ChatError('invalid-request', 'The cursor is not one of this list.');
}

/** Lists that are paged by a sequence lead to older items. Without a cursor a list begins at the newest one. */
export function readSequence(list: string, cursor: string | undefined): number {
  const place = readCursor(list, cursor);
  return place ? Number(place[0]) : Number.MAX_SAFE_INTEGER;
}

/**
 * Checks the number of items of a page.
 * @throws ChatError `invalid-request` unless it is a whole number from 1 to 200
 */
export function checkLimit(limit: number = 50): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new ChatError('invalid-request', 'A page holds 1 to 200 items.');
}
