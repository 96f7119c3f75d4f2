/** The table of chats. Knows no transaction: its caller runs writes in one. */
import type {SQLInputValue} from 'node:sqlite';
import type {Chat, Page} from '@chatlet/protocol';
import {normalizeForSearch} from '../../engine/normalize-for-search.ts';
import {noSuchChat} from '../../engine/not-found.ts';
import type {ChatsRequest, Kept, MaxAge, Owner} from '../../engine/store.ts';
import {checkLimit, readCursor} from '../cursor.ts';
import {splitSearch} from '../search-text.ts';
import {cleanNewTitle, cleanTitle} from '../title.ts';
import {type Row, type Sql, numberIn, readPage, textIn} from './database.ts';
import type {ChangedPart} from './small-steps.ts';

const fields = 'id, title, model, created_at, updated_at';
/** As the index of the table has it. */
const isResponse = "(substr(id, 1, 5) = 'resp_')";

/** Owns the chats that are deleted but still have messages. No owner is equal to it, since it is no text. */
const nobody = "x''";
const buried = `owner = ${nobody}, id = 'deleted:' || number, title = '', title_search = '', model = '', temporary = 0`;
const buriedAtOnce = 20;

/** A read of the database, short enough for one turn of the event loop. */
export type Read = () => readonly Row[];
/** Rows that a search reads at once at most, and the milliseconds of a read after which the next one is longer. */
const searchedAtOnce = 16;
const quickRead = 1;

interface TouchOptions {
  /** The chat is not created. */
  readonly mustExist: boolean;
  /** Counts if the chat is created. */
  readonly temporary: boolean;
}

export function createChatsTable(sql: Sql) {
  /** Buries some chats that fit the condition, and returns how many. */
  function burySome(condition: string, ...values: readonly SQLInputValue[]): number {
    const some = `select number from chats where ${condition} limit ${buriedAtOnce}`;
    return Number(sql(`update chats set ${buried} where number in (${some})`).run(...values).changes);
  }

  /** Whether the chat has each of the words, in its title or its messages. */
  function* hasWords(chat: Row, words: readonly string[]): Generator<Read, boolean, readonly Row[]> {
    const title = textIn(chat, 'title_search');
    let missing = words.filter((word) => !title.includes(word));
    let after = 0;
    let atOnce = 1;
    while (missing.length > 0) {
      const sought = missing;
      const [from, limit] = [after, atOnce];
      const began = performance.now();
      const rows = yield () =>
        sql(
          `select sequence ${sought.map((_, index) => `, instr(search, ?) > 0 as has${index}`).join('')}
           from messages where chat = ? and sequence > ? order by sequence limit ?`,
        ).all(...sought, numberIn(chat, 'number'), from, limit);
      missing = sought.filter((_, index) => !rows.some((row) => row[`has${index}`] === 1));
      const last = rows.at(-1);
      if (!last || rows.length < limit) break;
      after = numberIn(last, 'sequence');
      atOnce = performance.now() - began < quickRead ? Math.min(2 * atOnce, searchedAtOnce) : 1;
    }
    return missing.length === 0;
  }

  return {
    /**
     * Creates the chat, or notes that it was used again.
     * @throws ChatError `not-found`
     */
    touch(owner: Owner, chat: Chat, {mustExist, temporary}: TouchOptions): void {
      if (mustExist && !sql('select 1 from chats where id = ? and owner = ?').get(chat.id, owner)) throw noSuchChat();
      const title = cleanTitle(chat.title);
      // An existing chat keeps its title, which somebody may have chosen, and its beginning.
      const written = sql(
        `insert into chats (id, owner, title, title_search, model, created_at, updated_at, temporary)
         values (?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set model = excluded.model, updated_at = excluded.updated_at
         where chats.owner = excluded.owner`,
      ).run(
        chat.id,
        owner,
        title,
        normalizeForSearch(title),
        chat.model,
        chat.createdAt,
        chat.updatedAt,
        Number(temporary),
      );
      if (written.changes === 0) throw noSuchChat();
    },

    find(owner: Owner, chatId: string): Chat | undefined {
      const row = sql(`select ${fields} from chats where id = ? and owner = ?`).get(chatId, owner);
      return row && readChat(row);
    },

    /**
     * A page of chats as the reads that it takes: the caller gets each, and may let others have their turn
     * before the next.
     */
    *list(owner: Owner, {limit, cursor, search, kind}: ChatsRequest): Generator<Read, Page<Chat>, readonly Row[]> {
      const size = checkLimit(limit);
      const words = splitSearch(search);
      const atOnce = words.length > 0 ? searchedAtOnce : size + 1;
      const found: Row[] = [];
      for (let place = readCursor('chats', cursor); ;) {
        const from = place;
        const rows = yield () =>
          sql(
            `select ${fields}, number, title_search from chats where owner = ? and ${isResponse} = ?
             ${from ? 'and (updated_at, id) < (?, ?)' : ''} order by updated_at desc, id desc limit ?`,
          ).all(owner, Number(kind === 'responses'), ...firstTwo(from), atOnce);
        for (const row of rows) {
          if (found.length <= size && (yield* hasWords(row, words))) found.push(row);
        }
        const last = rows.at(-1);
        if (found.length > size || !last || rows.length < atOnce) break;
        place = [textIn(last, 'updated_at'), textIn(last, 'id')];
      }
      return readPage(found, {limit, read: readChat, place: ({updatedAt, id}) => ['chats', updatedAt, id]});
    },

    rename(owner: Owner, chatId: string, title: string): boolean {
      const clean = cleanNewTitle(title);
      const renamed = sql('update chats set title = ?, title_search = ? where id = ? and owner = ?');
      return renamed.run(clean, normalizeForSearch(clean), chatId, owner).changes > 0;
    },

    /** The number of the owner's chats, and their bytes. Reads as many rows as there are chats. */
    sumUp(owner: Owner): Kept {
      const row = sql(
        `select coalesce(sum(1 - ${isResponse}), 0) as chats, coalesce(sum(bytes), 0) as bytes from chats where owner = ?`,
      ).get(owner);
      return {chats: Number(row?.['chats']), bytes: Number(row?.['bytes'])};
    },

    /**
     * Takes the chat from its owner, so that nobody finds it any more. Its messages go later, in small steps, because
     * overwriting a long chat takes longer than a stream may wait.
     */
    bury(owner: Owner, chatId: string): boolean {
      return sql(`update chats set ${buried} where id = ? and owner = ?`).run(chatId, owner).changes > 0;
    },

    /** The number of the newest chat of all owners. */
    newest(): number {
      return Number(sql('select coalesce(max(number), 0) as newest from chats').get()?.['newest']);
    },

    /** Buries some chats of the owner that are not newer than this number, and returns how many. */
    buryMany(owner: Owner, newest: number): number {
      return burySome('owner = ? and number <= ?', owner, newest);
    },

    /** Buries some temporary chats that were last used before this moment, and returns how many. */
    buryTemporary(before: string): number {
      return burySome('temporary = 1 and updated_at < ?', before);
    },

    /** Buries some responses that were stored before this moment, and returns how many. */
    buryResponses(before: string): number {
      return burySome(`${isResponse} and updated_at < ?`, before);
    },

    /** Looks at some chats after this number, and buries those that are too old. */
    buryExpired(after: number, ages: readonly MaxAge[]): ChangedPart<number> {
      let count = 0;
      const rows = sql('select number, owner, updated_at from chats where number > ? order by number limit 50').all(
        after,
      );
      for (const row of rows) {
        const {owner} = row;
        const updatedAt = textIn(row, 'updated_at');
        const isTooOld = ({ownersBeginWith, before}: MaxAge) =>
          typeof owner === 'string' && owner.startsWith(ownersBeginWith) && updatedAt < before;
        if (!ages.some(isTooOld)) continue;
        sql(`update chats set ${buried} where number = ?`).run(numberIn(row, 'number'));
        count++;
      }
      const last = rows.at(-1);
      return {count, next: last && numberIn(last, 'number')};
    },

    hasBuried: () => sql(`select 1 from chats where owner = ${nobody} limit 1`).get() !== undefined,

    /**
     * Deletes messages of buried chats, and the chats that have none left, until this moment of `performance.now()`.
     * False when nothing is buried any more.
     */
    removeBuried(until: number): boolean {
      for (;;) {
        const chat = sql(`select number from chats where owner = ${nobody} limit 1`).get();
        if (!chat) return false;
        const number = numberIn(chat, 'number');
        const message = sql('select sequence from messages where chat = ? limit 1').get(number);
        if (message) sql('delete from messages where sequence = ?').run(numberIn(message, 'sequence'));
        else sql('delete from chats where number = ?').run(number);
        if (performance.now() >= until) return true;
      }
    },
  };
}

function firstTwo(place: readonly string[] | undefined): readonly SQLInputValue[] {
  return place ? [place[0] ?? '', place[1] ?? ''] : [];
}

function readChat(row: Row): Chat {
  return {
    id: textIn(row, 'id'),
    title: textIn(row, 'title'),
    model: textIn(row, 'model'),
    createdAt: textIn(row, 'created_at'),
    updatedAt: textIn(row, 'updated_at'),
  };
}
