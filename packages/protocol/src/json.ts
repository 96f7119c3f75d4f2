/** Values that survive a trip as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object that survives a trip as JSON. Keys that are undefined are not written. */
export type JsonObject = {readonly [key: string]: Json | undefined};

/** A JSON object whose fields nobody has checked yet. */
export type UncheckedObject = Readonly<Record<string, unknown>>;

/** Whether a parsed value is an object with fields: not null, not an array. */
export function isObject(value: unknown): value is UncheckedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value where it is a string, else undefined. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value where it is a finite number, else undefined. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** What the text says as JSON, or undefined where it is not JSON. Never throws. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Text from outside is often not JSON; the caller decides what that means.
    return undefined;
  }
}

/** The value as JSON text, or undefined where it is nested deeper than can be written: parsing goes deeper than that. */
export function writeJson(value: Json): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // The stack is too short for it; JSON can fail in no other way.
    return undefined;
  }
}

/** The value as JSON where it is one; null where there is none. For fields of what `parseJson` gave. */
export function asJson(value: unknown): Json {
  // A field of parsed JSON is JSON: nothing else can have come out of the parser.
  return value === undefined ? null : (value as Json);
}
