/**
 * An operation is one method and path, or several paths, of an API. All that the server needs to know of it is declared
 * once: its handler, its callers, its schemas, its printer of errors, and its description. Knows no API.
 */
import {type Request, type RequestHandler, Router} from 'express';
import type {z} from 'zod';
import type {AnswerSchema} from './response/answer-schemas.ts';
import {type ErrorPrinter, printErrorsWith} from './response/errors.ts';
import type {HttpServices} from './services.ts';

/**
 * `programs` need an API key, or the token of a signed-in user. `visitors` need neither, unless the operator refuses
 * visitors. `anybody` is not identified at all.
 */
export type Callers = 'programs' | 'visitors' | 'anybody';

/** The groups of `/openapi.json`, in their order there. */
export const tags = {
  Questions: 'Asking, and listening to what is answered',
  History: 'Chats that are kept',
  Models: 'Who can be asked',
  Usage: 'What answers cost, and what is left',
  Operation: 'For those who run the server',
  Ollama: 'For clients of Ollama',
};

/** An operation without its handler: enough to describe it. */
export interface OperationFacts {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** In Express's notation: `:name` is one segment, `*name` one or more. All paths answer alike. */
  readonly paths: readonly string[];
  readonly callers: Callers;
  /** Our own form by default. */
  readonly printError?: ErrorPrinter;
  /**
   * The form of errors that the headers or the query of a request ask for; `printError` if they ask for none. Called
   * before the body is read.
   */
  readonly choosePrinter?: (req: Request) => ErrorPrinter | undefined;
  readonly tag: keyof typeof tags;
  readonly summary: string;
  readonly description?: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** The whole answer, if it is not streamed. */
  readonly answer?: AnswerSchema;
  /** The media type of the whole answer; JSON by default. */
  readonly answerType?: string;
  /** The media types of a streamed answer. */
  readonly streams?: readonly string[];
  readonly mayBe404?: boolean;
  /** A request to its paths by another method is a 405, as the protocol demands; by default it is a 404. */
  readonly refusesOtherMethods?: boolean;
  /**
   * Also answers pages of origins that are not allowed. They learn that and nothing else: `{allowed: false, origin}`.
   */
  readonly tellsForeignPages?: boolean;
  /** Counts against the caller's plan, and fails if the model fails. */
  readonly asksModel?: boolean;
  /** Further responses by status, besides those of all operations of its kind. */
  readonly moreResponses?: Readonly<Record<number, FurtherResponse>>;
}

export interface FurtherResponse {
  readonly description: string;
  /** No content by default. `error` is an error in the form of the API. */
  readonly answer?: AnswerSchema | 'error';
}

export interface Operation<Services = HttpServices> extends OperationFacts {
  /**
   * Operations that share a method and a path choose their requests. An operation without `selects` gets the rest, and
   * sets the rules of the path: its callers, and the limits that count. Called when the body has been read.
   */
  readonly selects?: (req: Request) => boolean;
  readonly handler: (services: Services) => RequestHandler;
}

/** One of the APIs that this server speaks. */
export interface Api<Services = HttpServices> {
  readonly operations: readonly Operation<Services>[];
  /**
   * By default all paths below an operation's are ours too, and answer 404. With `exactPaths` they are left to the app.
   */
  readonly exactPaths?: boolean;
  /** Sets the rules for paths that have no operation. */
  readonly roots?: readonly Root[];
  /** The body of its errors, if it differs from our own. */
  readonly errorBody?: z.ZodType;
}

export interface Root {
  readonly path: string;
  /** `visitors` by default. */
  readonly callers?: Callers;
  /** Our own form by default. */
  readonly printError?: ErrorPrinter;
  /** Paths below it without an operation belong to the app around ours, if there is one. */
  readonly shared?: boolean;
}

/** Mounts operations on a router of their own, because Express then answers OPTIONS for them. */
export function routerOf<Services>(operations: readonly Operation<Services>[], services: Services): Router {
  const router = Router();
  // An operation that selects its requests must come before the one that takes the rest.
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
