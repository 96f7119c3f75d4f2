/** Reports each request when it is over: its path, status, duration, error and cause. */
import type {Request, Response} from 'express';
import type {RequestFacts} from '../../engine/log.ts';
import {requestIdOf} from '../request/request-id.ts';
import {errorOf} from '../response/errors.ts';

export function observe(tell: (facts: RequestFacts) => void): (req: Request, res: Response) => void {
  return (req, res) => {
    const began = performance.now();
    // Read at the beginning, because routers on the way change the path of the request.
    const {method, path} = req;
    res.on('close', () => {
      const requestId = requestIdOf(res);
      const {code: error, details: {cause} = {}} = errorOf(res) ?? {};
      tell({
        ...(requestId !== '' && {requestId}),
        method: knownMethods.has(method) ? method : 'other',
        path,
        status: res.statusCode,
        end: res.writableFinished ? 'complete' : 'left',
        duration: performance.now() - began,
        ...(error !== undefined && {error}),
        ...(typeof cause === 'string' && {cause}),
      });
    });
  };
}

/** All others count as `other`, since each label of a metric is a series of its own. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
