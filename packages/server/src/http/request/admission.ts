/**
 * Decides before a byte of the body is read who asks and how much: authentication first, then limits. All that it needs
 * is declared by the operation, never said by the body. Knows no APIs.
 */
import {ChatError} from '@chatlet/protocol';
import type {Request, RequestHandler} from 'express';
import type {Auth} from './auth.ts';
import type {Limits} from './limits.ts';

/** What the path and the method of a request declare. */
export interface AdmissionRules {
  readonly callers: 'programs' | 'visitors' | 'anybody';
  /** How the request counts; undefined if there is no such operation. */
  readonly counts: 'question' | 'reading' | 'not' | undefined;
}

export interface AdmissionOptions {
  readonly auth: Auth;
  readonly limits: Limits;
  readonly rulesOf: (req: Request) => AdmissionRules;
}

export function admission({auth, limits, rulesOf}: AdmissionOptions): RequestHandler {
  return async (req, res, next) => {
    const {callers, counts} = rulesOf(req);
    if (callers === 'programs') await auth.admitProgram(req, res);
    // Express answers OPTIONS by itself.
    if (!counts && req.method !== 'OPTIONS') throw new ChatError('not-found');
    if (counts === 'question') await limits.takeQuestion(req, res, await auth.admit(req, res));
    if (counts === 'reading') await limits.takeReading(req, await auth.identify(req));
    next();
  };
}
