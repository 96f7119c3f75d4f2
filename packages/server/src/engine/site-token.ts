/**
 * Tokens with which a site says who its signed-in user is: JSON Web Tokens, signed with a secret that site and chat
 * share, or with the site's private key whose public half it publishes. Knows no HTTP but to fetch those keys.
 */
import {ChatError} from '@chatlet/protocol';
import {type JWTPayload, type JWTVerifyOptions, createRemoteJWKSet, errors, jwtVerify} from 'jose';
import {type Clock, systemClock} from './clock.ts';
import {type Identity, isOwnerName, ownerOf} from './identity.ts';

export interface SiteTokenOptions {
  /** Where the tokens' signatures come from. */
  readonly trust:
    | {
        /** Shared by site and chat, at least 32 bytes. Tokens must be signed by HS256. */
        readonly secret: string;
      }
    | {
        /** Where the site publishes its public keys (a JWK Set). https, or http on this machine. */
        readonly jwksUrl: string;
      };
  /** Who must have issued a token (`iss`). */
  readonly issuer?: string;
  /** Whom it must be for (`aud`). */
  readonly audience?: string;
  /** Seconds that the clocks of site and chat may differ. Default 30. */
  readonly clockTolerance?: number;
  readonly clock?: Pick<Clock, 'now'>;
}

export interface SiteTokenCheck {
  /**
   * @throws ChatError `unauthenticated` where the token does not hold, `internal` where the keys cannot be fetched
   */
  identify(token: string): Promise<Identity>;
}

/**
 * Only signatures by a private key: a public key must never serve as a shared secret, which is how a forged token
 * would use it that claims HS256.
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

/** Far more than a token that names a user and a plan needs. */
const longestToken = 8192;

export function createSiteTokenCheck(options: SiteTokenOptions): SiteTokenCheck {
  const {clock = systemClock, clockTolerance = 30, issuer, audience} = options;
  const verify = verifierOf(options.trust);
  return {
    async identify(token) {
      if (token.length > longestToken) throw invalid();
      try {
        const payload = await verify(token, {
          // A token without an end would hold for ever, also after the user has left the site.
          requiredClaims: ['sub', 'exp'],
          clockTolerance,
          currentDate: new Date(clock.now()),
          ...(issuer !== undefined && {issuer}),
          ...(audience !== undefined && {audience}),
        });
        return identityOf(payload);
      } catch (error) {
        throw error instanceof ChatError ? error : asChatError(error);
      }
    },
  };
}

type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

function verifierOf(trust: SiteTokenOptions['trust']): Verify {
  if ('secret' in trust) {
    const secret = new TextEncoder().encode(trust.secret);
    if (secret.length < 32) throw new ChatError('invalid-request', 'The shared secret needs at least 32 bytes.');
    return async (token, options) => (await jwtVerify(token, secret, {...options, algorithms: ['HS256']})).payload;
  }
  // Kept for ten minutes; a key that is not among them is looked for again, but at most every half minute.
  const keys = createRemoteJWKSet(checkedUrl(trust.jwksUrl), {timeoutDuration: 5000, cooldownDuration: 30_000});
  return async (token, usual) => {
    const options = {...usual, algorithms: publicKeyAlgorithms};
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token names no key and several may be its own, as while a site exchanges them.
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

/** Whoever can change the keys on their way here can be anybody. */
function checkedUrl(jwksUrl: string): URL {
  const url = URL.parse(jwksUrl);
  const local = url?.protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url && (url.protocol === 'https:' || local)) return url;
  throw new ChatError('invalid-request', 'The address of the public keys must begin with https://.');
}

function identityOf({sub, plan}: JWTPayload): Identity {
  if (!isOwnerName(sub)) throw invalid();
  if (plan !== undefined && !isOwnerName(plan)) throw invalid();
  return {kind: 'user', owner: ownerOf('user', sub), ...(plan !== undefined && {plan})};
}

function asChatError(error: unknown): ChatError {
  if (error instanceof errors.JWTExpired) {
    return new ChatError('unauthenticated', 'The sign-in has expired.', {cause: error});
  }
  // Nothing was wrong with the token: the site's keys could not be had.
  const unreachable =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
    (error instanceof TypeError && /fetch/.test(error.message));
  if (unreachable) return new ChatError('internal', 'Who you are cannot be checked now.', {cause: error});
  return invalid(error);
}

function invalid(cause?: unknown): ChatError {
  return new ChatError('unauthenticated', 'The sign-in token is not valid.', cause === undefined ? {} : {cause});
}
