/**
 * Counts tokens with a tokenizer, for answers whose upstream sent no figures and for prompts at the edge of a context
 * window. The vocabulary is OpenAI's newest; another model's own count differs by some percent, so what comes from
 * here is marked as an estimate. The tokenizer is loaded at its first use: about 0.2 s and 80 MB that a server whose
 * upstreams count never pays.
 */
import {inputTextOf} from '@chatlet/protocol';
import type {PromptMessage} from './provider.ts';

/**
 * A tokenizer takes quadratic time on one endless word, and anybody can send one: 200 000 letters took 17 s.
 * In pieces of this length they take 0.1 s, and ordinary text, which has spaces to cut at, counts the same.
 */
const pieceLength = 1024;

/** Characters of one text that are counted one by one; of a longer text this many, spread over it, stand for all. */
const countedLength = 128 * 1024;

/** Characters between two rests in which other streams get their turn. */
const restAfter = 16 * 1024;

/** An image or another file counts as this many whatever its size. */
export const tokensOfFile = 800;
/** What a message costs besides its words: who says it, where it begins and ends. */
export const tokensOfFrame = 4;

type Count = (text: string) => number;

let loading: Promise<Count> | undefined;

function tokenizer(): Promise<Count> {
  loading ??= import('gpt-tokenizer/encoding/o200k_base').then(({countTokens: count, setMergeCacheSize}) => {
    // The words it remembers would otherwise grow to a hundred thousand.
    setMergeCacheSize(10_000);
    // `<|endoftext|>` in what somebody wrote is text like any other.
    return (text) => count(text, {disallowedSpecial: new Set()});
  });
  return loading;
}

/** Tokens of a text. Other work gets its turn in between; 10 MB take no longer than 128 kB. */
export async function countTokens(text: string): Promise<number> {
  if (text === '') return 0;
  const count = await tokenizer();
  // Of what is too long for that, every piece stands for several.
  const gap = Math.max(0, Math.ceil(text.length / countedLength) - 1) * pieceLength;
  let tokens = 0;
  let counted = 0;
  let untilRest = restAfter;
  for (let from = 0; from < text.length; from += gap) {
    const end = endOfPiece(text, from);
    tokens += count(text.slice(from, end));
    counted += end - from;
    untilRest -= end - from;
    from = end;
    if (untilRest <= 0) {
      await rest();
      untilRest = restAfter;
    }
  }
  return Math.ceil((tokens * text.length) / counted);
}

/** Where the piece ends that begins here: before a space where there is one, since words carry the space before them. */
function endOfPiece(text: string, from: number): number {
  const most = from + pieceLength;
  if (most >= text.length) return text.length;
  const space = text.lastIndexOf(' ', most);
  return space > from + pieceLength / 2 ? space : most;
}

/** Tokens of a prompt: its words, its tools' input and output, its files at a flat rate. */
export async function countPromptTokens(messages: readonly PromptMessage[]): Promise<number> {
  const {text, flat} = wordsOf(messages);
  return flat + (await countTokens(text));
}

/** Between how many tokens a text surely has, without a tokenizer. */
export interface TokenBounds {
  readonly least: number;
  readonly most: number;
}

/** No token is longer than this many bytes in the vocabularies in use. */
const longestToken = 128;

/**
 * Bounds that hold for the vocabularies in use: at most a token for each byte, at least one for each word. Cheap
 * enough for every request; only what lies between needs `countTokens`.
 */
export function tokenBounds(text: string): TokenBounds {
  const most = Buffer.byteLength(text);
  return {least: Math.max(wordsIn(text), Math.ceil(most / longestToken)), most};
}

/** Runs with a letter of the English alphabet in them. What joins such a run (don’t, naïve) does not begin another. */
function wordsIn(text: string): number {
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
  const {text, flat} = wordsOf(messages);
  const {least, most} = tokenBounds(text);
  return {least, most: most + flat};
}

/** All that a tokenizer would read of a prompt, and the tokens of what it would not. */
function wordsOf(messages: readonly PromptMessage[]): {text: string; flat: number} {
  const words: string[] = [];
  let flat = 0;
  for (const {parts} of messages) {
    flat += tokensOfFrame;
    for (const part of parts) {
      if (part.type === 'text') words.push(part.text);
      else if (part.type === 'file') flat += tokensOfFile;
      else if (part.type === 'tool') words.push(part.name, inputTextOf(part), JSON.stringify(part.output ?? null));
    }
  }
  return {text: words.join('\n'), flat};
}

function rest(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A guess without a tokenizer, a little high on English: beyond Latin a token each character, else one for four. */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x2ff) wide++;
  return Math.ceil((text.length - wide) / 4 + wide);
}

/** The guess for a whole prompt. */
export function estimatePromptTokens(messages: readonly PromptMessage[]): number {
  const {text, flat} = wordsOf(messages);
  return flat + estimateTokens(text);
}
