/** What browsers load from here: the widget's script for any page, and one page of our own that shows it. */
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import express, {type Response, Router} from 'express';
import helmet from 'helmet';

/** Nothing but our own files, no inline code, no strings as code: what the widget must be able to live with. */
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
  // Whether all of a site speaks HTTPS is for whatever speaks it here to say.
  strictTransportSecurity: false,
  referrerPolicy: {policy: 'same-origin'},
});

const publicFolder = fileURLToPath(new URL('../../../public/', import.meta.url));

export interface PageRoutesOptions {
  /** The widget's built browser files; found in the installed package where absent. */
  readonly widgetFolder?: string;
  /** Whether `/` shows the page. */
  readonly showsPage: boolean;
}

export function pageRoutes({widgetFolder = builtWidget(), showsPage}: PageRoutesOptions): Router {
  const router = Router();
  const file = {cacheControl: false, etag: true, lastModified: false, dotfiles: 'ignore', index: false} as const;

  // Scripts are for pages of any origin.
  const forAllPages = (caching: string) => (res: Response) => {
    res.set({
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cache-Control': caching,
      'X-Content-Type-Options': 'nosniff',
    });
  };
  // The parts that are loaded on first use carry a hash of their content in their names.
  const parts = {...file, setHeaders: forAllPages('public, max-age=31536000, immutable')};
  router.use('/chatlet', express.static(join(widgetFolder, 'chatlet'), parts));
  // The script is checked against its tag each time: a page should have the version that the server speaks with.
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

/** `dist/browser` of the widget's package, wherever the package manager has put it. */
function builtWidget(): string {
  const manifest = fileURLToPath(import.meta.resolve('@chatlet/widget/package.json'));
  return join(dirname(manifest), 'dist', 'browser');
}
