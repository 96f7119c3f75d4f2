/**
 * Chats, messages and usage in one SQLite file, with the SQLite that Node brings along. The store of a server on one
 * machine. Calls run on the caller's thread: reads are short and by index, writes share their commits.
 */
import {ChatError} from '@chatlet/protocol';
import type {Owner, Store, TurnStart} from '../../engine/store.ts';
import {createChatsTable} from './chats.ts';
import {cacheStatements, createPrivateFile, openDatabase, openWriteAheadLog} from './database.ts';
import {createHealth} from './health.ts';
import {createMessagesTable} from './messages.ts';
import {readWhenFree} from './read-retry.ts';
import {lockForServer} from './server-lock.ts';
import {createUsageTable} from './usage.ts';
import {createWriteQueue} from './write-queue.ts';

export interface SqliteStoreOptions {
  /** The file. If it does not exist it is created, with its folder. `:memory:` keeps nothing after `close`. */
  readonly path: string;
  /** Bytes that must be free on the disk before a turn begins; 64 MB by default, but at most 5 % of the disk. */
  readonly reserve?: number | undefined;
}

/**
 * Opens the database and brings it to this version's schema. Until it is closed, no other store can open the same file:
 * each would take the other's running answers for abandoned ones.
 *
 * @example const store = sqliteStore({path: '.chatlet/chatlet.db'});
 * @throws ChatError `internal` if the file is no database, or a newer version's; `conflict` if another server uses it
 */
export function sqliteStore(options: SqliteStoreOptions): Store {
  const {path} = options;
  createPrivateFile(path);
  const lock = path === ':memory:' ? undefined : lockForServer(path);
  try {
    return openStore(options, () => lock?.release());
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function openStore({path, reserve}: SqliteStoreOptions, onClose: () => void): Store {
  const db = openDatabase(path);
  const log = openWriteAheadLog(path);
  const sql = cacheStatements(db);
  const note = (error: unknown) => health.note(error);
  const writes = createWriteQueue(db, {...(log && {sync: log.sync}), onError: note});
  const read = <Result>(work: () => Result) => readWhenFree(work, note);
  const touch = () => void sql('insert or replace into health values (1, ?)').run(new Date().toISOString());
  const health = createHealth({path, reserve, probe: () => writes.write(touch, 'now')});
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
    appendEvents: async (owner, chatId, {messageId, take}) =>
      writes.write(() => {
        const piece = take();
        if (piece) messages.append(checkOwner(owner), chatId, {messageId, ...piece});
      }, 'growing'),
    saveMessage: async (owner, chatId, message) =>
      writes.write(() => messages.save(checkOwner(owner), chatId, message), 'now'),
    chats: async (owner, page) => read(() => chats.list(checkOwner(owner), page)),
    chat: async (owner, chatId) => read(() => chats.find(checkOwner(owner), chatId)),
    renameChat: async (owner, chatId, title) =>
      writes.write(() => chats.rename(checkOwner(owner), chatId, title), 'now'),
    deleteChat: async (owner, chatId) => writes.write(() => chats.remove(checkOwner(owner), chatId), 'now'),
    messages: async (owner, chatId, page) => read(() => messages.list(checkOwner(owner), chatId, page)),
    // Written with the next answer that is saved, or a moment later: nobody waits for it, and reads of usage flush first.
    addUsage: async (owner, record) => writes.write(() => usage.add(checkOwner(owner), record), 'soon'),
    usage: async (owner, page) => {
      writes.flush();
      return read(() => usage.list(checkOwner(owner), page));
    },
    usageSums: async (owner, request) => {
      writes.flush();
      return read(() => usage.sum(checkOwner(owner), request));
    },
    usageSince: async (from, ownersBeginWith) => {
      writes.flush();
      return read(() => usage.sumSince(from, ownersBeginWith));
    },
    interruptAnswers: async () => writes.write(() => messages.interruptAll(), 'now'),
    checkRoom: async () => health.checkRoom(),
    health: async () => health.check(),
    close: async () => {
      health.close();
      try {
        await writes.end();
        log?.close();
        db.close();
      } finally {
        onClose();
      }
    },
  };
}

/** SQLite would take different broken strings for the same one, so an owner must be well-formed text. */
function checkOwner(owner: Owner): Owner {
  if (owner.isWellFormed() && !owner.includes('\0')) return owner;
  throw new ChatError('invalid-request', 'The owner is not valid text.');
}
