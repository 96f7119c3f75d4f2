/**
 * Identifies the caller and checks the limits before a byte of the body is read: first the operator's own hook, then
 * authentication, then the headers of the body, then limits. All that it needs is declared by the operation, never said
 * by the body. Knows no APIs.
 */
import {ChatError} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {type Auth, isProven} from './auth.ts';
import {findFaultInHeaders} from './body.ts';
import {type Admit, askAdmit} from './hooks.ts';
import type {Limits} from './limits.ts';

/** The rules that the path and the method of a request declare. */
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

/**
 * The admission resolves to the refusal, if there is one. The usual refusals are values, because throwing one through
 * several functions costs more than all checks together. Others are thrown.
 */
export function admission(options: AdmissionOptions): (req: Request, res: Response) => Promise<ChatError | undefined> {
  const {auth, limits, admit, rulesOf, explainPath} = options;
  return async (req, res) => {
    await limits.checkRefusals(req, () => auth.hasProof(req));
    if (admit) await askAdmit(admit, req);
    const {callers, counts} = rulesOf(req);
    if (callers === 'programs') {
      const program = await auth.findProgram(req, res);
      if (program instanceof ChatError) return program;
    }
    // Express answers OPTIONS by itself.
    if (!counts && req.method !== 'OPTIONS') return explainPath(req);
    if (!counts || counts === 'not') return findFaultInHeaders(req);
    const caller = await auth.find(req);
    if (caller instanceof ChatError) return caller;
    // Before a new visitor gets a token: its signature costs more than all other checks.
    const fault = findFaultInHeaders(req);
    if (fault) return fault;
    if (counts === 'reading') await limits.takeReading(req, caller);
    else await limits.takeQuestion(req, res, caller ?? (await auth.admit(req, res)));
    return undefined;
  };
}

/** Counts refusals of callers that have proven nothing against their address. */
export function refusalCounter({auth, limits}: Pick<AdmissionOptions, 'auth' | 'limits'>) {
  async function count(req: Request): Promise<void> {
    const caller = await auth.knownCaller(req);
    if (!isProven(caller)) await limits.takeRefusal(req);
  }
  return (thrown: unknown, req: Request): void => {
    const isOurFault = thrown instanceof ChatError && thrown.status >= 500;
    // The refusal does not wait for its count, which a limiter that fails must not change either.
    if (!isOurFault) count(req).catch(() => {});
  };
}
