/** The server around the router: listens, answers what nobody else answers, and goes without losing anything. */
import {type Server, createServer} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {ChatError} from '@chatlet/protocol';
import express, {type Express, type RequestHandler} from 'express';
import type {Report} from '../engine/report.ts';
import {errorHandler} from './response/errors.ts';
import {requestId} from './request/request-id.ts';

export interface ListenOptions {
  /** 0 chooses a free one. */
  readonly port: number;
  /** Only this machine by default; `0.0.0.0` for all. */
  readonly host?: string;
}

export interface ListeningServer {
  readonly url: string;
  readonly port: number;
}

export interface HttpServer {
  readonly app: Express;
  listen(options: ListenOptions): Promise<ListeningServer>;
  /** Takes no new connections; resolves when all are closed, the idle ones at once and the last by force. */
  close(options: {readonly patience: number}): Promise<void>;
}

export interface HttpServerOptions {
  readonly report: Report;
  /**
   * The proxies in front whose word on the caller's address counts: how many there are, or their addresses.
   * Nobody's by default.
   */
  readonly trustProxy?: number | readonly string[];
}

export function createHttpServer(
  handlers: readonly RequestHandler[],
  {report, trustProxy = 0}: HttpServerOptions,
): HttpServer {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy);
  app.use(requestId);
  for (const handler of handlers) app.use(handler);
  app.use(() => {
    throw new ChatError('not-found');
  });
  app.use(errorHandler(report));

  const server = createServer(app);
  // Longer than the proxies in front keep a connection, so that it is they who close it.
  server.keepAliveTimeout = 75_000;
  // Browsers and clients open connections ahead; Node counts one that has not asked anything yet as busy.
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({socket}) => silent.delete(socket));

  return {
    app,
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
        // A connection whose answer ends while we wait is idle only then, and its other end keeps it open.
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

function addressOf(server: Server, host: string): ListeningServer {
  const {port} = server.address() as AddressInfo;
  const name = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' || host === '::1' ? 'localhost' : host;
  return {port, url: `http://${name.includes(':') ? `[${name}]` : name}:${port}`};
}
