/**
 * Chats, messages and usage in the memory of this process, which forgets them when it ends: for runtimes without SQLite.
 * Every write is one step of JavaScript, so nobody sees a half of it. Knows no file.
 */
import {setImmediate} from 'node:timers/promises';
import type {Chat, Page} from '@chatlet/protocol';
import type {CitedDocument, Owner, Store} from '../../engine/store.ts';
import {checkOwner} from '../owner.ts';
import {createChats} from './chats.ts';
import {createUsage} from './usage.ts';

/** The most documents that `citations` gives. */
const mostCited = 1000;

/** Its owners' chats are bounded by the plans of their callers alone. */
export function memoryStore(): Store {
  const chats = createChats();
  const usage = createUsage();
  const cited = new Map<string, CitedDocument>();

  return {
    startTurn: async (owner, turn) => chats.startTurn(checkOwner(owner), turn),
    appendEvents: async (owner, chatId, {messageId, take}) => {
      // Events that come in the same turn of the event loop belong to one piece.
      await setImmediate();
      const piece = take();
      if (piece) chats.append(checkOwner(owner), chatId, {messageId, ...piece});
    },
    saveMessage: async (owner, chatId, message) => chats.save(checkOwner(owner), chatId, message),
    changeMessage: async (owner, chatId, messageId, change) => {
      const changed = change(chats.message(checkOwner(owner), chatId, messageId));
      chats.save(owner, chatId, changed);
      return changed;
    },
    chats: async (owner, page, {signal} = {}): Promise<Page<Chat>> => chats.list(checkOwner(owner), page, signal),
    chat: async (owner, chatId) => chats.find(checkOwner(owner), chatId),
    renameChat: async (owner, chatId, title) => chats.rename(checkOwner(owner), chatId, title),
    deleteChat: async (owner, chatId) => chats.remove(checkOwner(owner), chatId),
    forgetOwner: async (owner) => {
      usage.makeAnonymous(checkOwner(owner));
      return chats.removeIf((_, {owner: whose}) => whose === owner);
    },
    kept: async (owner) => chats.sumUp(checkOwner(owner)),
    deleteExpired: async ({temporaryBefore, responsesBefore = '', ages}) => {
      for (const {ownersBeginWith, before} of ages) usage.makeOldAnonymous(ownersBeginWith, before);
      const isTooOld = (owner: Owner, updatedAt: string) =>
        ages.some(({ownersBeginWith, before}) => owner.startsWith(ownersBeginWith) && updatedAt < before);
      return chats.removeIf(
        ({updatedAt}, {owner, isTemporary, isResponse}) =>
          (isTemporary && updatedAt < temporaryBefore) ||
          (isResponse && updatedAt < responsesBefore) ||
          isTooOld(owner, updatedAt),
      );
    },
    messages: async (owner, chatId, page) => chats.messages(checkOwner(owner), chatId, page),
    addUsage: async (owner, record) => usage.add(checkOwner(owner), record),
    usage: async (owner, page) => usage.list(checkOwner(owner), page),
    usageSums: async (owner, request) => usage.sum(checkOwner(owner), request),
    usageSince: async (from, ownersBeginWith) => usage.sumSince(from, ownersBeginWith),
    usageOfOwnersSince: async (from, owners) => usage.sumOfOwnersSince(from, owners),
    addGap: async (owner, gap) => chats.addGap(checkOwner(owner), gap),
    gaps: async (owner, page) => chats.gaps(page, checkOwner(owner)),
    gapsOfAll: async (page) => chats.gaps(page),
    handovers: {
      add: async (owner, handover) => chats.addHandover(checkOwner(owner), handover),
      next: async () => chats.handovers().find(({nextTry}) => nextTry !== ''),
      find: async (messageId) => {
        const found = chats.handovers().find((each) => each.messageId === messageId);
        return found && {owner: found.owner, chatId: found.chatId};
      },
      tried: async (messageId, nextTry) => chats.triedHandover(messageId, nextTry),
      count: async () => chats.handovers().filter(({nextTry}) => nextTry !== '').length,
    },
    addCitations: async (documents) => {
      for (const document of documents) {
        const count = document.count + (cited.get(document.id)?.count ?? 0);
        cited.set(document.id, {...document, count});
      }
    },
    citations: async () =>
      [...cited.values()].toSorted((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1)).slice(0, mostCited),
    interruptAnswers: async () => chats.interruptAnswers(),
    close: async () => {},
  };
}
