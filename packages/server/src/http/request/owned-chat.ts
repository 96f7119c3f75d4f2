/** Resolves the chat in a path to its owner and our id. A chat of another owner does not exist. */
import type {Request} from 'express';
import {chatIdOf} from '../../engine/ids.ts';
import type {Owner} from '../../engine/store.ts';
import type {Auth} from './auth.ts';

/**
 * The owner and the chat's id, also if there is no such chat. Undefined if the caller is unknown, and so owns nothing.
 */
export async function resolveOwnedChat(req: Request, auth: Auth): Promise<readonly [Owner, string] | undefined> {
  const caller = await auth.identify(req);
  return caller && [caller.owner, chatIdOf(caller.owner, namedChat(req))];
}

/** The chat as the path has it: our id, or the client's own name for it. */
export function namedChat(req: Request): string {
  return String(req.params['chatId']);
}
