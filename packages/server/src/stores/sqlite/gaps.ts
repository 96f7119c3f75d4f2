/**
 * The tables of questions that no page has answered, and of citations. Knows no transaction: its caller runs writes in one.
 */
import type {Page} from '@chatlet/protocol';
import type {CitedDocument, Gap, Owner, PageRequest} from '../../engine/store.ts';
import {checkLimit, readSequence} from '../cursor.ts';
import {type Row, type Sql, numberIn, readPage, textIn} from './database.ts';

const mostCited = 1000;

/** A deleted chat has another owner than its gaps until its messages are gone. */
const gapsOf = (condition: string) => `
  select gaps.message, question, passages, messages.id as message_id, messages.created_at, chats.id as chat_id
  from gaps join messages on messages.sequence = gaps.message
    join chats on chats.number = messages.chat and chats.owner = gaps.owner
  where ${condition} and gaps.message < ? order by gaps.message desc limit ?`;

export function createGapsTable(sql: Sql) {
  return {
    add(owner: Owner, {chatId, messageId, question, passages}: Omit<Gap, 'createdAt'>): void {
      sql(
        `insert or replace into gaps (message, owner, question, passages)
         select sequence, ?, ?, ? from messages
         where id = ? and chat = (select number from chats where id = ? and owner = ?)`,
      ).run(owner, question, JSON.stringify(passages), messageId, chatId, owner);
    },

    list(owner: Owner, {limit, cursor}: PageRequest): Page<Gap> {
      const rows = sql(gapsOf('gaps.owner = ?')).all(owner, readSequence('gaps', cursor), checkLimit(limit) + 1);
      return readGaps(rows, limit);
    },

    listAll({limit, cursor}: PageRequest): Page<Gap> {
      return readGaps(sql(gapsOf('true')).all(readSequence('gaps', cursor), checkLimit(limit) + 1), limit);
    },

    addCitations(documents: readonly CitedDocument[]): void {
      for (const {id, count, citedAt, hash, updatedAt} of documents) {
        sql(
          `insert into citations (document, count, cited_at, hash, updated_at) values (?, ?, ?, ?, ?)
           on conflict (document) do update set count = count + excluded.count, cited_at = excluded.cited_at,
             hash = excluded.hash, updated_at = excluded.updated_at`,
        ).run(id, count, citedAt, hash ?? null, updatedAt ?? null);
      }
    },

    citations(): readonly CitedDocument[] {
      return sql(`select * from citations order by count desc, document limit ${mostCited}`).all().map(readCited);
    },
  };
}

function readGaps(rows: readonly Row[], limit: number | undefined): Page<Gap> {
  return readPage(rows, {limit, read: readGap, place: (_, row) => ['gaps', String(row['message'])]});
}

function readGap(row: Row): Gap {
  return {
    chatId: textIn(row, 'chat_id'),
    messageId: textIn(row, 'message_id'),
    question: textIn(row, 'question'),
    passages: JSON.parse(textIn(row, 'passages')),
    createdAt: textIn(row, 'created_at'),
  };
}

function readCited(row: Row): CitedDocument {
  return {
    id: textIn(row, 'document'),
    count: numberIn(row, 'count'),
    citedAt: textIn(row, 'cited_at'),
    ...(row['hash'] === null ? {} : {hash: textIn(row, 'hash')}),
    ...(row['updated_at'] === null ? {} : {updatedAt: textIn(row, 'updated_at')}),
  };
}
