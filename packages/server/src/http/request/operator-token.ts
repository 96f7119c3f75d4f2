/** The check of a token that the operator has set for paths of its own, and of callers of those without one. */
import {createHash, timingSafeEqual} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import type {Request} from 'express';
import type {LocalFreedom} from './local-freedom.ts';

export interface OperatorAccess {
  /** Without it only programs on this machine may look. */
  readonly token: string | undefined;
  readonly isLocal: LocalFreedom['isLocal'];
}

export const operatorRefusals = {
  401: {description: 'The token is another', answer: 'error'},
  403: {description: 'Only programs on this machine may look', answer: 'error'},
} as const;

/** @throws ChatError `unauthenticated`, `forbidden` */
export function checkOperator(req: Request, {token, isLocal}: OperatorAccess): void {
  const mayLook = token === undefined ? isLocal(req) : bringsToken(req, token);
  if (!mayLook) throw new ChatError(token === undefined ? 'forbidden' : 'unauthenticated');
}

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
