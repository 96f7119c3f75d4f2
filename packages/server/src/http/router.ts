/** The paths of a chat, in the order in which a request meets them. */
import {ChatError} from '@chatlet/protocol';
import express, {type RequestHandler, Router} from 'express';
import type {RequestFacts} from '../engine/log.ts';
import {programsOnly} from './request/auth.ts';
import {cors} from './request/cors.ts';
import {shallowOnly} from './request/body-depth.ts';
import {printerFor} from './error-words.ts';
import {errorHandler, printErrorsWith} from './response/errors.ts';
import {requestId} from './request/request-id.ts';
import {observe} from './operator/observe.ts';
import {chatCompletionsRoutes} from './apis/openai/chat-completions.ts';
import {chatStreamRoutes} from './apis/content/chat-stream.ts';
import {chatRoutes} from './apis/chat/chat.ts';
import {chatsRoutes} from './apis/chat/chats.ts';
import {modelsRoutes} from './apis/chat/models.ts';
import {v1ChatRoutes} from './apis/priced/v1-chat.ts';
import {ollamaRoutes} from './apis/ollama/ollama.ts';
import {type PageRoutesOptions, pageRoutes} from './operator/page.ts';
import {usageRoutes} from './apis/chat/usage.ts';
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

  // The app that this router lives in may have other paths under /api; those are none of our business.
  const isOurs = (path: string) => ownPaths.test(path) || (options.ollama === true && ollamaPaths.test(path));
  const isAskedOfUs = (path: string) => isOurs(path) || (options.hasAllOfV1 && /^\/v1(?:\/|$)/i.test(path));
  api.use((req, _res, next) => next(isAskedOfUs(req.path) ? undefined : 'router'));
  if (options.observed) api.use(observe(options.observed));
  api.use(requestId, wordsOfPath);
  api.use(cors(options.origins), forTheCaller);
  api.use(['/v1', '/api/v1'], programsOnly(options.auth));
  // What is not there is told before anybody looks at what was sent there.
  api.use((req, _res, next) => {
    if (!isOurs(req.path)) throw new ChatError('not-found');
    next();
  });
  api.use(jsonOnly, express.json({limit: longestBody, type: 'application/json'}), shallowOnly);
  if (options.ollama) api.use(ollamaRoutes(options));
  api.use(chatStreamRoutes(options), chatCompletionsRoutes(options), v1ChatRoutes(options));
  api.use(chatRoutes(options), chatsRoutes(options), modelsRoutes(options), usageRoutes(options));
  api.use(() => {
    throw new ChatError('not-found');
  });
  api.use(errorHandler(options.report));

  router.use(api, pageRoutes(options));
  return router;
}

const ownPaths =
  /^\/(?:api\/(?:chat|chats|models|config|usage|v1\/chat|bento\/chat)|v1\/(?:chat|models)|chat\/(?:stream|models))(?:\/|$)/i;

const ollamaPaths = /^\/api\/(?:tags|version)\/?$/i;

/** Whatever goes wrong from here on is told in the words of the API that was asked. */
const wordsOfPath: RequestHandler = (req, res, next) => {
  printErrorsWith(res, printerFor(req.path));
  next();
};

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
