/** Reads fields as our own dialect has them, and others that have room for them: a mark of a source. */
import type {CitationEvent} from '../event.ts';
import {asString, isObject} from '../json.ts';

/** Reads a mark with our names for its fields; undefined if one is missing. */
export function citationEvent(value: unknown): CitationEvent | undefined {
  if (!isObject(value)) return undefined;
  const sourceId = asString(value['sourceId']);
  const quote = asString(value['quote']);
  return sourceId === undefined || quote === undefined ? undefined : {type: 'citation', sourceId, quote};
}
