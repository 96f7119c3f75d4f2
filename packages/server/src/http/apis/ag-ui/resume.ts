/**
 * Answers to AG-UI's interrupts. A run whose calls wait is kept for a day under an id of its own, which stands in the ids of
 * its interrupts, and the answers start a new run with these calls. Knows no HTTP.
 */
import {ChatError, type Message, type Part, type ToolPart, asJson, isCall} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {responsePrefix} from '../../../engine/ids.ts';
import type {PromptMessage} from '../../../engine/provider.ts';
import type {Owner} from '../../../engine/store.ts';
import {type ToolReply, handOverCalls} from '../../../engine/tool-waits.ts';
import type {Question, WaitingAnswer} from '../../../engine/turns/ask.ts';
import type {HttpServices} from '../../services.ts';
import type {AgUiRequest, ResumeEntry} from './request.ts';

/** How a run goes on after an interrupt. */
export interface ResumedRun {
  readonly waiting: WaitingAnswer;
  /** The conversation, with the answered calls. */
  readonly messages: readonly PromptMessage[];
  /** The calls that run now; the client has them. */
  readonly knownCalls: readonly string[];
  /** The calls that a person has refused, with their results. */
  readonly refused: readonly ToolPart[];
}

export function interruptIdOf(runId: string, callId: string): string {
  return `${runId}/${callId}`;
}

/** The question as it is kept while a call of its answer waits. */
export function toKeptQuestion(text: string, threadId: AgUiRequest['threadId']): Question {
  return {parts: text === '' ? [] : [{type: 'text', text}], origin: {agUiThread: threadId ?? null}};
}

const keptOrigin = z.object({agUiThread: z.string().nullable()});

const approval = z.object({
  payload: z.union([
    z.boolean(),
    z.object({
      approved: z.boolean(),
      editedArgs: z.unknown().optional(),
      reason: z.string().max(2000).nullish(),
    }),
  ]),
});

/**
 * @throws ChatError `not-found` if the owner has no such interrupt; `conflict` if somebody has answered it, or its time is
 * over; `invalid-request` if an answer does not fit, or one is missing
 */
export async function findResumedRun(
  services: Pick<HttpServices, 'store' | 'turns'>,
  owner: Owner,
  {resume, messages, threadId}: Pick<AgUiRequest, 'resume' | 'messages' | 'threadId'>,
): Promise<ResumedRun> {
  const answer = await loadRun(services, owner, {resume, threadId});
  const replies = resume.map((entry) => toReply(answer.message, entry));
  if (new Set(replies.map(({callId}) => callId)).size < replies.length) throw invalid('An interrupt has two answers.');
  const {parts} = handOverCalls(answer.message, replies, Date.now());
  const answered = parts.filter((part) => replies.some(({callId}) => isCall(part, callId)));
  const calls = answered.filter((part) => part.type === 'tool');
  const running = calls.filter(({state}) => state === 'running');
  return {
    waiting: {chatId: answer.runId, answerId: answer.message.id, replies},
    messages: putCalls(messages, {parts, calls, mustBeLast: running.length > 0}),
    knownCalls: running.map(({callId}) => callId),
    refused: calls.filter(({state}) => state === 'failed'),
  };
}

async function loadRun(
  {store, turns}: Pick<HttpServices, 'store' | 'turns'>,
  owner: Owner,
  {resume, threadId}: Pick<AgUiRequest, 'resume' | 'threadId'>,
): Promise<{readonly runId: string; readonly message: Message}> {
  const runIds = new Set(resume.map(({interruptId}) => interruptId.slice(0, interruptId.indexOf('/'))));
  const [runId = ''] = runIds;
  if (runIds.size > 1) throw invalid('The interrupts are of several runs.');
  const isThere = runId.startsWith(responsePrefix) && (await store.chat(owner, runId)) !== undefined;
  const [question, message] = isThere ? (await turns.messages(owner, runId, {limit: 2})).items : [];
  const origin = keptOrigin.safeParse(question?.origin).data;
  if (!origin || !message) throw noSuchInterrupt(resume[0]);
  if (origin.agUiThread !== (threadId ?? null)) throw invalid('The interrupts are of another thread.');
  return {runId, message};
}

function toReply(answer: Message, entry: ResumeEntry): ToolReply {
  const {interruptId, status, payload} = entry;
  const callId = interruptId.slice(interruptId.indexOf('/') + 1);
  const call = answer.parts.find((part) => isCall(part, callId));
  if (call?.type !== 'tool' || !call.wait) throw noSuchInterrupt(entry);
  const isResolved = status === 'resolved';
  if (call.wait.ask !== 'approval') {
    const content = isResolved && call.wait.ask === 'form' ? {content: asJson(payload)} : {};
    return {callId, action: isResolved ? 'accept' : 'decline', ...content};
  }
  if (!isResolved) return {callId, approval: 'refused'};
  const {payload: said} = check(approval, {payload});
  if (typeof said === 'boolean') return {callId, approval: said ? 'once' : 'refused'};
  const {approved, editedArgs, reason} = said;
  return {
    callId,
    approval: approved ? 'once' : 'refused',
    ...(approved && editedArgs !== undefined && {input: asJson(editedArgs)}),
    ...(!approved && reason != null && {reason}),
  };
}

interface AnsweredCalls {
  /** All of the answer, if the client has not sent it. */
  readonly parts: readonly Part[];
  readonly calls: readonly ToolPart[];
  /** Some of the calls run now, and then the answer goes on. */
  readonly mustBeLast: boolean;
}

/** Puts the calls as they are kept into the message of the client that has them. */
function putCalls(
  messages: readonly PromptMessage[],
  {parts, calls, mustBeLast}: AnsweredCalls,
): readonly PromptMessage[] {
  const isTheirs = (part: Part) => calls.some(({callId}) => isCall(part, callId));
  const index = messages.findLastIndex(({role, parts: said}) => role === 'assistant' && said.some(isTheirs));
  const place = index < 0 ? messages.length : index;
  if (mustBeLast && place < messages.length - 1) {
    throw invalid('A message behind the interrupts can come only if all of them are cancelled.');
  }
  const sent = messages[place];
  const own = sent?.parts.map((part) => calls.find(({callId}) => isCall(part, callId)) ?? part) ?? parts;
  return [...messages.slice(0, place), {...sent, role: 'assistant', parts: own}, ...messages.slice(place + 1)];
}

function noSuchInterrupt(entry: ResumeEntry | undefined): ChatError {
  return new ChatError('not-found', `There is no interrupt "${entry?.interruptId ?? ''}".`);
}

function invalid(sentence: string): ChatError {
  return new ChatError('invalid-request', sentence, {details: {param: 'resume'}});
}
