/**
 * Says who is asking, from what the request proves and never from what its body claims. The one place where a
 * request becomes an owner and a plan. Knows no limits and no routes.
 */
import {createHmac, timingSafeEqual} from 'node:crypto';
import {ChatError} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {type ConfiguredKey, type KeyStore, createKeyCheck} from '../../engine/api-keys.ts';
import {type Identity, ownerOf} from '../../engine/identity.ts';
import {type Plan, findPlan, findDefaultPlan} from '../../engine/plans.ts';
import {randomToken} from '../../engine/random-token.ts';
import type {SiteTokenCheck} from '../../engine/site-token.ts';
import {isLoopbackName} from './cors.ts';

/** Who is asking, and what they may have. */
export interface Caller extends Pick<Identity, 'kind' | 'owner'> {
  readonly plan: Plan;
}

export interface AuthOptions {
  /** Signs visitor tokens. */
  readonly secret: string;
  readonly keys: readonly ConfiguredKey[];
  /** Keys that the command line makes and revokes. */
  readonly keyStore?: KeyStore;
  /** How the site's own sign-in is checked; where absent, its tokens are no proof of anything. */
  readonly siteTokens?: SiteTokenCheck;
  /** Later ones stand in for earlier ones of the same name. */
  readonly plans: readonly Plan[];
  /** Whether somebody may ask who proves nothing. */
  readonly visitors: 'welcome' | 'refused';
}

export interface Auth {
  /**
   * Who asks; undefined where nobody says so, which may read what is public and owns nothing.
   * @throws ChatError `unauthenticated` where what is shown does not hold
   */
  identify(req: Request): Promise<Caller | undefined>;
  /** The same for requests that begin something: who is nobody yet becomes a visitor and is told the token. */
  admit(req: Request, res: Response): Promise<Caller>;
  /**
   * The same for paths of programs: those with a key, and a site's signed-in users. Where there are no keys at all,
   * everything on this machine.
   */
  admitProgram(req: Request, res: Response): Promise<Caller>;
}

export const visitorHeader = 'X-Chatlet-Visitor';

export function createAuth(options: AuthOptions): Auth {
  const {secret, keys, keyStore, siteTokens, plans, visitors} = options;
  const keyCheck = createKeyCheck({keys, ...(keyStore && {store: keyStore})});
  for (const {plan} of keys) {
    if (findPlan(plan, plans)) continue;
    const names = plans.map(({name}) => name).join(', ');
    throw new ChatError('invalid-request', `An API key has the plan "${plan}", which is none of ${names}.`);
  }
  const defaultPlan = findDefaultPlan(plans);
  // A request is asked once, however many want to know.
  const known = new WeakMap<Request, Promise<Caller | undefined>>();

  const sign = (id: string) => createHmac('sha256', secret).update(`visitor:${id}`).digest('base64url');

  function callerOf({kind, owner, plan}: Identity): Caller {
    return {kind, owner, plan: (plan === undefined ? undefined : findPlan(plan, plans)) ?? defaultPlan};
  }

  function ofBearer(token: string): Promise<Identity> {
    return siteTokens && token.split('.').length === 3 ? siteTokens.identify(token) : keyCheck.identify(token);
  }

  function ofVisitor(token: string): Identity {
    const [version, id = '', signature = ''] = token.split('.');
    const expected = Buffer.from(sign(id));
    const given = Buffer.from(signature);
    const holds = version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    if (!holds) throw new ChatError('unauthenticated', 'The visitor token is not valid.');
    return {kind: 'visitor', owner: ownerOf('visitor', id)};
  }

  // Revoking the last key must not open what it closed, so one that was seen counts for as long as the server runs.
  let hasSeenKeys = keys.length > 0;
  const withoutKeys = async () => {
    hasSeenKeys ||= (await keyStore?.hasAny()) ?? false;
    return !hasSeenKeys;
  };
  const isLocalProgram = async (req: Request) => !isPage(req) && isOnThisMachine(req) && (await withoutKeys());

  async function find(req: Request): Promise<Caller | undefined> {
    // A page behind a site's own password dialog sends that password with every request; it is nothing to us.
    const authorization = isPage(req) && isBasic(req) ? undefined : req.headers.authorization;
    const bearer = authorization === undefined ? req.get('x-api-key')?.trim() : bearerOf(authorization);
    // Clients written for other servers cannot go without a key; where there is none to compare it with, any will do.
    const proves = bearer !== undefined && (siteTokens !== undefined || !(await isLocalProgram(req)));
    if (proves) return callerOf(await ofBearer(bearer));
    const token = req.get(visitorHeader);
    if (token !== undefined) return callerOf(ofVisitor(token));
    return (await isLocalProgram(req)) ? callerOf({kind: 'local', owner: 'local'}) : undefined;
  }

  function identify(req: Request): Promise<Caller | undefined> {
    const caller = known.get(req) ?? find(req);
    known.set(req, caller);
    return caller;
  }

  async function admit(req: Request, res: Response): Promise<Caller> {
    const caller = await identify(req);
    if (caller) return caller;
    // Where there are keys, they are for programs; visitors come by pages.
    if (visitors === 'refused' || !(isPage(req) || (await withoutKeys()))) throw new ChatError('unauthenticated');
    const id = randomToken(16);
    res.set(visitorHeader, `v1.${id}.${sign(id)}`);
    const visitor = callerOf({kind: 'visitor', owner: ownerOf('visitor', id)});
    known.set(req, Promise.resolve(visitor));
    return visitor;
  }

  return {
    identify,
    admit,
    async admitProgram(req, res) {
      const caller = await identify(req);
      if (caller && caller.kind !== 'visitor') return caller;
      if (isOnThisMachine(req) && (await withoutKeys())) return caller ?? admit(req, res);
      throw new ChatError('unauthenticated', 'This path needs an API key: "Authorization: Bearer" and the key.');
    },
  };
}

function bearerOf(authorization: string): string {
  const value = authorization.trim();
  const [, token] = /^bearer +(\S+)$/i.exec(value) ?? [];
  if (token !== undefined) return token;
  throw new ChatError(
    'unauthenticated',
    /^bearer\S/i.test(value)
      ? 'The Authorization header lacks the space between "Bearer" and the key.'
      : 'The Authorization header must be "Bearer", a space and the key.',
  );
}

function isBasic({headers}: Request): boolean {
  return /^basic /i.test(headers.authorization ?? '');
}

/** Browsers name the origin of a page's request, or at least the kind of site that it comes from. */
function isPage({headers}: Request): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined || headers.referer !== undefined;
}

/**
 * Nobody that a proxy stands for, and no page that a foreign name has led here. A proxy may tell of itself by nothing
 * but an old version of HTTP; where one is named, anybody may come through it.
 */
export function isOnThisMachine({app, headers, httpVersion, socket}: Request): boolean {
  if (app.get('trust proxy') || httpVersion === '1.0') return false;
  const address = socket.remoteAddress ?? '';
  if (!/^(?:127\.|::1$|::ffff:127\.)/.test(address)) return false;
  for (const name in headers) if (/^(?:forwarded|via|x-forwarded|x-real-ip|cf-)/.test(name)) return false;
  const host = URL.parse(`http://${headers.host ?? ''}`);
  return host !== null && isLoopbackName(host.hostname);
}
