/**
 * The operator's own code in the way of each request, before its body is read: `admit` for captchas, tickets and bans,
 * `authenticate` for the session of the app around the chat. Any other error or result of a hook refuses the request.
 */
import {ChatError, type ErrorCode, isObject} from '@chatlet/protocol';
import {type Identity, isOwnerName, ownerOf} from '../../engine/identity.ts';
import type {AppRequest} from './app-types.ts';

/** Why a request is refused. Everybody may read `message`. */
export interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly message: string;
  /** Seconds until the same request may pass. */
  readonly retryAfter?: number | undefined;
}

/** Returns nothing to let the request pass. Throws or returns a refusal to refuse it; any other error is a 500. */
export type Admit = (req: AppRequest) => void | Refusal | Promise<void | Refusal>;

/** Who has signed in on your site. */
export interface SignedInUser {
  /** The user's id on your site: 1 to 255 visible characters. */
  readonly user: string;
  /** The name of the user's plan; by default that of all callers without one. */
  readonly plan?: string | undefined;
}

/** The user of the app's own session; undefined if nobody has signed in. May refuse as `Admit` does. */
export type Authenticate = (req: AppRequest) => SignedInUser | undefined | Promise<SignedInUser | undefined>;

/** @throws ChatError the hook's refusal, or `internal` */
export async function askAdmit(admit: Admit, req: AppRequest): Promise<void> {
  const refusal = await callHook(() => admit(req));
  if (refusal === undefined) return;
  throw (
    refusalOf(refusal) ?? faultOf(new TypeError('`admit` must return nothing, or a refusal with status and message.'))
  );
}

/** @throws ChatError the hook's refusal, or `internal` */
export async function askAuthenticate(authenticate: Authenticate, req: AppRequest): Promise<Identity | undefined> {
  const found = await callHook(() => authenticate(req));
  if (found == null) return undefined;
  const {user, plan} = found;
  if (!isOwnerName(user) || (plan !== undefined && !isOwnerName(plan))) {
    throw faultOf(new TypeError('`authenticate` must return nothing, or `{user}` with 1 to 255 visible characters.'));
  }
  return {kind: 'user', owner: ownerOf('user', user), ...(plan !== undefined && {plan})};
}

async function callHook<Answer>(call: () => Answer): Promise<Awaited<Answer>> {
  try {
    return await call();
  } catch (thrown) {
    throw refusalOf(thrown) ?? faultOf(thrown);
  }
}

const codes: Readonly<Record<Refusal['status'], ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  429: 'rate-limited',
};

function refusalOf(value: unknown): ChatError | undefined {
  if (!isObject(value) && !(value instanceof Error)) return undefined;
  const {status, message, retryAfter} = value as Partial<Record<keyof Refusal, unknown>>;
  if (typeof message !== 'string' || (status !== 401 && status !== 403 && status !== 429)) return undefined;
  return new ChatError(codes[status], message, {
    details: {cause: 'hook'},
    ...(typeof retryAfter === 'number' && {retryAfter}),
  });
}

function faultOf(cause: unknown): ChatError {
  return new ChatError('internal', undefined, {cause});
}
