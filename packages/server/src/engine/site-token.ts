/**
 * Checks the tokens of a site's signed-in users: JSON Web Tokens, signed with a secret that the site and the chat share,
 * or with a private key if the site publishes the public key. Knows no HTTP, except for fetching public keys.
 */
import {ChatError} from '@chatlet/protocol';
import type * as Jose from 'jose';
import type {JWTPayload, JWTVerifyOptions} from 'jose';
import {type Clock, systemClock} from './clock.ts';
import {type Identity, isOwnerName, ownerOf} from './identity.ts';

/** How your site's tokens for its users are checked. */
export interface SiteTokenOptions {
  /** The key that signatures are checked with. */
  readonly trust:
    | {
        /** Shared by site and chat, at least 32 bytes. Tokens must be signed with HS256. */
        readonly secret: string;
      }
    | {
        /** The URL of the site's public keys (a JWK Set): https, or http on this machine. */
        readonly jwksUrl: string;
      };
  /** The required issuer of a token (`iss`); any if it is absent. */
  readonly issuer?: string;
  /** The required audience of a token (`aud`); any if it is absent. */
  readonly audience?: string;
  /** Seconds by which the clocks of site and chat may differ. Default 30. */
  readonly clockTolerance?: number;
  /** The clock of `exp` and `nbf`; the machine's own by default. */
  readonly clock?: Pick<Clock, 'now'>;
}

export interface SiteTokenCheck {
  /**
   * @throws ChatError `unauthenticated` if the token is not valid, `internal` if the keys cannot be fetched
   */
  identify(token: string): Promise<Identity>;
}

/**
 * Only algorithms with a private key. A forged token could claim HS256 and use the public key as the shared secret.
 */
const publicKeyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Far more characters than a token with a user and a plan needs. */
const longestSiteToken = 8192;

export function createSiteTokenCheck(options: SiteTokenOptions): SiteTokenCheck {
  const {clock = systemClock, clockTolerance = 30, issuer, audience} = options;
  checkTrust(options.trust);
  let loading: Promise<{readonly errors: typeof Jose.errors; readonly verify: Verify}> | undefined;
  return {
    async identify(token) {
      if (token.length > longestSiteToken) throw invalidToken();
      loading ??= loadVerifier(options.trust);
      const {errors, verify} = await loading;
      try {
        const payload = await verify(token, {
          // A token without an expiry would stay valid after the user has left the site.
          requiredClaims: ['sub', 'exp'],
          clockTolerance,
          currentDate: new Date(clock.now()),
          ...(issuer !== undefined && {issuer}),
          ...(audience !== undefined && {audience}),
        });
        return identityOf(payload, clock.now());
      } catch (error) {
        throw error instanceof ChatError ? error : asChatError(error, errors);
      }
    },
  };
}

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

/** @throws ChatError `invalid-request` if the secret is too short, or the address of the keys is not safe */
function checkTrust(trust: SiteTokenOptions['trust']): void {
  if ('jwksUrl' in trust) checkedUrl(trust.jwksUrl);
  else if (Buffer.byteLength(trust.secret) < 32)
    throw new ChatError('invalid-request', 'The shared secret needs at least 32 bytes.');
}

/** At the first token, because few servers get one. */
async function loadVerifier(trust: SiteTokenOptions['trust']) {
  const jose = await import('jose');
  return {errors: jose.errors, verify: createVerifier(trust, jose)};
}

function createVerifier(
  trust: SiteTokenOptions['trust'],
  {createRemoteJWKSet, errors, jwtVerify}: typeof Jose,
): Verify {
  if ('secret' in trust) {
    const secret = new TextEncoder().encode(trust.secret);
    return async (token, options) => (await jwtVerify(token, secret, {...options, algorithms: ['HS256']})).payload;
  }
  // The keys are cached for ten minutes. An unknown key makes a new request, but at most every half minute.
  const keys = createRemoteJWKSet(checkedUrl(trust.jwksUrl), {timeoutDuration: 5000, cooldownDuration: 30_000});
  return async (token, common) => {
    const options = {...common, algorithms: publicKeyAlgorithms};
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token names no key and several keys may fit, as while a site rotates its keys.
      for await (const key of error) {
        const payload = await jwtVerify(token, key, options).then(
          (verified) => verified.payload,
          (reason: unknown) => {
            if (!(reason instanceof errors.JWSSignatureVerificationFailed)) throw reason;
          },
        );
        if (payload) return payload;
      }
      throw error;
    }
  };
}

/** Requires https, because keys that are replaced in transit would let an attacker sign in as anybody. */
function checkedUrl(jwksUrl: string): URL {
  const url = URL.parse(jwksUrl);
  const local = url?.protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url && (url.protocol === 'https:' || local)) return url;
  throw new ChatError('invalid-request', 'The address of the public keys must begin with https://.');
}

/** Seconds: no sign-in lasts longer. A larger number is a mistake, or no time at all, as 1e300. */
const longestSignIn = 10 * 365 * 86_400;

function identityOf({sub, plan, exp = 0}: JWTPayload, now: number): Identity {
  if (exp > now / 1000 + longestSignIn) throw invalidToken();
  if (!isOwnerName(sub)) throw invalidToken();
  if (plan !== undefined && !isOwnerName(plan)) throw invalidToken();
  return {kind: 'user', owner: ownerOf('user', sub), ...(plan !== undefined && {plan})};
}

function asChatError(error: unknown, errors: typeof Jose.errors): ChatError {
  if (error instanceof errors.JWTExpired) {
    return new ChatError('unauthenticated', 'The sign-in has expired.', {cause: error});
  }
  // The token may be valid, but the site's keys could not be fetched.
  const unreachable =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
    (error instanceof TypeError && /fetch/.test(error.message));
  if (unreachable) return new ChatError('internal', 'Who you are cannot be checked now.', {cause: error});
  return invalidToken(error);
}

function invalidToken(cause?: unknown): ChatError {
  return new ChatError('unauthenticated', 'The sign-in token is not valid.', cause === undefined ? {} : {cause});
}
