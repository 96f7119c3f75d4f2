/** Serves the widget's script for any page, and our own page that shows the widget. */
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import express, {type Response, Router} from 'express';
import helmet from 'helmet';

/** A strict policy, under which the widget must work: only our own files, no inline code, no strings as code. */
const directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  connectSrc: ["'self'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'self'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ['lit-html', 'chatlet', 'dompurify'],
};

const secure = helmet({
  contentSecurityPolicy: {useDefaults: false, directives},
  // Left to the proxy that speaks HTTPS.
  strictTransportSecurity: false,
  referrerPolicy: {policy: 'same-origin'},
});

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
  const forAllPages = (caching: string) => (res: Response) => {
    res.set({
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cache-Control': caching,
      'X-Content-Type-Options': 'nosniff',
    });
  };
  // The names of lazy-loaded parts contain a hash of their content, so they may be cached for ever.
  const parts = {...file, setHeaders: forAllPages('public, max-age=31536000, immutable')};
  router.use('/chatlet', express.static(join(widgetFolder, 'chatlet'), parts));
  // Revalidated by its ETag each time: a page should have the version that fits this server.
  const script = express.static(widgetFolder, {...file, setHeaders: forAllPages('no-cache')});
  router.get('/chatlet.js', script, (_req, res) => {
    res
      .status(404)
      .type('text/plain')
      .send('The widget has not been built. Build it once: pnpm run build, then ask again.\n');
  });
  if (!showsPage) return router;

  const setHeaders = (res: Response) => res.set('Cache-Control', 'no-cache');
  router.use(secure, express.static(publicFolder, {...file, index: 'index.html', redirect: false, setHeaders}));
  return router;
}

/** `dist/browser` of the widget's package. */
function builtWidget(): string {
  const manifest = fileURLToPath(import.meta.resolve('@chatlet/widget/package.json'));
  return join(dirname(manifest), 'dist', 'browser');
}
