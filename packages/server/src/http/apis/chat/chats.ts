/** `/api/chats`: the caller's history. A chat of another owner does not exist. */
import type {Request, Response} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import type {Owner} from '../../../engine/store.ts';
import type {Operation} from '../../operation.ts';
import type {Auth} from '../../request/auth.ts';
import {resolveOwnedChat} from '../../request/owned-chat.ts';
import {whileReading} from '../../response/answer.ts';
import {chatAnswer, chatsAnswer, deletedAnswer, messagesAnswer, printStoredMessage} from './response.ts';

const chatsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(500).optional(),
  search: z.string().max(500).optional(),
});

const renameBody = z.object({title: z.string().trim().min(1).max(500)});

export const historyOperations: readonly Operation[] = [
  {
    method: 'get',
    paths: ['/api/chats'],
    callers: 'visitors',
    tag: 'History',
    summary: 'The caller’s chats, newest first',
    description: '`X-Next-Cursor` leads to the next page.',
    query: chatsQuery,
    answer: chatsAnswer,
    handler:
      ({auth, store, searches}) =>
      async (req, res) => {
        const caller = await auth.identify(req);
        const asked = pageOf(req);
        const signal = whileReading(res);
        const read = (owner: Owner) => () => store.chats(owner, asked, {signal});
        const wait = (owner: Owner) => searches.run(owner, read(owner), {signal});
        const {items, next} = caller ? await (asked.search ? wait(caller.owner) : read(caller.owner)()) : {items: []};
        tellNext(res, next);
        res.json(items);
      },
  },
  {
    method: 'get',
    paths: ['/api/chats/:chatId'],
    callers: 'visitors',
    tag: 'History',
    summary: 'One chat',
    answer: chatAnswer,
    mayBe404: true,
    handler:
      ({auth, store}) =>
      async (req, res) => {
        const chat = await store.chat(...(await chatOf(req, auth)));
        if (!chat) throw noSuchChat();
        res.json(chat);
      },
  },
  {
    method: 'patch',
    paths: ['/api/chats/:chatId'],
    callers: 'visitors',
    tag: 'History',
    summary: 'Rename a chat',
    body: renameBody,
    answer: chatAnswer,
    mayBe404: true,
    handler:
      ({auth, store}) =>
      async (req, res) => {
        const [owner, chatId] = await chatOf(req, auth);
        const {title} = check(renameBody, req.body);
        if (!(await store.renameChat(owner, chatId, title))) throw noSuchChat();
        const chat = await store.chat(owner, chatId);
        if (!chat) throw noSuchChat();
        res.json(chat);
      },
  },
  {
    method: 'delete',
    paths: ['/api/chats/:chatId'],
    callers: 'visitors',
    tag: 'History',
    summary: 'Delete a chat with its messages',
    answer: deletedAnswer,
    mayBe404: true,
    handler:
      ({auth, store, turns}) =>
      async (req, res) => {
        const [owner, chatId] = await chatOf(req, auth);
        // A running answer would have no chat to be saved in.
        await turns.stop(owner, chatId);
        if (!(await store.deleteChat(owner, chatId))) throw noSuchChat();
        res.json({success: true});
      },
  },
  {
    method: 'get',
    paths: ['/api/chats/:chatId/messages'],
    callers: 'visitors',
    tag: 'History',
    summary: 'The messages of a chat',
    description: 'The newest page first, oldest first inside it. `X-Next-Cursor` leads to older ones.',
    query: chatsQuery.omit({search: true}),
    answer: messagesAnswer,
    mayBe404: true,
    handler:
      ({auth, turns}) =>
      async (req, res) => {
        const [owner, chatId] = await chatOf(req, auth);
        const {items, next} = await turns.messages(owner, chatId, pageOf(req));
        tellNext(res, next);
        res.json(items.map((message) => printStoredMessage(chatId, message)));
      },
  },
];

function pageOf(req: Request) {
  const {limit, cursor, search} = check(chatsQuery, req.query);
  return {...(limit && {limit}), ...(cursor && {cursor}), ...(search && {search})};
}

function tellNext(res: Response, next: string | undefined): void {
  if (next !== undefined) res.set('X-Next-Cursor', next);
}

async function chatOf(req: Request, auth: Auth) {
  const own = await resolveOwnedChat(req, auth);
  if (!own) throw noSuchChat();
  return own;
}
