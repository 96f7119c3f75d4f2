/** What is done first for each request, whatever its path: it gets an id, is observed, and must name one host. */
import type {Request, Response} from 'express';
import type {RequestFacts} from '../engine/log.ts';
import {observe} from './operator/observe.ts';
import {checkHost} from './request/one-host.ts';
import {giveRequestId} from './request/request-id.ts';

/** @throws ChatError `invalid-request` */
export type Receive = (req: Request, res: Response) => void;

/** `observed` is called for each request when it is over. */
export function receiver(observed: ((facts: RequestFacts) => void) | undefined): Receive {
  const watch = observed && observe(observed);
  return (req, res) => {
    giveRequestId(req, res);
    watch?.(req, res);
    checkHost(req);
  };
}
