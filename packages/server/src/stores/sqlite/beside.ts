/**
 * Reads a database beside a running server, or asks that server to forget an owner. Knows no running answer.
 */
import {setTimeout as pause} from 'node:timers/promises';
import {ChatError} from '@chatlet/protocol';
import type {Owner, Store} from '../../engine/store.ts';
import {createChatsTable} from './chats.ts';
import {type Row, cacheStatements, openConnection} from './database.ts';
import {createGapsTable} from './gaps.ts';
import {createMessagesTable} from './messages.ts';
import {createUsageTable} from './usage.ts';

export interface Reader extends Required<
  Pick<Store, 'chats' | 'messages' | 'usage' | 'gaps' | 'gapsOfAll' | 'citations'>
> {
  close(): void;
}

/** Milliseconds until a server that runs has forgotten an owner, and between two looks. */
const forgetTimeout = 60_000;
const lookEvery = 100;

/** @throws ChatError `internal` if the database has another schema than this version's */
export function openReader(path: string): Reader {
  const db = openCurrent(path);
  const sql = cacheStatements(db);
  const chats = createChatsTable(sql);
  const messages = createMessagesTable(sql);
  const usage = createUsageTable(sql);
  const gaps = createGapsTable(sql);
  return {
    chats: async (owner, page) => {
      const reads = chats.list(owner, page);
      let step = reads.next([]);
      while (!step.done) step = reads.next(step.value());
      return step.value;
    },
    messages: async (owner, chatId, page) => messages.list(owner, chatId, page),
    usage: async (owner, page) => usage.list(owner, page),
    gaps: async (owner, page) => gaps.list(owner, page),
    gapsOfAll: async (page) => gaps.listAll(page),
    citations: async () => gaps.citations(),
    close: () => db.close(),
  };
}

/**
 * Lets the server that runs forget the owner, because only that server can stop running answers and has words in memory.
 * Resolves when it has.
 * @throws ChatError `storage-unavailable` if it has not within a minute; it does so as soon as it can
 */
export async function requestForgetting(path: string, owner: Owner): Promise<void> {
  const db = openCurrent(path);
  try {
    const request = db.prepare('insert or replace into forget_requests (owner, requested_at) values (?, ?)');
    request.run(owner, new Date().toISOString());
    const isOpen = db.prepare('select 1 from forget_requests where owner = ?');
    for (const until = performance.now() + forgetTimeout; isOpen.get(owner);) {
      if (performance.now() > until) {
        throw new ChatError(
          'storage-unavailable',
          'The server has not done it within a minute. It does it when it can.',
        );
      }
      await pause(lookEvery);
    }
  } finally {
    db.close();
  }
}

function openCurrent(path: string) {
  return openConnection(path, (db) => {
    db.exec('pragma secure_delete = on');
    const table: Row | undefined = db.prepare("select 1 from sqlite_schema where name = 'gaps'").get();
    if (!table)
      throw new ChatError('internal', `${path} was written by an older version. Start this version's server once.`);
  });
}
