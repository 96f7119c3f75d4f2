/** Tells of requests when they are over: what was asked, how it ended, how long it took. */
import type {RequestHandler} from 'express';
import type {RequestFacts} from '../../engine/log.ts';
import {errorOf} from '../response/errors.ts';

export function observe(tell: (facts: RequestFacts) => void): RequestHandler {
  return (req, res, next) => {
    const began = performance.now();
    // The path as it came in: routers on the way change what the request says of it.
    const {method, path} = req;
    res.once('close', () => {
      const requestId = res.getHeader('x-request-id');
      const error = errorOf(res)?.code;
      tell({
        ...(typeof requestId === 'string' && {requestId}),
        method: knownMethods.has(method) ? method : 'other',
        path,
        status: res.statusCode,
        end: res.writableFinished ? 'complete' : 'left',
        duration: performance.now() - began,
        ...(error !== undefined && {error}),
      });
    });
    next();
  };
}

/** Methods of the caller's own making would make a row each wherever they are counted. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
