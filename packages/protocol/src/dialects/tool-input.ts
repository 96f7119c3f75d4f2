/** The input of a tool call. Models write it as JSON, but not always valid JSON. */
import type {ChatEvent, ToolCallEvent} from '../event.ts';
import {isObject, parseJson, writeJson} from '../json.ts';
import type {Json} from '../json.ts';

/** The input of a call, as a value and, if that would lose something, as text. */
export interface ToolInput {
  readonly input: Json;
  /**
   * The input as the model wrote it, if `JSON.stringify(input)` would differ: with numbers that no double holds, `1.0`, or
   * spaces. Clients that want a text get this one.
   */
  readonly inputText?: string;
}

/**
 * Parses the input of a tool: an object or an array, or `{}` if the text is blank. Any other text stays a string, so that
 * an error about it can show it. The same applies if it is nested too deep for `JSON.stringify`.
 */
export function toolInput(said: Json): ToolInput {
  if (typeof said !== 'string') return {input: said};
  if (said.trim() === '') return {input: {}};
  const input = parseJson(said);
  if (!isObject(input) && !Array.isArray(input)) return {input: said};
  const written = writeJson(input);
  if (written === undefined) return {input: said};
  return written === said ? {input} : {input, inputText: said};
}

/** Appends a call, unless it has no name: nobody could run it. */
export function pushCall(call: Omit<ToolCallEvent, 'type'>, out: ChatEvent[]): void {
  if (call.name !== '') out.push({type: 'tool-call', ...call});
}

/** The input as text, for APIs that want text. */
export function inputTextOf({input, inputText}: ToolInput): string {
  return inputText ?? (typeof input === 'string' ? input : JSON.stringify(input));
}
