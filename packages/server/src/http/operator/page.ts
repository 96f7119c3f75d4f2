/** Serves the widget's script for any page, and our own page that shows the widget. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import express, {type Request, type RequestHandler, type Response, Router} from 'express';
import helmet from 'helmet';
import {builtWidget, embedding} from '../../embedding.ts';

/** A strict policy, under which the widget must work: only our own files, no inline code, no strings as code. */
const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  connectSrc: ["'self'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'"],
  // The gallery and the playground, and the apps of tools.
  frameSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'self'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ['lit-html', 'chatlet', 'dompurify'],
};

/** The headers of our own pages. `more` are directives that this page needs besides. */
export function securePage(more: Readonly<Record<string, readonly string[]>> = {}): RequestHandler {
  return helmet({
    contentSecurityPolicy: {useDefaults: false, directives: {...directives, ...more}},
    // Left to the proxy that speaks HTTPS.
    strictTransportSecurity: false,
    referrerPolicy: {policy: 'same-origin'},
  });
}

const publicFolder = fileURLToPath(new URL('../../../public/', import.meta.url));

export interface PageRoutesOptions {
  /** The widget's built browser files; those of the installed package by default. */
  readonly widgetFolder?: string;
  /** Whether `/` shows the page. */
  readonly showsPage: boolean;
}

export function pageRoutes({widgetFolder = builtWidget(), showsPage}: PageRoutesOptions): Router {
  const router = Router();
  const file = {cacheControl: false, etag: true, lastModified: false, dotfiles: 'ignore', index: false} as const;

  // Pages of all origins may load scripts.
  const forAllPages = (caching: string) => (res: Response, path: string) => {
    res.set({
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cache-Control': caching,
      'X-Content-Type-Options': 'nosniff',
    });
    if (/\.m?js(?:\.\w+)?$/.test(path)) res.set('Content-Type', 'text/javascript; charset=utf-8');
  };
  const scriptsIn = (folder: string, caching: string) => [
    chooseCompressed(folder),
    express.static(folder, {...file, setHeaders: forAllPages(caching)}),
  ];
  // The names of lazy-loaded parts contain a hash of their content, so they may be cached for ever.
  router.use('/chatlet', scriptsIn(join(widgetFolder, 'chatlet'), 'public, max-age=31536000, immutable'));
  // A page has the version of this server after five minutes at most, and an older script still finds its chat.
  router.get(['/chatlet.js', '/chatlet.mjs'], scriptsIn(widgetFolder, 'public, max-age=300'), explainMissing);
  router.get('/embed.json', (_req, res, next) => {
    if (!existsSync(join(widgetFolder, 'chatlet.js'))) return next();
    forAllPages('no-cache')(res, '');
    res.json(embedding(widgetFolder));
  });
  if (!showsPage) return router;

  const setHeaders = (res: Response) => res.set('Cache-Control', 'no-cache');
  router.use(securePage(), express.static(publicFolder, {...file, index: 'index.html', redirect: false, setHeaders}));
  return router;
}

/** In a checkout of the repository, the widget's files are there after a build. */
export function explainMissing(_req: Request, res: Response): void {
  res
    .status(404)
    .type('text/plain')
    .send('The widget has not been built. Build it once: pnpm run build, then ask again.\n');
}

/** Of the files that the build has compressed, by their encodings, the preferred one first. */
const endings: ReadonlyMap<string, string> = new Map([
  ['br', 'br'],
  ['gzip', 'gz'],
]);

/** Sends the file that the build has compressed, if the browser takes it and it is there. */
function chooseCompressed(folder: string): RequestHandler {
  return (req, res, next) => {
    res.vary('Accept-Encoding');
    const encoding = req.acceptsEncodings(...endings.keys()) || 'identity';
    const path = `${req.path}.${endings.get(encoding)}`;
    if (endings.has(encoding) && /^\/[\w-]+\.m?js\.\w+$/.test(path) && existsSync(join(folder, path))) {
      res.set('Content-Encoding', encoding);
      req.url = path;
    }
    next();
  };
}
