/** The rules that the APIs of models share for blank text and for the inputs of tools. Knows none of them by name. */
import {type JsonObject, type ToolPart, isObject, parseJson} from '@chatlet/protocol';

export function hasWords(text: string): boolean {
  return text.trim() !== '';
}

/** A call's input must be an object. If a model wrote anything else, it becomes the field `input` of one. */
export function inputOf({input}: ToolPart): JsonObject {
  const value = typeof input === 'string' ? parseJson(input) : input;
  return isObject(value) ? value : {input};
}
