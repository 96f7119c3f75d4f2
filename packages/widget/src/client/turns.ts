/**
 * Follows a turn of a conversation to its end. It is fetched with the code for answers. Changes the state of a conversation
 * by its `set` alone.
 */
import {textOf} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {draftKey} from './draft-key.ts';
import {followTurn} from './follow-turn.ts';
import {grow} from './growing-answer.ts';
import type {FollowCalls} from './page-tool.ts';
import {saveQueue} from './question-queue.ts';
import {loadSavedMessages} from './load-saved-messages.ts';
import {failed, stopped} from './shown-messages.ts';
import {readThoughts} from './thoughts.ts';
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
    if (isOver()) return undefined;
    for await (const events of follow(conversation, begin, turn)) {
      if (isOver()) {
        for (const event of events) if (event.type === 'message-start') stopWhenNamed(conversation, event.chatId, turn);
        return undefined;
      }
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
      onFree: (chatId) => void conversation.lookAgain(chatId),
      onAccepted: (chatId) => {
        if (conversation.activity !== turn) return stopWhenNamed(conversation, chatId, turn);
        markQuestionSent(conversation);
        adoptChat(conversation, chatId, turn);
      },
      onConnection: (connected) => {
        if (conversation.activity === turn && !turn.stoppedEarly)
          conversation.set({status: connected ? 'answering' : 'reconnecting'});
      },
      onRefusal: ({code}, milliseconds) => {
        // A stopped question is not asked again.
        if (turn.stop !== 'no') turn.controller.abort();
        if (turn.stoppedEarly) return;
        const autoRetry = {at: environment.now() + milliseconds, code};
        conversation.set({messages: conversation.withAnswer({...turn.answer.message, autoRetry})});
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
  stopWhenNamed(conversation, chatId, turn);
}

/** The visitor may have stopped the answer before its chat had a name, and may have gone to another chat since. */
function stopWhenNamed(conversation: TurnConversation, chatId: string | undefined, turn: Turn): void {
  if (turn.stop === 'wanted' && chatId !== undefined) conversation.requestStop(chatId, turn);
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
  if (ended.status !== 'interrupted') return undefined;
  try {
    const {loadEnd} = await loadSavedMessages();
    return await loadEnd(conversation, turn);
  } catch {
    // The chat cannot be loaded now: the text so far stays, marked as interrupted.
    return undefined;
  }
}

/** The page is online, visible or shown again: what was given up is tried once more. */
export function handleBack(conversation: TurnConversation): void {
  const {status, messages} = conversation.getState();
  const last = messages.at(-1);
  if (status !== 'idle') return;
  const sinceLooked = conversation.now() - conversation.lookedAt;
  if (last?.unsent && last.error?.code === 'network') void conversation.retry();
  else if (last?.status === 'interrupted' || sinceLooked > lookAgainAfter) void conversation.lookAgain();
}
