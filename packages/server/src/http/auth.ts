/**
 * Says who is asking, from what the request proves and never from what its body claims. The one place where a
 * request becomes an owner.
 */
import {createHash, createHmac, randomBytes, timingSafeEqual} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import type {Owner} from '../engine/store.ts';
import {isLoopbackName} from './cors.ts';

/**
 * - `key`: a program with an API key
 * - `visitor`: an anonymous visitor of a page, known by a token of ours
 * - `local`: a program on this machine, where no keys are configured
 */
export interface Caller {
  readonly kind: 'key' | 'visitor' | 'local';
  readonly owner: Owner;
  /** The plan of the key. */
  readonly plan?: string;
}

export interface ApiKey {
  readonly key: string;
  readonly plan: string;
}

export interface AuthOptions {
  /** Signs visitor tokens. */
  readonly secret: string;
  readonly keys: readonly ApiKey[];
}

export interface Auth {
  /**
   * Who asks; undefined where nobody says so, which may read what is public and owns nothing.
   * @throws ChatError `unauthenticated` where what is shown does not hold
   */
  identify(req: Request): Caller | undefined;
  /** The same for requests that begin something: who is nobody yet becomes a visitor and is told the token. */
  admit(req: Request, res: Response): Caller;
}

const visitorHeader = 'X-Chatlet-Visitor';

export function createAuth({secret, keys}: AuthOptions): Auth {
  // Only hashes are kept and compared: their length says nothing of the key, and their order nothing to a clock.
  const byHash = new Map(keys.map(({key, plan}) => [hashOf(key), plan]));

  const sign = (id: string) => createHmac('sha256', secret).update(`visitor:${id}`).digest('base64url');

  function ofKey(token: string): Caller {
    const hash = hashOf(token);
    const plan = byHash.get(hash);
    if (plan === undefined) throw new ChatError('unauthenticated', 'The API key is not valid.');
    return {kind: 'key', owner: `key:${hash.slice(0, 24)}`, plan};
  }

  function ofVisitor(token: string): Caller {
    const [version, id = '', signature = ''] = token.split('.');
    const expected = Buffer.from(sign(id));
    const given = Buffer.from(signature);
    const holds = version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    if (!holds) throw new ChatError('unauthenticated', 'The visitor token is not valid.');
    return {kind: 'visitor', owner: `visitor:${id}`};
  }

  function identify(req: Request): Caller | undefined {
    const {authorization} = req.headers;
    if (authorization !== undefined) return ofKey(bearerOf(authorization));
    const token = req.get(visitorHeader);
    if (token !== undefined) return ofVisitor(token);
    return keys.length === 0 && isProgramOnThisMachine(req) ? {kind: 'local', owner: 'local'} : undefined;
  }

  return {
    identify,
    admit(req, res) {
      const caller = identify(req);
      if (caller) return caller;
      if (keys.length > 0 && !isPage(req)) throw new ChatError('unauthenticated');
      const id = randomBytes(16).toString('base64url');
      res.set(visitorHeader, `v1.${id}.${sign(id)}`);
      return {kind: 'visitor', owner: `visitor:${id}`};
    },
  };
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function bearerOf(authorization: string): string {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization.trim()) ?? [];
  if (token === undefined) {
    throw new ChatError('unauthenticated', 'The Authorization header must be "Bearer", a space and the key.');
  }
  return token;
}

/** Browsers name the origin of a page's request, or at least the kind of site that it comes from. */
function isPage({headers}: Request): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

/**
 * Nobody but a program on this machine: no page (also none that a foreign name leads here), and nobody that a proxy
 * stands for.
 */
function isProgramOnThisMachine(req: Request): boolean {
  const {headers, socket} = req;
  if (isPage(req) || headers.referer !== undefined) return false;
  if (Object.keys(headers).some((name) => /^(?:forwarded|via|x-forwarded|x-real-ip|cf-)/.test(name))) return false;
  const address = socket.remoteAddress ?? '';
  if (!/^(?:127\.|::1$|::ffff:127\.)/.test(address)) return false;
  const host = URL.parse(`http://${headers.host ?? ''}`);
  return host !== null && isLoopbackName(host.hostname);
}
