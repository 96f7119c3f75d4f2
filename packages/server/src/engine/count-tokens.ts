/**
 * Counts tokens with a tokenizer, if an upstream sent no figures for an answer or if a prompt nearly fills a context
 * window. The vocabulary is OpenAI's newest. Other models count some percent differently, so these counts are marked as
 * estimates. The tokenizer is loaded at its first use, on another thread, which costs about 80 MB: a server with upstreams that
 * count never pays for it.
 */
import {existsSync} from 'node:fs';
import {inputTextOf} from '@chatlet/protocol';
import type {PromptMessage} from './provider.ts';
import {createTokenizerThread} from './tokenizer-thread.ts';

/**
 * Characters of a piece that is counted at once. A tokenizer takes quadratic time for one endless word, and anybody can
 * send one: 200 000 letters took 17 s. In pieces of this length they take 0.1 s. Ordinary text has spaces to cut at, so
 * its count stays the same.
 */
const pieceLength = 1024;

/** Characters of a text that are counted. From a longer text samples of this total length are counted. */
const sampledLength = 128 * 1024;

/** Tokens that an image or another file counts as, independent of its size. */
export const fileTokens = 800;
/** Tokens of a message besides its text: for its role, its beginning and its end. */
export const frameTokens = 4;

/** An installed package has the vocabulary in a file of its own; in the repository it is a dependency of development. */
const packedTokenizer = new URL('../../tokenizer/o200k_base.js', import.meta.url);

const tokenizer = createTokenizerThread({
  module: () =>
    existsSync(packedTokenizer) ? packedTokenizer.href : import.meta.resolve('gpt-tokenizer/encoding/o200k_base'),
});

/** Tokens of a text, or an estimate if the tokenizer fails. 10 MB take no longer than 128 kB. */
export async function countTokens(text: string): Promise<number> {
  if (text === '') return 0;
  // In a long text each counted piece stands for several: the pieces after it are skipped.
  const gap = Math.max(0, Math.ceil(text.length / sampledLength) - 1) * pieceLength;
  const pieces: string[] = [];
  let counted = 0;
  for (let from = 0; from < text.length; from += gap) {
    const end = findEndOfPiece(text, from);
    pieces.push(text.slice(from, end));
    counted += end - from;
    from = end;
  }
  const tokens = await tokenizer.count(pieces);
  return tokens === undefined ? estimateTokens(text) : Math.ceil((tokens * text.length) / counted);
}

/** The end of the piece that begins here: before a space if there is one, since tokens include the space before a word. */
function findEndOfPiece(text: string, from: number): number {
  const most = from + pieceLength;
  if (most >= text.length) return text.length;
  const space = text.lastIndexOf(' ', most);
  return space > from + pieceLength / 2 ? space : most;
}

/** Tokens of a prompt: its text, its tools' input and output, and a flat rate for each file. */
export async function countPromptTokens(messages: readonly PromptMessage[]): Promise<number> {
  const {text, flat} = gatherText(messages);
  return flat + (await countTokens(text));
}

/** Lower and upper bound of a text's tokens, found without a tokenizer. */
export interface TokenBounds {
  readonly least: number;
  readonly most: number;
}

/** No token is longer than this many bytes in the vocabularies in use. */
const longestTokenBytes = 128;

/**
 * Bounds that hold for the vocabularies in use: at most one token for each byte, at least one for each word. Cheap enough
 * for every request; only a limit between the bounds needs `countTokens`.
 */
export function tokenBounds(text: string): TokenBounds {
  const most = Buffer.byteLength(text);
  return {least: Math.max(countWords(text), Math.ceil(most / longestTokenBytes)), most};
}

/** Counts words with a letter of the English alphabet. A character that joins two parts (don’t, naïve) begins no word. */
function countWords(text: string): number {
  let words = 0;
  let place: 'between' | 'beginning' | 'counted' = 'between';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code >= 65 && code <= 90) || (code >= 97 && code <= 122)) {
      if (place !== 'counted') words++;
      place = 'counted';
    } else if (code >= 128) {
      if (place === 'between') place = 'beginning';
    } else if (code !== apostrophe || place === 'between') {
      place = 'between';
    }
  }
  return words;
}

const apostrophe = 39;

/** The bounds of a whole prompt. */
export function promptBounds(messages: readonly PromptMessage[]): TokenBounds {
  const {text, flat} = gatherText(messages);
  const {least, most} = tokenBounds(text);
  return {least, most: most + flat};
}

/** The text of a prompt for the tokenizer, and the flat number of tokens for everything else. */
function gatherText(messages: readonly PromptMessage[]): {text: string; flat: number} {
  const texts: string[] = [];
  let flat = 0;
  for (const {parts} of messages) {
    flat += frameTokens;
    for (const part of parts) {
      if (part.type === 'text') texts.push(part.text);
      else if (part.type === 'file') flat += fileTokens;
      else if (part.type === 'tool') texts.push(part.name, inputTextOf(part), JSON.stringify(part.output ?? null));
    }
  }
  return {text: texts.join('\n'), flat};
}

/** An estimate without a tokenizer, a little high for English: four Latin characters a token, other scripts one. */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x2ff) wide++;
  return Math.ceil((text.length - wide) / 4 + wide);
}

/** The estimate for a whole prompt. */
export function estimatePromptTokens(messages: readonly PromptMessage[]): number {
  const {text, flat} = gatherText(messages);
  return flat + estimateTokens(text);
}
