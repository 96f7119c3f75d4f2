/**
 * An answer of ours, with its calls of tools inside it, as the messages that other APIs make of it. Also what these
 * APIs take for words, and for a call's input. Knows none of them by name.
 */
import {type Json, type Part, type TextPart, type ToolPart, isObject, parseJson} from '@chatlet/protocol';

/** Words and the calls after them: one message, which what the tools gave back follows. */
export interface Stretch {
  readonly said: readonly (TextPart | ToolPart)[];
  /** The calls among them. */
  readonly calls: readonly ToolPart[];
}

/**
 * An answer may say something, call tools, and speak again. What was thought and what was quoted is not told again,
 * and neither is text of spaces alone, which some APIs refuse and none needs.
 */
export function stretchesOf(parts: readonly Part[]): readonly Stretch[] {
  const stretches: {said: (TextPart | ToolPart)[]; calls: ToolPart[]}[] = [];
  for (const part of parts) {
    if (part.type !== 'tool' && !(part.type === 'text' && hasWords(part.text))) continue;
    let stretch = stretches.at(-1);
    if (!stretch || (part.type === 'text' && stretch.calls.length > 0)) {
      stretch = {said: [], calls: []};
      stretches.push(stretch);
    }
    stretch.said.push(part);
    if (part.type === 'tool') stretch.calls.push(part);
  }
  return stretches;
}

export function hasWords(text: string): boolean {
  return text.trim() !== '';
}

/** A call's input must be an object; what a model wrote that was none is shown as it was. */
export function inputOf({input}: ToolPart): {readonly [key: string]: Json | undefined} {
  const value = typeof input === 'string' ? parseJson(input) : input;
  return isObject(value) ? value : {input};
}
