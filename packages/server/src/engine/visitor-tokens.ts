/**
 * The tokens of anonymous visitors. A server gives `v1.ID.SIGNATURE`; a page may also make `v2.` and 32 random bytes in
 * base64url by itself, so that its first question belongs to somebody however often it is sent. Knows no HTTP.
 */
import {createHmac, timingSafeEqual} from 'node:crypto';
import {ownerOf} from './identity.ts';
import {randomToken} from './random-token.ts';
import type {Owner} from './store.ts';

export interface VisitorTokens {
  /** A token for a new visitor. */
  issue(): {readonly token: string; readonly owner: Owner};
  /** The visitor with this token; undefined if it is not valid. */
  find(token: string): Owner | undefined;
}

/** Nobody can guess 32 random bytes, and fewer are refused. */
const pageSecret = /^v2\.([\w-]{43})$/;
/** Signing costs more than all other checks of a request, so the shape of a signature comes first. */
const signed = /^v1\.([^.]*)\.([\w-]{43})$/;

/** @param secret the server's; with another one all tokens of pages mean other visitors */
export function createVisitorTokens(secret: string): VisitorTokens {
  const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
  const sign = (id: string) => hmac(`visitor:${id}`);

  return {
    issue() {
      const id = randomToken(16);
      return {token: `v1.${id}.${sign(id)}`, owner: ownerOf('visitor', id)};
    },
    find(token) {
      const [, own] = pageSecret.exec(token) ?? [];
      if (own !== undefined) return ownerOf('visitor', hmac(`visitor-secret:${own}`).slice(0, 22));
      const [, id = '', signature] = signed.exec(token) ?? [];
      const holds = signature !== undefined && timingSafeEqual(Buffer.from(signature), Buffer.from(sign(id)));
      return holds ? ownerOf('visitor', id) : undefined;
    },
  };
}
