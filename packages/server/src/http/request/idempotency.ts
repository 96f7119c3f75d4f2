/**
 * Checks the `Idempotency-Key` of requests. A request may be sent again with its key without being answered twice; the
 * engine takes care of that.
 */
import {hash} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import type {Request} from 'express';
import {z} from 'zod';
import type {Owner} from '../../engine/store.ts';

export interface Idempotency {
  /**
   * The key of the request; undefined if it has none.
   * @throws ChatError `invalid-request` for a malformed key, `conflict` if another request was sent with this key
   */
  keyOf(req: Request, owner: Owner): string | undefined;
}

/** The allowed characters and length. */
const idempotencyKey = /^[\x21-\x7E]{1,255}$/;

/** The headers of operations that take a key. */
export const idempotencyHeaders = z.object({
  'Idempotency-Key': z.string().regex(idempotencyKey).optional().describe('A name under which it is answered once'),
});

export interface IdempotencyOptions {
  /** Milliseconds; a day by default. */
  readonly keepFor?: number;
  /** The number of keys; 20 000 by default. */
  readonly keepAtMost?: number;
  readonly now?: () => number;
}

export function createIdempotency(options: IdempotencyOptions = {}): Idempotency {
  const {keepFor = 86_400_000, keepAtMost = 20_000, now = Date.now} = options;
  /** A hash of each key's request. The oldest come first, because a Map keeps its order. */
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
