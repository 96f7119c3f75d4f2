/** Names for new things, and steady names for what clients named themselves. */
import {hash} from 'node:crypto';
import {randomToken} from './random-token.ts';

export type IdKind = 'chat' | 'msg';

/** `chat_…` or `msg_…`: 120 random bits, safe in URLs and headers. */
export function newId(kind: IdKind): string {
  return `${kind}_${randomToken(15)}`;
}

/**
 * Our id for something that a client named: the same words give the same id. With the owner or the chat among the
 * words, nobody can name a thing of somebody else, and sending twice finds what the first sending made.
 */
export function derivedId(kind: IdKind, ...words: readonly string[]): string {
  // 20 letters of six bits: as much as a random name has.
  return `${kind}_${hash('sha256', JSON.stringify(words), 'base64url').slice(0, 20)}`;
}

/**
 * The id of a chat under the name that somebody calls it by: our own ids are themselves, a name that a client made
 * up becomes an id of its owner's, so that two visitors whose clients choose the same name do not meet.
 */
export function chatIdOf(owner: string, name: string): string {
  return isChatId(name) ? name : derivedId('chat', owner, 'called', name);
}

/** Whether it looks like one of ours. */
export function isChatId(name: string): boolean {
  return name.startsWith('chat_');
}
