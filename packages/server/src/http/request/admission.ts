/**
 * Decides before a byte of the body is read who asks and how much: first the operator's own hook, then authentication,
 * then limits. All that it needs is declared by the operation, never said by the body. Knows no APIs.
 */
import {ChatError} from '@chatlet/protocol';
import type {ErrorRequestHandler, Request, RequestHandler} from 'express';
import type {Auth} from './auth.ts';
import {type Admit, askAdmit} from './hooks.ts';
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
  readonly admit?: Admit | undefined;
  readonly rulesOf: (req: Request) => AdmissionRules;
  readonly explainPath: (req: Request) => ChatError;
}

export function admission({auth, limits, admit, rulesOf, explainPath}: AdmissionOptions): RequestHandler {
  return async (req, res, next) => {
    await limits.checkRefusals(req, () => auth.hasProof(req));
    if (admit) await askAdmit(admit, req);
    const {callers, counts} = rulesOf(req);
    if (callers === 'programs') await auth.admitProgram(req, res);
    // Express answers OPTIONS by itself.
    if (!counts && req.method !== 'OPTIONS') throw explainPath(req);
    if (counts === 'question') await limits.takeQuestion(req, res, await auth.admit(req, res));
    if (counts === 'reading') await limits.takeReading(req, await auth.identify(req));
    next();
  };
}

/** Counts refusals of callers that have proven nothing against their address. */
export function countRefusals({auth, limits}: Pick<AdmissionOptions, 'auth' | 'limits'>): ErrorRequestHandler {
  const count = async (req: Request) => {
    const caller = await auth.knownCaller(req);
    if (!caller || caller.kind === 'visitor') await limits.takeRefusal(req);
  };
  // Express recognises error handlers by their four parameters.
  return (thrown: unknown, req, _res, next) => {
    const isOurFault = thrown instanceof ChatError && thrown.status >= 500;
    // The refusal does not wait for its count, which a limiter that fails must not change either.
    if (!isOurFault) count(req).catch(() => {});
    next(thrown);
  };
}
