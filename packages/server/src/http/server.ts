/** The server around the router: listens, answers 404 for unknown paths, and shuts down gracefully. */
import {IncomingMessage, type Server, ServerResponse, createServer} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import express, {type Express, type Request, type RequestHandler, type Response} from 'express';
import type {Report} from '../engine/report.ts';
import {type ConnectionLimits, limitConnections} from './connection-limits.ts';
import {type Fetch, fetchFrom} from './fetch.ts';
import type {Receive} from './receive.ts';
import {requestSlot} from './request/request-slot.ts';
import {answerError, errorHandler} from './response/errors.ts';
import type {ListenOptions, ListeningServer} from './settings.ts';
import type {ExplainPath} from './unknown-path.ts';

export interface HttpServer {
  readonly app: Express;
  /** Answers as the listening server does, without a port. */
  readonly fetch: Fetch;
  listen(options: ListenOptions): Promise<ListeningServer>;
  /** Refuses new connections, closes idle ones at once, and destroys the rest after `patience` milliseconds. */
  close(options: {readonly patience: number}): Promise<void>;
}

export interface HttpServerOptions {
  readonly receive: Receive;
  /** Comes before all handlers, and before Express if this server listens itself. */
  readonly enter: RequestHandler;
  /** Explains a path that nobody has answered. */
  readonly explainPath: ExplainPath;
  readonly report: Report;
  /** The handlers see what is below this path; `/` by default. */
  readonly path?: string;
  /** Trusted proxies, which tell the caller's address: their number, or their addresses. None by default. */
  readonly trustProxy?: number | readonly string[];
  readonly connections?: ConnectionLimits;
}

/** Milliseconds that a client has for the headers of a request, and for the whole of it. */
const timeForHeaders = 20_000;
const timeForRequest = 300_000;
/** Node looks this often for connections that are beyond these times. */
const checkEach = 5_000;

export function createHttpServer(
  handlers: readonly RequestHandler[],
  {receive, enter, explainPath, report, path = '/', trustProxy = 0, connections = {}}: HttpServerOptions,
): HttpServer {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy);
  const begun = requestSlot<true>('begun');
  const begin: RequestHandler = (req, res, next) => {
    if (begun.get(req)) {
      next();
      return;
    }
    begun.set(req, true);
    try {
      receive(req, res);
    } catch (thrown) {
      answerError(thrown, {req, res, report});
      return;
    }
    enter(req, res, next);
  };
  // If somebody serves the app by a server of their own, nothing has called it yet.
  app.use(begin);
  for (const handler of handlers) app.use(path, handler);
  app.use(errorHandler(report));
  // Own paths are added to the app later, so only what they leave over is unknown.
  const answerRest = (req: Request, res: Response) => (thrown?: unknown) =>
    answerError(thrown ?? explainPath(req), {req, res, report});
  endWith(app, answerRest);

  const server = createServer(
    {
      headersTimeout: timeForHeaders,
      requestTimeout: timeForRequest,
      connectionsCheckingInterval: checkEach,
      ...createExpressClasses(app),
    },
    (req, res) => {
      // As Express does: some of its own functions need it.
      req.res = res;
      begin(req, res, () => app(req, res));
    },
  );
  const trusts: (address: string, hop: number) => boolean = app.get('trust proxy fn');
  limitConnections(server, connections, (address) => trusts(address, 0));
  // Longer than the keep-alive of most proxies, so that the proxy closes the connection and not we.
  server.keepAliveTimeout = 75_000;
  // Clients open connections in advance. Node counts a connection without a request so far as busy.
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({socket}) => silent.delete(socket));

  return {
    app,
    fetch: fetchFrom(server),
    listen: ({port, host = '127.0.0.1'}) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({port, host}, () => {
          server.off('error', reject);
          server.on('error', (error) => report(error));
          resolve(addressOf(server, host));
        });
      }),
    close: ({patience}) =>
      new Promise((resolve) => {
        if (!server.listening) {
          resolve();
          return;
        }
        const force = setTimeout(() => server.closeAllConnections(), patience);
        // A connection becomes idle when its answer ends, and the client would keep it open.
        const sweep = setInterval(() => server.closeIdleConnections(), 50);
        server.close(() => {
          clearTimeout(force);
          clearInterval(sweep);
          resolve();
        });
        server.closeIdleConnections();
        for (const socket of silent) socket.destroy();
      }),
  };
}

/** Lets `end` answer requests that no path has answered. Express itself would answer with a page of HTML. */
function endWith(app: Express, end: (req: Request, res: Response) => (thrown?: unknown) => void): void {
  const handled = app as unknown as {handle: (req: Request, res: Response, done?: (thrown?: unknown) => void) => void};
  const handle = handled.handle.bind(app);
  handled.handle = (req, res, done = end(req, res)) => handle(req, res, done);
}

/**
 * Makes the classes of Node's requests and responses, which have Express's prototypes from the beginning. Otherwise Express
 * changes the prototype of each object, after which all that it and Node do with that is slow.
 */
function createExpressClasses(app: Express) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  app.request = Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  // TypeScript does not follow the change of a prototype.
  return {
    IncomingMessage: ExpressRequest as typeof ExpressRequest & (new (socket: Socket) => Request),
    ServerResponse: ExpressResponse as typeof ExpressResponse & (new (req: IncomingMessage) => Response),
  };
}

function addressOf(server: Server, host: string): ListeningServer {
  const {port} = server.address() as AddressInfo;
  const name = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' || host === '::1' ? 'localhost' : host;
  return {port, url: `http://${name.includes(':') ? `[${name}]` : name}:${port}`};
}
