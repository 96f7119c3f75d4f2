/**
 * Decides a turn's place in its chat: the messages that stay, the messages that it replaces, or the saved answer that it
 * repeats. Pure: the ask and the history alone give the target. Knows no store and no model.
 */
import {type Chat, ChatError, type Message} from '@chatlet/protocol';
import {chatIdOf, derivedId, isChatId, newId} from '../ids.ts';
import {noSuchChat, noSuchMessage} from '../not-found.ts';
import type {Owner} from '../store.ts';
import type {Question, TurnAsk} from './ask.ts';

/** The ids of a turn. Those that a client can name are derived from its names, so that a repetition gets them again. */
export interface TurnIds {
  readonly chatId: string;
  readonly answerId: string;
  /** Absent if another answer is asked for. */
  readonly questionId: string | undefined;
}

/** The chat as the store holds it. */
export interface ChatState {
  /** Absent if the chat does not exist yet. */
  readonly chat: Chat | undefined;
  /** Its messages, oldest first. */
  readonly history: readonly Message[];
}

/** A place in a chat for an answer that is to be written. */
export interface TurnTarget {
  readonly kind: 'unanswered';
  readonly chatId: string;
  /** Absent for a new chat. */
  readonly chat: Chat | undefined;
  readonly answerId: string;
  /** The question that is answered, new or stored. */
  readonly questionId: string;
  /** Stored together with the answer; absent if a stored question is answered again. */
  readonly question: Question | undefined;
  /** The messages that stay, oldest first. */
  readonly kept: readonly Message[];
  /** The message that goes, together with all messages after it. */
  readonly replaceFrom: string | undefined;
  /** Whether the chat's first question is answered. */
  readonly isFirst: boolean;
}

/** A saved answer that is given again, since the same was asked before. */
export interface SavedAnswer {
  readonly kind: 'answered';
  readonly chatId: string;
  readonly questionId: string | undefined;
  readonly answer: Message;
}

/** The id of the chat that is asked; undefined for a new chat without any name. */
export function findChatId(owner: Owner, ask: TurnAsk): string | undefined {
  if (isResponse(ask)) {
    return ask.idempotencyKey === undefined ? undefined : derivedId('resp', owner, 'answers', ask.idempotencyKey);
  }
  if (ask.chatId !== undefined) return chatIdOf(owner, ask.chatId);
  // Only the name of the first question tells a second sending of it from a second chat.
  const first = questionOf(ask)?.id ?? ask.idempotencyKey;
  return first === undefined ? undefined : derivedId('chat', owner, 'begins with', first);
}

/** @param chatId of a chat that has a name; a new id if it has none */
export function assignIds(ask: TurnAsk, chatId: string = newId(isResponse(ask) ? 'resp' : 'chat')): TurnIds {
  const question = questionOf(ask);
  const {idempotencyKey: key} = ask;
  return {
    chatId,
    answerId: key === undefined ? newId('msg') : derivedId('msg', chatId, 'answer to', key),
    questionId: question && (question.id ? derivedId('msg', chatId, question.id) : newId('msg')),
  };
}

/** @throws ChatError `not-found`, `invalid-request` */
export function resolveTarget(ask: TurnAsk, ids: TurnIds, {chat, history}: ChatState): TurnTarget | SavedAnswer {
  const {chatId, answerId} = ids;
  if (!chat && ask.chatId !== undefined && isChatId(ask.chatId)) throw noSuchChat();

  const repeated = findEarlierAnswer(history, {ask, ids});
  if (repeated && !isAskedAnew(ask, repeated)) {
    return {kind: 'answered', chatId, questionId: history[repeated.index - 1]?.id, answer: repeated.answer};
  }
  // The question of an earlier answer is stored already: only the answer is replaced.
  const question = repeated ? undefined : questionOf(ask);
  const firstToGo = repeated ? repeated.index : findReplaced(history, {ask, chatId});
  const kept = history.slice(0, firstToGo);
  return {
    kind: 'unanswered',
    chatId,
    chat,
    answerId,
    questionId: (question && ids.questionId) ?? lastQuestionId(kept),
    question,
    kept,
    replaceFrom: firstToGo === undefined ? undefined : history[firstToGo]?.id,
    isFirst: !chat || (repeated !== undefined && kept.length === 1),
  };
}

/** Whether the answer is a stored response and no turn of a chat. */
export function isResponse(ask: TurnAsk): boolean {
  return ask.kind === 'new-question' && ask.response !== undefined;
}

/** Whether the turn is stored for a day at most, and only if a call waits. */
export function isKeptForWaits(ask: TurnAsk): boolean {
  return ask.kind === 'new-question' && ask.response?.keptFor === 'waits';
}

function questionOf(ask: TurnAsk): Question | undefined {
  return ask.kind === 'another-answer' ? undefined : ask.question;
}

/** An answer to the same request, or to the same question. */
interface EarlierAnswer {
  readonly answer: Message;
  readonly index: number;
  /** Whether the request came before, as its idempotency key shows; otherwise only the question did. */
  readonly isSameRequest: boolean;
  /** Whether nothing was said in the chat since. */
  readonly isLast: boolean;
}

function findEarlierAnswer(
  history: readonly Message[],
  {ask, ids}: {readonly ask: TurnAsk; readonly ids: TurnIds},
): EarlierAnswer | undefined {
  const byKey = history.findIndex(({id}) => id === ids.answerId);
  const index = byKey < 0 ? findAnswerToQuestion(history, {ask, ...ids}) : byKey;
  const answer = history[index];
  return answer && {answer, index, isSameRequest: byKey >= 0, isLast: index === history.length - 1};
}

/** The index of the answer to a question that is asked a second time; -1 for a new question. */
function findAnswerToQuestion(
  history: readonly Message[],
  {ask, chatId, questionId}: TurnIds & {readonly ask: TurnAsk},
): number {
  const asked = questionId === undefined ? -1 : history.findIndex(({id}) => id === questionId);
  // A corrected question may keep its id. If the correction is sent twice, the second one has nothing to replace, so it
  // is treated as a repetition.
  const corrects = ask.kind === 'corrected-question' && history.some(isNamed(ask.replaceFrom, chatId));
  return asked < 0 || corrects ? -1 : asked + 1;
}

/**
 * Whether to write a new answer in place of an earlier one. A failure is no answer: a client that repeats its request
 * wants a real one, and so does a page that got no word (it can read the words before a failure). But if the chat has
 * gone on since, a late repetition must not remove later messages.
 */
function isAskedAnew(ask: TurnAsk, {answer, isSameRequest, isLast}: EarlierAnswer): boolean {
  const {status, error, parts} = answer;
  if (status === 'answering') return false;
  if (!isSameRequest && ask.kind === 'new-question' && ask.whenAnswered === 'answer-again') return true;
  const failed = error !== undefined || status === 'interrupted';
  return failed && isLast && (isSameRequest || parts.length === 0);
}

/**
 * The index of the first message that the turn replaces; undefined if it only adds to the end.
 * @throws ChatError `not-found`
 */
function findReplaced(
  history: readonly Message[],
  {ask, chatId}: {readonly ask: TurnAsk; readonly chatId: string},
): number | undefined {
  if (ask.kind === 'new-question') return undefined;
  const {replaceFrom} = ask;
  const named =
    replaceFrom === 'last-answer'
      ? history.findLastIndex(({role}) => role === 'assistant')
      : history.findIndex(isNamed(replaceFrom, chatId));
  // Asked to answer a question again, the turn replaces the answer behind it.
  const first = ask.kind === 'another-answer' && history[named]?.role === 'user' ? named + 1 : named;
  if (!history[first]) throw noSuchMessage();
  return first;
}

/** Finds a message by our id, or by the id that the client gave it. */
function isNamed(name: string, chatId: string): (message: Message) => boolean {
  const ids = new Set([name, derivedId('msg', chatId, name)]);
  return ({id}) => ids.has(id);
}

/** @throws ChatError `invalid-request` if the last message is no question */
function lastQuestionId(messages: readonly Message[]): string {
  const last = messages.at(-1);
  if (last?.role === 'user') return last.id;
  throw new ChatError('invalid-request', 'There is no question before this message to answer again.');
}
