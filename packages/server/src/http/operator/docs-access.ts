/** Who may see what is written for the people that run and embed this server: `/docs`, `/guide/`, `/gallery` and their like. */
import {ChatError} from '@chatlet/protocol';
import type {RequestHandler} from 'express';
import type {LocalFreedom} from '../request/local-freedom.ts';
import {printError} from '../response/errors.ts';
import type {DocsAccess} from '../settings.ts';
import {bringsToken} from '../request/operator-token.ts';

export interface DocsGuard {
  readonly access: DocsAccess;
  readonly isLocal: LocalFreedom['isLocal'];
}

/** Callers that may not read find nothing here. */
export function guardDocs({access, isLocal}: DocsGuard): RequestHandler {
  return (req, res, next) => {
    if (typeof access === 'object') {
      if (bringsToken(req, access.token)) return next();
      // Browsers then ask for a password, and send it with the files of the page as well.
      res.status(401).set('WWW-Authenticate', 'Basic realm="docs"');
      return res.json(printError(new ChatError('unauthenticated')).body);
    }
    next(access === 'public' || (access === 'local' && isLocal(req)) ? undefined : 'router');
  };
}
