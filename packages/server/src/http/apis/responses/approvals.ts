/**
 * Answers to calls that wait for an approval: the items of type `mcp_approval_response` at the end of a request. The
 * calls are those of a stored response; what the client says about them does not count. Knows no HTTP.
 */
import {ChatError, type Part, type ToolPart} from '@chatlet/protocol';
import type {PromptMessage} from '../../../engine/provider.ts';
import type {Owner} from '../../../engine/store.ts';
import type {ToolReply} from '../../../engine/tool-waits.ts';
import type {WaitingAnswer} from '../../../engine/turns/ask.ts';
import {invalidField} from '../../request/body-fields.ts';
import {readItemId} from './ids.ts';
import type {ApprovalResponse, Item} from './items.ts';
import {type Conversation, type StoredResponses, isNotFound, noSuchItem, requestedCalls} from './stored-responses.ts';

export interface Approvals {
  readonly waiting: WaitingAnswer;
  /** The messages of the conversation, with the approved calls as calls that run now. */
  apply(messages: readonly PromptMessage[]): readonly PromptMessage[];
}

/**
 * Undefined if the request answers no call.
 * @throws ChatError `not-found`, `invalid-request`; `conflict` if the conversation has gone on behind the call
 */
export async function findApprovals(
  responses: StoredResponses,
  owner: Owner,
  {items, kept}: Conversation,
): Promise<Approvals | undefined> {
  const answers = answersIn(items, kept);
  const [first] = answers;
  if (!first) return undefined;
  const calls = await loadCalls(responses, owner, first);
  const byRequest = new Map<string, ApprovalResponse>();
  for (const answer of answers) {
    const {approval_request_id: id} = answer;
    if (!calls.requested.has(id)) throw invalid(`"${id}" is no call of the same response.`);
    if (byRequest.has(id)) throw invalid(`There are two answers to "${id}".`);
    byRequest.set(id, answer);
  }
  const forgotten = [...calls.requested.keys()].find((id) => !byRequest.has(id));
  if (forgotten !== undefined) throw invalid(`"${forgotten}" waits, too: answer all calls of a response together.`);
  return {
    waiting: {
      chatId: calls.responseId,
      answerId: calls.answerId,
      replies: [...byRequest].flatMap(([id, answer]) => {
        const call = calls.requested.get(id);
        return call ? [toReply(call, answer)] : [];
      }),
    },
    apply(messages) {
      const last = messages.at(-1);
      if (last?.role !== 'assistant' || ![...byRequest.keys()].every((id) => holds(last.parts, id))) {
        throw new ChatError('conflict', 'The conversation has gone on behind these calls.', {retryable: false});
      }
      const parts = last.parts.map((part) => {
        const call = part.type === 'tool' ? calls.requested.get(part.callId) : undefined;
        return part.type === 'tool' && call && byRequest.get(part.callId)?.approve ? toRunning(part, call) : part;
      });
      return [...messages.slice(0, -1), {...last, parts}];
    },
  };
}

/**
 * The answers at the end of the request. Those before other items were given earlier, and their calls have ended.
 * @throws ChatError `invalid-request` if a call is approved in the middle of the conversation and has no result
 */
function answersIn(items: readonly Item[], kept: number): readonly ApprovalResponse[] {
  const behind = items.findLastIndex(({type}) => type !== 'mcp_approval_response') + 1;
  const ended = new Set(items.map((item) => (item.type === 'mcp_call' ? item.approval_request_id : undefined)));
  for (const [index, item] of items.entries()) {
    if (index < kept || index >= behind || item.type !== 'mcp_approval_response') continue;
    if (item.approve && !ended.has(item.approval_request_id)) {
      throw invalidField('Answers to approval requests must be the last items', `input[${index - kept}]`);
    }
  }
  return items.slice(Math.max(behind, kept)).filter((item) => item.type === 'mcp_approval_response');
}

async function loadCalls(responses: StoredResponses, owner: Owner, {approval_request_id: id}: ApprovalResponse) {
  const place = readItemId(id);
  if (!place) throw noSuchItem(id);
  const found = await responses.load(owner, place.responseId).catch((error: unknown) => {
    throw isNotFound(error) ? noSuchItem(id) : error;
  });
  const requested = requestedCalls(found);
  if (!requested.has(id)) throw noSuchItem(id);
  return {responseId: place.responseId, answerId: found.answer.id, requested};
}

function toReply({callId}: ToolPart, {approve, reason}: ApprovalResponse): ToolReply {
  return {callId, approval: approve ? 'once' : 'refused', ...(!approve && reason != null && {reason})};
}

function holds(parts: readonly Part[], callId: string): boolean {
  return parts.some((part) => part.type === 'tool' && part.callId === callId);
}

/** The call as it waits, under the id of its request: what the client says about it may be something else. */
function toRunning({callId}: ToolPart, waiting: ToolPart): ToolPart {
  const {output: _, ...stored} = waiting;
  return {...stored, callId, state: 'running', approval: 'once'};
}

function invalid(sentence: string): ChatError {
  return new ChatError('invalid-request', sentence, {details: {param: 'input'}});
}
