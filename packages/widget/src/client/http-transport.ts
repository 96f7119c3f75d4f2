/** Asks a backend over HTTP with `fetch`, and reads its answer as it streams. Knows no chat state. */
import {ChatError, createLazyReader, errorFromResponse} from '@chatlet/protocol';
import type {ChatEvent, Page, Chat} from '@chatlet/protocol';
import {backends} from './backends.ts';
import type {Api, Backend} from './backends.ts';
import {readChats, readConfig, readMessages, readModels} from './validate.ts';
import {browserEnvironment} from './environment.ts';
import type {Environment} from './environment.ts';
import {newId} from './ids.ts';
import {recentMessages} from './recent-messages.ts';
import {createStorage} from './storage.ts';
import type {StorageNamespace} from './storage.ts';
import type {Arrival, ChatTransport} from './transport.ts';

/** A connection with heartbeats, one each 15 s, counts as lost after this much silence. */
const idleTimeout = 45_000;

/** The token of a signed-in visitor, or a function that fetches it. */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>);

export interface HttpTransportOptions {
  /** Address before the backend's paths; empty for the page's own origin. */
  readonly endpoint: string;
  readonly api?: Api;
  /** Sent as `Authorization: Bearer`. The function is called again, once for all requests, if the server refuses it. */
  readonly token?: TokenSource;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many messages go with a question, for backends that keep no chats. By default 10 for `content`, else all. */
  readonly historyLimit?: number;
  /** Keeps the token of an anonymous visitor. By default the device's storage, in the namespace of the endpoint. */
  readonly visitorStorage?: StorageNamespace;
  /** @deprecated Renamed to `visitorStorage`. */
  readonly shelf?: StorageNamespace;
  readonly fetch?: typeof globalThis.fetch;
  readonly environment?: Environment;
}

export function createHttpTransport(options: HttpTransportOptions): ChatTransport {
  const {endpoint, api = 'chatlet', headers: ownHeaders = {}, environment = browserEnvironment()} = options;
  const backend: Backend = backends[api];
  const {historyLimit = backend.historyLimit} = options;
  const base = endpoint.replace(/\/+$/, '');
  const {visitorStorage = options.shelf ?? createStorage(endpoint).device} = options;
  const {request, renewToken} = createAuthorizedFetch({...options, visitorStorage}, backend);

  const getJson = async (path: string, {signal}: {signal: AbortSignal}) => {
    const response = await request(base + path, {headers: ownHeaders, signal});
    return {value: await readJson(response), headers: response.headers};
  };
  const change = async (method: string, path: string, body?: object) => {
    const response = await request(base + path, {
      method,
      // The page may be about to close: leaving it carries out a removal.
      keepalive: true,
      headers: body ? {...ownHeaders, 'content-type': 'application/json'} : ownHeaders,
      ...(body ? {body: JSON.stringify(body)} : {}),
    });
    await response.body?.cancel();
  };

  async function* streamAnswer(url: string, init: RequestInit, signal: AbortSignal, skip = 0): AsyncGenerator<Arrival> {
    // A controller of its own, because silence ends the reading too.
    const reading = new AbortController();
    const onAbort = () => reading.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    const limit = backend.heartbeats ? idleTimeout : undefined;
    try {
      const response = await request(url, {...init, signal: reading.signal});
      if (response.status === 204 || !response.body) return;
      yield* readArrivals(response, {reading, limit, skip, environment});
    } catch (thrown) {
      signal.throwIfAborted();
      const ended = eventsOfEndedTurn(thrown);
      if (!ended) throw thrown;
      yield {events: ended};
    } finally {
      signal.removeEventListener('abort', onAbort);
      reading.abort();
    }
  }

  const {resume, stop, models, config, chats, replays} = backend;
  return {
    send(asked, {signal}) {
      // A backend that replays an answer finds it by the conversation's id, so the page makes one.
      const chatId = asked.chatId ?? (replays ? newId('chat') : undefined);
      const messages = recentMessages(asked.messages, historyLimit);
      const body = JSON.stringify(backend.body({...asked, messages, ...(chatId === undefined ? {} : {chatId})}));
      const headers = {
        accept: 'text/event-stream, application/x-ndjson;q=0.9, */*;q=0.8',
        'content-type': 'application/json',
        ...backend.headers,
        ...ownHeaders,
      };
      const events = streamAnswer(base + backend.path, {method: 'POST', body, headers}, signal);
      return replays && chatId !== undefined ? withChatId(events, chatId) : events;
    },
    ...(resume && {
      resume: (chatId, after, {signal}) => {
        const headers = {accept: 'text/event-stream', ...backend.headers, ...ownHeaders};
        return streamAnswer(base + resume(chatId, after), {headers}, signal, replays ? after : 0);
      },
    }),
    ...(stop && {stop: (chatId) => change('POST', stop(chatId))}),
    ...(models && {models: async (o) => readModels((await getJson(models, o)).value)}),
    ...(config && {config: async (o) => readConfig((await getJson(config, o)).value)}),
    ...(chats && {
      history: {
        async list({search, cursor}, o): Promise<Page<Chat>> {
          const query = new URLSearchParams({...(search ? {search} : {}), ...(cursor ? {cursor} : {})}).toString();
          const {value, headers} = await getJson(query ? `${chats}?${query}` : chats, o);
          return {items: readChats(value), ...readCursor(headers, 'next')};
        },
        async load(chatId, {cursor, signal}) {
          const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
          const path = `${chats}/${encodeURIComponent(chatId)}/messages${query}`;
          const {value, headers} = await getJson(path, {signal});
          return {messages: readMessages(value), ...readCursor(headers, 'olderCursor')};
        },
        rename: (chatId, title) => change('PATCH', `${chats}/${encodeURIComponent(chatId)}`, {title}),
        remove: (chatId) => change('DELETE', `${chats}/${encodeURIComponent(chatId)}`),
      },
    }),
    renewToken,
    forget: () => visitorStorage.set('visitor', undefined),
  };
}

/** Sends requests with the visitor's token. If the server refuses it, sends the request once more with a new one. */
function createAuthorizedFetch(options: HttpTransportOptions & {visitorStorage: StorageNamespace}, backend: Backend) {
  const {token: source, visitorStorage, fetch = globalThis.fetch} = options;
  let tokenPromise: Promise<string | undefined> | undefined;
  /** Until the server knows the visitor, POST requests wait for each other: two at once would become two visitors. */
  let introducing: Promise<unknown> | undefined;

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

  const fetchAs = async (url: string, init: RequestInit, bearer: string | undefined): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (bearer) headers.set('authorization', `Bearer ${bearer}`);
    if (backend.visitors !== true || headers.has('authorization')) return fetchOrFail(fetch, url, {...init, headers});
    const asks = init.method === 'POST';
    // oxlint-disable-next-line no-unmodified-loop-condition -- the request that it belongs to clears it
    while (asks && introducing) await introducing;
    const visitor = visitorStorage.get('visitor');
    if (visitor !== undefined) headers.set('x-chatlet-visitor', visitor);
    const answered = fetchOrFail(fetch, url, {...init, headers}).then((response) => {
      const told = response.headers.get('x-chatlet-visitor');
      if (told && (asks || visitorStorage.get('visitor') === undefined)) visitorStorage.set('visitor', told);
      return response;
    });
    if (asks && visitor === undefined) {
      introducing = answered.catch(() => undefined).then(() => (introducing = undefined));
    }
    return answered;
  };

  const request = async (url: string, init: RequestInit): Promise<Response> => {
    const used = getToken();
    const bearer = await used;
    const response = await fetchAs(url, init, bearer);
    if (response.ok) return response;
    const visitor = visitorStorage.get('visitor');
    if (response.status !== 401 || (typeof source !== 'function' && visitor === undefined))
      throw await readFailure(response);
    await response.body?.cancel();
    // If several requests are refused at once, the first one drops the old token, and all of them wait for the new one.
    if (tokenPromise === used) tokenPromise = undefined;
    if (!bearer) visitorStorage.set('visitor', undefined);
    const again = await fetchAs(url, init, await getToken());
    if (!again.ok) throw await readFailure(again);
    return again;
  };
  return {request, renewToken: () => void (tokenPromise = undefined)};
}

async function readFailure(response: Response): Promise<ChatError> {
  const {status, headers} = response;
  // If the body cannot be read, the status says enough.
  const body = await response.text().catch(() => '');
  const error = errorFromResponse({status, headers, body});
  const [chatId, messageId] = [headers.get('x-chat-id'), headers.get('x-message-id')];
  if (chatId === null || messageId === null) return error;
  const {code, message, retryable, retryAfter} = error;
  const details = {...error.details, chatId, messageId};
  return new ChatError(code, message, {retryable, details, ...(retryAfter !== undefined && {retryAfter})});
}

/**
 * A refusal that names its turn, as the events that a stream would have sent: the server has saved the turn, as failed.
 */
function eventsOfEndedTurn(thrown: unknown): readonly ChatEvent[] | undefined {
  if (!(thrown instanceof ChatError)) return undefined;
  const {chatId, messageId} = thrown.details ?? {};
  if (typeof chatId !== 'string' || typeof messageId !== 'string') return undefined;
  return [{type: 'message-start', messageId, chatId, model: ''}, thrown.toEvent()];
}

async function fetchOrFail(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    init.signal?.throwIfAborted();
    throw new ChatError('network', undefined, {cause});
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ChatError('unreadable', undefined, {cause});
  }
}

function readCursor<Name extends string>(headers: Headers, name: Name): {[Key in Name]?: string} {
  const cursor = headers.get('x-next-cursor');
  return (cursor ? {[name]: cursor} : {}) as {[Key in Name]?: string};
}

/** Reads the events of a response, with the number of the last one if the server numbers them. Throws if it is cut. */
async function* readArrivals(
  response: Response,
  options: {reading: AbortController; limit: number | undefined; skip: number; environment: Environment},
): AsyncGenerator<Arrival> {
  const {reading, limit, environment} = options;
  let {skip} = options;
  const reader = createLazyReader({headers: response.headers});
  const body = response.body?.getReader();
  if (!body) return;
  const arrivalsOf = (events: readonly ChatEvent[]): Arrival[] => {
    const fresh = skip === 0 ? events : events.slice(skip);
    skip -= Math.min(skip, events.length);
    if (fresh.length === 0) return [];
    return [reader.lastNumber > 0 ? {events: fresh, last: reader.lastNumber} : {events: fresh}];
  };
  try {
    while (!reader.ended) {
      let chunk: Uint8Array | undefined;
      const stopWatch =
        limit === undefined ? undefined : environment.after(limit, () => reading.abort(new ChatError('interrupted')));
      try {
        ({value: chunk} = await body.read());
      } catch {
        // The connection broke. The events so far are good; `reader.end()` below finds that the stream was cut.
        chunk = undefined;
      } finally {
        stopWatch?.();
      }
      if (chunk !== undefined) {
        yield* arrivalsOf(reader.push(chunk));
        // The reader of a rare dialect is a part of the script that is fetched now.
        if (reader.waiting) yield* arrivalsOf(await reader.load());
        continue;
      }
      let rest = reader.end();
      if (reader.waiting) rest = await reader.load();
      const last = rest.at(-1);
      const cut = last?.type === 'error' && last.code === 'interrupted';
      yield* arrivalsOf(cut ? rest.slice(0, -1) : rest);
      if (cut) throw new ChatError('interrupted');
      return;
    }
  } finally {
    body.cancel().catch(() => {
      // The connection had failed already.
    });
  }
}

/** Adds the chat's id to the first event, for dialects that do not have it. */
async function* withChatId(events: AsyncIterable<Arrival>, chatId: string): AsyncGenerator<Arrival> {
  for await (const arrival of events) {
    yield {
      ...arrival,
      events: arrival.events.map((event) => (event.type === 'message-start' ? {chatId, ...event} : event)),
    };
  }
}
