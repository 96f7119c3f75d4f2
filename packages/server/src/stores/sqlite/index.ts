/**
 * Chats, messages and usage in one SQLite file, with what Node brings along. The store of a server on one machine.
 * Calls run on the caller's thread: reads are short and by index, writes share their commits.
 */
import {closeSync, fdatasync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync} from 'node:sqlite';
import {type Chat, ChatError, type Message, type Page} from '@chatlet/protocol';
import {foldText} from '../../engine/fold-text.ts';
import {
  type Owner,
  type PageRequest,
  type Store,
  type TurnStart,
  type UsageRecord,
  type UsageSum,
  type UsageSumsRequest,
  type UsageTime,
  mostUsageSums,
} from '../../engine/store.ts';
import {noSuchChat, noSuchMessage} from '../../engine/not-found.ts';
import {roundUsd} from '../../engine/prices.ts';
import {cursorAfter, pageLimit, placeOf} from '../cursor.ts';
import {migrate} from './migrate.ts';
import {searchTextOf, searchWords} from '../search-text.ts';
import {writeQueue} from './write-queue.ts';

export interface SqliteStoreOptions {
  /** The file; created, with its folder, where it does not exist. `:memory:` forgets everything on close. */
  readonly path: string;
}

type Row = Record<string, SQLOutputValue>;

const chatFields = 'id, title, model, created_at, updated_at';
const messageFields = 'sequence, id, role, status, created_at, details, parts';
/** What stands for a chat in its messages; nothing outside of this file sees it. */
const numberOfChat = '(select number from chats where id = ? and owner = ?)';

/**
 * Pages in SQLite's log, 16 MB, that are moved into the database at once. That stops the server for some milliseconds:
 * four times as rarely as by SQLite's own choice, and at half the cost, as what is new stands on few pages, written again
 * and again, of which only the last state is moved. More would make reading slower: one table of the log's index is full.
 */
const checkpointPages = 4000;
/** Bytes of the log's file that a larger transaction may leave behind. */
const longestLog = 2 * checkpointPages * 4096;

/**
 * Opens the database and brings it to this version's schema.
 *
 * @example const store = sqliteStore({path: '.chatlet/chatlet.db'});
 * @throws ChatError `internal` when the file is no database, or a newer version's
 */
export function sqliteStore({path}: SqliteStoreOptions): Store {
  const db = open(path);
  const log = openLog(path);
  const writes = writeQueue(db, {...(log && {sync: log.sync})});
  const statements = new Map<string, StatementSync>();

  /** A statement is parsed once, at its first use. */
  function sql(text: string): StatementSync {
    const known = statements.get(text) ?? db.prepare(text);
    statements.set(text, known);
    return known;
  }

  function insertMessage(owner: Owner, chatId: string, message: Message): void {
    const {id, role, status, createdAt} = message;
    const added = sql(
      `insert into messages (chat, id, role, status, created_at, search, details, parts)
       values (${numberOfChat}, ?, ?, ?, ?, ?, ?, ?) on conflict (chat, id) do nothing`,
    ).run(chatId, owner, id, role, status, createdAt, searchTextOf(message), detailsOf(message), partsOf(message));
    if (added.changes === 0) {
      throw new ChatError('conflict', 'This chat already has a message with this id.', {retryable: false});
    }
  }

  function startTurn(owner: Owner, {chat, continues, question, answer, replaceFrom}: TurnStart): void {
    if (continues && !sql('select 1 from chats where id = ? and owner = ?').get(chat.id, owner)) throw noSuchChat();
    const title = cleanTitle(chat.title);
    // A chat that exists keeps its title, which somebody may have chosen, and its beginning.
    const written = sql(
      `insert into chats (id, owner, title, title_search, model, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?)
       on conflict (id) do update set model = excluded.model, updated_at = excluded.updated_at
       where chats.owner = excluded.owner`,
    ).run(chat.id, owner, title, foldText(title), chat.model, chat.createdAt, chat.updatedAt);
    if (written.changes === 0) throw noSuchChat();
    if (replaceFrom !== undefined) {
      const places = sql(`select chat, sequence from messages where chat = ${numberOfChat} and id = ?`);
      const first = places.get(chat.id, owner, replaceFrom);
      if (!first) throw noSuchMessage();
      const rest = sql('delete from messages where chat = ? and sequence >= ?');
      rest.run(number(first, 'chat'), number(first, 'sequence'));
    }
    if (question) insertMessage(owner, chat.id, question);
    insertMessage(owner, chat.id, answer);
  }

  function saveMessage(owner: Owner, chatId: string, message: Message): void {
    const {id, role, status, createdAt} = message;
    // An answer can be found when it is complete: folding all of it again every second would cost more than it gives.
    const search = status === 'answering' ? null : searchTextOf(message);
    const saved = sql(
      `update messages set role = ?, status = ?, created_at = ?, search = coalesce(?, search), details = ?, parts = ?
       where chat = ${numberOfChat} and id = ?`,
    ).run(role, status, createdAt, search, detailsOf(message), partsOf(message), chatId, owner, id);
    if (saved.changes === 0) throw noSuchMessage();
  }

  function renameChat(owner: Owner, chatId: string, title: string): boolean {
    const clean = cleanTitle(title);
    if (clean === '') throw new ChatError('invalid-request', 'A title needs at least one character.');
    const renamed = sql('update chats set title = ?, title_search = ? where id = ? and owner = ?');
    return renamed.run(clean, foldText(clean), chatId, owner).changes > 0;
  }

  /** The messages go with the chat, by their foreign key. */
  function deleteChat(owner: Owner, chatId: string): boolean {
    return sql('delete from chats where id = ? and owner = ?').run(chatId, owner).changes > 0;
  }

  function listChats(owner: Owner, {limit, cursor, search}: PageRequest & {search?: string}): Page<Chat> {
    const place = placeOf('chats', cursor);
    const words = searchWords(search);
    const found = `and (instr(title_search, ?) > 0
      or exists (select 1 from messages where chat = chats.number and instr(search, ?) > 0))`;
    const rows = sql(
      `select ${chatFields} from chats where owner = ?
       ${place ? 'and (updated_at, id) < (?, ?)' : ''} ${found.repeat(words.length)}
       order by updated_at desc, id desc limit ?`,
    ).all(owner, ...twoOf(place), ...words.flatMap((word) => [word, word]), pageLimit(limit) + 1);
    return pageOf(rows, limit, {read: readChat, place: ({updatedAt, id}) => ['chats', updatedAt, id]});
  }

  function listMessages(owner: Owner, chatId: string, {limit, cursor}: PageRequest): Page<Message> {
    const before = sequenceIn('messages', cursor);
    const chat = sql('select number from chats where id = ? and owner = ?').get(chatId, owner);
    if (!chat) throw noSuchChat();
    const rows = sql(
      `select ${messageFields} from messages where chat = ? and sequence < ? order by sequence desc limit ?`,
    ).all(number(chat, 'number'), before, pageLimit(limit) + 1);
    const page = pageOf(rows, limit, {read: readMessage, place: (_, row) => ['messages', String(row['sequence'])]});
    return {...page, items: page.items.toReversed()};
  }

  function addUsage(owner: Owner, record: UsageRecord): void {
    sql(
      `insert into usage
       (owner, message_id, chat_id, model, prompt_tokens, completion_tokens, cost, estimated, created_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      owner,
      record.messageId,
      record.chatId ?? null,
      record.model,
      record.promptTokens,
      record.completionTokens,
      record.cost ?? null,
      Number(record.estimated),
      record.createdAt,
    );
  }

  function listUsage(owner: Owner, {limit, cursor, ...time}: PageRequest & UsageTime): Page<UsageRecord> {
    const before = sequenceIn('usage', cursor);
    const rows = sql(
      `select * from usage where owner = ? and sequence < ? and created_at >= ? and created_at < ?
       order by sequence desc limit ?`,
    ).all(owner, before, ...boundsOf(time), pageLimit(limit) + 1);
    return pageOf(rows, limit, {read: readUsage, place: (_, row) => ['usage', String(row['sequence'])]});
  }

  function sumUsage(owner: Owner, {by, ...time}: UsageSumsRequest): readonly UsageSum[] {
    // What a sum is made for; `null` for what is not told apart.
    const day = by.includes('day') ? 'substr(created_at, 1, 10)' : 'null';
    const model = by.includes('model') ? 'model' : 'null';
    const rows = sql(
      `select ${day} as day, ${model} as model, count(*) as answers, sum(prompt_tokens) as prompt_tokens,
         sum(completion_tokens) as completion_tokens, sum(cost) as cost, max(estimated) as estimated
       from usage where owner = ? and created_at >= ? and created_at < ?
       group by 1, 2 order by 1 desc, sum(prompt_tokens) + sum(completion_tokens) desc, 2 limit ${mostUsageSums}`,
    ).all(owner, ...boundsOf(time));
    return rows.map(readUsageSum);
  }

  function interruptAnswers(): number {
    const rows = sql(`select ${messageFields} from messages where status = 'answering'`).all();
    for (const row of rows) {
      sql(`update messages set status = 'interrupted', search = ? where sequence = ?`).run(
        searchTextOf(readMessage(row)),
        number(row, 'sequence'),
      );
    }
    return rows.length;
  }

  return {
    startTurn: async (owner, turn) => writes.write(() => startTurn(checkOwner(owner), turn), 'now'),
    saveMessage: async (owner, chatId, message) => {
      const urgency = message.status === 'answering' ? 'soon' : 'now';
      return writes.write(() => saveMessage(checkOwner(owner), chatId, message), urgency);
    },
    chats: async (owner, page) => listChats(checkOwner(owner), page),
    chat: async (owner, chatId) => {
      const row = sql(`select ${chatFields} from chats where id = ? and owner = ?`).get(chatId, checkOwner(owner));
      return row && readChat(row);
    },
    renameChat: async (owner, chatId, title) => writes.write(() => renameChat(checkOwner(owner), chatId, title), 'now'),
    deleteChat: async (owner, chatId) => writes.write(() => deleteChat(checkOwner(owner), chatId), 'now'),
    messages: async (owner, chatId, page) => listMessages(checkOwner(owner), chatId, page),
    // With the next answer that is saved, or a moment later: nobody waits for it, and whoever reads it has it written.
    addUsage: async (owner, record) => writes.write(() => addUsage(checkOwner(owner), record), 'soon'),
    usage: async (owner, page) => {
      writes.flush();
      return listUsage(checkOwner(owner), page);
    },
    usageSums: async (owner, request) => {
      writes.flush();
      return sumUsage(checkOwner(owner), request);
    },
    usageSince: async (from, ownersBeginWith) => {
      writes.flush();
      const row = sql(
        `select coalesce(sum(prompt_tokens + completion_tokens), 0) as tokens, coalesce(sum(cost), 0) as cost
         from usage where created_at >= ? and substr(owner, 1, length(?)) = ?`,
      ).get(from, ownersBeginWith, ownersBeginWith);
      return {tokens: Number(row?.['tokens'] ?? 0), cost: Number(row?.['cost'] ?? 0)};
    },
    interruptAnswers: async () => writes.write(interruptAnswers, 'now'),
    close: async () => {
      await writes.end();
      log?.close();
      db.close();
    },
  };
}

function open(path: string): DatabaseSync {
  if (path !== ':memory:') {
    mkdirSync(dirname(path), {recursive: true});
    // Chats are private: a new file is for the server's own user alone, and SQLite's files beside it follow it.
    closeSync(openSync(path, 'a', 0o600));
  }
  const db = new DatabaseSync(path);
  try {
    db.exec(`
      pragma busy_timeout = 5000;
      pragma journal_mode = wal;
      pragma synchronous = normal;
      pragma foreign_keys = on;
      pragma wal_autocheckpoint = ${checkpointPages};
      pragma journal_size_limit = ${longestLog};
    `);
    migrate(db);
    return db;
  } catch (cause) {
    db.close();
    if (cause instanceof ChatError) throw cause;
    throw new ChatError('internal', `${path} cannot be used as a database.`, {cause, retryable: false});
  }
}

/**
 * The file that SQLite writes transactions to before anywhere else. With `synchronous = full` SQLite waits for it after
 * each commit and stops the whole server meanwhile; here it is waited for on another thread, for many commits at a time.
 */
function openLog(path: string): {readonly sync: () => Promise<void>; readonly close: () => void} | undefined {
  if (path === ':memory:') return undefined;
  const file = openSync(`${path}-wal`, 'r+');
  return {
    sync: () => new Promise((resolve, reject) => fdatasync(file, (error) => (error ? reject(error) : resolve()))),
    close: () => closeSync(file),
  };
}

/** SQLite would take different broken strings for the same one; what tells owners apart must not be broken. */
function checkOwner(owner: Owner): Owner {
  if (owner.isWellFormed() && !owner.includes('\0')) return owner;
  throw new ChatError('invalid-request', 'The owner is not valid text.');
}

function cleanTitle(title: string): string {
  return title.toWellFormed().replaceAll('\0', '').trim();
}

/** Pages by sequence lead to older rows; without a cursor they begin at the newest. */
function sequenceIn(list: string, cursor: string | undefined): number {
  const place = placeOf(list, cursor);
  return place ? Number(place[0]) : Number.MAX_SAFE_INTEGER;
}

/** Moments as they are stored sort as texts; `~` comes after all of them. */
function boundsOf({from = '', to = '~'}: UsageTime): readonly [from: string, to: string] {
  return [from, to];
}

function twoOf(place: readonly string[] | undefined): readonly SQLInputValue[] {
  return place ? [place[0] ?? '', place[1] ?? ''] : [];
}

/** A page of rows, of which one more was asked for than it holds, to see whether there are more. */
function pageOf<Item>(
  rows: readonly Row[],
  limit: number | undefined,
  item: {read: (row: Row) => Item; place: (item: Item, row: Row) => readonly [list: string, ...place: string[]]},
): Page<Item> {
  const size = pageLimit(limit);
  const items = rows.slice(0, size).map(item.read);
  const [last, row] = [items.at(-1), rows[size - 1]];
  if (rows.length <= size || last === undefined || row === undefined) return {items};
  const [list, ...place] = item.place(last, row);
  return {items, next: cursorAfter(list, place)};
}

function partsOf(message: Message): string {
  return JSON.stringify(message.parts);
}

/** What else a message has, as one JSON text: it is read and written as a whole, and may grow without a migration. */
function detailsOf(message: Message): string {
  const {id: _id, role: _role, status: _status, createdAt: _createdAt, parts: _parts, ...details} = message;
  return JSON.stringify(details);
}

function readMessage(row: Row): Message {
  // These columns hold what `startTurn` and `saveMessage` made from a message, so a message comes out of them.
  const role = text(row, 'role') as Message['role'];
  const status = text(row, 'status') as Message['status'];
  const parts = JSON.parse(text(row, 'parts')) as Message['parts'];
  const details = JSON.parse(text(row, 'details')) as Partial<Message>;
  return {id: text(row, 'id'), role, parts, status, createdAt: text(row, 'created_at'), ...details};
}

function readChat(row: Row): Chat {
  return {
    id: text(row, 'id'),
    title: text(row, 'title'),
    model: text(row, 'model'),
    createdAt: text(row, 'created_at'),
    updatedAt: text(row, 'updated_at'),
  };
}

function readUsage(row: Row): UsageRecord {
  return {
    messageId: text(row, 'message_id'),
    ...(row['chat_id'] === null ? {} : {chatId: text(row, 'chat_id')}),
    model: text(row, 'model'),
    promptTokens: number(row, 'prompt_tokens'),
    completionTokens: number(row, 'completion_tokens'),
    ...(row['cost'] === null ? {} : {cost: number(row, 'cost')}),
    estimated: row['estimated'] === 1,
    createdAt: text(row, 'created_at'),
  };
}

function readUsageSum(row: Row): UsageSum {
  return {
    ...(row['day'] === null ? {} : {day: text(row, 'day')}),
    ...(row['model'] === null ? {} : {model: text(row, 'model')}),
    answers: number(row, 'answers'),
    promptTokens: number(row, 'prompt_tokens'),
    completionTokens: number(row, 'completion_tokens'),
    ...(row['cost'] === null ? {} : {cost: roundUsd(number(row, 'cost'))}),
    estimated: row['estimated'] === 1,
  };
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new ChatError('internal', undefined, {cause: new TypeError(`Column ${column} holds no text.`)});
}

function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw new ChatError('internal', undefined, {cause: new TypeError(`Column ${column} holds no number.`)});
}
