/**
 * CORS: lets pages use the server if their origin is the server's own or one of the operator's list. Without a list,
 * pages on this machine may use it, too. Compares whole origins; only
 * the operator's own `https://*.example.com` stands for subdomains.
 *
 * If cookies can identify a caller, they come with requests that the user did not make (CSRF). Then only pages of the own
 * origin and of the list may write, and a cookie without any sign of its page is not enough to do so.
 */
import {ChatError} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {Advice, type Report} from '../../engine/report.ts';
import {createOriginMatch} from '../../origins.ts';
import {isLoopbackName} from '../../local-settings.ts';
import {headingOf, setHeading} from './heading.ts';
import {limitHeaderNames} from './limit-headers.ts';

const exposed = [
  'X-Chat-Id',
  'X-Message-Id',
  'X-Request-Id',
  'OpenAI-Processing-Ms',
  'X-Should-Retry',
  'X-Chatlet-Visitor',
  'X-Next-Cursor',
  'X-Chatlet-Ignored',
  ...limitHeaderNames,
  'X-Chatlet-Stream',
  'X-Vercel-AI-UI-Message-Stream',
  'X-Vercel-AI-Data-Stream',
].join(', ');

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface CorsOptions {
  /** Without `origins`, pages on this machine are allowed, on any port. */
  readonly origins?: readonly string[] | undefined;
  /** Whether the path tells a page of another origin that it is not allowed. */
  readonly tellsForeignPages: (path: string) => boolean;
  /** Whether cookies can identify a caller. */
  readonly usesCookies: boolean;
  readonly report: Report;
}

/** The operator is told of this many origins; a page can be anywhere. */
const mostAdvices = 100;

/**
 * Makes the check of a request's origin, which also writes the headers of CORS. Its result is the refusal, `forbidden`, or
 * `answered` if nothing more is to be done.
 */
export function cors(options: CorsOptions): (req: Request, res: Response) => ChatError | 'answered' | undefined {
  const {origins, tellsForeignPages, usesCookies, report} = options;
  const isNamed = origins && createOriginMatch(origins);
  const advised = new Set<string>();

  function advise(origin: string): void {
    if (advised.has(origin) || advised.size >= mostAdvices) return;
    advised.add(origin);
    report(new Advice(adviceFor(origin, origins)), {origin});
  }

  return (req, res) => {
    addVary(res, 'Origin');
    const {origin} = req.headers;
    if (origin === undefined) {
      // A browser may omit the origin, but still says that the request comes from another site.
      return !reading.has(req.method) && isFromElsewhere(req, usesCookies) ? notFromHere : undefined;
    }
    const allowed = (isNamed ? isNamed(origin) : !usesCookies && isLoopbackOrigin(origin)) || isOwn(origin, req);
    if (allowed) {
      const heading = headingOf(res);
      heading['Access-Control-Allow-Origin'] = origin;
      heading['Access-Control-Expose-Headers'] = exposed;
      if (usesCookies && isNamed?.(origin)) heading['Access-Control-Allow-Credentials'] = 'true';
    } else {
      advise(origin);
      if (req.method === 'GET' && tellsForeignPages(req.path)) {
        setHeading(res);
        res.set('Access-Control-Allow-Origin', origin).json({allowed: false, origin});
        return 'answered';
      }
      if (!reading.has(req.method)) return notFromHere;
    }
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return undefined;
    if (!allowed) return notFromHere;
    setHeading(res);
    addVary(res, 'Access-Control-Request-Headers');
    res.set({
      'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE',
      // Clients send headers of all kinds, so all are allowed. The origin has been checked already.
      'Access-Control-Allow-Headers': req.headers['access-control-request-headers'] ?? '',
      'Access-Control-Max-Age': '600',
    });
    res.status(204).end();
    return 'answered';
  };
}

/**
 * Whether a request without an origin comes from a page of another site. With cookies the page must be known: a request
 * that a page can send without a preflight, and that does not name its source, counts as one from elsewhere.
 */
function isFromElsewhere({method, headers}: Request, usesCookies: boolean): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site') return true;
  if (!usesCookies) return false;
  if (site !== undefined) return site === 'same-site';
  const isSimple = method === 'POST' && !/^application\/json\b/i.test(headers['content-type'] ?? '');
  return isSimple && headers.cookie !== undefined;
}

function adviceFor(origin: string, origins: readonly string[] = []): string {
  const asked = `A page of ${origin} asked and was refused.`;
  if (origin === 'null')
    return `${asked} Pages in files and sandboxed frames have no origin: serve the page over HTTP.`;
  return `${asked} To allow its pages, set CHATLET_ORIGINS=${[...origins, origin].join(',')}`;
}

/** Express's own `vary` parses the header, even if there is none. */
function addVary(res: Response, name: string): void {
  if (res.hasHeader('vary')) res.vary(name);
  else headingOf(res)['Vary'] = name;
}

// Made once, as all errors that strangers can cause at will: making one costs more than the check.
const notFromHere = new ChatError('forbidden', 'Pages of this origin may not use this server.', {
  details: {cause: 'origin'},
});

/**
 * Compares the origin with the request's host. The scheme may differ, because a proxy may speak HTTPS for us. If the
 * proxy sends another host, `Sec-Fetch-Site` decides, a header that pages cannot set.
 */
function isOwn(origin: string, {headers}: Request): boolean {
  if (headers['sec-fetch-site'] === 'same-origin') return true;
  const host = headers.host?.toLowerCase();
  // An origin ends with its host, so most foreign ones need not be parsed.
  if (host === undefined || !origin.endsWith(`//${host}`)) return false;
  const url = URL.parse(origin);
  return url !== null && url.origin === origin && url.host === host;
}

/** Origins of pages that are served by this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin || !/^https?:$/.test(url.protocol)) return false;
  return isLoopbackName(url.hostname);
}
