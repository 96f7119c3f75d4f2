/** `/healthz`, `/readyz`, `/metrics`: what those who run the server ask it. */
import {createHash, timingSafeEqual} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import {type Request, Router} from 'express';
import type {Models} from '../../engine/models.ts';
import type {Store} from '../../engine/store.ts';
import {isOnThisMachine} from '../request/auth.ts';
import type {Metrics} from './metrics.ts';

export interface OperatorServices {
  readonly store: Store;
  readonly models: Models;
}

/** Milliseconds that a provider has to say that it is there. */
const patience = 3_000;

/** Whether the process lives, and whether it can answer questions. For anybody: they say yes or no and no more. */
export function healthRoutes({store, models}: OperatorServices): Router {
  const router = Router();

  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({status: 'ok'});
  });

  router.get('/readyz', async (_req, res) => {
    const [storeAnswers, modelsAnswer] = await Promise.all([
      answers(() => store.chats('local', {limit: 1})),
      // Remembered for a minute, so that asking often costs the provider nothing.
      answers(async () => {
        if ((await models.list()).length === 0) throw new ChatError('provider-unavailable');
      }),
    ]);
    const ready = storeAnswers && modelsAnswer;
    res
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: ready ? 'ready' : 'not ready',
        store: storeAnswers ? 'ok' : 'unavailable',
        models: modelsAnswer ? 'ok' : 'unavailable',
      });
  });

  return router;
}

/**
 * Numbers for Prometheus: for programs on this machine, or, where there is a token, for whoever brings it, and then for
 * nobody else.
 */
export function metricsRoutes(metrics: Metrics, token: string | undefined): Router {
  const router = Router();
  const expected = token === undefined ? undefined : digestOf(token);

  const mayLook = (req: Request) =>
    expected === undefined ? isOnThisMachine(req) : timingSafeEqual(digestOf(bearerToken(req)), expected);

  router.get('/metrics', async (req, res) => {
    if (!mayLook(req)) throw new ChatError(expected ? 'unauthenticated' : 'forbidden');
    res.set({'Content-Type': metrics.contentType, 'Cache-Control': 'no-store'}).send(await metrics.text());
  });

  return router;
}

/** What is shown behind `Bearer`, which counts in any case; nothing where there is none. */
function bearerToken({headers}: Request): string {
  const [, token = ''] = /^bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return token;
}

/** Of one length, whatever was sent. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patience);
  });
  const asked = ask().then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([asked, late]);
  clearTimeout(timer);
  return answered;
}
