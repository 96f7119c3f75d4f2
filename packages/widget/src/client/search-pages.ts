/** Searches the site's pages over HTTP, and checks what is found. A chunk that the chat loads with the first search. */
import {asString, isObject} from '@chatlet/protocol';
import type {Connection} from './http-chats.ts';
import type {FoundPage, PageQuery} from './transport.ts';

/** Our server takes no longer one. */
const longestQuery = 500;

export async function searchPages(
  {getJson}: Pick<Connection, 'getJson'>,
  {path, text, section, signal}: PageQuery & {path: string; signal: AbortSignal},
): Promise<readonly FoundPage[]> {
  const query = new URLSearchParams({
    q: text.slice(0, longestQuery),
    ...(section === undefined ? {} : {section}),
  }).toString();
  return readFoundPages((await getJson(`${path}?${query}`, {signal})).value);
}

/** The pages of a response. Leaves out those without an address, which cannot be opened. */
export function readFoundPages(value: unknown): readonly FoundPage[] {
  const results = isObject(value) && Array.isArray(value['results']) ? value['results'] : [];
  return results.flatMap((each: unknown): FoundPage[] => {
    if (!isObject(each)) return [];
    const id = asString(each['id']);
    const title = asString(each['title']);
    const url = asString(each['url']);
    if (id === undefined || title === undefined || url === undefined) return [];
    const section = asString(each['section']);
    return [{id, title, url, snippet: asString(each['snippet']) ?? '', ...(section === undefined ? {} : {section})}];
  });
}
