/** The table of messages. Knows no transaction: its caller runs writes in one. */
import {ChatError, type ChatEvent, type Message, type Page, applyEvent} from '@chatlet/protocol';
import {toInterrupted} from '../../engine/interrupted.ts';
import {noSuchChat, noSuchMessage} from '../../engine/not-found.ts';
import type {Owner, PageRequest, Piece} from '../../engine/store.ts';
import {checkLimit, readSequence} from '../cursor.ts';
import {searchTextOf} from '../search-text.ts';
import {type Row, type Sql, numberIn, readPage, textIn} from './database.ts';

const fields = 'sequence, id, role, status, created_at, details, parts';
/** Messages refer to their chat by its number, which nothing outside of the database sees. */
const numberOfChat = '(select number from chats where id = ? and owner = ?)';

export function createMessagesTable(sql: Sql) {
  /** A message as it stands: an answer that is being written is put together from its pieces. */
  function read(row: Row): Message {
    const message = readMessage(row);
    return message.status === 'answering' ? applyPieces(message, numberIn(row, 'sequence')) : message;
  }

  function applyPieces(message: Message, sequence: number): Message {
    let answer = message;
    for (const piece of sql('select events from pieces where message = ? order by first').iterate(sequence)) {
      // `appendEvents` wrote this text from events.
      for (const event of JSON.parse(textIn(piece, 'events')) as readonly ChatEvent[]) {
        answer = applyEvent(answer, event);
      }
    }
    return answer;
  }

  function removePieces(sequence: number): void {
    sql('delete from pieces where message = ?').run(sequence);
  }

  return {
    /** @throws ChatError `conflict` */
    insert(owner: Owner, chatId: string, message: Message): void {
      const {id, role, status, createdAt} = message;
      const added = sql(
        `insert into messages (chat, id, role, status, created_at, search, details, parts)
         values (${numberOfChat}, ?, ?, ?, ?, ?, ?, ?) on conflict (chat, id) do nothing`,
      ).run(
        chatId,
        owner,
        id,
        role,
        status,
        createdAt,
        searchTextOf(message),
        printDetails(message),
        printParts(message),
      );
      if (added.changes === 0) {
        throw new ChatError('conflict', 'This chat already has a message with this id.', {retryable: false});
      }
    },

    /** @throws ChatError `not-found` */
    save(owner: Owner, chatId: string, message: Message): void {
      const {id, role, status, createdAt} = message;
      const saved = sql(
        `update messages set role = ?, status = ?, created_at = ?, search = ?, details = ?, parts = ?
         where chat = ${numberOfChat} and id = ? returning sequence`,
      ).get(
        role,
        status,
        createdAt,
        searchTextOf(message),
        printDetails(message),
        printParts(message),
        chatId,
        owner,
        id,
      );
      if (!saved) throw noSuchMessage();
      removePieces(numberIn(saved, 'sequence'));
    },

    /** @throws ChatError `not-found` */
    find(owner: Owner, chatId: string, messageId: string): Message {
      const row = sql(`select ${fields} from messages where chat = ${numberOfChat} and id = ?`).get(
        chatId,
        owner,
        messageId,
      );
      if (!row) throw noSuchMessage();
      return read(row);
    },

    /**
     * Adds a piece to an answer that is being written.
     * @throws ChatError `not-found`
     */
    append(owner: Owner, chatId: string, {messageId, first, events}: Piece & {readonly messageId: string}): void {
      const added = sql(
        `insert into pieces (message, first, events)
         select sequence, ?, ? from messages where chat = ${numberOfChat} and id = ?
         on conflict (message, first) do update set events = excluded.events`,
      ).run(first, JSON.stringify(events), chatId, owner, messageId);
      if (added.changes === 0) throw noSuchMessage();
    },

    /**
     * Removes a message and all messages after it.
     * @throws ChatError `not-found`
     */
    removeFrom(owner: Owner, chatId: string, messageId: string): void {
      const places = sql(`select chat, sequence from messages where chat = ${numberOfChat} and id = ?`);
      const first = places.get(chatId, owner, messageId);
      if (!first) throw noSuchMessage();
      const rest = sql('delete from messages where chat = ? and sequence >= ?');
      rest.run(numberIn(first, 'chat'), numberIn(first, 'sequence'));
    },

    list(owner: Owner, chatId: string, {limit, cursor}: PageRequest): Page<Message> {
      const before = readSequence('messages', cursor);
      const chat = sql('select number from chats where id = ? and owner = ?').get(chatId, owner);
      if (!chat) throw noSuchChat();
      const rows = sql(
        `select ${fields} from messages where chat = ? and sequence < ? order by sequence desc limit ?`,
      ).all(numberIn(chat, 'number'), before, checkLimit(limit) + 1);
      const page = readPage(rows, {
        limit,
        read,
        place: (_, row) => ['messages', String(row['sequence'])],
      });
      return {...page, items: page.items.toReversed()};
    },

    /** Marks all answers of all owners that are being written as interrupted. */
    interruptAll(): number {
      const rows = sql(`select ${fields} from messages where status = 'answering'`).all();
      const update = sql('update messages set status = ?, search = ?, details = ?, parts = ? where sequence = ?');
      for (const row of rows) {
        const sequence = numberIn(row, 'sequence');
        const found = read(row);
        // Its pieces may hold its end, if only the last save was lost.
        const answer = found.status === 'answering' ? toInterrupted(found) : found;
        update.run(answer.status, searchTextOf(answer), printDetails(answer), printParts(answer), sequence);
        removePieces(sequence);
      }
      return rows.length;
    },
  };
}

function printParts(message: Message): string {
  return JSON.stringify(message.parts);
}

/** The fields without a column of their own, as one JSON text: it is always read whole and may grow without migration. */
function printDetails(message: Message): string {
  const {id: _id, role: _role, status: _status, createdAt: _createdAt, parts: _parts, ...details} = message;
  return JSON.stringify(details);
}

function readMessage(row: Row): Message {
  // `insert` and `save` made these columns from a message, so a message comes out of them.
  const role = textIn(row, 'role') as Message['role'];
  const status = textIn(row, 'status') as Message['status'];
  const parts = JSON.parse(textIn(row, 'parts')) as Message['parts'];
  const details = JSON.parse(textIn(row, 'details')) as Partial<Message>;
  return {id: textIn(row, 'id'), role, parts, status, createdAt: textIn(row, 'created_at'), ...details};
}
