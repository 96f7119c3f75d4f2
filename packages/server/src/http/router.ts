/** The paths of a chat, in the order in which a request meets them. */
import {ChatError} from '@chatlet/protocol';
import express, {type RequestHandler, Router} from 'express';
import type {RequestFacts} from '../engine/log.ts';
import {servedApis} from './apis.ts';
import {routerOf} from './operation.ts';
import {observe} from './operator/observe.ts';
import {type PageRoutesOptions, pageRoutes} from './operator/page.ts';
import {type Paths, createPaths} from './paths.ts';
import type {Auth} from './request/auth.ts';
import {shallowOnly} from './request/body-depth.ts';
import {cors} from './request/cors.ts';
import {requestId} from './request/request-id.ts';
import {errorHandler, printErrorsWith} from './response/errors.ts';
import type {HttpServices} from './services.ts';

export interface RouterOptions extends HttpServices, PageRoutesOptions {
  /** Whether all of `/v1` is asked of us, so that what is not there is told as its clients know it. */
  readonly hasAllOfV1: boolean;
  /** Origins whose pages may use the server; pages on this machine where absent. */
  readonly origins?: readonly string[];
  /** Hears of every request to the chat's API when it is over. */
  readonly observed?: (facts: RequestFacts) => void;
  /** Whether clients of Ollama's own API are served too. */
  readonly ollama?: boolean;
}

const longestBody = '10mb';

export function createRouter(options: RouterOptions): Router {
  const router = Router();
  const api = Router();
  const apis = servedApis(options);
  const paths = createPaths(apis);

  // The app that this router lives in may have other paths under /api; those are none of our business.
  const areAskedOfUs = (path: string) => paths.areOurs(path) || (options.hasAllOfV1 && paths.areBelowRoot(path));
  api.use((req, _res, next) => next(areAskedOfUs(req.path) ? undefined : 'router'));
  if (options.observed) api.use(observe(options.observed));
  api.use(requestId, (req, res, next) => {
    // Whatever goes wrong from here on is told in the words of the API that was asked.
    printErrorsWith(res, paths.rulesOf(req.path).printError);
    next();
  });
  api.use(cors(options.origins), forTheCaller);
  api.use(forItsCallers(options.auth, paths));
  // What is not there is told before anybody looks at what was sent there.
  api.use((req, _res, next) => {
    if (!paths.areOurs(req.path)) throw new ChatError('not-found');
    next();
  });
  api.use(jsonOnly, express.json({limit: longestBody, type: 'application/json'}), shallowOnly);
  const operations = apis.flatMap((each) => each.operations);
  api.use(routerOf(operations, options));
  api.use(() => {
    throw new ChatError('not-found');
  });
  api.use(errorHandler(options.report));

  router.use(api, pageRoutes(options));
  return router;
}

/** Lets nobody past who may not use the paths of programs. */
function forItsCallers(auth: Auth, paths: Paths): RequestHandler {
  return async (req, res, next) => {
    if (paths.rulesOf(req.path).callers === 'programs') await auth.admitProgram(req, res);
    next();
  };
}

/** Answers are for the one who asked. Streams say so in words of their own. */
const forTheCaller: RequestHandler = (_req, res, next) => {
  res.set({'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'});
  next();
};

/** A page of another site can send text and forms without being asked; JSON it cannot. */
const jsonOnly: RequestHandler = (req, _res, next) => {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  const read = req.method === 'POST' || req.method === 'PATCH' || req.method === 'PUT';
  if (hasBody && read && !req.is('application/json')) throw new ChatError('unsupported-media-type');
  next();
};
