/** Gives each request an id, so that the logs of client and server can be compared. */
import {randomBytes} from 'node:crypto';
import type {Request, Response} from 'express';
import {headingOf} from './heading.ts';
import {requestSlot} from './request-slot.ts';

/**
 * Takes the client's `X-Request-Id` if it is fit for a header, else makes one. An id set by the app around ours is
 * kept, because it may be in the app's log already.
 */
export function giveRequestId(req: Request, res: Response): void {
  const earlier = res.getHeader('x-request-id');
  if (earlier !== undefined) {
    ids.set(req, String(earlier));
    return;
  }
  const given = req.headers['x-request-id'];
  const fits = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given);
  const id = fits ? given : newId();
  ids.set(req, id);
  headingOf(res)['X-Request-Id'] = id;
}

const ids = requestSlot<string>('id');

/** Random characters of this process, and the number of the request: unique, and no secret. */
const prefix = `req_${randomBytes(9).toString('base64url')}`;
let count = 0;

function newId(): string {
  count += 1;
  return prefix + count.toString(36);
}

/** The id that a request was given; empty before that. */
export function requestIdOf(res: Response): string {
  return ids.get(res.req) ?? '';
}
