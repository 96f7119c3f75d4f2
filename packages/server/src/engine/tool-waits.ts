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
  isWaiting,
} from '@chatlet/protocol';
import {checkForm, toForm} from './form.ts';
import type {Tool, ToolQuestion} from './tool.ts';

/** An answer to a call that waits. */
export type ToolReply = {
  readonly callId: string;
  /** The answer that the person has seen: upstreams may give calls of two answers the same id. */
  readonly messageId?: string;
} & ToolAnswer;

export type ToolAnswer = ApprovalReply | ActionReply | OutputReply;

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
type OutputReply = {readonly output: Json} | {readonly error: string};

const day = 24 * 60 * 60 * 1000;
/** Milliseconds that a call waits for an answer. */
const patience: Readonly<Record<ToolWait['ask'], number>> = {
  approval: day,
  form: day,
  url: day,
  page: 60_000,
  person: day,
};

/** The tool's definition as a person has seen it when it was approved; another one must be approved anew. */
export function definitionOf({name, description, inputSchema, annotations}: Tool): string {
  return hash('sha256', JSON.stringify([name, description, inputSchema, annotations]), 'base64url').slice(0, 22);
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
function findWaiting(answer: Message, callId: string, now: number): ToolPart {
  const part = answer.parts.find((each) => isCall(each, callId));
  if (!part?.wait) throw noSuchWait();
  if (!isWaiting(part)) {
    throw new ChatError('conflict', 'This was answered already.', {retryable: false, details: {reason: 'answered'}});
  }
  if (Date.parse(part.wait.expiresAt) <= now) {
    throw new ChatError('conflict', 'Nobody answered in time, so it was not done.', {
      retryable: false,
      details: {reason: 'expired'},
    });
  }
  return part;
}

/**
 * The answer after the reply: an allowed call may run, a refused one has failed. It is being written again if no other
 * call waits.
 * @throws ChatError `conflict`; `invalid-request` if the reply does not fit the question, which then still waits
 */
export function applyReply(answer: Message, reply: ToolReply, now: number): Message {
  const waiting = findWaiting(answer, reply.callId, now);
  const parts = answer.parts.map((part) => (part === waiting ? toAnswered(waiting, reply) : part));
  if (parts.some(isWaiting)) return {...answer, parts};
  const {endReason: _, ...rest} = answer;
  return {...rest, parts, status: 'answering'};
}

function toAnswered(part: ToolPart, reply: ToolAnswer): ToolPart {
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
  page: '`output` or `error`',
  person: '`output` or `error`',
};

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
  const output = reason ? `The person refused, and said: ${reason}` : 'The person refused.';
  return {...part, state: 'failed', approval, output};
}
