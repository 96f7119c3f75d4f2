/** Asks a backend over HTTP with `fetch`, and reads its answer as it streams. Knows no chat state. */
import {ChatError} from '@chatlet/protocol';
import type {ChatEvent, Page, Chat} from '@chatlet/protocol';
import {createAuthorizedFetch} from './authorized-fetch.ts';
import type {AuthorizedRequest, HeadersSource, TokenSource} from './authorized-fetch.ts';
import {backends} from './backends.ts';
import type {Api, Backend} from './backends.ts';
import {readChats, readConfig, readMessages, readModels} from './validate.ts';
import {browserEnvironment} from './environment.ts';
import type {Environment} from './environment.ts';
import {newId} from './ids.ts';
import {loadPart} from './load-part.ts';
import {omitUndefined} from './omit-undefined.ts';
import {createOriginCheck} from './origin-check.ts';
import {recentMessages} from './recent-messages.ts';
import {createStorage} from './storage.ts';
import type {StorageNamespace} from './storage.ts';
import type {Arrival, ChatTransport} from './transport.ts';

/** A connection with heartbeats, one each 15 s, counts as lost after this much silence. */
const idleTimeout = 45_000;

export type {HeadersSource, TokenSource} from './authorized-fetch.ts';

export interface HttpTransportOptions {
  /** Address before the backend's paths; empty for the page's own origin. */
  readonly endpoint: string;
  readonly api?: Api;
  /** Sent as `Authorization: Bearer`. The function is called again, once for all requests, if the server refuses it. */
  readonly token?: TokenSource;
  /** Sent with every request. */
  readonly headers?: HeadersSource;
  /** How many messages go with a question, for backends that keep no chats. By default 10 for `content`, else all. */
  readonly historyLimit?: number;
  /** Keeps the token of an anonymous visitor. By default the device's storage, in the namespace of the endpoint. */
  readonly visitorStorage?: StorageNamespace;
  /** @deprecated Renamed to `visitorStorage`. */
  readonly shelf?: StorageNamespace;
  readonly fetch?: typeof globalThis.fetch;
  /** Whether requests carry the cookies of the backend's site; `omit` by default, since our server needs none. */
  readonly credentials?: RequestCredentials;
  readonly environment?: Environment;
}

/** The code that reads answers. A page fetches it when a chat is opened, and does not wait for it to show the chat. */
const loadReader = () => loadPart(() => import('./read-arrivals.ts'));

export function createHttpTransport(options: HttpTransportOptions): ChatTransport {
  const {endpoint, api = 'chatlet', environment = browserEnvironment()} = options;
  const backend: Backend = backends[api];
  // If it cannot be fetched now, the answer tries again.
  void loadReader().catch(() => {});
  const {historyLimit = backend.historyLimit} = options;
  const {fetch = globalThis.fetch, credentials = 'omit'} = options;
  const base = endpoint.replace(/\/+$/, '');
  const {visitorStorage = options.shelf ?? keptStorage(endpoint)} = options;
  const {request, sendLast, renewToken} = createAuthorizedFetch({
    token: options.token,
    headers: options.headers,
    visitors: backend.visitors === true,
    visitorStorage,
    fetch,
    credentials,
    name: endpoint,
  });
  const originCheck =
    backend.config === undefined ? undefined : createOriginCheck({url: base + backend.config, fetch, environment});

  /** If nobody is reached, the reason may be that the server refuses this page's origin. */
  const reach = async (asked: AuthorizedRequest): Promise<Response> => {
    try {
      return await request(asked);
    } catch (error) {
      const isLost = error instanceof ChatError && error.code === 'network';
      throw (isLost && (await originCheck?.findRefusal())) || error;
    }
  };

  const getJson = async (path: string, {signal}: {signal: AbortSignal}) => {
    const response = await reach({url: base + path, signal});
    return {value: await readJson(response), headers: response.headers};
  };
  const change = async (method: string, path: string, body?: object) => {
    const response = await request({
      url: base + path,
      method,
      // The page may be about to close: leaving it carries out a removal.
      keepalive: true,
      ...(body ? {headers: {'content-type': 'application/json'}, body: JSON.stringify(body)} : {}),
    });
    await response.body?.cancel();
  };

  const listModels = async (path: string, o: {signal: AbortSignal}) => readModels((await getJson(path, o)).value);

  /** Without a list, the backend itself says that it wants a model. */
  const firstModel = async (o: {signal: AbortSignal}): Promise<string | undefined> => {
    if (!backend.needsModel || backend.models === undefined) return undefined;
    try {
      return (await listModels(backend.models, o)).models[0]?.id;
    } catch (error) {
      if (error instanceof ChatError && error.code === 'not-found') return undefined;
      throw error;
    }
  };

  async function* streamAnswer(
    {skip = 0, chatId: ownId, ...init}: AuthorizedRequest & {skip?: number; chatId?: string | undefined},
    {signal}: {signal: AbortSignal},
  ): AsyncGenerator<Arrival> {
    // A controller of its own, because silence ends the reading too.
    const reading = new AbortController();
    const limit = backend.heartbeats ? idleTimeout : undefined;
    try {
      const response = await reach({...init, signal: AbortSignal.any([signal, reading.signal])});
      const chatId = backend.visitors === true ? response.headers.get('x-chat-id') : ownId;
      if (chatId) yield {events: [], chatId};
      const {readArrivals} = await loadReader();
      yield* readArrivals(response, {reading, limit, skip, environment});
    } catch (thrown) {
      signal.throwIfAborted();
      const ended = eventsOfEndedTurn(thrown);
      if (!ended) throw thrown;
      yield {events: ended};
    }
  }

  const {resume, stop, models, config, chats, me, replays, needsChatId} = backend;
  return {
    async *send(asked, {signal}) {
      const chatId = asked.chatId ?? (needsChatId ? newId('chat') : undefined);
      const messages = recentMessages(asked.messages, historyLimit);
      const model = asked.model ?? (await firstModel({signal}));
      const body = JSON.stringify(await backend.body({...asked, messages, ...omitUndefined({chatId, model})}));
      signal.throwIfAborted();
      const headers = {
        accept: 'text/event-stream, application/x-ndjson;q=0.9, */*;q=0.8',
        'content-type': 'application/json',
        ...backend.headers,
      };
      // If the endpoint is the route itself, a slash at its end belongs to it.
      const url = backend.path ? base + backend.path : endpoint;
      yield* streamAnswer({url, method: 'POST', body, headers, chatId: needsChatId ? chatId : undefined}, {signal});
    },
    ...(resume && {
      resume: (chatId, after, {signal}) => {
        const headers = {accept: 'text/event-stream', ...backend.headers};
        return streamAnswer({url: base + resume(chatId, after), headers, skip: replays ? after : 0}, {signal});
      },
    }),
    ...(stop && {stop: (chatId) => change('POST', stop(chatId))}),
    ...(models && {models: (o) => listModels(models, o)}),
    ...(config && {config: async (o) => readConfig((await getJson(config, o)).value)}),
    ...(chats && {
      history: {
        async list({search, cursor}, o): Promise<Page<Chat>> {
          const query = new URLSearchParams({...(search ? {search} : {}), ...(cursor ? {cursor} : {})}).toString();
          const {value, headers} = await getJson(query ? `${chats}?${query}` : chats, o);
          return {items: readChats(value), ...omitUndefined({next: readCursor(headers)})};
        },
        async load(chatId, {cursor, signal}) {
          const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
          const path = `${chats}/${encodeURIComponent(chatId)}/messages${query}`;
          const {value, headers} = await getJson(path, {signal});
          return {messages: readMessages(value), ...omitUndefined({olderCursor: readCursor(headers)})};
        },
        rename: (chatId, title) => change('PATCH', `${chats}/${encodeURIComponent(chatId)}`, {title}),
        remove: (chatId) => change('DELETE', `${chats}/${encodeURIComponent(chatId)}`),
        ...(me && {
          async export(format, {signal}) {
            const url = `${base}${me}/export?format=${format}`;
            return (await reach({url, signal})).blob();
          },
          removeAll: () => change('DELETE', me),
        }),
      },
    }),
    renewToken,
    forget(leaving = {}) {
      const [method, path] = leaving.delete ? ['DELETE', ''] : ['POST', '/stop'];
      if (me) sendLast({url: base + me + path, method, keepalive: true});
      visitorStorage.set('visitor', undefined);
    },
  };
}

/** The identity is made with the first question, so that nothing is kept before. */
function keptStorage(endpoint: string): StorageNamespace {
  const storage = createStorage(endpoint);
  storage.keep?.();
  return storage.device;
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

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ChatError('unreadable', undefined, {cause});
  }
}

/** Leads to the next page; undefined if this is the last one. */
function readCursor(headers: Headers): string | undefined {
  return headers.get('x-next-cursor') || undefined;
}
