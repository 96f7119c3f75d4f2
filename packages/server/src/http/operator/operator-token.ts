/** The check of a token that the operator has set for paths of its own. */
import {createHash, timingSafeEqual} from 'node:crypto';
import type {Request} from 'express';

/** Whether a request brings the token, after `Bearer` or as the password of a browser's dialog. */
export function bringsToken({headers: {authorization = ''}}: Request, token: string): boolean {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return isSame(value, token);
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? [];
  return password !== undefined && isSame(password, token);
}

/** Digests have one length, as `timingSafeEqual` requires. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
