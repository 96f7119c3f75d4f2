/** Whose chat a path names, and by which id of ours. Somebody else's chat is no chat at all. */
import type {Request} from 'express';
import {chatIdOf} from '../../engine/ids.ts';
import type {Owner} from '../../engine/store.ts';
import type {Auth} from './auth.ts';

/** The owner and the chat's id, whether there is such a chat or not. Undefined for nobody, who owns nothing. */
export async function resolveOwnedChat(req: Request, auth: Auth): Promise<readonly [Owner, string] | undefined> {
  const caller = await auth.identify(req);
  return caller && [caller.owner, chatIdOf(caller.owner, namedChat(req))];
}

/** The chat as its path names it: by our id, or by a name of the client's own. */
export function namedChat(req: Request): string {
  return String(req.params['chatId']);
}
