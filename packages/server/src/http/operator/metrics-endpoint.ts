/**
 * `/metrics` for Prometheus. If the operator has set a token, only requests with that token may read it; otherwise only
 * programs on this machine.
 */
import {ChatError} from '@chatlet/protocol';
import type {Router} from 'express';
import {z} from 'zod';
import {type Operation, routerOf} from '../operation.ts';
import type {LocalFreedom} from '../request/local-freedom.ts';
import type {Metrics} from './metrics.ts';
import {bringsToken} from './operator-token.ts';

interface MetricsOptions {
  readonly metrics: Metrics;
  /** Without it only programs on this machine may read them. */
  readonly token: string | undefined;
  readonly isLocal: LocalFreedom['isLocal'];
}

export const metricsOperation: Operation<MetricsOptions> = {
  method: 'get',
  paths: ['/metrics'],
  callers: 'anybody',
  tag: 'Operation',
  summary: 'Numbers for Prometheus, for programs on this machine or with the metrics token',
  answer: {name: 'metrics', schema: z.string()},
  answerType: 'text/plain',
  moreResponses: {
    401: {description: 'The token is another', answer: 'error'},
    403: {description: 'Only programs on this machine may look', answer: 'error'},
  },
  handler({metrics, token, isLocal}) {
    return async (req, res) => {
      const mayLook = token === undefined ? isLocal(req) : bringsToken(req, token);
      if (!mayLook) throw new ChatError(token === undefined ? 'forbidden' : 'unauthenticated');
      res.set({'Content-Type': metrics.contentType, 'Cache-Control': 'no-store'}).send(await metrics.text());
    };
  },
};

export function metricsRoutes(options: MetricsOptions): Router {
  return routerOf([metricsOperation], options);
}
