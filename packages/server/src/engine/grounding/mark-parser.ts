/**
 * Finds the marks in a model's text while it streams: `[[2: "words of passage 2"]]`. Whatever else stands in double
 * brackets is text. However the stream is cut, the pieces are the same. Pure; knows no passages.
 */

/** A piece of text, or a mark behind the text so far. Blank text before a mark belongs to the mark. */
export type Piece = {readonly type: 'text'; readonly text: string} | Mark;

export interface Mark {
  readonly type: 'mark';
  /** The passage's number. */
  readonly number: number;
  /** The words that the model quotes; empty if it quotes none. */
  readonly quote: string;
}

export interface MarkParser {
  /** The pieces that are certain now. The parser holds back a possible beginning of a mark. */
  push(text: string): readonly Piece[];
  /** The rest of the text so far. Half of a mark is left out. */
  end(): readonly Piece[];
}

/** Characters after which something that began like a mark is text. */
const longestMark = 2_000;
/** Characters of blank text that are held back. */
const longestBlank = 100;

export function createMarkParser(): MarkParser {
  let held = '';
  /** The last character of the text so far; empty after a mark. */
  let before = '';

  const toText = (length: number): readonly Piece[] => {
    const text = held.slice(0, length);
    held = held.slice(length);
    if (text === '') return [];
    before = text.slice(-1);
    return [{type: 'text', text}];
  };

  return {
    push(text) {
      held += text;
      const pieces: Piece[] = [];
      for (;;) {
        const begin = held.indexOf('[[');
        if (begin < 0) {
          pieces.push(...toText(held.length - lengthOfBlank(held, /\[?$/u)));
          return pieces;
        }
        const blank = lengthOfBlank(held.slice(0, begin));
        pieces.push(...toText(begin - blank));
        const isIndex = blank === 0 && /[\p{L}\p{N}_)\]]/u.test(before);
        const read = readMark(held.slice(blank), {isIndex});
        if (read === 'incomplete') return pieces;
        if (read === 'text') {
          pieces.push(...toText(blank + 1));
          continue;
        }
        held = held.slice(blank + read.length);
        before = '';
        pieces.push(read.mark);
      }
    },
    end() {
      if (/^\s*\[\[\s*(?:\d{1,3}\s*(?::.*)?)?$/su.test(held)) held = '';
      return toText(held.length);
    },
  };
}

/** Characters of the blank text at the end, together with a match of `after` behind it. */
function lengthOfBlank(text: string, after: RegExp = /$/u): number {
  const end = text.length - (after.exec(text)?.[0].length ?? 0);
  let begin = end;
  while (begin > end - longestBlank && /\s/u.test(text.charAt(begin - 1))) begin -= 1;
  return text.length - begin;
}

const quotationMarks = `"“”„«»‹›「」『』'‘’‚\``;
const opening = new RegExp(`^[${quotationMarks}]`, 'u');
const closing = new RegExp(`[${quotationMarks}]\\s{0,3}\\]\\]`, 'u');

/** Reads the mark at the beginning of a text that begins with `[[`. */
function readMark(
  text: string,
  {isIndex}: {readonly isIndex: boolean},
): {readonly mark: Mark; readonly length: number} | 'incomplete' | 'text' {
  const numbered = /^\[\[\s{0,3}(?:(\d{1,3})\s{0,3})?/u.exec(text);
  const head = numbered?.[0].length ?? 0;
  const rest = text.slice(head);
  if (rest === '') return 'incomplete';
  const number = Number(numbered?.[1] ?? Number.NaN);
  if (Number.isNaN(number)) return 'text';
  const toMark = (words: string, length: number) => {
    const quote = words
      .trim()
      .replace(opening, '')
      .replace(new RegExp(`[${quotationMarks}]$`, 'u'), '')
      .trim();
    return {mark: {type: 'mark', number, quote} as const, length};
  };
  if (rest.startsWith(']')) {
    if (rest === ']') return isIndex ? 'text' : 'incomplete';
    // In code this is an index: `x[[1]]`.
    return rest.startsWith(']]') && !isIndex ? toMark('', head + 2) : 'text';
  }
  const gap = /^:\s{0,3}/u.exec(rest)?.[0].length;
  if (gap === undefined) return 'text';
  const words = rest.slice(gap);
  if (words === '') return 'incomplete';
  const end = words.indexOf(']]');
  if (!opening.test(words)) {
    const line = words.search(/\n/u);
    const isOver = line >= 0 && (end < 0 || line < end);
    if (isIndex || isOver) return 'text';
    if (end >= 0) return toMark(words.slice(0, end), head + gap + end + 2);
    return words.length > longestMark ? 'text' : 'incomplete';
  }
  const closed = closing.exec(words.slice(1, longestMark));
  if (closed) {
    const length = 1 + closed.index + closed[0].length;
    return toMark(words.slice(0, length).replace(/\]\]$/u, ''), head + gap + length);
  }
  if (words.length <= longestMark) return 'incomplete';
  // Its last quotation mark is missing.
  return end >= 0 && end < longestMark ? toMark(words.slice(0, end), head + gap + end + 2) : 'text';
}
