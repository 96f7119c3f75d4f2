/**
 * The `Idempotency-Key` of a request: a name under which it may be sent again without being answered twice. Only checks
 * it; that one name makes one turn is the engine's business.
 */
import {hash} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import type {Request} from 'express';
import {z} from 'zod';
import type {Owner} from '../../engine/store.ts';

export interface Idempotency {
  /**
   * The name of the request; undefined where it has none.
   * @throws ChatError `invalid-request` for what is no name, `conflict` where it stands for another request
   */
  keyOf(req: Request, owner: Owner): string | undefined;
}

/** What may be such a name. */
const idempotencyKey = /^[\x21-\x7E]{1,255}$/;

/** The headers of an operation that takes such a name. */
export const idempotencyHeaders = z.object({
  'Idempotency-Key': z.string().regex(idempotencyKey).optional().describe('A name under which it is answered once'),
});

export interface IdempotencyOptions {
  /** Milliseconds for which a name stands for its request; a day by default. */
  readonly keepFor?: number;
  /** Names that are remembered at most; 20 000 by default. */
  readonly keepAtMost?: number;
  readonly now?: () => number;
}

export function createIdempotency(options: IdempotencyOptions = {}): Idempotency {
  const {keepFor = 86_400_000, keepAtMost = 20_000, now = Date.now} = options;
  /** What each name stands for. Oldest first, as a Map keeps its order. */
  const known = new Map<string, {readonly request: string; readonly at: number}>();

  return {
    keyOf(req, owner) {
      const name = req.get('idempotency-key');
      if (name === undefined) return undefined;
      if (!idempotencyKey.test(name)) {
        throw new ChatError('invalid-request', 'The Idempotency-Key must have 1 to 255 visible ASCII characters.');
      }
      for (const [key, {at}] of known) {
        if (known.size < keepAtMost && at > now() - keepFor) break;
        known.delete(key);
      }
      const key = JSON.stringify([owner, name]);
      const request = hash('sha256', JSON.stringify([req.path, req.body]), 'base64');
      const before = known.get(key);
      if (before && before.request !== request) {
        throw new ChatError('conflict', 'This Idempotency-Key was used for another request.', {retryable: false});
      }
      if (!before) known.set(key, {request, at: now()});
      return name;
    },
  };
}
