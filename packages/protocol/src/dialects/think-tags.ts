/**
 * Finds reasoning that a model's template writes into the text: an answer that begins with `<think>` is reasoning up to
 * `</think>`. Tags anywhere else are text. Tags may be cut anywhere.
 */
import type {ChatEvent} from '../event.ts';

export interface ThinkTags {
  /** Appends text as text or reasoning. Not needed once it `isPlain`. */
  push(text: string, out: ChatEvent[]): void;
  /** Appends the text that was held back because it could become a tag. After that, reasoning can no longer begin. */
  flush(out: ChatEvent[]): void;
  /** From here on everything is text. */
  isPlain(): boolean;
}

const open = '<think>';
const close = '</think>';

export function thinkTags(): ThinkTags {
  let state: 'start' | 'thinking' | 'after' | 'plain' = 'start';
  let held = '';

  const readStart = (text: string, out: ChatEvent[]): void => {
    held += text;
    const trimmed = held.trimStart();
    if (trimmed.startsWith(open)) {
      held = '';
      state = 'thinking';
      readThinking(trimmed.slice(open.length), out);
    } else if (!open.startsWith(trimmed)) {
      emitText(held, out);
    }
  };
  const readThinking = (text: string, out: ChatEvent[]): void => {
    const input = held + text;
    const end = input.indexOf(close);
    const safe = end === -1 ? input.length - partialTagLength(input) : end;
    if (safe > 0) out.push({type: 'reasoning-delta', delta: input.slice(0, safe)});
    held = '';
    if (end === -1) {
      held = input.slice(safe);
    } else {
      state = 'after';
      readAfterThinking(input.slice(end + close.length), out);
    }
  };
  // Blank lines between reasoning and text belong to neither.
  const readAfterThinking = (text: string, out: ChatEvent[]): void => {
    const trimmed = text.trimStart();
    if (trimmed !== '') emitText(trimmed, out);
  };
  const emitText = (text: string, out: ChatEvent[]): void => {
    held = '';
    state = 'plain';
    out.push({type: 'text-delta', delta: text});
  };

  return {
    push(text, out) {
      if (text === '') return;
      if (state === 'plain') emitText(text, out);
      else if (state === 'thinking') readThinking(text, out);
      else if (state === 'after') readAfterThinking(text, out);
      else readStart(text, out);
    },
    flush(out) {
      const rest = held;
      held = '';
      if (state !== 'thinking') state = 'plain';
      if (rest !== '') out.push({type: state === 'thinking' ? 'reasoning-delta' : 'text-delta', delta: rest});
    },
    isPlain: () => state === 'plain',
  };
}

/** The number of characters at the end that could begin a closing tag. */
function partialTagLength(text: string): number {
  for (let length = Math.min(close.length - 1, text.length); length > 0; length -= 1) {
    if (close.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
