/**
 * `/metrics` for Prometheus. If the operator has set a token, only requests with that token may read it; otherwise only
 * programs on this machine.
 */
import {ChatError} from '@chatlet/protocol';
import type {Router} from 'express';
import {z} from 'zod';
import {type Operation, routerOf} from '../operation.ts';
import type {Metrics} from './metrics.ts';
import {type OperatorAccess, checkOperator, operatorRefusals} from '../request/operator-token.ts';

interface MetricsOptions extends OperatorAccess {
  /** Undefined if the package for it is not installed. */
  readonly metrics: Metrics | undefined;
}

export const metricsOperation: Operation<MetricsOptions> = {
  method: 'get',
  paths: ['/metrics'],
  callers: 'anybody',
  tag: 'Operation',
  summary: 'Numbers for Prometheus, for programs on this machine or with the metrics token',
  answer: {name: 'metrics', schema: z.string()},
  answerType: 'text/plain',
  moreResponses: operatorRefusals,
  handler({metrics, ...access}) {
    return async (req, res) => {
      checkOperator(req, access);
      if (!metrics) throw new ChatError('not-found', 'Metrics need a package: npm install prom-client');
      res.set({'Content-Type': metrics.contentType, 'Cache-Control': 'no-store'}).send(await metrics.text());
    };
  },
};

export function metricsRoutes(options: MetricsOptions): Router {
  return routerOf([metricsOperation], options);
}
