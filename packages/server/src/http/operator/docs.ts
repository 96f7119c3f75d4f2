/** `/openapi.json` and `/docs`: the API for programs to read and for people to look at. */
import {existsSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import express, {type Router} from 'express';
import helmet from 'helmet';
import {z} from 'zod';
import {type Operation, routerOf} from '../operation.ts';
import {healthOperations} from './health.ts';
import {metricsOperation} from './metrics-endpoint.ts';
import {type DescribedApi, openApiDocument} from './openapi.ts';

const pageFile = fileURLToPath(new URL('../../../public/docs/swagger.html', import.meta.url));

export interface DocsOptions {
  readonly version: string;
  /** The APIs that are served, besides what operators ask. */
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
      // For tools on any page: it says nothing that is not in the README.
      res
        .set({'Cache-Control': 'no-cache', 'Access-Control-Allow-Origin': '*'})
        .type('application/json')
        .send(document);
    };
  },
};

/** What those who run the server ask it. */
export const operatorApi: DescribedApi = {operations: [...healthOperations, metricsOperation, openApiOperation]};

export function docsRoutes(options: DocsOptions): Router {
  const router = routerOf([openApiOperation], options);

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
    // The page names its files from where it stands, so that it works under any path.
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

/** Beside us where the package was packed, else where the package manager has put it for development. */
function swaggerFolder(): string | undefined {
  const packed = fileURLToPath(new URL('../../../swagger-ui/', import.meta.url));
  if (existsSync(packed)) return packed;
  try {
    return dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  } catch {
    // Not there in a package whose files somebody has cut down; the document itself always is.
    return undefined;
  }
}
