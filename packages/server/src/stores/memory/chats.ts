/** Chats with their messages, in memory, and what belongs to a message and goes with it. */
import {setImmediate} from 'node:timers/promises';
import {type Chat, ChatError, type ChatEvent, type Message, type Page, applyEvent} from '@chatlet/protocol';
import {normalizeForSearch} from '../../engine/normalize-for-search.ts';
import {toInterrupted} from '../../engine/interrupted.ts';
import {noSuchChat, noSuchMessage} from '../../engine/not-found.ts';
import type {ChatsRequest, Gap, Handover, Kept, Owner, PageRequest, Piece, TurnStart} from '../../engine/store.ts';
import {checkLimit, readCursor, readSequence} from '../cursor.ts';
import {searchTextOf, splitSearch} from '../search-text.ts';
import {cleanNewTitle, cleanTitle} from '../title.ts';
import {firstPage} from './pages.ts';

interface KeptMessage {
  /** Counts all messages, so that they can be ordered without a clock. */
  readonly sequence: number;
  message: Message;
  search: string;
  bytes: number;
  /** Of an answer that is being written: its events by the number of the first. */
  readonly pieces: Map<number, readonly ChatEvent[]>;
  gap?: Pick<Gap, 'question' | 'passages'>;
  /** An empty `nextTry` is none. */
  handover?: Pick<Handover, 'tries' | 'nextTry' | 'expiresAt'>;
}

interface ChatFacts {
  readonly owner: Owner;
  readonly isTemporary: boolean;
  readonly isResponse: boolean;
}

interface KeptChat {
  readonly facts: ChatFacts;
  chat: Chat;
  titleSearch: string;
  /** By id, in the order of writing. */
  messages: Map<string, KeptMessage>;
}

/** Milliseconds that a search takes at a time. */
const turnTime = 4;
/** Bytes that count for a message besides its parts. */
const bytesOfMessage = 200;

export function createChats() {
  const byId = new Map<string, KeptChat>();
  const byOwner = new Map<Owner, Map<string, KeptChat>>();
  let sequence = 0;

  const keptChat = (owner: Owner, chatId: string) => byOwner.get(owner)?.get(chatId);
  const keptMessage = (owner: Owner, chatId: string, messageId: string) =>
    keptChat(owner, chatId)?.messages.get(messageId);

  function toKept(message: Message): KeptMessage {
    sequence += 1;
    return {sequence, message, search: searchTextOf(message), bytes: bytesOf(message), pieces: new Map()};
  }

  function replace(kept: KeptMessage, message: Message): void {
    Object.assign(kept, {message, search: searchTextOf(message), bytes: bytesOf(message)});
    kept.pieces.clear();
  }

  function remove({chat, facts: {owner}}: KeptChat): void {
    byId.delete(chat.id);
    byOwner.get(owner)?.delete(chat.id);
    if (byOwner.get(owner)?.size === 0) byOwner.delete(owner);
  }

  function* all(): Generator<readonly [KeptChat, KeptMessage]> {
    for (const kept of byId.values()) for (const message of kept.messages.values()) yield [kept, message];
  }

  return {
    /** Changes nothing if it throws. @throws ChatError `not-found`, `conflict` */
    startTurn(owner: Owner, {chat, continues, question, answer, replaceFrom, temporary}: TurnStart): void {
      const known = byId.get(chat.id);
      if (known ? known.facts.owner !== owner : continues) throw noSuchChat();
      const before = [...(known?.messages ?? [])];
      const end = replaceFrom === undefined ? before.length : before.findIndex(([id]) => id === replaceFrom);
      if (end === -1) throw noSuchMessage();
      const messages = new Map(before.slice(0, end));
      for (const message of question ? [question, answer] : [answer]) {
        if (messages.has(message.id))
          throw new ChatError('conflict', 'This chat already has a message with this id.', {retryable: false});
        messages.set(message.id, toKept(message));
      }
      if (known) {
        const {model, updatedAt} = chat;
        // It keeps its title, which somebody may have chosen, and its beginning.
        Object.assign(known, {chat: {...known.chat, model, updatedAt}, messages});
        return;
      }
      const title = cleanTitle(chat.title);
      const facts = {owner, isTemporary: temporary === true, isResponse: chat.id.startsWith('resp_')};
      const kept = {facts, chat: {...chat, title}, titleSearch: normalizeForSearch(title), messages};
      byId.set(chat.id, kept);
      byOwner.set(owner, (byOwner.get(owner) ?? new Map<string, KeptChat>()).set(chat.id, kept));
    },

    /** @throws ChatError `not-found` */
    append(owner: Owner, chatId: string, {messageId, first, events}: Piece & {readonly messageId: string}): void {
      const kept = keptMessage(owner, chatId, messageId);
      if (!kept) throw noSuchMessage();
      kept.pieces.set(first, events);
    },

    /** @throws ChatError `not-found` */
    save(owner: Owner, chatId: string, message: Message): void {
      const kept = keptMessage(owner, chatId, message.id);
      if (!kept) throw noSuchMessage();
      replace(kept, message);
    },

    /** @throws ChatError `not-found` */
    message(owner: Owner, chatId: string, messageId: string): Message {
      const kept = keptMessage(owner, chatId, messageId);
      if (!kept) throw noSuchMessage();
      return readMessage(kept);
    },

    find: (owner: Owner, chatId: string): Chat | undefined => keptChat(owner, chatId)?.chat,

    async list(
      owner: Owner,
      {limit, cursor, search, kind}: ChatsRequest,
      signal: AbortSignal | undefined,
    ): Promise<Page<Chat>> {
      const size = checkLimit(limit);
      const [time, id = ''] = readCursor('chats', cursor) ?? [];
      const words = splitSearch(search);
      const found: Chat[] = [];
      const own = [...(byOwner.get(owner)?.values() ?? [])]
        .filter(({facts}) => facts.isResponse === (kind === 'responses'))
        .toSorted((a, b) => compareChats(b.chat, a.chat))
        .filter(({chat}) => time === undefined || compareChats(chat, {updatedAt: time, id}) < 0);
      let began = Number.NEGATIVE_INFINITY;
      for (const kept of own) {
        if (found.length > size) break;
        if (words.length > 0 && performance.now() - began > turnTime) {
          await setImmediate();
          signal?.throwIfAborted();
          began = performance.now();
        }
        if (hasWords(kept, words)) found.push(kept.chat);
      }
      return firstPage(found, limit, ({updatedAt, id: last}) => ['chats', updatedAt, last]);
    },

    /** False if the owner has no such chat. @throws ChatError `invalid-request` */
    rename(owner: Owner, chatId: string, newTitle: string): boolean {
      const title = cleanNewTitle(newTitle);
      const kept = keptChat(owner, chatId);
      if (kept) Object.assign(kept, {chat: {...kept.chat, title}, titleSearch: normalizeForSearch(title)});
      return kept !== undefined;
    },

    /** False if the owner has no such chat. */
    remove(owner: Owner, chatId: string): boolean {
      const kept = keptChat(owner, chatId);
      if (kept) remove(kept);
      return kept !== undefined;
    },

    /** Returns how many. */
    removeIf(condition: (chat: Chat, facts: ChatFacts) => boolean): number {
      const gone = [...byId.values()].filter(({chat, facts}) => condition(chat, facts));
      for (const kept of gone) remove(kept);
      return gone.length;
    },

    sumUp(owner: Owner): Kept {
      const own = [...(byOwner.get(owner)?.values() ?? [])];
      const bytes = own.flatMap(({messages}) => [...messages.values()].map((each) => each.bytes));
      return {
        chats: own.filter(({facts}) => !facts.isResponse).length,
        bytes: bytes.reduce((sum, each) => sum + each, 0),
      };
    },

    /** @throws ChatError `not-found` */
    messages(owner: Owner, chatId: string, {limit, cursor}: PageRequest): Page<Message> {
      const before = readSequence('messages', cursor);
      const kept = keptChat(owner, chatId);
      if (!kept) throw noSuchChat();
      const newestFirst = [...kept.messages.values()].filter((each) => each.sequence < before).toReversed();
      const page = firstPage(newestFirst, limit, (last) => ['messages', String(last.sequence)]);
      return {...page, items: page.items.toReversed().map(readMessage)};
    },

    addGap(owner: Owner, {chatId, messageId, question, passages}: Omit<Gap, 'createdAt'>): void {
      const kept = keptMessage(owner, chatId, messageId);
      if (kept) kept.gap = {question, passages};
    },

    /** Newest first; of all owners if none is named. */
    gaps({limit, cursor}: PageRequest, owner?: Owner): Page<Gap> {
      const before = readSequence('gaps', cursor);
      checkLimit(limit);
      const found = [...all()]
        .filter(
          ([chat, {gap, sequence: place}]) => gap && place < before && (owner ?? chat.facts.owner) === chat.facts.owner,
        )
        .toSorted(([, a], [, b]) => b.sequence - a.sequence);
      const page = firstPage(found, limit, ([, last]) => ['gaps', String(last.sequence)]);
      const items = page.items.flatMap(([{chat}, {message, gap}]) =>
        gap ? [{chatId: chat.id, messageId: message.id, ...gap, createdAt: message.createdAt}] : [],
      );
      return {...page, items};
    },

    addHandover(owner: Owner, {chatId, messageId, nextTry, expiresAt}: Omit<Handover, 'owner' | 'tries'>): void {
      const kept = keptMessage(owner, chatId, messageId);
      if (kept) kept.handover = {tries: 0, nextTry, expiresAt};
    },

    /** In the order in which they are to be sent; those that are not come first, with an empty `nextTry`. */
    handovers(): readonly Handover[] {
      return [...all()]
        .flatMap(
          ([
            {
              chat,
              facts: {owner},
            },
            {message, handover},
          ]) => (handover ? [{owner, chatId: chat.id, messageId: message.id, ...handover}] : []),
        )
        .toSorted((a, b) => compare(a.nextTry, b.nextTry));
    },

    triedHandover(messageId: string, nextTry: string | undefined): void {
      for (const [, kept] of all()) {
        const {message, handover} = kept;
        if (handover && message.id === messageId)
          kept.handover = {...handover, tries: handover.tries + 1, nextTry: nextTry ?? ''};
      }
    },

    /** Returns how many. */
    interruptAnswers(): number {
      const unfinished = [...all()].filter(([, {message}]) => message.status === 'answering');
      for (const [, kept] of unfinished) {
        const answer = readMessage(kept);
        // Its pieces may hold its end, if only the last save was lost.
        replace(kept, answer.status === 'answering' ? toInterrupted(answer) : answer);
      }
      return unfinished.length;
    },
  };
}

/** A message as it stands: an answer that is being written is put together from its pieces. */
function readMessage({message, pieces}: KeptMessage): Message {
  if (message.status !== 'answering' || pieces.size === 0) return message;
  return [...pieces]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, events]) => events)
    .reduce(applyEvent, message);
}

function hasWords({titleSearch, messages}: KeptChat, words: readonly string[]): boolean {
  let missing = words.filter((word) => !titleSearch.includes(word));
  for (const {search} of messages.values()) {
    if (missing.length === 0) break;
    missing = missing.filter((word) => !search.includes(word));
  }
  return missing.length === 0;
}

const bytesOf = ({parts}: Message) => bytesOfMessage + JSON.stringify(parts).length;

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
const compareChats = (a: Pick<Chat, 'updatedAt' | 'id'>, b: Pick<Chat, 'updatedAt' | 'id'>) =>
  compare(a.updatedAt, b.updatedAt) || compare(a.id, b.id);
