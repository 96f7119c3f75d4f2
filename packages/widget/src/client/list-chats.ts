/** Lists the chats that a backend keeps, over HTTP. */
import {asString, isObject} from '@chatlet/protocol';
import type {Chat, Page} from '@chatlet/protocol';
import {readCursor} from './http-chats.ts';
import type {Cancelling, Connection} from './http-chats.ts';
import {omitUndefined} from './omit-undefined.ts';
import {findList} from './validate.ts';

/** `path`: of the list. */
export async function listChats(
  {getJson}: Connection,
  {path, search, cursor, signal}: Cancelling & {path: string; search?: string; cursor?: string},
): Promise<Page<Chat>> {
  const query = new URLSearchParams({...(search ? {search} : {}), ...(cursor ? {cursor} : {})}).toString();
  const {value, headers} = await getJson(query ? `${path}?${query}` : path, {signal});
  return {items: readChats(value), ...omitUndefined({next: readCursor(headers)})};
}

function readChats(value: unknown): readonly Chat[] {
  return findList(value, 'chats', 'items', 'data').flatMap((item): Chat[] => {
    if (!isObject(item)) return [];
    const id = asString(item['id']);
    if (!id) return [];
    const createdAt = asString(item['createdAt']) ?? new Date(0).toISOString();
    return [
      {
        id,
        title: asString(item['title']) ?? '',
        model: asString(item['model']) ?? '',
        createdAt,
        updatedAt: asString(item['updatedAt']) ?? createdAt,
      },
    ];
  });
}
