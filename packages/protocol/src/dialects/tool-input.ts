/** What a model wrote as the input of a tool. Models write JSON, mostly. */
import {isObject, parseJson} from '../json.ts';
import type {Json} from '../json.ts';

/**
 * The input that a text says: an object or an array where it is one, `{}` where nothing was written. Anything else
 * stays the text it was, so that whoever checks it can show what the model did.
 */
export function parseInput(input: Json): Json {
  if (typeof input !== 'string') return input;
  if (input.trim() === '') return {};
  const value = parseJson(input);
  return value !== undefined && (isObject(value) || Array.isArray(value)) ? value : input;
}
