/**
 * Chats, messages and usage in one SQLite file, with the SQLite that Node brings along. The store of a server on one
 * machine. Calls run on the caller's thread: reads are short and by index, writes share their commits.
 */
import {existsSync} from 'node:fs';
import {setImmediate} from 'node:timers/promises';
import type {Owner, Store, TurnStart} from '../../engine/store.ts';
import {checkOwner} from '../owner.ts';
import {type Read, createChatsTable} from './chats.ts';
import {type Row, cacheStatements, createPrivateFile, openDatabase, openWriteAheadLog, textIn} from './database.ts';
import {createGapsTable} from './gaps.ts';
import {createHandoversTable} from './handovers.ts';
import {createHealth} from './health.ts';
import {createMessagesTable} from './messages.ts';
import {readWhenFree} from './read-retry.ts';
import {createScrubber} from './scrubber.ts';
import {lockForServer} from './server-lock.ts';
import {createSmallSteps} from './small-steps.ts';
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

/** Milliseconds that the reads of one request take at a time. */
const turnTime = 4;

function openStore({path, reserve}: SqliteStoreOptions, onClose: () => void): Store {
  const wasKilled = path !== ':memory:' && existsSync(`${path}-wal`);
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
  const gaps = createGapsTable(sql);
  const handovers = createHandoversTable(sql);
  const scrubber = createScrubber(path);
  const steps = createSmallSteps(writes, scrubber);

  /** Reads one after the other; every few milliseconds everybody else has their turn. */
  async function readInTurns<Result>(
    reads: Generator<Read, Result, readonly Row[]>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    let step = reads.next([]);
    for (let began = performance.now(); !step.done;) {
      step = reads.next(await read(step.value));
      if (performance.now() - began < turnTime) continue;
      await setImmediate();
      signal?.throwIfAborted();
      began = performance.now();
    }
    return step.value;
  }

  let purging: Promise<void> | undefined;
  /** Deletes the messages of buried chats. If that fails, the next deletion or the next start goes on with it. */
  function purge(): Promise<void> {
    purging ??= steps
      .run((until) => chats.removeBuried(until))
      .finally(() => {
        purging = undefined;
      });
    return purging;
  }
  const purgeSoon = () =>
    void purge().then(
      () => scrubber.scrubSoon(),
      () => {},
    );

  // Another process may have been killed between the deletion of a chat and the end of its words.
  if (chats.hasBuried()) purgeSoon();
  else if (wasKilled) scrubber.scrubSoon();

  function startTurn(owner: Owner, turn: TurnStart): void {
    const {chat, continues = false, question, answer, replaceFrom, temporary = false} = turn;
    chats.touch(owner, chat, {mustExist: continues, temporary});
    if (replaceFrom !== undefined) messages.removeFrom(owner, chat.id, replaceFrom);
    if (question) messages.insert(owner, chat.id, question);
    messages.insert(owner, chat.id, answer);
  }

  return {
    startTurn: async (owner, turn) => {
      await writes.write(() => startTurn(checkOwner(owner), turn), 'now');
      if (turn.replaceFrom !== undefined) scrubber.scrubSoon();
    },
    appendEvents: async (owner, chatId, {messageId, take}) =>
      writes.write(() => {
        const piece = take();
        if (piece) messages.append(checkOwner(owner), chatId, {messageId, ...piece});
      }, 'growing'),
    saveMessage: async (owner, chatId, message) =>
      writes.write(() => messages.save(checkOwner(owner), chatId, message), 'now'),
    changeMessage: async (owner, chatId, messageId, change) =>
      writes.write(() => {
        const changed = change(messages.find(checkOwner(owner), chatId, messageId));
        messages.save(owner, chatId, changed);
        return changed;
      }, 'now'),
    chats: async (owner, page, {signal} = {}) => readInTurns(chats.list(checkOwner(owner), page), signal),
    chat: async (owner, chatId) => read(() => chats.find(checkOwner(owner), chatId)),
    renameChat: async (owner, chatId, title) =>
      writes.write(() => chats.rename(checkOwner(owner), chatId, title), 'now'),
    deleteChat: async (owner, chatId) => {
      const found = await writes.write(() => chats.bury(checkOwner(owner), chatId), 'now');
      if (found) purgeSoon();
      return found;
    },
    forgetOwner: async (owner) => {
      const newest = await writes.write(() => chats.newest(), 'now');
      const count = await steps.changeAll(() => chats.buryMany(checkOwner(owner), newest));
      await steps.changeAll(() => usage.makeAnonymous(owner));
      await purge();
      // One that was running may have ended before these chats were buried.
      await purge();
      await scrubber.scrub();
      await writes.write(() => sql('delete from forget_requests where owner = ?').run(owner), 'now');
      return count;
    },
    kept: async (owner) => read(() => chats.sumUp(checkOwner(owner))),
    deleteExpired: async ({temporaryBefore, responsesBefore, ages}) => {
      let count = await steps.changeAll(() => chats.buryTemporary(temporaryBefore));
      if (responsesBefore !== undefined) count += await steps.changeAll(() => chats.buryResponses(responsesBefore));
      // What a step leaves out, the next sweep finds.
      if (ages.length > 0) count += await steps.changeAfter(0, (after) => chats.buryExpired(after, ages));
      let forgotten = 0;
      for (const age of ages) {
        forgotten += await steps.changeAfter(age.ownersBeginWith, (after) => usage.makeOldAnonymous(after, age));
      }
      if (count > 0) purgeSoon();
      else if (forgotten > 0) scrubber.scrubSoon();
      return count;
    },
    forgetRequests: async () =>
      read(() =>
        sql('select owner from forget_requests')
          .all()
          .map((row) => textIn(row, 'owner')),
      ),
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
    usageOfOwnersSince: async (from, owners) => {
      writes.flush();
      return read(() => usage.sumOfOwnersSince(from, owners));
    },
    // Nobody waits for them.
    addGap: async (owner, gap) => writes.write(() => gaps.add(checkOwner(owner), gap), 'soon'),
    addCitations: async (documents) => writes.write(() => gaps.addCitations(documents), 'soon'),
    gaps: async (owner, page) => {
      writes.flush();
      return read(() => gaps.list(checkOwner(owner), page));
    },
    gapsOfAll: async (page) => {
      writes.flush();
      return read(() => gaps.listAll(page));
    },
    handovers: {
      add: async (owner, handover) => writes.write(() => handovers.add(checkOwner(owner), handover), 'now'),
      next: async () => read(() => handovers.next()),
      find: async (messageId) => read(() => handovers.find(messageId)),
      tried: async (messageId, nextTry) => writes.write(() => handovers.tried(messageId, nextTry), 'now'),
      count: async () => read(() => handovers.count()),
    },
    citations: async () => {
      writes.flush();
      return read(() => gaps.citations());
    },
    interruptAnswers: async () => writes.write(() => messages.interruptAll(), 'now'),
    checkRoom: async () => health.checkRoom(),
    health: async () => health.check(),
    close: async () => {
      health.close();
      steps.close();
      try {
        await writes.end();
        await scrubber.close();
        log?.close();
        db.close();
      } finally {
        onClose();
      }
    },
  };
}
