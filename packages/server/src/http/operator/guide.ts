/** `/guide/`: the documentation of this version, as pages and as Markdown. The package has its files; a checkout builds them. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import express, {type Response, Router} from 'express';
import {type DocsGuard, guardDocs} from './docs-access.ts';
import {securePage} from './page.ts';

const ownFolder = fileURLToPath(new URL('../../../guide/', import.meta.url));

export interface GuideOptions extends DocsGuard {
  /** The folder of the built pages; that of the package by default. */
  readonly folder?: string;
}

export function guideRoutes({folder = ownFolder, ...guard}: GuideOptions): Router {
  const router = Router();
  router.use(['/guide', '/llms.txt'], guardDocs(guard), securePage());
  router.get('/llms.txt', (_req, res) => res.redirect('guide/llms.txt'));
  router.get('/guide', (req, res, next) => {
    // The pages have relative links, which must begin at `/guide/`.
    if (req.path.endsWith('/')) next();
    else res.redirect('guide/');
  });
  const setHeaders = (res: Response) => res.set('Cache-Control', 'no-cache');
  router.use(
    '/guide',
    express.static(folder, {cacheControl: false, redirect: false, extensions: ['html'], setHeaders}),
  );
  // A checkout has the pages' text before they are built, and answers link to it.
  router.get('/guide/{:page}', ({params: {page = 'index'}}, res, next) => {
    const text = `${page.replace(/\.html$/, '')}.md`;
    if (/^[\w-]+\.md$/.test(text) && existsSync(join(folder, text))) res.redirect(text);
    else if (existsSync(join(folder, 'index.html'))) next();
    else res.status(404).type('text/plain').send('The guide has not been built. Build it once: npm run build\n');
  });
  return router;
}
