/** The table of chats. Knows no transaction: its caller runs writes in one. */
import type {SQLInputValue} from 'node:sqlite';
import {type Chat, ChatError, type Page} from '@chatlet/protocol';
import {normalizeForSearch} from '../../engine/normalize-for-search.ts';
import {noSuchChat} from '../../engine/not-found.ts';
import type {Owner, PageRequest} from '../../engine/store.ts';
import {checkLimit, readCursor} from '../cursor.ts';
import {splitSearch} from '../search-text.ts';
import {type Row, type Sql, readPage, textIn} from './database.ts';

const fields = 'id, title, model, created_at, updated_at';

export function createChatsTable(sql: Sql) {
  return {
    /**
     * Creates the chat, or notes that it was used again.
     * @throws ChatError `not-found`
     */
    touch(owner: Owner, chat: Chat, {mustExist}: {readonly mustExist: boolean}): void {
      if (mustExist && !sql('select 1 from chats where id = ? and owner = ?').get(chat.id, owner)) throw noSuchChat();
      const title = cleanTitle(chat.title);
      // An existing chat keeps its title, which somebody may have chosen, and its beginning.
      const written = sql(
        `insert into chats (id, owner, title, title_search, model, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set model = excluded.model, updated_at = excluded.updated_at
         where chats.owner = excluded.owner`,
      ).run(chat.id, owner, title, normalizeForSearch(title), chat.model, chat.createdAt, chat.updatedAt);
      if (written.changes === 0) throw noSuchChat();
    },

    find(owner: Owner, chatId: string): Chat | undefined {
      const row = sql(`select ${fields} from chats where id = ? and owner = ?`).get(chatId, owner);
      return row && readChat(row);
    },

    list(owner: Owner, {limit, cursor, search}: PageRequest & {readonly search?: string}): Page<Chat> {
      const place = readCursor('chats', cursor);
      const words = splitSearch(search);
      const found = `and (instr(title_search, ?) > 0
        or exists (select 1 from messages where chat = chats.number and instr(search, ?) > 0))`;
      const rows = sql(
        `select ${fields} from chats where owner = ?
         ${place ? 'and (updated_at, id) < (?, ?)' : ''} ${found.repeat(words.length)}
         order by updated_at desc, id desc limit ?`,
      ).all(owner, ...firstTwo(place), ...words.flatMap((word) => [word, word]), checkLimit(limit) + 1);
      return readPage(rows, {limit, read: readChat, place: ({updatedAt, id}) => ['chats', updatedAt, id]});
    },

    rename(owner: Owner, chatId: string, title: string): boolean {
      const clean = cleanTitle(title);
      if (clean === '') throw new ChatError('invalid-request', 'A title needs at least one character.');
      const renamed = sql('update chats set title = ?, title_search = ? where id = ? and owner = ?');
      return renamed.run(clean, normalizeForSearch(clean), chatId, owner).changes > 0;
    },

    /** The foreign key of the messages deletes them with their chat. */
    remove(owner: Owner, chatId: string): boolean {
      return sql('delete from chats where id = ? and owner = ?').run(chatId, owner).changes > 0;
    },
  };
}

function cleanTitle(title: string): string {
  return title.toWellFormed().replaceAll('\0', '').trim();
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
