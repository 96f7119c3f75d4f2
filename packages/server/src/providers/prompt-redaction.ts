/** Tells whether an upstream's error quotes the prompt, so that it is redacted before it is logged. */
import {type Part, inputTextOf} from '@chatlet/protocol';
import type {PromptMessage} from '../engine/provider.ts';

/** So many equal words in a row are no coincidence. */
const shortestQuote = 3;
/** Characters of the longest prompt that is searched: a refusal must not cost more than an answer. */
const longestPrompt = 250_000;

/**
 * Whether a text quotes three words in a row of the prompt, or all of a part that is shorter. If the prompt is too long
 * to be searched, or has a text file, the answer is yes.
 */
export function mayQuotePrompt(text: string, messages: readonly PromptMessage[]): boolean {
  const parts = messages.flatMap((message) => message.parts);
  if (parts.some((part) => part.type === 'file' && part.mediaType.startsWith('text/'))) return true;
  const written = parts.flatMap(textsIn);
  if (written.reduce((sum, {length}) => sum + length, 0) > longestPrompt) return true;
  const said = normalizedWords(text);
  const runs = said.slice(shortestQuote - 1).map((_, at) => asPhrase(said.slice(at, at + shortestQuote)));
  return written.some((piece) => {
    const words = normalizedWords(piece);
    if (words.length < shortestQuote) return words.length > 0 && asPhrase(said).includes(asPhrase(words));
    const row = asPhrase(words);
    return runs.some((each) => row.includes(each));
  });
}

/** The texts in a part that people, tools and models wrote. */
function textsIn(part: Part): readonly string[] {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return [part.text];
    case 'tool':
      return [inputTextOf(part), JSON.stringify(part.output ?? '')];
    case 'file':
      // An error cannot quote what is in an image, but perhaps its address.
      return [part.name ?? '', part.url.startsWith('data:') ? part.mediaType : part.url];
    case 'source':
      return [];
    default:
      part satisfies never;
      return [];
  }
}

/** Words in lower case, with JSON escapes undone. From Thai on in Unicode, each letter counts as a word. */
function normalizedWords(text: string): readonly string[] {
  const plain = text
    .replaceAll(/\\u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\+[nrt]/g, ' ');
  return plain.toLowerCase().match(/[\u{E00}-\u{10FFFF}]|[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function asPhrase(words: readonly string[]): string {
  return ` ${words.join(' ')} `;
}
