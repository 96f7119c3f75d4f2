/**
 * The public types of requests and apps. They fit those of Express 4 and 5 and need no types of Express, which come in a
 * package of their own that an app may not have, or have in another version.
 */
import type {IncomingMessage, ServerResponse} from 'node:http';

declare global {
  // eslint-disable-next-line typescript/no-namespace
  namespace Express {
    /** Middleware adds its own fields here, as `session` and `user`. */
    interface Request {}
  }
}

/** A request as Express has prepared it, with the fields that the middleware of your app adds. */
export interface AppRequest extends IncomingMessage, Express.Request {
  /** Without the path of the router, and without a query. */
  readonly path: string;
  /** The caller's address, from a trusted proxy if there is one. */
  readonly ip?: string | undefined;
  /** The header with this name. */
  get(name: string): string | undefined;
}

/** What we use of an app's response. Express's fits, and its types are not needed. */
export interface AppResponse extends ServerResponse {
  /** Sets the HTTP status. */
  status(code: number): this;
  /** Sets a header. */
  set(name: string, value: string): this;
  /** Sends a value as JSON. */
  json(body: unknown): this;
  /** Sends a text or bytes. */
  send(body: unknown): this;
}

/** Handlers with more exact types, as those of Express, fit too. */
export type AppHandler = {
  handle(req: AppRequest, res: AppResponse, next: (error?: unknown) => void): unknown;
}['handle'];

/** The app of a chat server. All that Express has is there; with its types, use it as `Express`. */
export interface App {
  /** Serves a request, so that `http.createServer` takes it and another app can mount it. */
  (req: IncomingMessage, res: ServerResponse): void;
  /** As `app.use` of Express. */
  use(...handlers: readonly AppHandler[]): unknown;
  /** As `app.use` of Express. */
  use(path: string, ...handlers: readonly AppHandler[]): unknown;
  /** As `app.get` of Express. */
  get(path: string, ...handlers: readonly AppHandler[]): unknown;
  /** As `app.post` of Express. */
  post(path: string, ...handlers: readonly AppHandler[]): unknown;
  /** As `app.put` of Express. */
  put(path: string, ...handlers: readonly AppHandler[]): unknown;
  /** As `app.patch` of Express. */
  patch(path: string, ...handlers: readonly AppHandler[]): unknown;
  /** As `app.delete` of Express. */
  delete(path: string, ...handlers: readonly AppHandler[]): unknown;
}

/** Middleware for an app of Express 4 or 5, or of a host with a bridge to them. */
export type AppMiddleware = {
  handle(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
}['handle'];
