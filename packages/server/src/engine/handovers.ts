/**
 * Chats that a visitor hands to a person of the site: the chat goes to the operator's webhook, and the person's reply comes
 * back into the chat, once. A message of the chat says that it waits, so that it is kept, exported and deleted with the
 * chat. What is still to be sent is in the store, and is tried again, also after a restart. Knows no HTTP.
 */
import {ChatError, type Message, type ToolPart, isWaiting, textOf} from '@chatlet/protocol';
import {type Clock, systemClock} from './clock.ts';
import {newId} from './ids.ts';
import {createInOrder} from './in-order.ts';
import {noSuchChat, noSuchMessage} from './not-found.ts';
import type {Report} from './report.ts';
import type {Handover, Owner, Store} from './store.ts';
import {applyReply} from './tool-waits.ts';

/** What the operator's webhook gets. */
export interface HandedChat {
  readonly type: 'chat.handed-over';
  /** For the reply, and to recognise the same chat if it comes again. */
  readonly id: string;
  readonly chatId: string;
  /** The path to `POST {"text": "…"}` to, with the operator's token. */
  readonly replyPath: string;
  /** ISO 8601. No reply is taken after it. */
  readonly expiresAt: string;
  readonly messages: readonly {
    readonly role: 'visitor' | 'model' | 'person';
    readonly text: string;
    readonly createdAt: string;
  }[];
}

/** Brings a chat to the webhook. Resolves when it was taken, or never will be. */
export type SendChat = (chat: HandedChat, options: {readonly signal: AbortSignal}) => Promise<void>;

export interface HandoversOptions {
  readonly store: Store;
  readonly send: SendChat;
  readonly report: Report;
  readonly clock?: Clock;
}

export interface Handovers {
  /**
   * Hands the chat over, with the visitor's words if there are any. If it waits for a person already, resolves with that.
   * @throws ChatError `not-found`; `rate-limited` if too many chats wait to be sent
   */
  ask(owner: Owner, chatId: string, words: string): Promise<Message>;
  /**
   * @param messageId of the message that waits
   * @throws ChatError `not-found`; `conflict` if somebody has replied, or nobody has in time
   */
  reply(messageId: string, reply: {readonly text: string}): Promise<void>;
  close(): void;
}

/** The id and the name of the call that waits for a person. The page shows it as such, and no tool has a blank name. */
const person = {callId: 'person', name: 'a person'};
/** Milliseconds for which a person may reply. */
const patience = 24 * 60 * 60 * 1000;
/** Milliseconds before the second try, and the longest time between two; they double. */
const [firstDelay, longestDelay] = [5_000, 60 * 60 * 1000];
/** Milliseconds that the webhook has. */
const timeout = 10_000;
/** Chats that may wait to be sent. */
const mostUnsent = 1000;
/** Messages, and characters of all of them, that are sent: the newest. */
const mostMessages = 100;
const mostCharacters = 200_000;

/** Undefined if the store cannot keep handovers. */
export function createHandovers({store, send, report, clock = systemClock}: HandoversOptions): Handovers | undefined {
  const {handovers} = store;
  if (!handovers || !store.changeMessage) return undefined;
  const closing = new AbortController();
  /** Of several asks of a chat at the same time, the later ones find what the first has written. */
  const inOrder = createInOrder();
  let cancel = () => {};
  let sweeping = Promise.resolve();

  function sweepIn(delay: number): void {
    cancel();
    if (!closing.signal.aborted) cancel = clock.after(delay, sweep);
  }

  /** After the sweeps before it, which may have looked before the newest chat was there. */
  function sweep(): void {
    sweeping = sweeping
      .then(sendAll)
      .catch((error: unknown) => {
        report(error);
        return longestDelay;
      })
      .then((delay) => {
        if (delay !== undefined) sweepIn(delay);
      });
  }

  /** Resolves with the milliseconds until the next try; undefined if nothing waits. */
  async function sendAll(): Promise<number | undefined> {
    while (!closing.signal.aborted) {
      const next = await handovers?.next();
      if (!next || closing.signal.aborted) return undefined;
      const delay = Date.parse(next.nextTry) - clock.now();
      if (delay > 0) return delay;
      await sendOne(next);
    }
    return undefined;
  }

  async function sendOne({owner, chatId, messageId, tries, expiresAt}: Handover): Promise<void> {
    let nextTry: string | undefined;
    try {
      const chat = await read(owner, chatId, messageId);
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeout)]);
      if (chat && Date.parse(expiresAt) > clock.now()) await send(chat, {signal});
    } catch (error) {
      if (closing.signal.aborted) return;
      if (tries === 0) report(error, {answerId: messageId});
      const delay = Math.min(firstDelay * 2 ** tries, longestDelay);
      nextTry = new Date(clock.now() + delay).toISOString();
    }
    await handovers?.tried(messageId, nextTry);
  }

  /** Undefined if the chat is gone. */
  async function read(owner: Owner, chatId: string, messageId: string): Promise<HandedChat | undefined> {
    const page = await store.messages(owner, chatId, {limit: mostMessages}).catch((error: unknown) => {
      if (ChatError.from(error).code === 'not-found') return undefined;
      throw error;
    });
    const messages = page?.items ?? [];
    const last = messages.findIndex(({id}) => id === messageId);
    const part = messages[last]?.parts.find(isWaiting);
    if (!part?.wait) return undefined;
    const said: HandedChat['messages'][number][] = [];
    let left = mostCharacters;
    for (const message of messages.slice(0, last).toReversed()) {
      const text = textOf(message).slice(0, left);
      left -= text.length;
      if (text !== '') said.push({role: speakerOf(message), text, createdAt: message.createdAt});
    }
    return {
      type: 'chat.handed-over',
      id: messageId,
      chatId,
      replyPath: `/api/turns/${messageId}/reply`,
      expiresAt: part.wait.expiresAt,
      messages: said.toReversed(),
    };
  }

  async function sendSoon(owner: Owner, chatId: string, {id: messageId, parts, createdAt}: Message): Promise<void> {
    const expiresAt = parts.find(isPerson)?.wait?.expiresAt ?? createdAt;
    await handovers?.add(owner, {chatId, messageId, expiresAt, nextTry: createdAt});
    sweep();
  }

  async function askPerson(owner: Owner, chatId: string, words: string): Promise<Message> {
    const chat = await store.chat(owner, chatId);
    if (!chat) throw noSuchChat();
    const {items} = await store.messages(owner, chatId, {limit: mostMessages});
    const now = clock.now();
    const waiting = items.findLast((message) => waitsForPerson(message, now));
    if (waiting) {
      // The process may have ended between the two writes.
      if (!(await handovers?.find(waiting.id))) await sendSoon(owner, chatId, waiting);
      return waiting;
    }
    if (items.some(({status}) => status === 'answering')) {
      throw new ChatError('conflict', 'An answer is being written. Stop it, or wait for its end.');
    }
    if (((await handovers?.count()) ?? 0) >= mostUnsent) {
      throw new ChatError('rate-limited', 'Nobody can be asked at the moment. Try again later.', {retryAfter: 60});
    }
    const createdAt = new Date(now).toISOString();
    const expiresAt = new Date(now + patience).toISOString();
    const answer: Message = {
      id: newId('msg'),
      role: 'assistant',
      parts: [
        {
          type: 'tool',
          ...person,
          input: {},
          state: 'waiting',
          wait: {ask: 'person', definition: 'person', expiresAt},
        },
      ],
      status: 'waiting',
      endReason: 'tool-calls',
      createdAt,
    };
    const question: Message = {
      id: newId('msg'),
      role: 'user',
      parts: [{type: 'text', text: words}],
      status: 'done',
      createdAt,
    };
    await store.startTurn(owner, {
      chat: {...chat, updatedAt: createdAt},
      continues: true,
      ...(words !== '' && {question}),
      answer,
    });
    await sendSoon(owner, chatId, answer);
    return answer;
  }

  sweepIn(firstDelay / 5);
  return {
    ask: (owner, chatId, words) => inOrder(JSON.stringify([owner, chatId]), () => askPerson(owner, chatId, words)),

    async reply(messageId, {text}) {
      const found = await handovers.find(messageId);
      if (!found) throw noSuchMessage();
      const {owner, chatId} = found;
      await store.changeMessage?.(owner, chatId, messageId, (stored) => toReplied(stored, text, clock.now()));
      await handovers.tried(messageId, undefined);
    },

    close() {
      closing.abort();
      cancel();
    },
  };
}

function isPerson(part: Message['parts'][number]): part is ToolPart {
  return part.type === 'tool' && part.wait?.ask === 'person';
}

function waitsForPerson({parts}: Message, now: number): boolean {
  return parts.some((part) => isPerson(part) && isWaiting(part) && Date.parse(part.wait?.expiresAt ?? '') > now);
}

function speakerOf({role, parts}: Message): HandedChat['messages'][number]['role'] {
  return role === 'user' ? 'visitor' : parts.some(isPerson) ? 'person' : 'model';
}

/** @throws ChatError `conflict` */
function toReplied(message: Message, text: string, now: number): Message {
  // The model reads the output, and so knows whose words follow.
  const output = 'A person of the site answers:';
  const {parts, ...rest} = applyReply(message, {callId: person.callId, output}, now);
  return {...rest, parts: [...parts, {type: 'text', text}], status: 'done', endReason: 'stop'};
}
