/** All APIs behind their middleware, in the order in which a request passes through it. */
import type {ChatError} from '@chatlet/protocol';
import {type NextFunction, type Request, type RequestHandler, type Response, Router} from 'express';
import {maxBodyBytesOf} from '../engine/plans.ts';
import {servedApis} from './apis.ts';
import {refuseOllamaClients} from './apis/ollama/chat.ts';
import {routerOf} from './operation.ts';
import {type PageRoutesOptions, pageRoutes} from './operator/page.ts';
import {type Paths, createPaths} from './paths.ts';
import {type AdmissionRules, admission, refusalCounter} from './request/admission.ts';
import {readJsonBody} from './request/body.ts';
import {cors} from './request/cors.ts';
import {headingOf, setHeading} from './request/heading.ts';
import type {Admit} from './request/hooks.ts';
import type {LocalFreedom} from './request/local-freedom.ts';
import {networksOf} from './request/limiter-key.ts';
import type {Receive} from './receive.ts';
import {requestSlot} from './request/request-slot.ts';
import {closeStalled} from './request/stalled-readers.ts';
import {answerError, printErrorsWith} from './response/errors.ts';
import type {HttpServices} from './services.ts';
import {explainPath} from './unknown-path.ts';

export interface RouterOptions extends HttpServices, PageRoutesOptions {
  readonly freedom: LocalFreedom;
  /** Whether all paths below `/v1` are ours. If so, unknown ones are a 404 in OpenAI's form. */
  readonly hasAllOfV1: boolean;
  /** Pages of these origins may use the server; by default pages on this machine. */
  readonly origins?: readonly string[];
  /** Milliseconds for which a reader may take nothing, although events wait for it. */
  readonly readerPatience: number;
  /** Whether cookies can identify a caller. */
  readonly usesCookies: boolean;
  /** The operator's own check, before authentication. */
  readonly admit?: Admit | undefined;
  /** Absent if the server around has done so. */
  readonly receive?: Receive | undefined;
  /** Called with the network of each request to our APIs. */
  readonly countCaller?: ((network: string) => void) | undefined;
  /** Serves clients of Ollama's own API, too. */
  readonly ollama?: boolean;
}

export interface ChatRoutes {
  /**
   * Checks a request, and reads its body. A server calls it before Express does, because the way through Express costs more
   * than a refusal.
   */
  readonly enter: RequestHandler;
  readonly router: Router;
}

/** Bytes of a body from a caller who is not identified, and so has no plan. */
const plainBody = 100_000;

export function createRouter(options: RouterOptions): ChatRoutes {
  const router = Router();
  const api = Router();
  const apis = servedApis(options);
  const paths = createPaths(apis);

  // The app around this router may have other paths under /api, which must reach its own handlers.
  const areAskedOfUs = (path: string) => paths.areOurs(path) || (options.hasAllOfV1 && paths.areBelowRoot(path));
  const {auth, limits, admit, usesCookies, origins, report} = options;
  const tellsForeignPages = (path: string) => paths.rulesOf(path).tellsForeignPages;
  const checkOrigin = cors({origins, tellsForeignPages, usesCookies, report});
  const explainUnknown = explainPath(apis);
  const admitCaller = admission({auth, limits, admit, rulesOf: admissionRulesOf(paths), explainPath: explainUnknown});
  const isForAnybody = (req: Request) => paths.operationOf(req.method, req.path)?.callers === 'anybody';
  const maxBytesOf = async (req: Request) => (isForAnybody(req) ? plainBody : maxBodyBytesOf(await auth.planFor(req)));
  const countRefusal = refusalCounter({auth, limits});

  /** First the checks that need no waiting. The refusal, or `answered`. */
  function checkAtOnce(req: Request, res: Response): ChatError | 'answered' | undefined {
    options.countCaller?.(networksOf(req)[0]?.key ?? '');
    // All errors from here on are printed in the form of the API that was asked.
    const asked = paths.operationOf(req.method, req.path)?.choosePrinter(req);
    printErrorsWith(res, asked ?? paths.rulesOf(req.path).printError);
    options.receive?.(req, res);
    if (!options.ollama) refuseOllamaClients(req, res);
    const outcome = checkOrigin(req, res);
    if (outcome !== undefined) return outcome;
    // Answers are for their caller alone. Streams set a Cache-Control of their own.
    const heading = headingOf(res);
    heading['Cache-Control'] = 'no-store';
    heading['X-Content-Type-Options'] = 'nosniff';
    return undefined;
  }

  function fail(thrown: unknown, req: Request, res: Response): void {
    countRefusal(thrown, req);
    answerError(thrown, {req, res, report});
  }

  // A request comes by a second time inside Express.
  const admitted = requestSlot<true>('admitted');
  const enter: RequestHandler = async (req, res, next) => {
    try {
      // The page's own files show a proxy, too.
      options.freedom.watch(req);
      if (areAskedOfUs(req.path) && !admitted.get(req)) {
        const outcome = checkAtOnce(req, res) ?? (await admitCaller(req, res));
        if (outcome === 'answered') return;
        if (outcome) {
          fail(outcome, req, res);
          return;
        }
        await readJsonBody(req, maxBytesOf);
        closeStalled(res, options.readerPatience);
        admitted.set(req, true);
      }
    } catch (thrown) {
      fail(thrown, req, res);
      return;
    }
    setHeading(res);
    next();
  };
  const pages = pageRoutes(options);
  // Here too: if an app around has us at two places, the first call was for the path below the first place.
  router.use(enter);
  router.use((req, res, next) => {
    if (areAskedOfUs(req.path)) next();
    else pages(req, res, (thrown?: unknown) => next(thrown ?? 'router'));
  });
  const operations = apis.flatMap((each) => each.operations);
  api.use(routerOf(operations, options));
  api.use((req) => {
    throw explainUnknown(req);
  });
  // Express recognises error handlers by their four parameters.
  api.use((thrown: unknown, req: Request, res: Response, _next: NextFunction) => fail(thrown, req, res));

  router.use(api);
  return {enter, router};
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
