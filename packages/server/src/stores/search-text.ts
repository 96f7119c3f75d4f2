/**
 * What a search in chats compares. Folded here and not in the database, so that every store finds the same in every
 * language.
 */
import {type Message, textOf} from '@chatlet/protocol';
import {normalizeForSearch} from '../engine/normalize-for-search.ts';

/** More words than anybody types to find a chat. */
const maxWords = 10;

/** The words that somebody looks for, folded. Each has to be found. */
export function searchWords(search: string = ''): readonly string[] {
  return [...new Set(normalizeForSearch(search).split(/\s+/u))].filter((word) => word !== '').slice(0, maxWords);
}

/** Characters at the beginning of a message that it is found by: more than a book's chapter, less than a runaway answer. */
const searchedLength = 256 * 1024;

/** What a message is found by: what was said, not what was thought, called or cited. */
export function searchTextOf(message: Pick<Message, 'parts' | 'role'>): string {
  return message.role === 'system' ? '' : normalizeForSearch(textOf(message).slice(0, searchedLength));
}
