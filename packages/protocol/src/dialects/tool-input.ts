/** What a model wrote as the input of a tool. Models write JSON, mostly. */
import {isObject, parseJson, writeJson} from '../json.ts';
import type {Json} from '../json.ts';

export interface ToolInput {
  readonly input: Json;
  /**
   * The text that said it, where `input` written anew would be another: with numbers that no double holds, `1.0`, or
   * spaces. Whoever wants the text gets what the model wrote.
   */
  readonly inputText?: string;
}

/**
 * The input that a text says: an object or an array where it is one, `{}` where nothing was written. Anything else
 * stays the text it was, so that whoever checks it can show what the model did; so does what is nested too deep to be
 * written again.
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

/** The input as a text, for APIs that want one. */
export function inputTextOf({input, inputText}: ToolInput): string {
  return inputText ?? (typeof input === 'string' ? input : JSON.stringify(input));
}
