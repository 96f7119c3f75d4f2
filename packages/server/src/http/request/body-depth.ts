/** Limits the nesting of bodies. `JSON.parse` has no limit, but `JSON.stringify` later overflows the stack. */
import {ChatError, isObject} from '@chatlet/protocol';
import type {RequestHandler} from 'express';

/** Levels. Real tools, schemas and messages have far fewer. */
const deepest = 200;

export const shallowOnly: RequestHandler = (req, _res, next) => {
  let level = contentsOf([req.body]);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > deepest) throw new ChatError('invalid-request', 'The body is nested too deep.');
    level = contentsOf(level);
  }
  next();
};

function contentsOf(values: readonly unknown[]): readonly unknown[] {
  const contents: unknown[] = [];
  for (const value of values) {
    if (!isObject(value) && !Array.isArray(value)) continue;
    for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) contents.push(each);
  }
  return contents;
}
