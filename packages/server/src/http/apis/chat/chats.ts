/** `/api/chats`: the history of the one who asks. Somebody else's chat is no chat at all. */
import {type Message, textOf} from '@chatlet/protocol';
import {type Request, type Response, Router} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import {ownChat} from '../../request/owned-chat.ts';
import type {HttpServices} from '../../services.ts';

export const chatsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(500).optional(),
  search: z.string().max(500).optional(),
});

export const renameBody = z.object({title: z.string().trim().min(1).max(500)});

export function chatsRoutes({auth, store, turns}: HttpServices): Router {
  const router = Router();

  const pageOf = (req: Request) => {
    const {limit, cursor, search} = check(chatsQuery, req.query);
    return {...(limit && {limit}), ...(cursor && {cursor}), ...(search && {search})};
  };
  const tellNext = (res: Response, next: string | undefined) => {
    if (next !== undefined) res.set('X-Next-Cursor', next);
  };
  const chatOf = async (req: Request<{chatId: string}>) => {
    const own = await ownChat(req, auth);
    if (!own) throw noSuchChat();
    return own;
  };

  router.get('/api/chats', async (req, res) => {
    const caller = await auth.identify(req);
    const asked = pageOf(req);
    const {items, next} = caller ? await store.chats(caller.owner, asked) : {items: []};
    tellNext(res, next);
    res.json(items);
  });

  router.get('/api/chats/:chatId', async (req, res) => {
    const chat = await store.chat(...(await chatOf(req)));
    if (!chat) throw noSuchChat();
    res.json(chat);
  });

  router.patch('/api/chats/:chatId', async (req, res) => {
    const [owner, chatId] = await chatOf(req);
    const {title} = check(renameBody, req.body);
    if (!(await store.renameChat(owner, chatId, title))) throw noSuchChat();
    const chat = await store.chat(owner, chatId);
    if (!chat) throw noSuchChat();
    res.json(chat);
  });

  router.delete('/api/chats/:chatId', async (req, res) => {
    const [owner, chatId] = await chatOf(req);
    // An answer that goes on would have nowhere to be saved.
    await turns.stop(owner, chatId);
    if (!(await store.deleteChat(owner, chatId))) throw noSuchChat();
    res.json({success: true});
  });

  router.get('/api/chats/:chatId/messages', async (req, res) => {
    const [owner, chatId] = await chatOf(req);
    const {items, next} = await turns.messages(owner, chatId, pageOf(req));
    tellNext(res, next);
    res.json(items.map((message) => printMessage(chatId, message)));
  });

  return router;
}

/** A message with its words as `content` too, for clients that know no parts. */
function printMessage(chatId: string, message: Message) {
  const {id, role, createdAt, parts, ...rest} = message;
  return {id, chatId, role, content: textOf(message), createdAt, parts, ...rest};
}
