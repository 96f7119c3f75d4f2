/** Gives each request an id, so that the logs of client and server can be compared. */
import {randomBytes} from 'node:crypto';
import type {Request, RequestHandler, Response} from 'express';

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

export const requestId: RequestHandler = (req, res, next) => {
  giveRequestId(req, res);
  next();
};

const idLength = 16;
/** Random characters for many ids, from one system call. Ids are no secrets, so that one call may serve many. */
let pool = '';
let used = 0;

function newId(): string {
  if (used === pool.length) {
    pool = randomBytes(3072).toString('base64url');
    used = 0;
  }
  used += idLength;
  return `req_${pool.slice(used - idLength, used)}`;
}

/** The id that a request was given; empty before that. */
export function requestIdOf(res: Response): string {
  return String(res.getHeader('x-request-id') ?? '');
}
