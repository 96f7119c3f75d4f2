/**
 * Bounds the shape of a JSON text before it is parsed: `JSON.parse` takes seconds for a few megabytes of brackets or keys,
 * and later readers of deep values overflow the stack. One pass over the bytes, without an allocation. Does not check
 * the syntax, which the parser does.
 */
import {ChatError} from '@chatlet/protocol';

export interface JsonBounds {
  /** Names in all objects together. */
  readonly maxKeys: number;
  /** Objects, arrays and their entries together. */
  readonly maxValues: number;
}

/** Levels inside the outermost value. Real tools, schemas and messages have far fewer. */
const deepest = 200;

/** In real bodies a key and its value take far more bytes. */
const bytesForKey = 10;
/** Parsing this many takes a fifth of a second; ten thousand messages with tool calls have half of it. */
const mostKeys = 200_000;

/** The bounds that belong to a limit of the body's size, in bytes. */
export function jsonBoundsOf(maxBytes: number): JsonBounds {
  const maxKeys = Math.min(mostKeys, Math.ceil(maxBytes / bytesForKey));
  return {maxKeys, maxValues: 2 * maxKeys};
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openArray = 0x5b;
const backslash = 0x5c;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/** @throws ChatError `invalid-request`, which names the bound */
export function checkJsonBounds(bytes: Uint8Array, {maxKeys, maxValues}: JsonBounds): void {
  let depth = 0;
  let keys = 0;
  let values = 0;
  const {length} = bytes;
  for (let at = 0; at < length; at++) {
    switch (bytes[at]) {
      case quote:
        for (at++; at < length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++;
        break;
      case comma:
        if (++values > maxValues) throw outOfBounds(`has more than ${maxValues} values`);
        break;
      case colon:
        if (++keys > maxKeys) throw outOfBounds(`has more than ${maxKeys} keys`);
        break;
      case openArray:
      case openObject:
        if (++values > maxValues) throw outOfBounds(`has more than ${maxValues} values`);
        if (++depth > deepest + 1) throw outOfBounds('is nested too deep');
        break;
      case closeArray:
      case closeObject:
        depth--;
        break;
      default:
    }
  }
}

function outOfBounds(fault: string): ChatError {
  return new ChatError('invalid-request', `The body ${fault}.`, {details: {cause: 'body-shape'}});
}
