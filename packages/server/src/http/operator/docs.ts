/** `/openapi.json` and `/docs`: the description of all APIs, for programs and for people. */
import {existsSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import express, {Router} from 'express';
import helmet from 'helmet';
import {z} from 'zod';
import {type Operation, routerOf} from '../operation.ts';
import {type DocsGuard, guardDocs} from './docs-access.ts';
import {healthOperations} from './health.ts';
import {metricsOperation} from './metrics-endpoint.ts';
import {type DescribedApi, openApiDocument} from './openapi.ts';
import {pageReviewOperations} from './page-review-endpoints.ts';

const pageFile = fileURLToPath(new URL('../../../public/docs/swagger.html', import.meta.url));

export interface DocsOptions extends DocsGuard {
  readonly version: string;
  /** All APIs but the operator's own, which is added here. */
  readonly apis: readonly DescribedApi[];
}

const openApiOperation: Operation<DocsOptions> = {
  method: 'get',
  paths: ['/openapi.json'],
  callers: 'anybody',
  tag: 'Operation',
  summary: 'This document',
  answer: {name: 'document', schema: z.looseObject({openapi: z.string()})},
  handler({version, apis}) {
    let document: string | undefined;
    return (_req, res) => {
      document ??= JSON.stringify(openApiDocument({version, apis: [...apis, operatorApi]}));
      // Any page may read it, since it tells no more than the README.
      res
        .set({'Cache-Control': 'no-cache', 'Access-Control-Allow-Origin': '*'})
        .type('application/json')
        .send(document);
    };
  },
};

/** The operator's own paths. */
export const operatorApi: DescribedApi = {
  operations: [...healthOperations, metricsOperation, ...pageReviewOperations, openApiOperation],
};

export function docsRoutes(options: DocsOptions): Router {
  const router = Router();
  router.use(['/docs', '/openapi.json'], guardDocs(options));
  router.use(routerOf([openApiOperation], options));

  const secure = helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  });
  const folder = swaggerFolder();
  router.get('/docs', secure, (req, res) => {
    // The page has relative links, which must not begin at `/docs/`.
    if (req.path.endsWith('/')) res.redirect('../docs');
    else if (folder === undefined) res.redirect('openapi.json');
    else res.set('Cache-Control', 'no-cache').sendFile(pageFile);
  });
  if (folder !== undefined) {
    router.get(
      ['/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'],
      secure,
      (req, _res, next) => {
        req.url = req.url.slice('/docs'.length);
        next();
      },
      express.static(folder, {index: false}),
    );
  }
  return router;
}

/** The packed package has its own copy; during development it is in node_modules. */
function swaggerFolder(): string | undefined {
  const packed = fileURLToPath(new URL('../../../swagger-ui/', import.meta.url));
  if (existsSync(packed)) return packed;
  try {
    return dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  } catch {
    // Somebody may have removed the folder from the package. `/openapi.json` works without it.
    return undefined;
  }
}
