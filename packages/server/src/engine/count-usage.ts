/** Counts the tokens of an answer and of its question if the upstream does not tell them. */
import {type Message, type UsageEvent, inputTextOf, textOf} from '@chatlet/protocol';
import {countPromptTokens, countTokens, estimatePromptTokens, estimateTokens} from './count-tokens.ts';
import type {PromptMessage} from './provider.ts';

/**
 * Characters up to which an answer is counted. A model that writes more does not stop by itself, and a tokenizer would
 * need much memory for it, so its tokens are estimated.
 */
const countedLength = 500_000;

/** Keeps the upstream's figure for the question if there is one. */
export async function countUsage(messages: readonly PromptMessage[], answer: Message): Promise<UsageEvent> {
  const written = textOfCompletion(answer);
  const [promptTokens, completionTokens] =
    written.length > countedLength
      ? [estimatePromptTokens(messages), estimateTokens(written)]
      : await Promise.all([countPromptTokens(messages), countTokens(written)]);
  return {type: 'usage', promptTokens: answer.usage?.promptTokens || promptTokens, completionTokens, estimated: true};
}

/** Everything that the model wrote: completion tokens include thoughts and tool calls. */
function textOfCompletion(answer: Message): string {
  let text = textOf(answer);
  for (const part of answer.parts) {
    if (part.type === 'reasoning') text += part.text;
    else if (part.type === 'tool') text += inputTextOf(part);
  }
  return text;
}
