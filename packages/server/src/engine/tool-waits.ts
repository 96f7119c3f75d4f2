/**
 * Calls that wait for a person: whether one must wait, and what an answer makes of it. Pure, so that a call is answered
 * once however many tabs and requests try. Knows no store and no HTTP.
 */
import {hash} from 'node:crypto';
import {
  ChatError,
  type Json,
  type Message,
  type ToolApproval,
  type ToolPart,
  type ToolWait,
  isCall,
  isWaiting,
} from '@chatlet/protocol';
import type {Tool} from './tool.ts';

/** A person's answer to a call that waits. */
export interface ToolReply {
  readonly callId: string;
  /** The answer that the person has seen: upstreams may give calls of two answers the same id. */
  readonly messageId?: string;
  readonly approval: ToolApproval;
  /** Input in place of the model's. */
  readonly input?: Json;
  /** Words for the model, with a refusal. */
  readonly reason?: string;
}

/** Milliseconds that a call waits for an answer. */
const patience = 24 * 60 * 60 * 1000;

/** The tool's definition as a person has seen it when it was approved; another one must be approved anew. */
export function definitionOf({name, description, inputSchema, annotations}: Tool): string {
  return hash('sha256', JSON.stringify([name, description, inputSchema, annotations]), 'base64url').slice(0, 22);
}

export function toWait(tool: Tool, now: number): ToolWait {
  return {
    ask: 'approval',
    definition: definitionOf(tool),
    expiresAt: new Date(now + patience).toISOString(),
    ...(tool.annotations?.destructiveHint === true && {destructive: true}),
  };
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
 * @throws ChatError `conflict`
 */
export function applyReply(answer: Message, reply: ToolReply, now: number): Message {
  const waiting = findWaiting(answer, reply.callId, now);
  const parts = answer.parts.map((part) => (part === waiting ? toAnswered(waiting, reply) : part));
  if (parts.some(isWaiting)) return {...answer, parts};
  const {endReason: _, ...rest} = answer;
  return {...rest, parts, status: 'answering'};
}

function toAnswered(part: ToolPart, {approval, input, reason}: ToolReply): ToolPart {
  if (approval !== 'refused') {
    const edited = input !== undefined && {input};
    const {inputText, ...rest} = part;
    return {...rest, ...edited, ...(!edited && inputText !== undefined && {inputText}), state: 'running', approval};
  }
  const output = reason ? `The person refused, and said: ${reason}` : 'The person refused.';
  return {...part, state: 'failed', approval, output};
}
