/** A name for every request, so that a client's log and the server's can be laid side by side. */
import type {RequestHandler} from 'express';
import {randomToken} from '../../engine/random-token.ts';

/**
 * The client's own name for it where that is fit for a header, else a new one. What has one keeps it: in an app of one's
 * own its name may be in a log already.
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
