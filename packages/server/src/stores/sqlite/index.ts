/**
 * Chats, messages and usage in one SQLite file, with the SQLite that Node brings along. The store of a server on one
 * machine. Calls run on the caller's thread: reads are short and by index, writes share their commits.
 */
import {ChatError} from '@chatlet/protocol';
import type {Owner, Store, TurnStart} from '../../engine/store.ts';
import {createChatsTable} from './chats.ts';
import {cacheStatements, openDatabase, openWriteAheadLog} from './database.ts';
import {createMessagesTable} from './messages.ts';
import {createUsageTable} from './usage.ts';
import {createWriteQueue} from './write-queue.ts';

export interface SqliteStoreOptions {
  /** The file. If it does not exist it is created, with its folder. `:memory:` keeps nothing after `close`. */
  readonly path: string;
}

/**
 * Opens the database and brings it to this version's schema.
 *
 * @example const store = sqliteStore({path: '.chatlet/chatlet.db'});
 * @throws ChatError `internal` if the file is no database, or a newer version's
 */
export function sqliteStore({path}: SqliteStoreOptions): Store {
  const db = openDatabase(path);
  const log = openWriteAheadLog(path);
  const writes = createWriteQueue(db, {...(log && {sync: log.sync})});
  const sql = cacheStatements(db);
  const chats = createChatsTable(sql);
  const messages = createMessagesTable(sql);
  const usage = createUsageTable(sql);

  function startTurn(owner: Owner, {chat, continues = false, question, answer, replaceFrom}: TurnStart): void {
    chats.touch(owner, chat, {mustExist: continues});
    if (replaceFrom !== undefined) messages.removeFrom(owner, chat.id, replaceFrom);
    if (question) messages.insert(owner, chat.id, question);
    messages.insert(owner, chat.id, answer);
  }

  return {
    startTurn: async (owner, turn) => writes.write(() => startTurn(checkOwner(owner), turn), 'now'),
    saveMessage: async (owner, chatId, message) => {
      const urgency = message.status === 'answering' ? 'soon' : 'now';
      return writes.write(() => messages.save(checkOwner(owner), chatId, message), urgency);
    },
    chats: async (owner, page) => chats.list(checkOwner(owner), page),
    chat: async (owner, chatId) => chats.find(checkOwner(owner), chatId),
    renameChat: async (owner, chatId, title) =>
      writes.write(() => chats.rename(checkOwner(owner), chatId, title), 'now'),
    deleteChat: async (owner, chatId) => writes.write(() => chats.remove(checkOwner(owner), chatId), 'now'),
    messages: async (owner, chatId, page) => messages.list(checkOwner(owner), chatId, page),
    // Written with the next answer that is saved, or a moment later: nobody waits for it, and reads of usage flush first.
    addUsage: async (owner, record) => writes.write(() => usage.add(checkOwner(owner), record), 'soon'),
    usage: async (owner, page) => {
      writes.flush();
      return usage.list(checkOwner(owner), page);
    },
    usageSums: async (owner, request) => {
      writes.flush();
      return usage.sum(checkOwner(owner), request);
    },
    usageSince: async (from, ownersBeginWith) => {
      writes.flush();
      return usage.sumSince(from, ownersBeginWith);
    },
    interruptAnswers: async () => writes.write(() => messages.interruptAll(), 'now'),
    close: async () => {
      await writes.end();
      log?.close();
      db.close();
    },
  };
}

/** SQLite would take different broken strings for the same one, so an owner must be well-formed text. */
function checkOwner(owner: Owner): Owner {
  if (owner.isWellFormed() && !owner.includes('\0')) return owner;
  throw new ChatError('invalid-request', 'The owner is not valid text.');
}
