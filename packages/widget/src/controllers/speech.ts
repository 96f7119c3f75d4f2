/** Turns Markdown into speech for screen readers: whole sentences without marks, and code by name alone. Pure. */

export interface SpeechOptions {
  /** The position in the text at which to begin. */
  readonly from: number;
  /** The text has ended, so its rest counts even if no full stop ends it. */
  readonly complete: boolean;
  /** Says that there is a block of code. */
  readonly code: string;
}

/**
 * A sentence ends at a punctuation mark before white space (the Chinese and Japanese marks need none), at the end of a
 * paragraph, and before a list item or a table's row. The full stop of a list's number ends none.
 */
const sentenceEnd =
  /(?<!^[ \t]*\d{1,9})[.!?…؟][)"'’”*_`]*(?=\s)|[。！？][)”’」』）*_`]*(?=[^)”’」』）*_`])|\n(?=\s*\n|\s*[-*+] |\s*\d+[.)] |#|\s*\|)/gm;
const fence = /^ {0,3}(`{3,}|~{3,})/m;

/** Returns the whole sentences after `from`, and the position after the last of them. */
export function toSpeech(markdown: string, options: SpeechOptions): {sentences: readonly string[]; end: number} {
  let end = options.from;
  let speech = '';
  for (;;) {
    const rest = markdown.slice(end);
    const opening = fence.exec(rest);
    const words = opening ? rest.slice(0, opening.index) : rest;
    if (!opening) {
      const length = options.complete ? words.length : (findSentenceEnds(words).at(-1) ?? 0);
      speech += words.slice(0, length);
      end += length;
      break;
    }
    speech += words;
    const mark = opening[1] ?? '```';
    const inside = rest.slice(opening.index + opening[0].length);
    const closing = new RegExp(`\\n {0,3}${mark[0] === '~' ? '~' : '`'}{${mark.length},}[ \\t]*(?:\\n|$)`).exec(inside);
    end += opening.index;
    if (!closing && !options.complete) break;
    speech += `\n${options.code}\n`;
    end += opening[0].length + (closing ? closing.index + closing[0].length : inside.length);
  }
  return {sentences: splitSentences(speech), end};
}

function findSentenceEnds(text: string): readonly number[] {
  return [...text.matchAll(sentenceEnd)].map((match) => match.index + match[0].length);
}

function splitSentences(text: string): readonly string[] {
  const ends = [...findSentenceEnds(text), text.length];
  return ends.map((end, index) => stripMarks(text.slice(ends[index - 1] ?? 0, end))).filter(Boolean);
}

function stripMarks(markdown: string): string {
  return markdown
    .split('\n')
    .filter((line) => !/^[\s:|-]*$/.test(line))
    .join('\n')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(?:#{1,6}|[-*+]|>|\d+[.)])\s+/gm, '')
    .replace(/[*_`~|]+/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ (?=[.,;:!?])/g, '')
    .trim();
}
