/**
 * The only way out for a request if a model, a visitor or a document can influence its address (server-side request
 * forgery). The address is checked when the connection is made, so the address that was checked is the one that is asked.
 * Size and time are bounded. Knows no tool and no model.
 *
 * Lint forbids every other way out, see `scripts/one-way-out.mjs`.
 */
import {lookup as systemLookup} from 'node:dns/promises';
import type {LookupFunction} from 'node:net';
import {isIP} from 'node:net';
import {callbackify} from 'node:util';
import {ChatError} from '@chatlet/protocol';
import type * as Undici from 'undici';
import type {Agent, fetch as undiciFetch} from 'undici';
import {isPublicAddress} from './public-address.ts';

export interface GuardOptions {
  /**
   * Addresses that the operator has typed, on the command line or in the configuration, for example
   * `http://localhost:9000/docs`. Of each the origin counts: that scheme, host and port may lie anywhere, and may be sent
   * any header. The targets of their redirects and links do not count, unless their origins are listed too.
   */
  readonly allow?: readonly string[];
  /** Ports of addresses that are not listed; 80 and 443 by default. */
  readonly ports?: readonly number[];
  /** Bytes of a body, as sent and as unpacked; 5 MB by default. A longer body fails with `too-large`. */
  readonly maxBytes?: number;
  /** Bytes of a response's headers; 16 kB by default. */
  readonly maxHeaderBytes?: number;
  /** Redirects that are followed; 5 by default. */
  readonly maxRedirects?: number;
  /** Milliseconds from the call to the last byte of the body; 30 s by default. `Infinity` for a stream. */
  readonly timeout?: number;
  /** Milliseconds without a byte; 10 s by default. */
  readonly idleTimeout?: number;
  /** Finds the addresses of a name; the system's resolver by default. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

export interface GuardedRequest {
  readonly method?: string;
  /** To an origin that is not listed only those that hold no secret, see `plainHeaders`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** `manual` gives a redirect to the caller, who asks its target by another call; by default it is followed. */
  readonly redirect?: 'follow' | 'manual';
  readonly signal?: AbortSignal;
}

export interface GuardedFetch {
  /**
   * Resolves to the response after all redirects, with any status; its `url` is the last one. The body must be read or
   * cancelled.
   * @throws ChatError `forbidden` if the guard refuses, `too-large`, `provider-timeout`, `provider-unavailable`; the
   *   body's stream fails with the last three. An abort throws the signal's own reason.
   */
  fetch(url: string | URL, request?: GuardedRequest): Promise<Response>;
  /** Cuts off every request. */
  close(): Promise<void>;
}

/** Headers that may be sent to anybody. */
const plainHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'user-agent',
]);

/** Statuses of responses that lead to another address. */
export const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Statuses of responses without a body (Fetch, "null body status"), as `new Response` demands. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

export function createGuardedFetch(options: GuardOptions = {}): GuardedFetch {
  const {allow = [], ports = [80, 443], maxBytes = 5_000_000, maxRedirects = 5, timeout = 30_000} = options;
  const listed = new Set(allow.map((address) => new URL(address).origin));
  let opened: Promise<Connections> | undefined;
  let isClosed = false;

  /** @throws ChatError `forbidden` */
  const check = ({url, headers}: Hop) => {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw refuse(`${url.protocol} is neither http nor https`);
    if (url.username !== '' || url.password !== '') throw refuse('it holds a user name or a password');
    if (listed.has(url.origin)) return;
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    if (!ports.includes(port)) throw refuse(`port ${port} is not listed`);
    const secret = Object.keys(headers).find((name) => !plainHeaders.has(name));
    if (secret !== undefined) throw refuse(`the header ${secret} is sent only to listed addresses`);
  };

  const ask = async (hop: Hop, signal: AbortSignal) => {
    check(hop);
    const {url, method, headers, body} = hop;
    if (isClosed) throw new Error('The connections are closed.');
    opened ??= openConnections(options);
    const {fetch, trusting, guarding} = await opened;
    return fetch(url, {
      method,
      headers,
      ...(body !== undefined && {body}),
      redirect: 'manual',
      dispatcher: listed.has(url.origin) ? trusting : guarding,
      signal,
    });
  };

  return {
    async fetch(address, {method = 'GET', headers = {}, body, redirect = 'follow', signal} = {}) {
      const limit = Number.isFinite(timeout) ? [AbortSignal.timeout(timeout)] : [];
      const either = AbortSignal.any([...limit, ...(signal ? [signal] : [])]);
      const explain = (error: unknown) => {
        if (signal?.aborted) return signal.reason;
        if (limit[0]?.aborted) return new ChatError('provider-timeout', 'The address took too long to answer.');
        return toChatError(error, maxBytes);
      };
      try {
        let hop: Hop = {url: parseAddress(address), method: method.toUpperCase(), headers: lowerCased(headers), body};
        for (let left = maxRedirects; ; left--) {
          const response = await ask(hop, either);
          const isFollowed = redirect === 'follow' && redirects.has(response.status);
          const location = isFollowed ? response.headers.get('location') : null;
          if (location === null && (response.status < 200 || response.status > 599)) {
            await response.body?.cancel();
            throw new ChatError('provider-unavailable', `The address answered with the status ${response.status}.`);
          }
          if (location === null) {
            const stream = response.body && boundBody(response.body.getReader(), {maxBytes, explain});
            return toResponse(response, {url: hop.url, body: stream});
          }
          await response.body?.cancel();
          if (left === 0) throw refuse('it redirects too often');
          hop = followRedirect(hop, {status: response.status, url: parseAddress(location, hop.url)});
        }
      } catch (error) {
        throw explain(error);
      }
    },
    async close() {
      isClosed = true;
      const connections = await opened;
      await Promise.all([connections?.trusting.destroy(), connections?.guarding.destroy()]);
    },
  };
}

interface Connections {
  readonly fetch: typeof undiciFetch;
  /** To addresses that the operator has listed. */
  readonly trusting: Agent;
  readonly guarding: Agent;
}

/** At the first request, because most servers make none of this kind. */
async function openConnections(options: GuardOptions): Promise<Connections> {
  const undici = await import('undici');
  const resolve = options.resolve ?? resolveName;
  const open = (connecting: Connecting) => openAgent(undici, options, connecting);
  return {
    fetch: undici.fetch,
    trusting: open({lookup: toLookup(resolve)}),
    guarding: open({lookup: toLookup(resolveToPublic(resolve)), guards: true}),
  };
}

interface Connecting {
  readonly lookup: LookupFunction;
  /** Whether addresses that are written as numbers must be public. */
  readonly guards?: boolean;
}

function openAgent(
  {Agent, buildConnector}: typeof Undici,
  {maxBytes = 5_000_000, maxHeaderBytes = 16_384, idleTimeout = 10_000}: GuardOptions,
  {lookup, guards = false}: Connecting,
): Agent {
  const connect = buildConnector({lookup, timeout: idleTimeout});
  return new Agent({
    // For an address in numbers Node asks no resolver, so that it is checked here.
    connect(options, callback) {
      const {hostname} = options;
      if (guards && isIP(hostname) !== 0 && !isPublicAddress(hostname)) callback(refuseAddress(), null);
      else connect(options, callback);
    },
    headersTimeout: idleTimeout,
    bodyTimeout: idleTimeout,
    maxHeaderSize: maxHeaderBytes,
    maxResponseSize: maxBytes,
  });
}

async function resolveName(hostname: string): Promise<readonly string[]> {
  const found = await systemLookup(hostname, {all: true});
  return found.map(({address}) => address);
}

type Resolve = NonNullable<GuardOptions['resolve']>;

/** One address that is not public refuses the name: otherwise chance would decide which one is asked. */
function resolveToPublic(resolve: Resolve): Resolve {
  return async (hostname) => {
    const addresses = await resolve(hostname);
    if (!addresses.every(isPublicAddress)) throw refuseAddress();
    return addresses;
  };
}

/** Node's form of a resolver. Node connects to its result. */
function toLookup(resolve: Resolve): LookupFunction {
  const find = callbackify(resolve);
  return (hostname, {all}, callback) => {
    find(hostname, (error, addresses) => {
      const [first, ...others] = error ? [] : addresses.map((address) => ({address, family: isIP(address)}));
      if (!first) callback(error ?? new Error(`${hostname} has no address.`), '', 0);
      else if (all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * The next request after a redirect, as browsers make it (Fetch, "HTTP-redirect fetch"), but stricter: another origin
 * gets only plain headers, and no body.
 * @throws ChatError `forbidden`
 */
function followRedirect(hop: Hop, {status, url}: {readonly status: number; readonly url: URL}): Hop {
  const becomesGet =
    status === 303 ? hop.method !== 'HEAD' : hop.method === 'POST' && (status === 301 || status === 302);
  const isOther = url.origin !== hop.url.origin;
  if (isOther && !becomesGet && hop.body !== undefined) throw refuse('it would pass the body on to another origin');
  const headers = Object.entries(hop.headers).filter(
    ([name]) => !(isOther && !plainHeaders.has(name)) && !(becomesGet && name === 'content-type'),
  );
  return {
    url,
    method: becomesGet ? 'GET' : hop.method,
    headers: Object.fromEntries(headers),
    body: becomesGet ? undefined : hop.body,
  };
}

interface BodyReader {
  read(): Promise<{readonly done: boolean; readonly value?: unknown}>;
  cancel(): Promise<void>;
}

/** Counts unpacked bytes; undici counts those that were sent. */
function boundBody(
  reader: BodyReader,
  {maxBytes, explain}: {readonly maxBytes: number; readonly explain: (error: unknown) => unknown},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let size = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        const {value} = await reader.read();
        if (!(value instanceof Uint8Array)) {
          controller.close();
          return;
        }
        size += value.byteLength;
        if (size > maxBytes) throw tooLarge(maxBytes);
        controller.enqueue(new Uint8Array(value));
      } catch (error) {
        controller.error(explain(error));
        await reader.cancel().catch(() => {});
      }
    },
    cancel: () => reader.cancel(),
  });
}

function toResponse(
  {status, statusText, headers}: Awaited<ReturnType<typeof undiciFetch>>,
  {url, body}: {readonly url: URL; readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null},
): Response {
  const response = new Response(bodiless.has(status) ? null : body, {status, statusText, headers: [...headers]});
  return Object.defineProperty(response, 'url', {value: url.href});
}

/** Reads the address once, with one parser: the checked address is the one that is asked. */
function parseAddress(address: string | URL, base?: URL): URL {
  const url = URL.parse(String(address), base?.href);
  if (!url) throw refuse('it is no address');
  return url;
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The sentence names no address that a resolver gave: an attacker that maps the network may see it. */
function refuse(why: string): ChatError {
  return new ChatError('forbidden', `This address may not be asked: ${why}.`, {details: {cause: 'address-refused'}});
}

function refuseAddress(): ChatError {
  return refuse('it does not lie on the public internet');
}

function tooLarge(maxBytes: number): ChatError {
  return new ChatError('too-large', `The address sent more than ${maxBytes} bytes.`, {details: {maxLength: maxBytes}});
}

/** Finds our own refusal among the causes of a failed request, and gives the others one of our codes. */
function toChatError(error: unknown, maxBytes: number): ChatError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ChatError) return cause;
    const code = 'code' in cause ? cause.code : undefined;
    if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return tooLarge(maxBytes);
    if (typeof code === 'string' && /^UND_ERR_(?:HEADERS|BODY|CONNECT)_TIMEOUT$/.test(code)) {
      return new ChatError('provider-timeout', 'The address took too long to answer.', {cause: error});
    }
  }
  return new ChatError('provider-unavailable', 'The address cannot be reached.', {cause: error});
}
