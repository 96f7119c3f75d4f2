/**
 * Sends requests with the visitor's token. If the server refuses it, sends the request once more with a new one.
 * Knows no paths and no bodies.
 */
import {ChatError} from '@chatlet/protocol';
import type {AuthorizedRequest} from './authorized-request.ts';
import {loadAnswering} from './load-answering.ts';
import type {StorageNamespace} from './storage.ts';

/** The token of a signed-in visitor, or a function that fetches it. */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>);

type OwnHeaders = Readonly<Record<string, string>> | undefined;
/** Headers for every request, or a function that makes them for each one. */
export type HeadersSource = OwnHeaders | (() => OwnHeaders | Promise<OwnHeaders>);

export interface AuthorizedFetchOptions {
  readonly token?: TokenSource | undefined;
  /** If the function fails, so does the request. */
  readonly headers?: HeadersSource;
  /** Whether anonymous visitors have a token: one that the page has made, or one that the server has `given` at first. */
  readonly visitors: true | 'given' | undefined;
  /** Keeps the token of an anonymous visitor. */
  readonly visitorStorage: StorageNamespace;
  /** The name that all tabs of this visitor have in common. */
  readonly name: string;
  readonly credentials: RequestCredentials;
  readonly fetch: typeof globalThis.fetch;
}

interface Answered {
  readonly response: Response;
  /** The visitor's token that was sent. */
  readonly visitor?: string | undefined;
}

export function createAuthorizedFetch(options: AuthorizedFetchOptions) {
  const {token: source, headers: ownHeaders, visitorStorage, visitors, name, credentials, fetch} = options;
  let tokenPromise: Promise<string | undefined> | undefined;
  /** Whether the page makes the visitor's secret; older servers refuse it and give a token. */
  let makesOwn = visitors === true;

  const getToken = (): Promise<string | undefined> => {
    if (typeof source !== 'function') return Promise.resolve(source);
    const asked = (tokenPromise ??= Promise.resolve()
      .then(source)
      .catch((cause: unknown) => {
        if (tokenPromise === asked) tokenPromise = undefined;
        throw new ChatError('unauthenticated', undefined, {cause});
      }));
    return asked;
  };

  const getOrCreateVisitor = async (): Promise<string> => {
    const answering = await loadAnswering();
    return answering.getOrCreateVisitor(visitorStorage, name);
  };

  const readHeaders = async (sent: HeadersInit | undefined): Promise<Headers> => {
    const headers = new Headers(sent);
    try {
      const own = typeof ownHeaders === 'function' ? await ownHeaders() : ownHeaders;
      new Headers(own).forEach((value, field) => headers.set(field, value));
    } catch (cause) {
      throw new ChatError('network', undefined, {cause});
    }
    return headers;
  };

  const fetchOrFail = async (url: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(url, {credentials, ...init});
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw new ChatError('network', undefined, {cause});
    }
  };

  const fetchAs = async (bearer: string | undefined, {url, ...init}: AuthorizedRequest): Promise<Answered> => {
    const headers = await readHeaders(init.headers);
    if (bearer) headers.set('authorization', `Bearer ${bearer}`);
    if (!visitors || headers.has('authorization')) return {response: await fetchOrFail(url, {...init, headers})};
    // Only asking needs an identity; until the first question nobody needs to be known.
    const asks = init.method === 'POST';
    const visitor = asks && makesOwn ? await getOrCreateVisitor() : visitorStorage.get('visitor');
    if (visitor !== undefined) headers.set('x-chatlet-visitor', visitor);
    const response = await fetchOrFail(url, {...init, headers});
    const told = response.headers.get('x-chatlet-visitor');
    // A visitor who was forgotten while the request was on its way stays forgotten.
    const isSame = visitorStorage.get('visitor') === visitor;
    if (told && isSame && (asks || visitor === undefined)) visitorStorage.set('visitor', told);
    return {response, visitor};
  };

  const request = async (asked: AuthorizedRequest): Promise<Response> => {
    const used = getToken();
    const bearer = await used;
    const {response, visitor} = await fetchAs(bearer, asked);
    if (response.ok) return response;
    if (response.status !== 401 || (typeof source !== 'function' && visitor === undefined))
      throw await failureOf(response);
    await response.body?.cancel();
    const {isOwnVisitor} = await loadAnswering();
    // If several requests are refused at once, the first one drops the old token, and all of them wait for the new one.
    if (tokenPromise === used) tokenPromise = undefined;
    // A late refusal says nothing of a visitor who came after it was sent.
    if (!bearer && visitorStorage.get('visitor') === visitor) {
      // A server that does not take the page's own secret gives it a token.
      makesOwn &&= !isOwnVisitor(visitor);
      visitorStorage.set('visitor', undefined);
    }
    const {response: again} = await fetchAs(await getToken(), asked);
    if (!again.ok) throw await failureOf(again);
    return again;
  };
  /** Sends a last request as the visitor of the requests before, and forgets that visitor's token. */
  const sendLast = ({url, ...init}: AuthorizedRequest): void => {
    // A source may give the next visitor's token already.
    const token = typeof source === 'string' ? getToken() : tokenPromise;
    tokenPromise = undefined;
    const visitor = visitorStorage.get('visitor');
    void Promise.resolve(token)
      .then(async (bearer) => {
        const headers = await readHeaders(init.headers);
        if (bearer) headers.set('authorization', `Bearer ${bearer}`);
        else if (visitor !== undefined) headers.set('x-chatlet-visitor', visitor);
        else if (credentials !== 'include') return undefined;
        return fetchOrFail(url, {...init, headers});
      })
      .catch(() => {
        // Whoever has left cannot be told.
      });
  };
  return {request, sendLast, renewToken: () => void (tokenPromise = undefined)};
}

async function failureOf(response: Response): Promise<ChatError> {
  const {readFailure} = await loadAnswering();
  return readFailure(response);
}
