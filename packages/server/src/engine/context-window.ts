/** Cuts a conversation so that the model can read it: the instructions and the newest turns stay. */
import {ChatError} from '@chatlet/protocol';
import type {PromptMessage} from './provider.ts';
import {estimatePromptTokens} from './tokens.ts';

/** The part of the window that is left for the answer. */
const answerShare = 0.25;

/**
 * The messages that fit into `contextLength` tokens with room for an answer. System messages always stay; of the
 * others the newest, beginning with a question. Without a known length everything stays.
 * @throws ChatError `context-too-long` when the last question alone does not fit
 */
export function fitContextWindow(
  messages: readonly PromptMessage[],
  contextLength: number | undefined,
): readonly PromptMessage[] {
  if (contextLength === undefined) return messages;
  const room = Math.floor(contextLength * (1 - answerShare));
  const total = estimatePromptTokens(messages);
  if (total <= room) return messages;

  const system = messages.filter((message) => message.role === 'system');
  const turns = messages.filter((message) => message.role !== 'system');
  let left = room - estimatePromptTokens(system);
  let from = turns.length;
  for (let index = turns.length - 1; index >= 0; index--) {
    left -= estimatePromptTokens(turns.slice(index, index + 1));
    if (left < 0) break;
    if (turns[index]?.role === 'user') from = index;
  }
  if (from === turns.length) {
    throw new ChatError('context-too-long', undefined, {details: {maxLength: contextLength, requestLength: total}});
  }
  return [...system, ...turns.slice(from)];
}
