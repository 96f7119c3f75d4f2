/** Random ids for new chats and messages, and derived ids for those that clients have named. */
import {hash} from 'node:crypto';
import {randomToken} from './random-token.ts';

export type IdKind = 'chat' | 'msg' | 'resp';

/** `chat_…`, `msg_…` or `resp_…`: 120 random bits, safe in URLs and headers. */
export function newId(kind: IdKind): string {
  return `${kind}_${randomToken(15)}`;
}

/**
 * Our id for a chat or message that a client has named. Equal words give equal ids, so a repeated request finds the first
 * one's result. The words must include the owner or the chat, so that nobody can name a chat of another owner.
 */
export function derivedId(kind: IdKind, ...words: readonly string[]): string {
  // 20 letters of six bits: as many bits as a random id has.
  return `${kind}_${hash('sha256', JSON.stringify(words), 'base64url').slice(0, 20)}`;
}

/**
 * The id of a chat by its name in a request. Our own ids stay as they are. A client's own name becomes an id that
 * depends on the owner, so that the chats of two visitors differ although their clients choose the same name.
 */
export function chatIdOf(owner: string, name: string): string {
  return isChatId(name) ? name : derivedId('chat', owner, 'called', name);
}

/** Whether a name looks like one of our ids. */
export function isChatId(name: string): boolean {
  return name.startsWith('chat_');
}

/**
 * The ids of stored responses begin with this, and no id of a chat does. So a response is never found as a chat, under
 * any name that a client gives.
 */
export const responsePrefix = 'resp_';
