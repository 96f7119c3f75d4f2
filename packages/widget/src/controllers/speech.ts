/** Markdown as words to be heard: whole sentences, no marks, code named and not read. Pure. */

export interface SpeechOptions {
  /** Where in the text to begin. */
  readonly from: number;
  /** Nothing more follows: take the rest too, though no sentence ends it. */
  readonly complete: boolean;
  /** Said in place of a block of code. */
  readonly code: string;
}

/** A sentence ends at a mark before a space, at a line's end that ends a paragraph, or at a list item. */
const sentenceEnd = /[.!?…。！？؟][)"'’”*_`]*(?=\s)|\n(?=\s*\n|\s*[-*+] |\s*\d+[.)] |#)/g;
const fence = /^ {0,3}(`{3,}|~{3,})/m;

/** The whole sentences after `from`, and where they end. */
export function toSpeech(markdown: string, options: SpeechOptions): {speech: string; end: number} {
  let end = options.from;
  let speech = '';
  for (;;) {
    const rest = markdown.slice(end);
    const opening = fence.exec(rest);
    const words = opening ? rest.slice(0, opening.index) : rest;
    if (!opening) {
      const length = options.complete ? words.length : findLastSentenceEnd(words);
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
  return {speech: stripMarks(speech), end};
}

function findLastSentenceEnd(text: string): number {
  let length = 0;
  for (const match of text.matchAll(sentenceEnd)) length = match.index + match[0].length;
  return length;
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
