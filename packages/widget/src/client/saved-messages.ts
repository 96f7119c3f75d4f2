/**
 * What a conversation does with the messages that the server has saved: shows an earlier chat, and looks for what was
 * written elsewhere. Fetched with its first use. Changes the state of a conversation by its `set` alone.
 */
import {ChatError, isForPage, textOf} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {loadPart} from './load-part.ts';
import {mergeSaved} from './merge-saved.ts';
import {omitUndefined} from './omit-undefined.ts';
import type {QueuedQuestion} from './question-queue.ts';
import {asShown} from './shown-messages.ts';
import {separateThoughts} from './thoughts.ts';
import type {LoadedMessages, ToolReply, WaitingCall} from './transport.ts';
import type {Turn, TurnConversation} from './turn.ts';

/** The stream broke, but the server may have finished the answer: loads the messages that it has saved. */
export async function loadEnd(
  conversation: TurnConversation,
  turn: Turn,
): Promise<readonly ShownMessage[] | undefined> {
  const {chatId} = conversation.getState();
  if (chatId === undefined || !conversation.options.transport.history) return undefined;
  const {messages} = await load(conversation, chatId, {signal: turn.controller.signal});
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || last.status === 'answering') return undefined;
  // A server that crashed may have saved less than it had sent.
  const seen = turn.answer.message;
  const parts = textOf(last).length < textOf(seen).length ? seen.parts : last.parts;
  return [...messages.slice(0, -1), {...last, parts}];
}

interface ReadMessages {
  readonly messages: readonly ShownMessage[];
  readonly olderCursor: string | undefined;
}

/** Loads messages of a chat from the server as the page shows them. */
async function load({options}: TurnConversation, chatId: string, asked: {signal: AbortSignal; cursor?: string}) {
  const loaded = await options.transport.history?.load(chatId, asked);
  return readLoaded(loaded ?? {messages: []});
}

/** Messages of the server as the page shows them. */
export async function readLoaded({messages, olderCursor}: LoadedMessages): Promise<ReadMessages> {
  return {messages: await separateThoughts(asShown(messages)), olderCursor};
}

/**
 * Compares the messages shown with those that the server has saved: another tab or another device may have asked, and
 * an answer that was given up here may have been finished there. If one is being written, goes on reading it.
 */
export async function lookAgain(
  conversation: TurnConversation,
  chatId: string | undefined = conversation.getState().chatId,
): Promise<void> {
  const {activity, options, closing} = conversation;
  const isStill = () => {
    const state = conversation.getState();
    return conversation.activity === activity && state.chatId === chatId && state.status === 'idle';
  };
  if (chatId === undefined || !options.transport.history || !isStill()) return;
  conversation.lookedAt = conversation.now();
  try {
    const {messages} = await load(conversation, chatId, {signal: closing.signal});
    if (!isStill()) return;
    const shown = conversation.getState().messages;
    const merged = mergeSaved(shown, messages);
    if (!goOn(conversation, chatId, merged) && !isSame(merged, shown)) {
      conversation.set({messages: merged});
      conversation.continueQueue();
    }
  } catch {
    // What is shown stays; the next return tries again.
  }
}

/** Follows the last answer if it is being written, or waits for functions that this page has. */
function goOn(conversation: TurnConversation, chatId: string, messages: readonly ShownMessage[]): boolean {
  const {transport, pageTools} = conversation.options;
  const answer = messages.at(-1);
  if (!answer || !transport.resume) return false;
  const waits = answer.status === 'waiting' && pageTools?.() !== undefined && answer.parts.some(isForPage);
  if (!waits && answer.status !== 'answering') return false;
  const begin = waits ? {chatId, waiting: answer} : {chatId};
  void conversation.run(begin, {before: messages.slice(0, -1), answer});
  return true;
}

/** Shows a chat that was loaded, and goes on reading if its answer is still being written. */
export function showLoaded(
  conversation: TurnConversation,
  {chatId, queue, loaded}: {chatId: string; queue: readonly QueuedQuestion[]; loaded: ReadMessages},
): void {
  const {messages, olderCursor} = loaded;
  if (olderCursor !== undefined) conversation.set({olderCursor});
  // The page was left before it knew that the server has them.
  conversation.setQueue(queue.filter(({id}) => !messages.some((message) => message.id === id)));
  if (!goOn(conversation, chatId, messages)) {
    conversation.set({messages, status: 'idle'});
    conversation.continueQueue();
  }
}

/** Cursors of the older messages that are being fetched. */
const loading = new WeakMap<TurnConversation, string>();

/** Loads the messages before the first one shown. */
export async function loadOlder(conversation: TurnConversation): Promise<void> {
  const {chatId, olderCursor: cursor} = conversation.getState();
  if (chatId === undefined || cursor === undefined || loading.get(conversation) === cursor) return;
  loading.set(conversation, cursor);
  try {
    const {messages, olderCursor} = await load(conversation, chatId, {signal: conversation.closing.signal, cursor});
    const state = conversation.getState();
    if (state.chatId !== chatId || state.olderCursor !== cursor) return;
    conversation.set({messages: [...messages, ...state.messages], ...omitUndefined({olderCursor})}, 'olderCursor');
  } catch {
    // The button is still there; pressing it tries again.
  } finally {
    if (loading.get(conversation) === cursor) loading.delete(conversation);
  }
}

/** @throws ChatError if the server did not take the reply */
export async function answerTool(conversation: TurnConversation, call: WaitingCall, reply: ToolReply): Promise<void> {
  const {chatId} = conversation.getState();
  const {transport} = conversation.options;
  if (transport.continues) {
    const {keepReply} = await loadPart(() => import('./keep-reply.ts'));
    keepReply(conversation, call, reply);
    return;
  }
  if (chatId === undefined || !transport.answerTool) throw new ChatError('not-found');
  try {
    await transport.answerTool(chatId, call, {...reply, ...conversation.definitions()});
  } finally {
    // Another tab may have answered.
    void lookAgain(conversation, chatId);
  }
}

/** @throws ChatError if the server did not take it */
export async function askPerson(conversation: TurnConversation, text: string): Promise<void> {
  const {chatId} = conversation.getState();
  const {transport} = conversation.options;
  if (chatId === undefined || !transport.askPerson) throw new ChatError('not-found');
  await transport.askPerson(chatId, text);
  await lookAgain(conversation, chatId);
}

function isSame(some: readonly ShownMessage[], others: readonly ShownMessage[]): boolean {
  return some.length === others.length && some.every((message, index) => message === others[index]);
}
