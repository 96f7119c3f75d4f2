/**
 * What a conversation does with the server's help: follows a turn to its end, and looks for what was written elsewhere. It
 * is fetched with the code for answers. Changes the state of a conversation by its `set` alone.
 */
import {ChatError, isForPage, textOf} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {draftKey} from './draft-key.ts';
import {followTurn} from './follow-turn.ts';
import {grow} from './growing-answer.ts';
import {loadPart} from './load-part.ts';
import {mergeSaved} from './merge-saved.ts';
import {omitUndefined} from './omit-undefined.ts';
import type {FollowCalls} from './page-tool.ts';
import {saveQueue} from './question-queue.ts';
import type {QueuedQuestion} from './question-queue.ts';
import {asShown, failed, stopped} from './shown-messages.ts';
import {readThoughts, separateThoughts} from './thoughts.ts';
import type {LoadedMessages, ToolReply, WaitingCall} from './transport.ts';
import type {Turn, TurnConversation} from './turn.ts';

/** A page that comes back looks at the saved messages if it has not done so for this many milliseconds. */
const lookAgainAfter = 10_000;

/** Follows a turn to its end and shows its answer as the last message. Never rejects: failures become state. */
export async function runTurn(
  conversation: TurnConversation,
  begin: FollowCalls['begin'],
  turn: Turn,
): Promise<ShownMessage | undefined> {
  const isOver = () => conversation.activity !== turn;
  try {
    turn.controller.signal.throwIfAborted();
    for await (const events of follow(conversation, begin, turn)) {
      if (isOver()) return undefined;
      for (const event of events) apply(conversation, event, turn);
      if (turn.stoppedEarly) continue;
      const grown = turn.answer.message;
      const behind = textOf(grown).length < turn.catchUpTo;
      conversation.set({status: 'answering', ...(behind ? {} : {messages: conversation.withAnswer(grown)})});
    }
  } catch (thrown) {
    if (isOver()) return undefined;
    const saved = await endBroken(conversation, turn, thrown);
    if (isOver()) return undefined;
    if (saved) return conversation.end(turn, saved.at(-1) ?? turn.answer.message, saved);
  }
  conversation.options.onChatsChanged();
  return conversation.end(turn, turn.answer.message);
}

function follow(
  conversation: TurnConversation,
  begin: FollowCalls['begin'],
  turn: Turn,
): AsyncGenerator<readonly ChatEvent[]> {
  const {transport, environment, storage, pageTools, onAccepted} = conversation.options;
  const followCalls = pageTools?.()?.follow ?? followTurn;
  const events = followCalls(
    {
      transport,
      begin,
      environment,
      followTurn,
      storage: storage.tab,
      onGoesOn: onAccepted,
      onFree: (chatId) => void lookAgain(conversation, chatId),
      onAccepted: (chatId) => {
        if (conversation.activity !== turn) return;
        markQuestionSent(conversation);
        adoptChat(conversation, chatId, turn);
      },
      onConnection: (connected) => {
        if (conversation.activity === turn && !turn.stoppedEarly)
          conversation.set({status: connected ? 'answering' : 'reconnecting'});
      },
      onRefusal: ({code}, milliseconds) => {
        const autoRetry = {at: environment.now() + milliseconds, code};
        conversation.set({messages: conversation.withAnswer({...turn.answer.message, autoRetry, again: autoRetry})});
      },
    },
    {signal: turn.controller.signal},
  );
  return readThoughts(events);
}

function apply(conversation: TurnConversation, event: ChatEvent, turn: Turn): void {
  // The stream of an answer that goes on begins anew. Agents begin several messages in one stream.
  if (event.type === 'message-start' && turn.answer.message.status === 'waiting') {
    turn.catchUpTo = textOf(turn.answer.message).length;
    turn.answer = {message: {...turn.answer.message, parts: []}};
  }
  markQuestionSent(conversation, event.type === 'message-start' ? event.questionId : undefined);
  if (event.type === 'message-start' && event.chatId !== undefined) adoptChat(conversation, event.chatId, turn);
  turn.answer = grow(turn.answer, {event, now: conversation.now()});
}

/** The headers of the answer show that the server has the question, and its first event brings the question's id. */
function markQuestionSent(
  conversation: TurnConversation,
  questionId: string | undefined = conversation.getState().messages.at(-2)?.id,
): void {
  const {messages} = conversation.getState();
  const question = messages.at(-2);
  if (question?.role !== 'user' || questionId === undefined) return;
  if (!question.unsent && question.id === questionId) return;
  const {unsent: wasUnsent, ...sent} = question;
  conversation.set({messages: messages.with(messages.length - 2, {...sent, id: questionId})});
  if (wasUnsent) conversation.saveDraft();
  if (conversation.unconfirmed?.id !== question.id) return;
  conversation.unconfirmed = undefined;
  conversation.saveQueue();
}

/** The headers of a new chat's first answer bring the chat's id, and so does the first event. */
function adoptChat(conversation: TurnConversation, chatId: string, turn: Turn): void {
  const {onAccepted, onChatsChanged, storage} = conversation.options;
  if (turn.request && !turn.isAnnounced) {
    turn.isAnnounced = true;
    onAccepted(chatId);
  }
  if (conversation.getState().chatId === undefined) {
    const {device, tab} = storage;
    device.set(draftKey(undefined), undefined);
    saveQueue(tab, {chatId: undefined, queue: []});
    conversation.set({chatId});
    tab.set('chat', chatId);
    conversation.saveDraft();
    conversation.saveQueue();
    onChatsChanged();
  }
  if (turn.stop === 'wanted') conversation.requestStop(chatId, turn);
}

/** Ends the answer of a turn that threw. Resolves with the chat's messages if the server has saved its end. */
async function endBroken(
  conversation: TurnConversation,
  turn: Turn,
  thrown: unknown,
): Promise<readonly ShownMessage[] | undefined> {
  const {message} = turn.answer;
  const ended = turn.controller.signal.aborted ? stopped(message) : failed(message, {thrown, now: conversation.now()});
  turn.answer = {message: ended};
  return ended.status === 'interrupted' ? loadSaved(conversation, turn) : undefined;
}

/** The stream broke, but the server may have finished the answer: loads the messages that it has saved. */
async function loadSaved(conversation: TurnConversation, turn: Turn): Promise<readonly ShownMessage[] | undefined> {
  const {chatId} = conversation.getState();
  if (chatId === undefined || !conversation.options.transport.history) return undefined;
  try {
    const {messages} = await load(conversation, chatId, {signal: turn.controller.signal});
    const last = messages.at(-1);
    if (last?.role !== 'assistant' || last.status === 'answering') return undefined;
    // A server that crashed may have saved less than it had sent.
    const seen = turn.answer.message;
    const parts = textOf(last).length < textOf(seen).length ? seen.parts : last.parts;
    return [...messages.slice(0, -1), {...last, parts}];
  } catch {
    // The chat cannot be loaded now: the text so far stays, marked as interrupted.
    return undefined;
  }
}

/** Loads messages of a chat from the server as the page shows them. */
async function load({options}: TurnConversation, chatId: string, asked: {signal: AbortSignal; cursor?: string}) {
  const loaded = await options.transport.history?.load(chatId, asked);
  return readLoaded(loaded ?? {messages: []});
}

function readLoaded({messages, olderCursor}: LoadedMessages) {
  return {messages: separateThoughts(asShown(messages)), olderCursor};
}

/** The page is online, visible or shown again: what was given up is tried once more. */
export function handleBack(conversation: TurnConversation): void {
  const {status, messages} = conversation.getState();
  const last = messages.at(-1);
  if (status !== 'idle') return;
  const sinceLooked = conversation.now() - conversation.lookedAt;
  if (last?.unsent && last.error?.code === 'network') void conversation.retry();
  else if (last?.status === 'interrupted' || sinceLooked > lookAgainAfter) void lookAgain(conversation);
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
  {chatId, queue, loaded}: {chatId: string; queue: readonly QueuedQuestion[]; loaded: LoadedMessages},
): void {
  const {messages, olderCursor} = readLoaded(loaded);
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
