/** The title of a chat as all stores keep it. */
import {ChatError} from '@chatlet/protocol';

/** Without characters that are no text, and without spaces around it. */
export function cleanTitle(title: string): string {
  return title.toWellFormed().replaceAll('\0', '').trim();
}

/** @throws ChatError `invalid-request` if nothing is left of it */
export function cleanNewTitle(title: string): string {
  const clean = cleanTitle(title);
  if (clean === '') throw new ChatError('invalid-request', 'A title needs at least one character.');
  return clean;
}
