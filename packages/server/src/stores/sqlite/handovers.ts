/** The table of chats that wait for a person. Knows no transaction: its caller runs writes in one. */
import type {Handover, Owner} from '../../engine/store.ts';
import {type Sql, numberIn, textIn} from './database.ts';

/** A deleted chat has another owner than its handovers until its messages are gone. */
const joined = `handovers join messages on messages.sequence = handovers.message
  join chats on chats.number = messages.chat and chats.owner = handovers.owner`;

export function createHandoversTable(sql: Sql) {
  return {
    add(owner: Owner, {chatId, messageId, nextTry, expiresAt}: Omit<Handover, 'owner' | 'tries'>): void {
      sql(
        `insert into handovers (message, owner, next_try, expires_at)
         select sequence, ?, ?, ? from messages
         where id = ? and chat = (select number from chats where id = ? and owner = ?)`,
      ).run(owner, nextTry, expiresAt, messageId, chatId, owner);
    },

    next(): Handover | undefined {
      const row = sql(
        `select chats.id as chat_id, messages.id as message_id, handovers.owner, tries, next_try, expires_at
         from ${joined} where next_try is not null order by next_try limit 1`,
      ).get();
      return (
        row && {
          owner: textIn(row, 'owner'),
          chatId: textIn(row, 'chat_id'),
          messageId: textIn(row, 'message_id'),
          tries: numberIn(row, 'tries'),
          nextTry: textIn(row, 'next_try'),
          expiresAt: textIn(row, 'expires_at'),
        }
      );
    },

    find(messageId: string): Pick<Handover, 'owner' | 'chatId'> | undefined {
      const row = sql(`select chats.id as chat_id, handovers.owner from ${joined} where messages.id = ? limit 1`).get(
        messageId,
      );
      return row && {owner: textIn(row, 'owner'), chatId: textIn(row, 'chat_id')};
    },

    tried(messageId: string, nextTry: string | undefined): void {
      sql(
        `update handovers set tries = tries + 1, next_try = ?
         where message in (select handovers.message from ${joined} where messages.id = ?)`,
      ).run(nextTry ?? null, messageId);
    },

    count: () =>
      numberIn(sql(`select count(*) as count from ${joined} where next_try is not null`).get() ?? {}, 'count'),
  };
}
