/**
 * Writes everything that the store has of an owner as one text, piece by piece: no more than a few messages are in memory,
 * however much there is. Knows no HTTP and no database.
 */
import {setImmediate} from 'node:timers/promises';
import {type Chat, type Message, textOf} from '@chatlet/protocol';
import {type Cursor, itemsOf} from './all-items.ts';
import {messageWithoutMetadata} from './opaque-metadata.ts';
import type {Gap, Owner, Store, UsageRecord} from './store.ts';

export type ExportFormat = 'json' | 'markdown';

type Kept = Pick<Store, 'chats' | 'messages' | 'usage' | 'gaps'>;

/** Each message can have ten megabytes. */
const messagesAtOnce = 4;
const rowsAtOnce = 100;

/** Chats newest first, then stored responses, their messages oldest first; usage and gaps newest first. */
export async function* exportData(
  owner: Owner,
  {store, format}: {readonly store: Kept; readonly format: ExportFormat},
): AsyncGenerator<string> {
  const exportedAt = new Date().toISOString();
  if (format === 'markdown') {
    yield `# All chats\n\nExported ${exportedAt} for ${owner}.\n`;
    for await (const chat of allChatsOf(owner, store)) {
      yield `\n## ${oneLine(chat.title)}\n\n${chat.createdAt}, ${chat.model}, ${chat.id}\n`;
      for await (const message of messagesOf(owner, chat, store)) yield printMarkdown(message);
    }
    yield '\n## Usage\n\n| time | model | tokens of the question | tokens of the answer | USD |\n|---|---|--:|--:|--:|\n';
    for await (const {createdAt, model, promptTokens, completionTokens, cost = ''} of usageOf(owner, store)) {
      yield `| ${createdAt} | ${oneLine(model)} | ${promptTokens} | ${completionTokens} | ${cost} |\n`;
    }
    yield '\n## Questions that no page has answered\n\n';
    for await (const {createdAt, question} of gapsOf(owner, store)) yield `- ${createdAt}: ${oneLine(question)}\n`;
    return;
  }
  yield `{"owner":${JSON.stringify(owner)},"exportedAt":"${exportedAt}","chats":[`;
  let comma = '';
  for await (const chat of allChatsOf(owner, store)) {
    yield `${comma}\n${JSON.stringify(chat).slice(0, -1)},"messages":[`;
    comma = '';
    for await (const message of messagesOf(owner, chat, store)) {
      yield `${comma}\n${JSON.stringify(message)}`;
      comma = ',';
    }
    yield ']}';
    comma = ',';
  }
  yield '],"usage":[';
  comma = '';
  for await (const record of usageOf(owner, store)) {
    yield `${comma}\n${JSON.stringify(record)}`;
    comma = ',';
  }
  yield '],"gaps":[';
  comma = '';
  for await (const gap of gapsOf(owner, store)) {
    yield `${comma}\n${JSON.stringify(gap)}`;
    comma = ',';
  }
  yield ']}\n';
}

/** Chats, then stored responses. */
async function* allChatsOf(owner: Owner, store: Kept): AsyncGenerator<Chat> {
  yield* itemsOf((cursor) => store.chats(owner, {limit: rowsAtOnce, ...cursor}));
  yield* itemsOf((cursor) => store.chats(owner, {limit: rowsAtOnce, kind: 'responses', ...cursor}));
}

function usageOf(owner: Owner, store: Kept): AsyncGenerator<UsageRecord> {
  return itemsOf((cursor) => store.usage(owner, {limit: rowsAtOnce, ...cursor}));
}

function gapsOf(owner: Owner, store: Kept): AsyncGenerator<Gap> {
  return itemsOf(async (cursor) => (await store.gaps?.(owner, {limit: rowsAtOnce, ...cursor})) ?? {items: []});
}

/** Pages lead from the newest message to the oldest, so that the way there is noted first, and then gone back. */
async function* messagesOf(owner: Owner, {id}: Chat, store: Kept): AsyncGenerator<Message> {
  const way: Cursor[] = [];
  for (let cursor: Cursor | undefined = {}; cursor;) {
    way.push(cursor);
    await setImmediate();
    const {next}: {readonly next?: string} = await store.messages(owner, id, {limit: messagesAtOnce, ...cursor});
    cursor = next === undefined ? undefined : {cursor: next};
  }
  for (const cursor of way.toReversed()) {
    await setImmediate();
    const {items} = await store.messages(owner, id, {limit: messagesAtOnce, ...cursor});
    yield* items.map(messageWithoutMetadata);
  }
}

function printMarkdown(message: Message): string {
  const who = {user: 'Question', assistant: 'Answer', system: 'Instructions'}[message.role];
  const rest = message.parts.flatMap((part) => {
    if (part.type === 'text' || part.type === 'reasoning') return [];
    if (part.type === 'file') return [`- file: ${part.name ?? part.mediaType}`];
    return [`- ${part.type}: ${oneLine(JSON.stringify(part))}`];
  });
  if (message.origin !== undefined) rest.push(`- request: ${oneLine(JSON.stringify(message.origin))}`);
  return `\n### ${who}, ${message.createdAt}\n\n${textOf(message)}\n${rest.length > 0 ? `\n${rest.join('\n')}\n` : ''}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').replaceAll('|', String.raw`\|`);
}
