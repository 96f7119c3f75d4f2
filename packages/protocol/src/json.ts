/** Values that survive a trip as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object that survives a trip as JSON. Keys that are undefined are not written. */
export type JsonObject = {readonly [key: string]: Json | undefined};

/** A JSON object with unchecked fields. */
export type UncheckedObject = Readonly<Record<string, unknown>>;

/** Whether a parsed value is an object with fields: not null, not an array. */
export function isObject(value: unknown): value is UncheckedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a string, else undefined. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value if it is a finite number, else undefined. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A piece of text: some servers parse a model's tokens, and send `3` and `true` as a number and a boolean. Else empty. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
}

/** Parses the text; undefined if it is not JSON. Never throws. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Text from outside is often not JSON; the caller handles that.
    return undefined;
  }
}

/** Writes the value as JSON; undefined if it is nested too deep. `JSON.parse` accepts deeper values than that. */
export function writeJson(value: Json): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // The stack is too short; writing JSON cannot fail in any other way.
    return undefined;
  }
}

/** A field of parsed JSON, as JSON; null if the field is missing. */
export function asJson(value: unknown): Json {
  // A field of parsed JSON is JSON, because the parser returns nothing else.
  return value === undefined ? null : (value as Json);
}
