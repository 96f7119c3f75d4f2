/**
 * Finds reasoning that a model's template writes into the text: an answer that begins with `<think>` is reasoning up to
 * `</think>`. Tags anywhere else are text, so that an answer may speak about them; `late-thoughts.ts` knows the exception.
 * Tags may be cut anywhere.
 */
import type {ChatEvent} from '../event.ts';
import {lateThoughts} from './late-thoughts.ts';

/** Reads text of a model that may have its reasoning in tags. */
export interface ThinkTags {
  /** Appends text as text or reasoning. */
  push(text: string, out: ChatEvent[]): void;
  /** Appends the text that was held back because it could become a tag. After that, reasoning can no longer begin. */
  flush(out: ChatEvent[]): void;
  /** A thought comes in a field of its own. Tags may still follow if there was no text. */
  interrupt(out: ChatEvent[]): void;
}

/** Marks around reasoning. After the third mark, if there is one, comes the text. */
type Marks = readonly [open: string, close: string, text?: string];

const table: readonly Marks[] = [
  // Mistral's Magistral, ByteDance's Seed-OSS, Kimi-VL, and names that prompts ask for.
  ...['<think>', '<thinking>', '<thought>', '<reasoning>', '[THINK]', '<seed:think>', '◁think▷'].map((open): Marks => [
    open,
    `${open.charAt(0)}/${open.slice(1)}`,
  ]),
  // Cohere's Command A Reasoning.
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  // A template has begun the reasoning, and the model, which has nothing to reason about, only ends it.
  ['</think>', ''],
  // gpt-oss, if nobody reads its channels.
  ['<|channel|>analysis<|message|>', '<|end|>', '<|start|>assistant<|channel|>final<|message|>'],
];

/** Separates reasoning in `<think>` tags from the text around it, also if a tag is cut in two. */
export function thinkTags(): ThinkTags {
  let state: 'start' | 'thinking' | 'after' | 'plain' = 'start';
  let held = '';
  let [, close, textMark = '']: Marks = ['', ''];
  const late = lateThoughts();

  const readStart = (text: string, out: ChatEvent[]): void => {
    held += text;
    const trimmed = held.trimStart();
    for (const marks of table) {
      if (!trimmed.startsWith(marks[0])) continue;
      held = '';
      state = 'thinking';
      late.stop();
      [, close, textMark = ''] = marks;
      readThinking(trimmed.slice(marks[0].length), out);
      return;
    }
    if (!table.some(([open]) => open.startsWith(trimmed))) emitText(held, out);
  };
  const readThinking = (text: string, out: ChatEvent[]): void => {
    const input = held + text;
    const end = input.indexOf(close);
    const safe = end === -1 ? input.length - partialMarkLength(input, close) : end;
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
    held = (held + text).trimStart();
    if (held === '' || (textMark.startsWith(held) && held !== textMark)) return;
    if (textMark === '' || !held.startsWith(textMark)) {
      emitText(held, out);
      return;
    }
    const rest = held.slice(textMark.length);
    held = textMark = '';
    readAfterThinking(rest, out);
  };
  const emitText = (text: string, out: ChatEvent[]): void => {
    held = '';
    state = 'plain';
    const answer = late.read(text, out);
    if (answer === undefined) return;
    state = 'after';
    readAfterThinking(answer, out);
  };

  const flush = (out: ChatEvent[]): void => {
    const rest = held + late.stop();
    held = '';
    if (state !== 'thinking') state = 'plain';
    if (rest !== '') out.push({type: state === 'thinking' ? 'reasoning-delta' : 'text-delta', delta: rest});
  };

  return {
    push(text, out) {
      if (text === '') return;
      if (state === 'plain') emitText(text, out);
      else if (state === 'thinking') readThinking(text, out);
      else if (state === 'after') readAfterThinking(text, out);
      else readStart(text, out);
    },
    interrupt(out) {
      if (state !== 'start' || held !== '') flush(out);
    },
    flush,
  };
}

/** The number of characters at the end that could begin a closing mark. */
function partialMarkLength(text: string, close: string): number {
  for (let length = Math.min(close.length - 1, text.length); length > 0; length -= 1) {
    if (close.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
