/** All APIs behind their middleware, in the order in which a request passes through it. */
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
  /** Whether all paths below `/v1` are ours. If so, unknown ones are a 404 in OpenAI's form. */
  readonly hasAllOfV1: boolean;
  /** Pages of these origins may use the server; by default pages on this machine. */
  readonly origins?: readonly string[];
  /** Called for each request to our APIs when it is over. */
  readonly observed?: (facts: RequestFacts) => void;
  /** Serves clients of Ollama's own API, too. */
  readonly ollama?: boolean;
}

const longestBody = '10mb';

export function createRouter(options: RouterOptions): Router {
  const router = Router();
  const api = Router();
  const apis = servedApis(options);
  const paths = createPaths(apis);

  // The app around this router may have other paths under /api, which must reach its own handlers.
  const areAskedOfUs = (path: string) => paths.areOurs(path) || (options.hasAllOfV1 && paths.areBelowRoot(path));
  api.use((req, _res, next) => next(areAskedOfUs(req.path) ? undefined : 'router'));
  if (options.observed) api.use(observe(options.observed));
  api.use(requestId, (req, res, next) => {
    // All errors from here on are printed in the form of the API that was asked.
    printErrorsWith(res, paths.rulesOf(req.path).printError);
    next();
  });
  const tellsForeignPages = (path: string) => paths.rulesOf(path).tellsForeignPages;
  api.use(cors({origins: options.origins, tellsForeignPages, report: options.report}), forTheCaller);
  api.use(forItsCallers(options.auth, paths));
  // Answers 404 before the body is read.
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

/** Refuses visitors on the paths of programs. */
function forItsCallers(auth: Auth, paths: Paths): RequestHandler {
  return async (req, res, next) => {
    if (paths.rulesOf(req.path).callers === 'programs') await auth.admitProgram(req, res);
    next();
  };
}

/** Answers are for their caller alone. Streams set a Cache-Control of their own. */
const forTheCaller: RequestHandler = (_req, res, next) => {
  res.set({'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'});
  next();
};

/** Prevents cross-site requests: without a preflight, a page of another site can send text and forms, but no JSON. */
const jsonOnly: RequestHandler = (req, _res, next) => {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  const read = req.method === 'POST' || req.method === 'PATCH' || req.method === 'PUT';
  if (hasBody && read && !req.is('application/json')) throw new ChatError('unsupported-media-type');
  next();
};
