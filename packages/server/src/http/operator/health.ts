/**
 * `/healthz` and `/readyz`: is the process alive, and can it answer questions? Tells no details, as anybody may ask.
 */
import type {Router} from 'express';
import {z} from 'zod';
import type {Models} from '../../engine/models.ts';
import {Advice, type Report} from '../../engine/report.ts';
import {type StoreHealth, storeAdvice} from '../../engine/store-health.ts';
import type {Store} from '../../engine/store.ts';
import {type Operation, routerOf} from '../operation.ts';
import {type AnswerSchema, textField} from '../response/answer-schemas.ts';

export interface HealthServices {
  readonly store: Store;
  readonly report: Report;
  readonly models: Models;
}

/** Milliseconds after which a store or provider counts as unavailable. */
const patience = 3_000;

const healthAnswer: AnswerSchema = {name: 'health', schema: z.object({status: z.literal('ok')})};

const readinessAnswer: AnswerSchema = {
  name: 'readiness',
  schema: z.object({status: textField, store: textField, models: textField}),
};

export const healthOperations: readonly Operation<HealthServices>[] = [
  {
    method: 'get',
    paths: ['/healthz'],
    callers: 'anybody',
    tag: 'Operation',
    summary: 'Whether the process lives',
    answer: healthAnswer,
    handler: () => (_req, res) => {
      res.set('Cache-Control', 'no-store').json({status: 'ok'});
    },
  },
  {
    method: 'get',
    paths: ['/readyz'],
    callers: 'anybody',
    tag: 'Operation',
    summary: 'Whether questions can be answered; 503 if not',
    answer: readinessAnswer,
    moreResponses: {503: {description: 'Not ready', answer: readinessAnswer}},
    handler:
      ({store, models, report}) =>
      async (_req, res) => {
        const [storeHealth, modelsAnswer] = await Promise.all([
          healthOf(store),
          // The list is cached for a minute, so frequent checks cost the provider nothing.
          answerOr(false, () => models.isReachable()),
        ]);
        noteHealth(store, storeHealth, report);
        const ready = storeHealth === 'ok' && modelsAnswer;
        res
          .status(ready ? 200 : 503)
          .set('Cache-Control', 'no-store')
          .json({
            status: ready ? 'ready' : 'not ready',
            store: storeHealth,
            models: modelsAnswer ? 'ok' : 'unavailable',
          });
      },
  },
];

export function healthRoutes(services: HealthServices): Router {
  return routerOf(healthOperations, services);
}

/** Stores that cannot tell are asked for a page. */
function healthOf(store: Store): Promise<StoreHealth> {
  const ask = async (): Promise<StoreHealth> => {
    if (store.health) return store.health();
    await store.chats('local', {limit: 1});
    return 'ok';
  };
  return answerOr('unavailable', ask);
}

/** The operator reads of a problem once, however often a load balancer asks. */
function noteHealth(store: Store, health: StoreHealth, report: Report): void {
  if (lastHealth.get(store) === health) return;
  lastHealth.set(store, health);
  if (health !== 'ok') report(new Advice(storeAdvice[health]), {store: health});
}

const lastHealth = new WeakMap<Store, StoreHealth>();

/** The answer, or the other value if there is none in time or it fails. */
async function answerOr<Answer>(otherwise: Answer, ask: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), patience);
  });
  const answered = await Promise.race([ask().catch(() => otherwise), late]);
  clearTimeout(timer);
  return answered;
}
