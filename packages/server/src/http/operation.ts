/**
 * An operation is one thing that can be asked of this server, declared once: where it is mounted, whom it answers, in
 * which words it refuses, and how `/openapi.json` and the README describe it. Knows no API.
 */
import {type Request, type RequestHandler, Router} from 'express';
import type {z} from 'zod';
import type {AnswerSchema} from './response/answer-schemas.ts';
import {type ErrorPrinter, printErrorsWith} from './response/errors.ts';
import type {HttpServices} from './services.ts';

/**
 * Who may ask: `programs` need an API key or the token of a signed-in user; `visitors` may come without, if the operator
 * lets them; `anybody` is not even asked who they are.
 */
export type Callers = 'programs' | 'visitors' | 'anybody';

/** The groups of `/openapi.json`, in its order. */
export const tags = {
  Questions: 'Asking, and listening to what is answered',
  History: 'Chats that are kept',
  Models: 'Who can be asked',
  Usage: 'What answers cost, and what is left',
  Operation: 'For those who run the server',
  Ollama: 'For clients of Ollama',
};

/** What there is to know about an operation without running it. */
export interface OperationFacts {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** As Express writes them: `:name` is one segment, `*name` one or more. All of them answer alike. */
  readonly paths: readonly string[];
  readonly callers: Callers;
  /** How its errors are written; our own way by default. */
  readonly printError?: ErrorPrinter;
  readonly tag: keyof typeof tags;
  readonly summary: string;
  readonly description?: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** A whole answer. */
  readonly answer?: AnswerSchema;
  /** The media type of that; JSON by default. */
  readonly answerType?: string;
  /** The media types of an answer that is sent as it is written. */
  readonly streams?: readonly string[];
  readonly mayBe404?: boolean;
  /** Asks a model: counts against the caller's plan, and fails if the model does. */
  readonly asksModel?: boolean;
  /** Answers by status, besides those that all operations of its kind have. */
  readonly moreResponses?: Readonly<Record<number, FurtherResponse>>;
}

export interface FurtherResponse {
  readonly description: string;
  /** No content by default. `error` stands for an error in the words of the API. */
  readonly answer?: AnswerSchema | 'error';
}

export interface Operation<Services = HttpServices> extends OperationFacts {
  /**
   * If several operations have the same method and path: whether this request is meant for this one. The one without
   * `selects` gets the others. Asked when the body has been read.
   */
  readonly selects?: (req: Request) => boolean;
  readonly handler: (services: Services) => RequestHandler;
}

/** One of the APIs that this server speaks. */
export interface Api<Services = HttpServices> {
  readonly operations: readonly Operation<Services>[];
  /** Whether only its very paths are ours. By default everything below them is, too: a 404 if nothing is there. */
  readonly exactPaths?: boolean;
  /** Paths below which whatever has no operation is told as this API tells it. */
  readonly roots?: readonly Root[];
  /** The shape of its errors, if it is not our own. */
  readonly errorBody?: z.ZodType;
}

export interface Root {
  readonly path: string;
  /** `visitors` by default. */
  readonly callers?: Callers;
  /** Our own way by default. */
  readonly printError?: ErrorPrinter;
  /** Whether an app around ours may have paths of its own below it. */
  readonly shared?: boolean;
}

/** A router of its own, as Express answers OPTIONS for what such a router holds. */
export function routerOf<Services>(operations: readonly Operation<Services>[], services: Services): Router {
  const router = Router();
  // One that answers some requests only must be asked before the one that answers all the others.
  const inOrder = operations.toSorted((a, b) => Number(!a.selects) - Number(!b.selects));
  for (const operation of inOrder) {
    const {method, paths, handler} = operation;
    router[method]([...paths], onlySelected(operation, handler(services)));
  }
  return router;
}

function onlySelected(
  {selects, printError}: Pick<Operation, 'selects' | 'printError'>,
  handle: RequestHandler,
): RequestHandler {
  if (!selects) return handle;
  return (req, res, next) => {
    if (!selects(req)) return next('route');
    if (printError) printErrorsWith(res, printError);
    return handle(req, res, next);
  };
}
