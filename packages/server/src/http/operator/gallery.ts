/** `/gallery` and `/playground`: every state of the widget, and a page that configures it. The widget's package has their files. */
import {join} from 'node:path';
import express, {type Response, Router} from 'express';
import {builtWidget} from '../../embedding.ts';
import {type DocsGuard, guardDocs} from './docs-access.ts';
import {explainMissing, securePage} from './page.ts';

export interface GalleryOptions extends DocsGuard {
  /** The widget's built browser files; those of the installed package by default. */
  readonly widgetFolder?: string;
}

export function galleryRoutes({widgetFolder = builtWidget(), ...guard}: GalleryOptions): Router {
  const folder = join(widgetFolder, 'gallery');
  const router = Router();
  // Both show the widget in a frame of their own.
  router.use(['/gallery', '/playground'], guardDocs(guard), securePage({frameSrc: ["'self'"]}));
  for (const name of ['gallery', 'playground']) {
    router.get(`/${name}`, (req, res) => {
      // The page has relative links, which must not begin at `/gallery/`.
      if (req.path.endsWith('/')) res.redirect(`../${name}`);
      else
        res
          .set('Cache-Control', 'no-cache')
          .sendFile(`${name}.html`, {root: folder}, (error) => error && explainMissing(req, res));
    });
  }
  const setHeaders = (res: Response) => res.set('Cache-Control', 'no-cache');
  router.use('/gallery', express.static(folder, {index: false, cacheControl: false, redirect: false, setHeaders}));
  return router;
}
