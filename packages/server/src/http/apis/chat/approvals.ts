/**
 * Answers to calls that wait, as `useChat` of AI SDK 6 and later sends them: the chat again, with the approvals in its
 * last message. They count only for calls of ours that wait; all else in that message is ignored.
 */
import {ChatError, type ChatEvent, type Message, isObject} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../../../check.ts';
import type {Owner} from '../../../engine/store.ts';
import type {ToolReply} from '../../../engine/tool-waits.ts';
import type {ReadableTurn} from '../../../engine/turns/readable-turn.ts';
import {partEvents} from '../../../engine/turns/replay.ts';
import type {Asking, ToolAnswered, Turns} from '../../../engine/turns/turns.ts';
import {callIdField, chatNameField, nameField} from '../../request/body-fields.ts';

export interface SentReplies {
  /** Our id or the client's own name. */
  readonly chatName: string;
  readonly replies: readonly ToolReply[];
}

const answeredPart = z.object({
  state: z.literal('approval-responded'),
  toolCallId: callIdField,
  approval: z.object({approved: z.boolean(), reason: z.string().max(2000).nullish()}),
});

const answeredBody = z.object({
  id: chatNameField.nullish(),
  chatId: chatNameField.nullish(),
  messages: z.array(z.unknown()),
});

const answeredMessage = z.object({
  id: nameField.nullish(),
  role: z.literal('assistant'),
  parts: z.array(z.unknown()).max(1000),
});

/**
 * Undefined if the last message has no approvals.
 * @throws ChatError `invalid-request`
 */
export function parseApprovals(body: unknown): SentReplies | undefined {
  if (!isObject(body) || body['trigger'] === 'regenerate-message') return undefined;
  const sent = answeredBody.safeParse(body).data;
  const last = answeredMessage.safeParse(sent?.messages.at(-1)).data;
  const parts = last?.parts.filter((part) => isObject(part) && part['state'] === 'approval-responded') ?? [];
  const chatName = sent?.chatId ?? sent?.id;
  if (!last || !chatName || parts.length === 0) return undefined;
  const replies = parts.map((part): ToolReply => {
    const {toolCallId: callId, approval} = check(answeredPart, part);
    const {approved, reason} = approval;
    return {
      callId,
      ...(last.id && {messageId: last.id}),
      approval: approved ? 'once' : 'refused',
      ...(!approved && reason && {reason}),
    };
  });
  return {chatName, replies};
}

interface Replying {
  readonly owner: Owner;
  readonly chatId: string;
  readonly replies: readonly ToolReply[];
  readonly asker: Asking;
}

/**
 * Takes the replies, and gives what the page has not: the results of refused calls, and the rest of the answer. Of
 * several calls some may have been answered before.
 * @throws ChatError `conflict` if none of the calls waits any more; `invalid-request` if nobody has asked for one of them;
 *   whatever else fails on the server's side, so that no reply is lost silently
 */
export async function answerCalls(
  turns: Pick<Turns, 'answerTool' | 'find'>,
  {owner, chatId, replies, asker}: Replying,
): Promise<ReadableTurn> {
  let answered: ToolAnswered | undefined;
  let refusal: unknown;
  for (const reply of replies) {
    try {
      answered = await turns.answerTool(owner, chatId, reply, asker);
    } catch (error) {
      if (!(error instanceof ChatError) || error.status >= 500) throw error;
      if (isUnknown(error)) throw new ChatError('invalid-request', 'Nobody asked whether this call may run.');
      refusal ??= error;
    }
  }
  if (!answered) throw refusal;
  const {answer, goesOn} = answered;
  const {id: answerId, createdAt, model = ''} = answer;
  const known = [
    {type: 'message-start', messageId: answerId, chatId, model} as const,
    ...repliesIn(answer, new Set(replies.map(({callId}) => callId))),
  ];
  const turn = goesOn ? await turns.find(owner, chatId, {recent: true}) : undefined;
  return {
    chatId,
    answerId,
    hasPast: true,
    createdAt,
    model,
    async *read(_, options) {
      if (!turn) {
        yield {first: 1, events: [...known, {type: 'message-end', reason: 'tool-calls'}]};
        return;
      }
      yield {first: 1, events: known};
      // The stream of an answer that goes on begins anew, with its start and with all parts that the page has.
      yield* turn.read(1 + partEvents(answer).length, options);
    },
  };
}

function repliesIn(answer: Message, callIds: ReadonlySet<string>): readonly ChatEvent[] {
  return partEvents(answer).filter(
    (event) => (event.type === 'tool-approval' || event.type === 'tool-result') && callIds.has(event.callId),
  );
}

function isUnknown({details}: ChatError): boolean {
  return details?.['reason'] === 'unknown';
}
