/**
 * Authenticates requests: only here a request becomes an owner and a plan. Trusts keys and tokens, never the
 * body. Knows no limits and no routes.
 */
import {ChatError} from '@chatlet/protocol';
import type {Request, Response} from 'express';
import {type ConfiguredKey, type KeyStore, createKeyCheck} from '../../engine/api-keys.ts';
import type {Identity} from '../../engine/identity.ts';
import {type Plan, choosePlan, defaultPlan, findPlan, planNames} from '../../engine/plans.ts';
import {Advice, type Report} from '../../engine/report.ts';
import type {SiteTokenCheck} from '../../engine/site-token.ts';
import {createVisitorTokens} from '../../engine/visitor-tokens.ts';
import {type Authenticate, askAuthenticate} from './hooks.ts';
import type {LocalFreedom} from './local-freedom.ts';
import {requestSlot} from './request-slot.ts';

export interface Caller extends Pick<Identity, 'kind' | 'owner'> {
  readonly plan: Plan;
  /** Whether the caller has proved nothing and is not free: then its address counts for its limits, too. */
  readonly isStranger: boolean;
}

export interface AuthOptions {
  /** Visitor tokens are signed with it. */
  readonly secret: string;
  readonly keys: readonly ConfiguredKey[];
  /** Keys made and revoked by the command line. */
  readonly keyStore?: KeyStore;
  /** Checks tokens of the site's own sign-in. Without it they prove nothing. */
  readonly siteTokens?: SiteTokenCheck;
  /** Later plans replace earlier ones of the same name. */
  readonly plans: readonly Plan[];
  /** The session of the app around the chat, asked before keys and tokens. */
  readonly authenticate?: Authenticate;
  /** Whether callers without key and token may ask. */
  readonly visitors: 'welcome' | 'refused';
  /** The name of the plan of visitors, and of programs on this machine that are not free. */
  readonly visitorPlan: string;
  readonly freedom: LocalFreedom;
  readonly report: Report;
}

export interface Auth {
  /** As `identify`, but resolves to the refusal instead of throwing it. */
  find(req: Request): Promise<Found>;
  /**
   * For paths of programs: resolves to the caller if that is an API key or a site's signed-in user, else to the refusal. If
   * no keys exist, everything on this machine is admitted.
   */
  findProgram(req: Request, res: Response): Promise<Caller | ChatError>;
  /**
   * For reading. Undefined if the request proves nothing: such a caller may read public things and owns nothing.
   * @throws ChatError `unauthenticated` if a key or token is not valid
   */
  identify(req: Request): Promise<Caller | undefined>;
  /** For asking. A caller without key and token becomes a visitor, and gets a token in the response's headers. */
  admit(req: Request, res: Response): Promise<Caller>;
  /** The plan of the caller, or the one that it would have if it asked. */
  planFor(req: Request): Promise<Plan>;
  /** Whether a valid key or token of a user comes with the request. Asks no hook. */
  hasProof(req: Request): Promise<boolean>;
  /** The result of `find` if somebody has called it for this request; else, and if it has failed, undefined. */
  knownCaller(req: Request): Promise<Found> | undefined;
}

/** Undefined if the request proves nothing; the refusal if its key or token is not valid. */
type Found = Caller | ChatError | undefined;

/** The operator is told of this many unknown plans. */
const mostAdvices = 100;

export const visitorHeader = 'X-Chatlet-Visitor';

const unknownKey = new ChatError('unauthenticated', 'The API key is not valid.');
const noVisitor = new ChatError(
  'unauthenticated',
  'The visitor token is not valid. Send it as a response named it in X-Chatlet-Visitor; if none did, leave the header out.',
);
const keyNeeded = new ChatError('unauthenticated', 'This path needs an API key: "Authorization: Bearer" and the key.');

export function createAuth(options: AuthOptions): Auth {
  const {secret, keys, keyStore, siteTokens, plans, visitors, freedom, authenticate, report} = options;
  const keyCheck = createKeyCheck({keys, ...(keyStore && {store: keyStore})});
  for (const {plan} of keys) {
    if (findPlan(plan, plans)) continue;
    throw new ChatError('invalid-request', `An API key has the plan "${plan}", which is none of ${planNames(plans)}.`);
  }
  const planOfFree = choosePlan(defaultPlan.name, plans);
  const planOfVisitors = choosePlan(options.visitorPlan, plans);
  const advised = new Set<string>();
  // Each request is authenticated once, however often its caller is asked for.
  const known = requestSlot<Promise<Found>>('caller');

  const visitorTokens = createVisitorTokens(secret);

  /** @throws ChatError `forbidden` if the key or token names a plan that does not exist */
  function planNamed(name: string): Plan {
    const plan = findPlan(name, plans);
    if (plan) return plan;
    if (!advised.has(name) && advised.size < mostAdvices) {
      advised.add(name);
      const sentence = `A key or token with the plan ${JSON.stringify(name)} was refused. The plans are ${planNames(plans)}.`;
      report(new Advice(sentence));
    }
    throw new ChatError('forbidden', 'The plan of this key or token does not exist here.', {
      details: {cause: 'unknown-plan'},
    });
  }

  const isFree = async (req: Request) => freedom.allows(req) && (await withoutKeys());

  async function callerOf(req: Request, {kind, owner, plan}: Identity): Promise<Caller> {
    const isStranger = kind !== 'key' && kind !== 'user' && !(await isFree(req));
    const unnamed = isStranger ? planOfVisitors : planOfFree;
    return {kind, owner, plan: plan === undefined ? unnamed : planNamed(plan), isStranger};
  }

  function ofBearer(token: string): Promise<Identity | undefined> {
    return siteTokens && token.split('.').length === 3 ? siteTokens.identify(token) : keyCheck.identify(token);
  }

  // Revoking the last key must not open the server to everybody, so a key once seen counts until the server stops.
  let hasSeenKeys = keys.length > 0;
  const withoutKeys = async () => {
    hasSeenKeys ||= (await keyStore?.hasAny()) ?? false;
    return !hasSeenKeys;
  };
  const isLocalWithoutKeys = async (req: Request) => !hasSeenKeys && freedom.isLocal(req) && (await withoutKeys());
  const isLocalProgram = async (req: Request) => !isPage(req) && (await isLocalWithoutKeys(req));

  async function findProof(req: Request): Promise<Found> {
    // Pages behind a site's password dialog send that password with every request. It is not meant for us.
    const authorization = isPage(req) && isBasic(req) ? undefined : req.headers.authorization;
    const bearer =
      authorization === undefined ? (req.get('x-api-key') ?? req.get('api-key'))?.trim() : bearerOf(authorization);
    // Clients written for other servers always send some key. If no keys exist, any key is accepted.
    const proves = bearer !== undefined && (siteTokens !== undefined || !(await isLocalProgram(req)));
    if (proves) {
      const identity = await ofBearer(bearer);
      return identity ? callerOf(req, identity) : unknownKey;
    }
    const token = req.get(visitorHeader);
    if (token !== undefined) {
      const owner = visitorTokens.find(token);
      return owner === undefined ? noVisitor : callerOf(req, {kind: 'visitor', owner});
    }
    return (await isLocalProgram(req)) ? callerOf(req, {kind: 'local', owner: 'local'}) : undefined;
  }

  const findUser = async (req: Request, ask: Authenticate): Promise<Found> => {
    const user = await askAuthenticate(ask, req);
    return user ? callerOf(req, user) : findProof(req);
  };

  function find(req: Request): Promise<Found> {
    const earlier = known.get(req);
    if (earlier) return earlier;
    const found = authenticate ? findUser(req, authenticate) : findProof(req);
    known.set(req, found);
    return found;
  }

  async function identify(req: Request): Promise<Caller | undefined> {
    const found = await find(req);
    if (found instanceof ChatError) throw found;
    return found;
  }

  async function admit(req: Request, res: Response): Promise<Caller> {
    const caller = await identify(req);
    if (caller) return caller;
    // If keys exist, programs need one; only pages may come as visitors.
    if (visitors === 'refused' || !(isPage(req) || (await withoutKeys()))) throw new ChatError('unauthenticated');
    const {token, owner} = visitorTokens.issue();
    res.set(visitorHeader, token);
    const visitor = await callerOf(req, {kind: 'visitor', owner});
    known.set(req, Promise.resolve(visitor));
    return visitor;
  }

  async function findProgram(req: Request, res: Response): Promise<Caller | ChatError> {
    const caller = await find(req);
    if (caller && (caller instanceof ChatError || caller.kind !== 'visitor')) return caller;
    if (await isLocalWithoutKeys(req)) return caller ?? admit(req, res);
    return keyNeeded;
  }

  return {
    find,
    findProgram,
    identify,
    admit,
    hasProof: (req) => findProof(req).then(isProven, () => false),
    knownCaller: (req) => known.get(req)?.catch(() => undefined),
    planFor: async (req) => (await identify(req))?.plan ?? ((await isFree(req)) ? planOfFree : planOfVisitors),
  };
}

/** Whether the caller is one that others cannot pretend to be without its key or token. */
export function isProven(found: Found): boolean {
  return found !== undefined && !(found instanceof ChatError) && found.kind !== 'visitor';
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

/** Browsers send the origin of a page's request, or at least the kind of site it comes from. */
function isPage({headers}: Request): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined || headers.referer !== undefined;
}
