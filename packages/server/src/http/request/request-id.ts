/** Gives each request an id, so that the logs of client and server can be compared. */
import type {RequestHandler, Response} from 'express';
import {randomToken} from '../../engine/random-token.ts';

/**
 * Takes the client's `X-Request-Id` if it is fit for a header, else makes one. An id set by the app around ours is
 * kept, because it may be in the app's log already.
 */
export const requestId: RequestHandler = (req, res, next) => {
  if (res.hasHeader('x-request-id')) {
    next();
    return;
  }
  const given = req.get('x-request-id');
  const fits = given !== undefined && /^[\w.:-]{1,128}$/.test(given);
  res.set('X-Request-Id', fits ? given : `req_${randomToken(12)}`);
  next();
};

/** The id that a request was given; empty before that. */
export function requestIdOf(res: Response): string {
  return String(res.getHeader('x-request-id') ?? '');
}
