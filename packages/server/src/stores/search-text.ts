/**
 * The normalized texts of a search in chats. Normalized here and not in the database, so that every store finds the same
 * chats in every language.
 */
import {type Message, textOf} from '@chatlet/protocol';
import {normalizeForSearch} from '../engine/normalize-for-search.ts';

/** More words than anybody types to find a chat. */
const maxWords = 10;

/** The words of a search, normalized. A chat must have all of them. */
export function splitSearch(search: string = ''): readonly string[] {
  return [...new Set(normalizeForSearch(search).split(/\s+/u))].filter((word) => word !== '').slice(0, maxWords);
}

/** Characters at the beginning of a message that a search sees: more than a chapter, fewer than a runaway answer. */
const searchedLength = 256 * 1024;

/** The text by which a search finds a message: without thoughts, tool calls and citations. */
export function searchTextOf(message: Pick<Message, 'parts' | 'role'>): string {
  return message.role === 'system' ? '' : normalizeForSearch(textOf(message).slice(0, searchedLength));
}
