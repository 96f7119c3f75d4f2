/**
 * Fits a conversation into the context window of a model. A request that carries its own messages is checked and never
 * truncated; a stored chat is truncated to its instructions and its newest turns. Knows no store and no model.
 */
import {ChatError} from '@chatlet/protocol';
import {countPromptTokens, estimatePromptTokens, promptBounds} from './count-tokens.ts';
import type {PromptMessage} from './provider.ts';

/** The context window of a model, and the part of it that the answer may need. */
export interface ContextWindow {
  /** Tokens of prompt and answer together. Absent if nobody knows it; then everything fits. */
  readonly contextLength?: number | undefined;
  /** Tokens that the answer may have. */
  readonly maxTokens?: number | undefined;
}

/** The part of the window that is left for the answer if nobody limited its length. */
const defaultAnswerShare = 0.25;
/** The largest part of the window for an answer, so that some room is left for the chat. */
const largestAnswerShare = 0.5;

/** The instructions before a conversation as a message; no message if there are none. */
export function toInstructions(text: string | null | undefined): readonly PromptMessage[] {
  return text ? [{role: 'system', parts: [{type: 'text', text}]}] : [];
}

/**
 * Checks that a request fits, before anything is sent. Counts tokens only if a cheap bound does not decide.
 * @throws ChatError `context-too-long` with `maxLength` and `requestLength` in tokens
 */
export async function checkContext(
  messages: readonly PromptMessage[],
  {contextLength}: Pick<ContextWindow, 'contextLength'>,
): Promise<void> {
  if (contextLength === undefined) return;
  const {least, most} = promptBounds(messages);
  if (most < contextLength) return;
  const requestLength =
    least >= contextLength ? Math.max(least, estimatePromptTokens(messages)) : await countPromptTokens(messages);
  // A prompt that fills the window leaves no room for even one token of an answer.
  if (requestLength >= contextLength) throw contextTooLong(contextLength, requestLength);
}

/**
 * The messages of a stored chat that fit, with room for the answer: every system message, and the newest turns. A turn
 * is a question with all its answers, so a tool's result never comes without its call.
 * @throws ChatError `context-too-long` if not even the newest turn fits
 */
export async function fitContext(
  messages: readonly PromptMessage[],
  {contextLength, maxTokens}: ContextWindow,
): Promise<readonly PromptMessage[]> {
  if (contextLength === undefined) return messages;
  const answer = Math.min(maxTokens ?? contextLength * defaultAnswerShare, contextLength * largestAnswerShare);
  const room = Math.floor(contextLength - answer);
  // A short chat needs no tokenizer.
  if (promptBounds(messages).most <= room) return messages;

  const system = messages.filter(({role}) => role === 'system');
  const turns = splitIntoTurns(messages.filter(({role}) => role !== 'system'));
  let left = room - (await countCautiously(system));
  let kept = turns.length;
  while (kept > 0) {
    left -= await countCautiously(turns[kept - 1] ?? []);
    if (left < 0) break;
    kept--;
  }
  if (kept === turns.length) throw contextTooLong(contextLength, Math.max(room - left, estimatePromptTokens(messages)));
  return kept === 0 ? messages : [...system, ...turns.slice(kept).flat()];
}

/** The newest turns with at most this many messages together. */
export function newestTurns<Spoken extends Pick<PromptMessage, 'role'>>(
  messages: readonly Spoken[],
  most: number,
): readonly Spoken[] {
  const turns = splitIntoTurns(messages);
  let count = 0;
  const first = turns.findLastIndex((turn) => (count += turn.length) > most) + 1;
  return turns.slice(first).flat();
}

/**
 * The larger of count and estimate. Tables and code have several times as many tokens as the estimate says. But a
 * model's own vocabulary may need some more tokens than the tokenizer here counts.
 */
async function countCautiously(messages: readonly PromptMessage[]): Promise<number> {
  return Math.max(estimatePromptTokens(messages), await countPromptTokens(messages));
}

/** Splits before every question. Messages before the first question are a turn of their own. */
function splitIntoTurns<Spoken extends Pick<PromptMessage, 'role'>>(
  messages: readonly Spoken[],
): readonly (readonly Spoken[])[] {
  const turns: Spoken[][] = [];
  for (const message of messages) {
    const turn = turns.at(-1);
    if (turn && message.role !== 'user') turn.push(message);
    else turns.push([message]);
  }
  return turns;
}

function contextTooLong(maxLength: number, requestLength: number): ChatError {
  return new ChatError(
    'context-too-long',
    `The conversation has about ${requestLength} tokens; this model reads ${maxLength}.`,
    {details: {maxLength, requestLength}},
  );
}
