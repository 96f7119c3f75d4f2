/** `/gallery` and `/playground`: every state of the widget, and a page that configures it. The widget's package has their files. */
import {join} from 'node:path';
import express, {type RequestHandler, type Response, Router} from 'express';
import {builtWidget} from '../../embedding.ts';
import {type DocsGuard, guardDocs} from './docs-access.ts';
import {explainMissing, securePage} from './page.ts';

export interface GalleryOptions extends DocsGuard {
  /** The widget's built browser files; those of the installed package by default. */
  readonly widgetFolder?: string;
}

export function galleryRoutes({widgetFolder = builtWidget(), ...guard}: GalleryOptions): Router {
  // The frame of an app has no origin of its own, and so none that is ours.
  const setHeaders = (res: Response) =>
    res.set({'Cache-Control': 'no-cache', 'Cross-Origin-Resource-Policy': 'cross-origin'});
  const files = express.static(join(widgetFolder, 'gallery'), {
    index: false,
    cacheControl: false,
    redirect: false,
    setHeaders,
  });
  const router = Router();
  router.use(['/gallery', '/playground'], guardDocs(guard), securePage());
  for (const name of ['gallery', 'playground']) {
    const toFile: RequestHandler = (req, res, next) => {
      // The page has relative links, which must not begin at `/gallery/`.
      if (req.path.endsWith('/')) return res.redirect(`../${name}`);
      req.url = `/${name}.html`;
      next();
    };
    router.get(`/${name}`, toFile, files, explainMissing);
  }
  router.use('/gallery', files);
  return router;
}
