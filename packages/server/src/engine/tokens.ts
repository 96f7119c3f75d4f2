/** A guess at how many tokens a text has, for where nobody counted. Errs a little high on English. */
import type {PromptMessage} from './provider.ts';

/** Code points beyond Latin take about a token each, the rest about one for four. */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x2ff) wide++;
  return Math.ceil((text.length - wide) / 4 + wide);
}

/** An image counts as this many whatever its size. */
const tokensOfFile = 800;
/** What a message costs besides its words. */
const tokensOfFrame = 4;

export function estimatePromptTokens(messages: readonly PromptMessage[]): number {
  let tokens = 0;
  for (const message of messages) {
    tokens += tokensOfFrame;
    for (const part of message.parts) {
      if (part.type === 'text') tokens += estimateTokens(part.text);
      else if (part.type === 'file') tokens += tokensOfFile;
      else if (part.type === 'tool') tokens += estimateTokens(JSON.stringify([part.input, part.output ?? null]));
    }
  }
  return tokens;
}
