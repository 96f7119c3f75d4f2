/**
 * Replies to calls that wait, for backends that take them with a question of its own: kept with their calls, and sent when
 * the last one is there. Few pages need it, so its code is fetched then. Changes the state of a conversation by its `set`.
 */
import {ChatError, isCall, isWaiting} from '@chatlet/protocol';
import type {Json, Part, ToolPart} from '@chatlet/protocol';
import type {ShownMessage} from './chat-state.ts';
import {omitUndefined} from './omit-undefined.ts';
import type {ChatRequest, ToolReply, WaitingCall} from './transport.ts';
import type {TurnConversation} from './turn.ts';

/**
 * Keeps a reply until all calls of the answer have one, and then lets the backend go on with them.
 * @throws ChatError `conflict` if the call does not wait any more
 */
export function keepReply(conversation: TurnConversation, {messageId, callId}: WaitingCall, reply: ToolReply): void {
  const {messages, status, chatId, model} = conversation.getState();
  const answer = messages.at(-1);
  const call = answer?.parts.find((part) => isCall(part, callId));
  const isWanted = status === 'idle' && answer?.id === messageId && call && isWaiting(call);
  // An end that cannot be read is none.
  if (!isWanted || Date.parse(call.wait?.expiresAt ?? '') < conversation.now()) throw new ChatError('conflict');
  const parts = answer.parts.map((part) => (part === call ? withReply(call, reply) : part));
  if (parts.some(isWaiting)) {
    conversation.set({messages: conversation.withAnswer({...answer, parts})});
    return;
  }
  const before = messages.slice(0, -1);
  const goingOn: ShownMessage = {...answer, parts, status: 'answering', unsent: true};
  const sent = [...conversation.instructions, ...before.filter(({unsent}) => !unsent), goingOn];
  const request: ChatRequest = {trigger: 'continue', messages: sent, ...omitUndefined({chatId, model})};
  void goOn(conversation, request, {before, answer: goingOn});
}

async function goOn(
  conversation: TurnConversation,
  request: ChatRequest,
  shown: {readonly before: readonly ShownMessage[]; readonly answer: ShownMessage},
): Promise<void> {
  const answer = await conversation.run({request}, shown);
  if (answer) conversation.set({messages: conversation.withAnswer(withTakenReplies(answer))});
}

function withReply(call: ToolPart, reply: ToolReply): ToolPart {
  const kept = reply as Json;
  if ('approval' in reply) {
    const {approval, input = call.input} = reply;
    return {...call, state: approval === 'refused' ? 'failed' : 'running', approval, input, kept};
  }
  if (!('action' in reply)) return call;
  return {...call, state: reply.action === 'accept' ? 'running' : 'failed', reply, kept};
}

/** An agent that went on to its end has taken the replies, although it may have no result to tell. */
function withTakenReplies(answer: ShownMessage): ShownMessage {
  const isTaken = (part: Part): part is ToolPart =>
    part.type === 'tool' && part.state === 'running' && part.kept !== undefined;
  const hasGoneOn = answer.status === 'done' || answer.status === 'waiting';
  if (!hasGoneOn || !answer.parts.some(isTaken)) return answer;
  return {...answer, parts: answer.parts.map((part) => (isTaken(part) ? {...part, state: 'done'} : part))};
}
