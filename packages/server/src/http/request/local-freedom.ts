/**
 * Local freedom: when somebody tries the server out, callers from the same machine have the plan `default` and
 * not that of visitors. It ends when anything shows that the server is public. Knows no keys and no plans.
 */
import {Server} from 'node:net';
import type {Request} from 'express';
import {Advice, type Report} from '../../engine/report.ts';
import {type PublicSettings, isLocalHost, isLocalOnly, isLoopbackName} from '../../local-settings.ts';
import {isLoopbackOrigin} from './cors.ts';

export interface LocalFreedomOptions extends PublicSettings {
  /** The demo model costs nothing, so everybody is free on it. */
  readonly isDemo: boolean;
  readonly report: Report;
}

export interface LocalFreedom {
  /** Looks for signs of a proxy. Every request must pass here, since the first sign ends the freedom until a restart. */
  watch(req: Request): void;
  /** Whether the caller is free. It must hold, too, that there are no keys. */
  allows(req: Request): boolean;
  /**
   * Whether the request comes from a program or page on this machine. Never again once a proxy was seen that adds no
   * headers: its requests cannot be told from those of this machine.
   */
  readonly isLocal: (req: Request) => boolean;
}

export function createLocalFreedom({isDemo, report, ...settings}: LocalFreedomOptions): LocalFreedom {
  let isOver = !isLocalOnly(settings);
  let isBehindSilentProxy = false;
  const isLocal = (req: Request) => !isBehindSilentProxy && isOnThisMachine(req);

  return {
    watch(req) {
      if (isBehindSilentProxy || req.app.get('trust proxy') || !isFromLoopback(req)) return;
      const silent = signOfSilentProxy(req);
      const sign = silent ?? (isOver || isDemo ? undefined : signOfProxy(req));
      if (sign === undefined) return;
      isOver = true;
      isBehindSilentProxy = silent !== undefined;
      report(new Advice(adviceOn(sign)));
    },
    allows: (req) =>
      isDemo || (!isOver && isLocal(req) && listensLocally(req) && isLoopbackOrigin(pageOf(req) ?? loopback)),
    isLocal,
  };
}

/**
 * False for requests through a proxy, and for pages that reached us by a foreign host name. Old proxies add no headers,
 * but speak HTTP/1.0. If a trusted proxy is configured, requests may come from anywhere.
 */
function isOnThisMachine(req: Request): boolean {
  if (req.app.get('trust proxy') || !isFromLoopback(req)) return false;
  return req.httpVersion !== '1.0' && !hasForwardedHeaders(req) && namesThisMachine(req);
}

const loopback = 'http://localhost';

function isFromLoopback({socket}: Request): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
}

function hasForwardedHeaders({headers}: Request): boolean {
  for (const name in headers) if (/^(?:forwarded|via|x-forwarded|x-real-ip|cf-)/.test(name)) return true;
  return false;
}

/** Parsing costs much of a refused request, and nearly all requests name the same host. */
function namesThisMachine({headers: {host = ''}}: Request): boolean {
  if (host !== last.host) last = {host, isLoopback: isLoopbackName(URL.parse(`http://${host}`)?.hostname ?? '')};
  return last.isLoopback;
}

let last = {host: '', isLoopback: false};

/** The origin of the page that sent the request; undefined if no page did, or if its browser does not tell. */
function pageOf({headers}: Request): string | undefined {
  return headers.origin ?? (headers.referer === undefined ? undefined : (URL.parse(headers.referer)?.origin ?? 'null'));
}

/** The address that the server listens on, as Node knows it, also inside an app of somebody else. */
function listensLocally({socket}: Request): boolean {
  const server: unknown = 'server' in socket ? socket.server : undefined;
  const address = server instanceof Server ? server.address() : null;
  return typeof address === 'object' && address !== null && isLocalHost(address.address);
}

/** A request that came from this machine, but not from anybody on it. */
function signOfProxy(req: Request): string | undefined {
  if (req.httpVersion === '1.0') return 'speaks HTTP/1.0';
  return hasForwardedHeaders(req) ? 'has the headers of a proxy' : undefined;
}

/**
 * A proxy that adds no headers is known by the host that it passes on, and by its pages: they are of a foreign origin,
 * and yet their browser says that it is ours.
 */
function signOfSilentProxy(req: Request): string | undefined {
  if (signOfProxy(req) !== undefined) return undefined;
  if (!namesThisMachine(req)) return 'names another host';
  if (req.headers['sec-fetch-site'] !== 'same-origin') return undefined;
  const page = pageOf(req);
  return page === undefined || page === 'null' || isLoopbackOrigin(page) ? undefined : `comes from a page of ${page}`;
}

function adviceOn(sign: string): string {
  return (
    `A request from this machine ${sign}, so there is a proxy in front. From now on callers without a key have the limits ` +
    'of visitors. Behind a proxy set CHATLET_TRUST_PROXY, CHATLET_ORIGINS and an API key for programs.'
  );
}
