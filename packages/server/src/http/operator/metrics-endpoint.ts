/**
 * `/metrics` for Prometheus. If the operator has set a token, only requests with that token may read it; otherwise only
 * programs on this machine.
 */
import {createHash, timingSafeEqual} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import type {Request, Router} from 'express';
import {z} from 'zod';
import {type Operation, routerOf} from '../operation.ts';
import {isOnThisMachine} from '../request/local-freedom.ts';
import type {Metrics} from './metrics.ts';

interface MetricsServices {
  readonly metrics: Metrics;
  readonly token: string | undefined;
}

export const metricsOperation: Operation<MetricsServices> = {
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
  handler({metrics, token}) {
    const expected = token === undefined ? undefined : digestOf(token);
    const mayLook = (req: Request) =>
      expected === undefined ? isOnThisMachine(req) : timingSafeEqual(digestOf(bearerToken(req)), expected);
    return async (req, res) => {
      if (!mayLook(req)) throw new ChatError(expected ? 'unauthenticated' : 'forbidden');
      res.set({'Content-Type': metrics.contentType, 'Cache-Control': 'no-store'}).send(await metrics.text());
    };
  },
};

export function metricsRoutes(metrics: Metrics, token: string | undefined): Router {
  return routerOf([metricsOperation], {metrics, token});
}

/** The token after `Bearer`, in upper or lower case; empty if there is none. */
function bearerToken({headers}: Request): string {
  const [, token = ''] = /^bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return token;
}

/** Digests have one length, as `timingSafeEqual` requires. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
