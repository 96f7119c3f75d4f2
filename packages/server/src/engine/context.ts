/**
 * What of a conversation a model can read. A request that carries its own messages is checked and never shortened; a
 * stored chat is shortened to its instructions and its newest turns. Knows no stores and no models.
 */
import {ChatError} from '@chatlet/protocol';
import {countPromptTokens, estimatePromptTokens, promptBounds} from './count-tokens.ts';
import type {PromptMessage} from './provider.ts';

/** The window of a model, and how much of it the answer may need. */
export interface ContextWindow {
  /** Tokens of question and answer together; absent where nobody knows, and then everything fits. */
  readonly contextLength?: number | undefined;
  /** Tokens that the answer may have. */
  readonly maxTokens?: number | undefined;
}

/** The part of the window that is left for an answer whose length nobody limited. */
const defaultAnswerShare = 0.25;
/** The part of the window that an answer is given at most, so that some of the chat is left. */
const largestAnswerShare = 0.5;

/** What the model is told before a conversation; nothing where there is nothing to tell. */
export function instructionsOf(text: string | null | undefined): readonly PromptMessage[] {
  return text ? [{role: 'system', parts: [{type: 'text', text}]}] : [];
}

/**
 * Checks that a request fits, before anything is sent. Cheap for all but those at the edge, which are counted.
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
  // A full window leaves no room for even one token of an answer.
  if (requestLength >= contextLength) throw tooLong(contextLength, requestLength);
}

/**
 * The messages of a stored chat that fit, with room for the answer: every system message, and the newest turns. A
 * turn is a question with all that answers it, so a tool's result never comes without its call.
 * @throws ChatError `context-too-long` when the newest turn alone does not fit
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
  const turns = turnsOf(messages.filter(({role}) => role !== 'system'));
  let left = room - (await tokensOf(system));
  let kept = turns.length;
  while (kept > 0) {
    left -= await tokensOf(turns[kept - 1] ?? []);
    if (left < 0) break;
    kept--;
  }
  if (kept === turns.length) throw tooLong(contextLength, Math.max(room - left, estimatePromptTokens(messages)));
  return kept === 0 ? messages : [...system, ...turns.slice(kept).flat()];
}

/** The newest turns that have no more than so many messages together. */
export function newestTurns<Spoken extends Pick<PromptMessage, 'role'>>(
  messages: readonly Spoken[],
  most: number,
): readonly Spoken[] {
  const turns = turnsOf(messages);
  let count = 0;
  const first = turns.findLastIndex((turn) => (count += turn.length) > most) + 1;
  return turns.slice(first).flat();
}

/**
 * Counted, since tables and code have several times as many tokens as the guess says. Where the guess is higher it
 * stands: a model's own vocabulary may need some more than the one that counts here.
 */
async function tokensOf(messages: readonly PromptMessage[]): Promise<number> {
  return Math.max(estimatePromptTokens(messages), await countPromptTokens(messages));
}

/** Cut before every question. What stands before the first one is a turn of its own. */
function turnsOf<Spoken extends Pick<PromptMessage, 'role'>>(
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

function tooLong(maxLength: number, requestLength: number): ChatError {
  return new ChatError(
    'context-too-long',
    `The conversation has about ${requestLength} tokens; this model reads ${maxLength}.`,
    {details: {maxLength, requestLength}},
  );
}
