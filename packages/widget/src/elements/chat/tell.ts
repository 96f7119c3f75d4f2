/** Tells a screen reader of each change that a sighted visitor sees, once and in words. Knows no DOM. */
import {isCall, isForPage, isWaiting, textOf} from '@chatlet/protocol';
import type {ToolPart} from '@chatlet/protocol';
import {isAnswering} from '../../client/chat-state.ts';
import type {ChatState, ShownMessage} from '../../client/chat-state.ts';
import type {AnnouncerController} from '../../controllers/announcer.ts';
import {sayAnswer, sayAnswerEnd} from '../../controllers/answer-speech.ts';
import {answerEnglish} from '../../translations/answer-english.ts';
import {completeEnglish} from '../../translations/index.ts';
import type {Words} from '../../translations/words.ts';
import {noticeWords} from '../message/notice-words.ts';

completeEnglish(answerEnglish);

export interface Telling {
  readonly announcer: AnnouncerController;
  readonly words: Words;
}

/** `isListed`: the visitor sees the list of chats. */
export function tell(now: ChatState, before: ChatState, telling: Telling & {isListed: boolean}): void {
  const answer = now.messages.at(-1);
  // First, because the start of an answer takes the place of all that is still to be said.
  if (answer?.role === 'assistant') tellAnswer(now, before, {...telling, answer});
  tellStatus(now, before, telling);
  tellQueue(now, before, telling);
  tellRest(now, before, telling);
}

function tellStatus({status}: ChatState, before: ChatState, {announcer, words}: Telling): void {
  if (status === before.status) return;
  if (status === 'loading') announcer.sayIfSilent(words.loading);
  if (status === 'sending') announcer.sayIfSilent(words.waiting);
  if (status === 'reconnecting') announcer.say(words.reconnecting);
  if (before.status === 'reconnecting' && status === 'answering') announcer.say(words.reconnected);
}

function tellAnswer(
  now: ChatState,
  before: ChatState,
  {announcer, words, answer}: Telling & {answer: ShownMessage},
): void {
  const {autoRetry} = answer;
  const last = before.messages.at(-1);
  // Said once for each refusal. Only the visible text counts the seconds down.
  if (autoRetry && autoRetry !== last?.autoRetry) {
    announcer.say(`${words.errors[autoRetry.code].title} ${words.askedAgainIn(secondsUntil(autoRetry.at))}`);
  }
  if (isAnswering(now.status) && answer.status === 'answering') {
    const seen = last?.key === answer.key ? last.parts : [];
    if (answer.parts.at(-1)?.type === 'reasoning' && seen.at(-1)?.type !== 'reasoning') announcer.say(words.thinking);
    for (const tool of answer.parts) if (tool.type === 'tool') tellTool(tool, {seen, announcer, words});
    if (textOf(answer) !== '') sayAnswer({key: answer.key, markdown: textOf(answer), words}, announcer);
  }
  // The page shows that an answer is stopped before the server has ended it.
  const wasAnswering = last?.key === answer.key && last.status === 'answering';
  if (wasAnswering && answer.status === 'stopped') tellEnd(answer, {announcer, words});
}

function tellQueue(now: ChatState, before: ChatState, {announcer, words}: Telling): void {
  const {queue, draft, messages, status} = now;
  const [first] = before.queue;
  const wasRunning = isAnswering(before.status);
  if (queue.length > before.queue.length && isAnswering(status) && wasRunning) announcer.say(words.saysQueued);
  if (first && !queue.includes(first) && messages.some(({key}) => key === first.id)) announcer.say(words.saysNextSent);
  // Nothing is said of one that is back in the draft: the focus is there.
  else if (queue.length < before.queue.length && draft === before.draft && now.chatId === before.chatId) {
    announcer.say(words.removedNext);
  }
  if (queue.length > 0 && wasRunning && status === 'idle') announcer.say(words.queueKept);
}

export function tellEnd(answer: ShownMessage, {announcer, words}: Telling): void {
  sayAnswerEnd({key: answer.key, markdown: textOf(answer), words}, {announcer, ending: endingWords(answer, words)});
}

function tellTool(tool: ToolPart, {seen, announcer, words}: Telling & {seen: ShownMessage['parts']}): void {
  const before = seen.find((part) => isCall(part, tool.callId));
  if (before?.state === tool.state || isForPage(tool)) return;
  const {toolRunning: running, toolWaiting: waiting, toolDone: done, toolFailed: failed} = words;
  const states = {running, waiting, done, failed};
  announcer.say(`${tool.name}: ${states[tool.state]}.`);
}

function endingWords(answer: ShownMessage, words: Words): string {
  const {status, error, retryAt, grounded} = answer;
  const waiting = answer.parts.filter(isWaiting).find((call) => !isForPage(call));
  if (waiting) {
    const {name, wait} = waiting;
    return wait?.ask === 'approval' ? (wait.message ?? words.approveTool(name)) : words.inputFor(name);
  }
  if (status === 'stopped') return words.stopped;
  if (status === 'done' && grounded === false) return `${words.saysFinished}. ${words.notFromPages}.`;
  if (status === 'done') return textOf(answer) === '' ? words.noWords : words.saysFinished;
  const {title, text} = noticeWords(error?.code ?? 'interrupted', {words, wait: secondsUntil(retryAt)});
  return `${title} ${text}`;
}

function tellRest(
  now: ChatState,
  before: ChatState,
  {announcer, words, isListed}: Telling & {isListed: boolean},
): void {
  const {problem, history} = now;
  if (problem && problem !== before.problem) {
    const {title, text} = noticeWords(problem.code, {words, wait: secondsUntil(problem.retryAt)});
    announcer.say(`${title} ${text}`);
  }
  if (history.removed && history.removed !== before.history.removed) announcer.say(words.removed);
  // A fast server answers a search in the frame in which it began: the list was ready before, too.
  if (history.status === before.history.status && history.search === before.history.search) return;
  if (history.status === 'failed' && isListed) announcer.say(words.historyFailed);
  if (history.status === 'ready' && history.search !== '' && history.chats.length === 0)
    announcer.say(words.noChatsFound);
}

function secondsUntil(moment: number | undefined): number {
  return moment === undefined ? 0 : Math.max(0, Math.ceil((moment - Date.now()) / 1000));
}
