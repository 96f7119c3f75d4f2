/**
 * Finds the end of thoughts that an answer never began: its template has written `<think>` into the prompt, so that the
 * answer has `</think>` alone (ggml-org/llama.cpp#23320). The text before it was said already, and is taken back as
 * reasoning.
 */
import type {ChatEvent} from '../event.ts';

export interface LateThoughts {
  /** Passes text on. Returns the text behind the mark when that has come; else undefined. */
  read(text: string, out: ChatEvent[]): string | undefined;
  /** Returns the text that was held back. From here on all text is passed on. */
  stop(): string;
}

const open = '<think>';
const close = '</think>';

export function lateThoughts(): LateThoughts {
  let isOver = false;
  let held = '';
  /** The last character; at the start as if it began a line. */
  let last = '\n';
  let fences = noFence;

  const pass = (text: string, out: ChatEvent[]): void => {
    if (text === '') return;
    out.push({type: 'text-delta', delta: text});
    if (isOver) return;
    last = text.charAt(text.length - 1);
    fences = readFences(text, fences);
  };

  /**
   * Templates begin a line with the mark, and the answer comes right behind it or in a new line. In a sentence or in
   * code it is a word like others. -1 if it is not there.
   */
  const findClose = (text: string): number => {
    for (let at = text.indexOf(close); at !== -1; at = text.indexOf(close, at + 1)) {
      const beginsLine = (at === 0 ? last : text.charAt(at - 1)) === '\n';
      const beginsAnswer = /^(?:\s*\n|[^\s`"'.,;:!?)])/.test(text.slice(at + close.length));
      if (beginsLine && beginsAnswer && !readFences(text.slice(0, at), fences).isCode) return at;
    }
    return -1;
  };

  return {
    read(text, out) {
      if (isOver || (held === '' && !text.includes('<'))) {
        pass(text, out);
        return undefined;
      }
      const input = held + text;
      held = '';
      // The answer speaks about these marks.
      isOver = input.includes(open);
      const at = isOver ? -1 : findClose(input);
      if (at !== -1) {
        isOver = true;
        pass(input.slice(0, at), out);
        out.push({type: 'text-reset', asReasoning: true});
        return input.slice(at + close.length);
      }
      const safe = isOver ? input.length : startOfUndecided(input);
      pass(input.slice(0, safe), out);
      held = input.slice(safe);
      return undefined;
    },
    stop() {
      const rest = held;
      held = '';
      isOver = true;
      return rest;
    },
  };
}

/** The index of an incomplete mark at the end of the text, or of a mark that nothing follows yet; else its length. */
function startOfUndecided(text: string): number {
  const at = text.lastIndexOf('<');
  if (at === -1) return text.length;
  const rest = text.slice(at);
  return open.startsWith(rest) || close.startsWith(rest.trimEnd()) ? at : text.length;
}

/** Whether the text is inside of a block of code, and how many backticks it ends with. */
interface Fences {
  readonly isCode: boolean;
  readonly ticks: number;
}

const noFence: Fences = {isCode: false, ticks: 0};

/** Counts backticks one by one, since a fence may be cut. */
function readFences(text: string, before: Fences): Fences {
  if (!text.includes('`')) return before.ticks === 0 ? before : {isCode: before.isCode, ticks: 0};
  let {isCode, ticks} = before;
  for (const character of text) {
    ticks = character === '`' ? ticks + 1 : 0;
    if (ticks === 3) isCode = !isCode;
  }
  return {isCode, ticks};
}
