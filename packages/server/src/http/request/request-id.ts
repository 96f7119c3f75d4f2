/** Gives each request an id, so that the logs of client and server can be compared. */
import {randomBytes} from 'node:crypto';
import type {Request, Response} from 'express';

/**
 * Takes the client's `X-Request-Id` if it is fit for a header, else makes one. An id set by the app around ours is
 * kept, because it may be in the app's log already.
 */
export function giveRequestId(req: Request, res: Response): void {
  if (res.hasHeader('x-request-id')) return;
  const given = req.headers['x-request-id'];
  const fits = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given);
  res.setHeader('X-Request-Id', fits ? given : newId());
}

/** Random characters of this process, and the number of the request: unique, and no secret. */
const prefix = `req_${randomBytes(9).toString('base64url')}`;
let count = 0;

function newId(): string {
  count += 1;
  return prefix + count.toString(36);
}

/** The id that a request was given; empty before that. */
export function requestIdOf(res: Response): string {
  return String(res.getHeader('x-request-id') ?? '');
}
