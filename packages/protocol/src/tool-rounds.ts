/**
 * Splits an answer of ours, which holds its tool calls, into the rounds that other APIs write as separate messages.
 * Knows none of them by name.
 */
import type {JsonObject} from './json.ts';
import type {Part, ReasoningPart, ToolPart} from './message.ts';

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
    const begins = isThought || (part.type === 'text' && part.text.trim() !== '');
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

/** A tool's result as text. Every call needs one, or the upstream refuses the conversation. */
export function resultTextOf({output, state}: ToolPart): string {
  if (output === undefined) return state === 'waiting' ? 'Nobody has answered, so it was not done.' : 'No result.';
  return typeof output === 'string' ? output : JSON.stringify(output);
}
