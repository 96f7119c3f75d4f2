/** Whether what an upstream says repeats what somebody wrote, so that no log holds it. Knows no upstream. */
import {type Part, inputTextOf} from '@chatlet/protocol';
import type {PromptMessage} from '../engine/provider.ts';

/** Words in a row that are no coincidence. */
const shortestQuote = 3;
/** Characters of a conversation that are looked through: a refusal must not cost more than an answer. */
const longestPrompt = 250_000;

/**
 * Whether a text has three words in a row of what was written, or all of something shorter. Where that cannot be known,
 * in a long conversation or one with a text file, it may.
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

/** What people, tools and models wrote in a part. */
function textsIn(part: Part): readonly string[] {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return [part.text];
    case 'tool':
      return [inputTextOf(part), JSON.stringify(part.output ?? '')];
    case 'file':
      // What an image shows nobody repeats in words, but perhaps its address.
      return [part.name ?? '', part.url.startsWith('data:') ? part.mediaType : part.url];
    case 'source':
      return [];
    default:
      part satisfies never;
      return [];
  }
}

/** Words in small letters, as they were before somebody wrote them into JSON. From Thai on, each letter is one. */
function normalizedWords(text: string): readonly string[] {
  const plain = text
    .replaceAll(/\\u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\+[nrt]/g, ' ');
  return plain.toLowerCase().match(/[\u{E00}-\u{10FFFF}]|[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function asPhrase(words: readonly string[]): string {
  return ` ${words.join(' ')} `;
}
