/** All APIs behind their middleware, in the order in which a request passes through it. */
import {type Request, type RequestHandler, Router} from 'express';
import type {RequestFacts} from '../engine/log.ts';
import {maxBodyBytesOf} from '../engine/plans.ts';
import {servedApis} from './apis.ts';
import {refuseOllamaClients} from './apis/ollama/chat.ts';
import {routerOf} from './operation.ts';
import {observe} from './operator/observe.ts';
import {type PageRoutesOptions, pageRoutes} from './operator/page.ts';
import {type Paths, createPaths} from './paths.ts';
import {type AdmissionRules, admission, countRefusals} from './request/admission.ts';
import {jsonBody} from './request/body.ts';
import {cors} from './request/cors.ts';
import type {Admit} from './request/hooks.ts';
import type {LocalFreedom} from './request/local-freedom.ts';
import {limiterKeysOfAddress} from './request/limiter-key.ts';
import {oneHost} from './request/one-host.ts';
import {requestId} from './request/request-id.ts';
import {closeStalled} from './request/stalled-readers.ts';
import {errorHandler, printErrorsWith} from './response/errors.ts';
import type {HttpServices} from './services.ts';
import {explainPath} from './unknown-path.ts';

export interface RouterOptions extends HttpServices, PageRoutesOptions {
  readonly freedom: LocalFreedom;
  /** Whether all paths below `/v1` are ours. If so, unknown ones are a 404 in OpenAI's form. */
  readonly hasAllOfV1: boolean;
  /** Pages of these origins may use the server; by default pages on this machine. */
  readonly origins?: readonly string[];
  /** Milliseconds that a reader may take nothing of what waits for it. */
  readonly readerPatience: number;
  /** Whether cookies can identify a caller. */
  readonly usesCookies: boolean;
  /** The operator's own check, before authentication. */
  readonly admit?: Admit | undefined;
  /** Called for each request to our APIs when it is over. */
  readonly observed?: ((facts: RequestFacts) => void) | undefined;
  /** Called with the network of each request to our APIs. */
  readonly countCaller?: ((network: string) => void) | undefined;
  /** Serves clients of Ollama's own API, too. */
  readonly ollama?: boolean;
}

export function createRouter(options: RouterOptions): Router {
  const router = Router();
  const api = Router();
  const apis = servedApis(options);
  const paths = createPaths(apis);

  // The app around this router may have other paths under /api, which must reach its own handlers.
  const areAskedOfUs = (path: string) => paths.areOurs(path) || (options.hasAllOfV1 && paths.areBelowRoot(path));
  api.use((req, _res, next) => next(areAskedOfUs(req.path) ? undefined : 'router'));
  if (options.observed) api.use(observe(options.observed));
  api.use(
    requestId,
    (req, res, next) => {
      options.countCaller?.(limiterKeysOfAddress(req.ip)[0]?.key ?? '');
      // All errors from here on are printed in the form of the API that was asked.
      const asked = paths.operationOf(req.method, req.path)?.choosePrinter(req);
      printErrorsWith(res, asked ?? paths.rulesOf(req.path).printError);
      next();
    },
    oneHost,
  );
  if (!options.ollama) api.use(refuseOllamaClients);
  const {auth, limits, admit, usesCookies} = options;
  const tellsForeignPages = (path: string) => paths.rulesOf(path).tellsForeignPages;
  api.use(cors({origins: options.origins, tellsForeignPages, usesCookies, report: options.report}), forTheCaller);
  const explainUnknown = explainPath(apis);
  api.use(admission({auth, limits, admit, rulesOf: admissionRulesOf(paths), explainPath: explainUnknown}));
  api.use(jsonBody(async (req) => maxBodyBytesOf(await auth.planFor(req))));
  api.use(closeStalled(options.readerPatience));
  const operations = apis.flatMap((each) => each.operations);
  api.use(routerOf(operations, options));
  api.use((req) => {
    throw explainUnknown(req);
  });
  api.use(countRefusals({auth, limits}));
  api.use(errorHandler(options.report));

  // The page's own files show a proxy, too.
  router.use((req, _res, next) => {
    options.freedom.watch(req);
    next();
  });
  router.use(api, pageRoutes(options));
  return router;
}

/** A question if the operation asks a model, else reading. */
function admissionRulesOf(paths: Paths): (req: Request) => AdmissionRules {
  return ({method, path}) => {
    const operation = paths.operationOf(method, path);
    if (!operation) return {callers: paths.rulesOf(path).callers, counts: undefined};
    const {callers, asksModel} = operation;
    return {callers, counts: asksModel ? 'question' : callers === 'anybody' ? 'not' : 'reading'};
  };
}

/** Answers are for their caller alone. Streams set a Cache-Control of their own. */
const forTheCaller: RequestHandler = (_req, res, next) => {
  res.set({'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'});
  next();
};
