/**
 * Calls that wait for a person: whether one must wait, and what an answer makes of it. Pure, so that a call is answered
 * once however many tabs and requests try. Knows no store and no HTTP.
 */
import {hash} from 'node:crypto';
import {
  ChatError,
  type InputReply,
  type Json,
  type Message,
  type ToolApproval,
  type ToolPart,
  type ToolWait,
  isCall,
  isForPage,
  isWaiting,
  pageToolLimits,
} from '@chatlet/protocol';
import {failCalls, isRunning} from './failed-calls.ts';
import {checkForm, toForm} from './form.ts';
import type {Tool, ToolQuestion} from './tool.ts';

/** An answer to a call that waits. */
export type ToolReply = {
  readonly callId: string;
  /** The answer that the person has seen: upstreams may give calls of two answers the same id. */
  readonly messageId?: string;
  /** The question that the person has seen, by the end of its time: a call may ask one thing after the other. */
  readonly expiresAt?: string;
} & ToolAnswer;

export type ToolAnswer = ApprovalReply | ActionReply | OutputReply | ClaimReply;

/** To `approval`. */
interface ApprovalReply {
  readonly approval: ToolApproval;
  /** Input in place of the model's. */
  readonly input?: Json;
  /** Words for the model, with a refusal. */
  readonly reason?: string;
}

/** To `form` and `url`. */
interface ActionReply {
  readonly action: InputReply['action'];
  /** The fields of an accepted form, as they came. */
  readonly content?: Json;
}

/** To `page` and `person`: the result of the call, or a sentence that says why there is none. */
type OutputReply = {readonly claim?: string} & ({readonly output: Json} | {readonly error: string});

/** To `page`: the page begins to run the function. */
interface ClaimReply {
  readonly claim: string;
  /** The claim of a page that is gone. */
  readonly takesOver?: string;
}

const day = 24 * 60 * 60 * 1000;
/** Milliseconds that a call waits for an answer. */
const patience: Readonly<Record<ToolWait['ask'], number>> = {
  approval: day,
  form: day,
  url: day,
  page: pageToolLimits.time,
  person: day,
};
/** Milliseconds in which a page can say that its function took too long, before the server does. */
const grace = 5_000;

/** The tool's definition as a person has seen it when it was approved; another one must be approved anew. */
export function definitionOf({name, description, inputSchema, annotations, runsOn, origin}: Tool): string {
  const more = [runsOn, origin].filter((each) => each !== undefined);
  const definition = [name, description, inputSchema, annotations, ...more];
  return hash('sha256', JSON.stringify(definition), 'base64url').slice(0, 22);
}

/** @throws ChatError `forbidden` with a sentence for the model if a person cannot be shown the question */
export function toWait(tool: Tool, question: {readonly ask: 'approval'} | ToolQuestion, now: number): ToolWait {
  return {
    ...checkQuestion(question),
    definition: definitionOf(tool),
    expiresAt: new Date(now + patience[question.ask]).toISOString(),
    ...(tool.annotations?.destructiveHint === true && {destructive: true}),
  };
}

/** @throws ChatError `forbidden` with a sentence for the model if a person cannot be shown the question */
export function checkQuestion<Question extends {readonly ask: 'approval'} | ToolQuestion>(
  question: Question,
): Question {
  if (question.ask === 'form')
    return {...question, message: cutMessage(question.message), schema: toForm(question.schema)};
  if (question.ask !== 'url') return question;
  const url = URL.canParse(question.url) ? new URL(question.url) : undefined;
  // A name of a user can look like the host: `https://bank.example@thief.example`.
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw new ChatError(
      'forbidden',
      'The tool asks a person to open an address that is not https or names a user, which nobody is shown.',
    );
  }
  return {...question, message: cutMessage(question.message), url: url.href};
}

function cutMessage(message: string): string {
  return message.length > 2000 ? `${message.slice(0, 2000)}…` : message;
}

/** Whether a person has allowed this tool, as it is now, for the rest of the chat. */
export function isAllowedInChat(tool: Tool, messages: readonly Pick<Message, 'parts'>[]): boolean {
  const definition = definitionOf(tool);
  return messages.some(({parts}) =>
    parts.some(
      (part) =>
        part.type === 'tool' &&
        part.name === tool.name &&
        part.approval === 'chat' &&
        part.wait?.definition === definition,
    ),
  );
}

export function noSuchWait(): ChatError {
  return new ChatError('conflict', 'No such call waits for an answer.', {
    retryable: false,
    details: {reason: 'unknown'},
  });
}

/** @throws ChatError `conflict` if no such call waits: it was answered, or its time is over */
function findWaiting(answer: Message, {callId, expiresAt}: ToolReply, now: number): ToolPart {
  const part = answer.parts.find((each) => isCall(each, callId));
  if (!part?.wait) throw noSuchWait();
  if (part.output === expiredWords) throw expired();
  if (!isWaiting(part) || (expiresAt !== undefined && expiresAt !== part.wait.expiresAt)) {
    throw new ChatError('conflict', 'This was answered already.', {retryable: false, details: {reason: 'answered'}});
  }
  // What the page has done counts as long as nobody has told the model something else.
  if (part.wait.ask !== 'page' && isOver(part.wait, now)) {
    throw expired();
  }
  return part;
}

function isOver({expiresAt}: ToolWait, now: number): boolean {
  return Date.parse(expiresAt) <= now;
}

const expiredWords = 'Nobody answered in time, so it was not done.';

/**
 * The answer with its calls failed that nobody has answered in time. If no other call waits, those that were allowed fail
 * too: their turn cannot go on any more, since a reply to the last call would have begun it.
 */
export function expireCalls(answer: Message, now: number): Message {
  if (answer.status === 'answering' || !answer.parts.some((part) => hasExpired(part, now))) return answer;
  const expiredAnswer = failCalls(answer, (call) => hasExpired(call, now), expiredWords);
  if (expiredAnswer.parts.some(isWaiting)) return expiredAnswer;
  const unrun = 'It was not done, because nobody answered another call of this answer in time.';
  const ended = failCalls(expiredAnswer, isRunning, unrun);
  return {...ended, status: answer.status === 'waiting' ? 'done' : answer.status};
}

/** The page itself tells the end of the time of its functions. */
function hasExpired(part: Message['parts'][number], now: number): boolean {
  return isWaiting(part) && part.wait !== undefined && part.wait.ask !== 'page' && isOver(part.wait, now);
}

function expired(): ChatError {
  return new ChatError('conflict', expiredWords, {
    retryable: false,
    details: {reason: 'expired'},
  });
}

/**
 * The answer after the reply: an allowed call may run, a refused one has failed. It is being written again if no other
 * call waits.
 * @throws ChatError `conflict`; `invalid-request` if the reply does not fit the question, which then still waits
 */
export function applyReply(answer: Message, reply: ToolReply, now: number): Message {
  const waiting = findWaiting(answer, reply, now);
  const parts = answer.parts.map((part) => (part === waiting ? toAnswered(waiting, reply, now) : part));
  if (parts.some(isWaiting)) return {...answer, parts};
  const {endReason: _, ...rest} = answer;
  return {...rest, parts, status: 'answering'};
}

/**
 * The answer after replies to its calls, if another answer goes on with them: nothing of this one runs.
 * @throws ChatError as `applyReply`; `invalid-request` if another call still waits
 */
export function handOverCalls(answer: Message, replies: readonly ToolReply[], now: number): Message {
  const judged = new Map(replies.map((reply) => [findWaiting(answer, reply, now), reply]));
  const parts = answer.parts.map((part) => {
    const reply = part.type === 'tool' ? judged.get(part) : undefined;
    return part.type === 'tool' && reply ? toAnswered(part, reply, now) : part;
  });
  if (parts.some(isWaiting)) {
    throw new ChatError('invalid-request', 'Another call of this answer waits, too: answer all of them together.');
  }
  return {...answer, parts, status: 'done'};
}

function toAnswered(part: ToolPart, reply: ToolAnswer, now: number): ToolPart {
  const {wait} = part;
  switch (wait?.ask) {
    case 'approval':
      if ('approval' in reply) return toJudged(part, reply);
      break;
    case 'form':
      if (!('action' in reply)) break;
      return reply.action === 'decline'
        ? toReplied(part, {action: 'decline'})
        : toReplied(part, {action: 'accept', content: checkForm(wait.schema, reply.content)});
    case 'url':
      if ('action' in reply) return toReplied(part, {action: reply.action});
      break;
    case 'page':
      if ('output' in reply || 'error' in reply || 'claim' in reply) return toRun({...part, wait}, reply, now);
      break;
    case 'person':
      if ('output' in reply) return {...part, state: 'done', output: reply.output};
      if ('error' in reply) return {...part, state: 'failed', output: reply.error};
      break;
    case undefined:
      break;
    default:
      wait satisfies never;
  }
  throw new ChatError('invalid-request', `This call waits for ${wait ? replyNames[wait.ask] : 'nothing'}.`);
}

const replyNames: Readonly<Record<ToolWait['ask'], string>> = {
  approval: '`approval`',
  form: '`action`, with `content`',
  url: '`action`',
  page: '`claim`, `output` or `error`',
  person: '`output` or `error`',
};

type PageWait = ToolWait & {readonly ask: 'page'};

/** A page has begun to run the function, or has ended. Only the page with the claim ends it, as long as there is time. */
function toRun(part: ToolPart & {readonly wait: PageWait}, reply: OutputReply | ClaimReply, now: number): ToolPart {
  const {claim} = part.wait;
  const isTooLate = isOver(part.wait, now);
  const isOther = claim !== undefined && claim !== reply.claim;
  if ('error' in reply && isTooLate && isOther) return {...part, state: 'failed', output: tooLateWords(part)};
  if (isOther && !('takesOver' in reply && reply.takesOver === claim)) {
    throw new ChatError('conflict', 'Another page runs it.', {retryable: false, details: {reason: 'claimed'}});
  }
  if ('output' in reply) return {...part, state: 'done', output: reply.output};
  if ('error' in reply) return {...part, state: 'failed', output: isTooLate ? tooLateWords(part) : reply.error};
  if (isTooLate) throw expired();
  const expiresAt = new Date(now + patience.page + grace).toISOString();
  return {...part, wait: {...part.wait, claim: reply.claim, expiresAt}};
}

function tooLateWords({wait}: {readonly wait: PageWait}): string {
  const {claim} = wait;
  const seconds = patience.page / 1000;
  return claim === undefined
    ? `No page ran it within ${seconds} s, so it was not done.`
    : `The page gave no result within ${seconds} s, so nobody knows whether it was done.`;
}

/** The answer after a stop: the functions of the page that it waits for do not run, or their results do not count. */
export function stopPageCalls(answer: Message): Message {
  const parts = answer.parts.map((part) =>
    isForPage(part) ? {...part, state: 'failed' as const, output: 'It was stopped.'} : part,
  );
  if (parts.some(isWaiting)) return {...answer, parts};
  return {...answer, parts, status: 'stopped', endReason: 'stopped'};
}

/** The tool runs again. */
function toReplied(part: ToolPart, reply: InputReply): ToolPart {
  return {...part, state: 'running', reply};
}

function toJudged(part: ToolPart, {approval, input, reason}: ApprovalReply): ToolPart {
  if (approval !== 'refused') {
    const edited = input !== undefined && {input};
    const {inputText, ...rest} = part;
    return {...rest, ...edited, ...(!edited && inputText !== undefined && {inputText}), state: 'running', approval};
  }
  return {...part, state: 'failed', approval, output: refusalText(reason)};
}

/** The sentence that the model reads if a person has refused a call. */
export function refusalText(reason: string | null | undefined): string {
  return reason ? `The person refused, and said: ${reason}` : 'The person refused.';
}
