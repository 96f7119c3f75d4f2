/**
 * An answer of ours, with its calls of tools inside it, as the messages that other APIs make of it. Also what these
 * APIs take for words, and for a call's input. Knows none of them by name.
 */
import {type JsonObject, type Part, type ToolPart, isObject, parseJson} from '@chatlet/protocol';

/** Words and the calls after them: one message, which what the tools gave back follows. One of the two may be empty. */
export interface ToolRound {
  readonly text: string;
  readonly calls: readonly ToolPart[];
}

/**
 * An answer may say something, call tools, and speak again. What was thought and what was quoted is not told again,
 * and neither is text of spaces alone, which some APIs refuse and none needs.
 */
export function toolRoundsOf(parts: readonly Part[]): readonly ToolRound[] {
  const rounds: {text: string; calls: ToolPart[]}[] = [];
  for (const part of parts) {
    if (part.type !== 'tool' && part.type !== 'text') continue;
    const last = rounds.at(-1);
    // Spaces between words belong to them, those between calls to nobody.
    const isNew = !last || (part.type === 'text' && last.calls.length > 0 && hasWords(part.text));
    const round = isNew ? {text: '', calls: []} : last;
    if (isNew) rounds.push(round);
    if (part.type === 'tool') round.calls.push(part);
    else if (round.calls.length === 0) round.text += part.text;
  }
  return rounds
    .map(({text, calls}) => ({text: text.trimEnd(), calls}))
    .filter(({text, calls}) => text !== '' || calls.length > 0);
}

export function hasWords(text: string): boolean {
  return text.trim() !== '';
}

/** A tool's result as text. Every call needs one, or the upstream refuses the conversation. */
export function resultTextOf({output}: ToolPart): string {
  if (output === undefined) return 'No result.';
  return typeof output === 'string' ? output : JSON.stringify(output);
}

/** A call's input must be an object; what a model wrote that was none is shown as it was. */
export function inputOf({input}: ToolPart): JsonObject {
  const value = typeof input === 'string' ? parseJson(input) : input;
  return isObject(value) ? value : {input};
}
