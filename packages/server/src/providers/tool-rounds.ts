/**
 * Splits an answer of ours, which holds its tool calls, into the rounds that other APIs write as separate messages.
 * Also the rules of these APIs for blank text, inputs and results. Knows none of them by name.
 */
import {type JsonObject, type Part, type ReasoningPart, type ToolPart, isObject, parseJson} from '@chatlet/protocol';

/** Text and the tool calls after it: one message, followed by the results. Either may be empty. */
export interface ToolRound {
  readonly text: string;
  readonly calls: readonly ToolPart[];
  /** The reasoning before it that has something an upstream wants back. */
  readonly thoughts: readonly ReasoningPart[];
  /** The last mark of its text: the upstream shall keep the prompt up to here in its cache. */
  readonly cacheControl?: JsonObject;
}

/**
 * An answer may say something, call tools, and go on. Sources are left out, and so is reasoning that no upstream wants
 * back, and blank text: some APIs refuse it, and none needs it.
 */
export function toolRoundsOf(parts: readonly Part[]): readonly ToolRound[] {
  const rounds: {text: string; calls: ToolPart[]; thoughts: ReasoningPart[]; cacheControl?: JsonObject}[] = [];
  for (const part of parts) {
    const isThought = part.type === 'reasoning' && part.providerMetadata !== undefined;
    if (part.type !== 'tool' && part.type !== 'text' && !isThought) continue;
    const last = rounds.at(-1);
    // Spaces between words are kept, spaces between calls are not.
    const begins = isThought || (part.type === 'text' && hasWords(part.text));
    const isNew = !last || (begins && last.calls.length > 0);
    const round = isNew ? {text: '', calls: [], thoughts: []} : last;
    if (isNew) rounds.push(round);
    if (part.type === 'reasoning') round.thoughts.push(part);
    else if (part.type === 'tool') round.calls.push(part);
    else if (round.calls.length === 0) {
      round.text += part.text;
      if (part.cacheControl) round.cacheControl = part.cacheControl;
    }
  }
  return rounds
    .map(({text, ...round}) => ({...round, text: text.trimEnd()}))
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

/** A call's input must be an object. If a model wrote anything else, it becomes the field `input` of one. */
export function inputOf({input}: ToolPart): JsonObject {
  const value = typeof input === 'string' ? parseJson(input) : input;
  return isObject(value) ? value : {input};
}
