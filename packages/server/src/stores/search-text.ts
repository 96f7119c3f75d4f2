/**
 * What a search compares: text without case, accents and the differences between ways to write one letter. Folded
 * here and not in the database, so that every store finds the same in every language.
 */
import {type Message, textOf} from '@chatlet/protocol';

/** More words than anybody types to find a chat. */
const maxWords = 10;

/** Combining accents, and NUL, which not every database can keep. */
const ignored = /[\u0300-\u036f\0]/gu;

/** The text as it is searched. */
export function foldText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKD')
    .toLowerCase()
    .replace(ignored, '')
    .replaceAll('ß', 'ss')
    .normalize('NFC');
}

/** The words that somebody looks for, folded. Each has to be found. */
export function searchWords(search: string = ''): readonly string[] {
  return [...new Set(foldText(search).split(/\s+/u))].filter((word) => word !== '').slice(0, maxWords);
}

/** What a message is found by: what was said, not what was thought, called or cited. */
export function searchTextOf(message: Pick<Message, 'parts' | 'role'>): string {
  return message.role === 'system' ? '' : foldText(textOf(message));
}
