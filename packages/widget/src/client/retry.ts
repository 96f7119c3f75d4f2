/** Decides how to ask again after a failure. Pure: knows no transport and asks nothing. */
import type {ConversationState} from './chat-state.ts';
import type {ChatRequest} from './transport.ts';

/**
 * - `open`: the chat could not be shown, so it is fetched again
 * - `resend`: the server may not have got the request, so the same one goes out again, under the same id
 * - `regenerate`: the server has the question, so it is asked for another answer
 */
export type Retry =
  | {readonly kind: 'open'; readonly chatId: string}
  | {readonly kind: 'resend'; readonly request: ChatRequest}
  | {readonly kind: 'regenerate'; readonly messageId: string};

/** Undefined if there is nothing to retry. `request` is the last one that was sent. */
export function decideRetry(state: ConversationState, request: ChatRequest | undefined): Retry | undefined {
  const {messages, status, problem, chatId} = state;
  if (problem && chatId !== undefined) return {kind: 'open', chatId};
  const answer = messages.at(-1);
  if (status !== 'idle' || answer?.role !== 'assistant' || answer.status === 'done' || answer.status === 'waiting')
    return undefined;
  // Before the first event of its answer, nothing shows that the server has the request.
  return request && answer.unsent ? {kind: 'resend', request} : {kind: 'regenerate', messageId: answer.id};
}
