/** Asks a backend over HTTP with `fetch`. The code for questions and chats is fetched beside. Knows no chat state. */
import {ChatError} from '@chatlet/protocol';
import {createAuthorizedFetch} from './authorized-fetch.ts';
import type {HeadersSource, TokenSource} from './authorized-fetch.ts';
import type {AuthorizedRequest} from './authorized-request.ts';
import {backends} from './backends.ts';
import type {Api, Backend} from './backends.ts';
import {browserEnvironment} from './environment.ts';
import type {Environment} from './environment.ts';
import type {Connection} from './http-chats.ts';
import {loadAnswering} from './load-answering.ts';
import {loadPart} from './load-part.ts';
import {createStorage} from './storage.ts';
import type {StorageNamespace} from './storage.ts';
import type {ChatTransport} from './transport.ts';
import {readConfig, readModels} from './validate.ts';

export type {HeadersSource, TokenSource} from './authorized-fetch.ts';

/** The address and the kind of a backend, and who asks it. */
export interface HttpTransportOptions {
  /** Address before the backend's paths; empty for the page's own origin. */
  readonly endpoint: string;
  /** The API that the backend speaks; `chatlet` by default. */
  readonly api?: Api;
  /** Sent as `Authorization: Bearer`. The function is called again, once for all requests, if the server refuses it. */
  readonly token?: TokenSource;
  /** Sent with every request. */
  readonly headers?: HeadersSource;
  /** How many messages go with a question, for backends that keep no chats. By default 10 for `content`, else all. */
  readonly historyLimit?: number;
  /** Keeps the token of an anonymous visitor. By default the device's storage, in the namespace of the endpoint. */
  readonly visitorStorage?: StorageNamespace;
  /** Makes the requests; the page's own `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
  /** Whether requests carry the cookies of the backend's site; `omit` by default, since our server needs none. */
  readonly credentials?: RequestCredentials;
  /** Clocks and events of the page; those of the browser by default. */
  readonly environment?: Environment;
}

/** Creates a transport that reaches a backend by HTTP. */
export function createHttpTransport(options: HttpTransportOptions): ChatTransport {
  const {endpoint, api = 'chatlet', environment = browserEnvironment()} = options;
  const backend: Backend = backends[api];
  // If it cannot be fetched now, the answer tries again.
  void loadAnswering().catch(() => {});
  const {historyLimit = backend.historyLimit} = options;
  const {fetch = globalThis.fetch, credentials = 'omit'} = options;
  const base = endpoint.replace(/\/+$/, '');
  const {visitorStorage = keptStorage(endpoint)} = options;
  const {request, sendLast, renewToken} = createAuthorizedFetch({
    token: options.token,
    headers: options.headers,
    visitors: backend.visitors,
    visitorStorage,
    fetch,
    credentials,
    name: endpoint,
  });
  /** If nobody is reached, the reason may be that the server refuses this page's origin. */
  const reach = async (asked: AuthorizedRequest): Promise<Response> => {
    try {
      return await request(asked);
    } catch (error) {
      const isLost = error instanceof ChatError && error.code === 'network';
      throw (isLost && backend.config && (await findRefusal(base + backend.config))) || error;
    }
  };
  let refusal: ChatError | undefined;
  const findRefusal = async (url: string) => {
    try {
      const check = await loadPart(() => import('./origin-check.ts'));
      refusal ??= await check.findRefusal({url, fetch, environment});
    } catch {
      // The code for it cannot be fetched, so the connection really is lost.
    }
    return refusal;
  };

  const getJson = async (path: string, {signal}: {signal: AbortSignal}) => {
    const response = await reach({url: base + path, signal});
    return {value: await readJson(response), headers: response.headers};
  };
  const send = (method: string, path: string, body?: object) =>
    request({
      url: base + path,
      method,
      // The page may be about to close: leaving it carries out a removal.
      keepalive: true,
      ...(body ? {headers: {'content-type': 'application/json'}, body: JSON.stringify(body)} : {}),
    });
  const change = async (method: string, path: string, body?: object) => {
    const response = await send(method, path, body);
    await response.body?.cancel();
  };

  const listModels = async (path: string, o: {signal: AbortSignal}) => readModels((await getJson(path, o)).value);

  const connection: Connection = {backend, base, endpoint, historyLimit, environment, reach, getJson};
  const {resume, stop, tool, continues, contact, models, config, chats, search, me} = backend;
  return {
    async *send(asked, o) {
      yield* (await loadAnswering()).sendQuestion(connection, asked, o);
    },
    ...(resume && {
      async *resume(chatId, after, o) {
        yield* (await loadAnswering()).resumeAnswer(connection, resume(chatId, after), {...o, after});
      },
    }),
    ...(stop && {stop: (chatId) => change('POST', stop(chatId))}),
    ...(tool && {
      answerTool: (chatId, {callId, ...call}, reply) => change('POST', tool(chatId, callId), {...call, ...reply}),
      callApp: async (chatId, {callId, ...call}, asked) => ({
        base,
        body: await readJson(await send('POST', `${tool(chatId, callId)}/app`, {...call, ...asked})),
      }),
    }),
    ...(continues && {continues}),
    ...(contact && {askPerson: (chatId, text) => change('POST', contact(chatId), {consent: true, text})}),
    ...(models && {models: (o) => listModels(models, o)}),
    ...(config && {config: async (o) => readConfig((await getJson(config, o)).value)}),
    ...(chats && {
      history: {
        list: async (query, o) =>
          (await loadPart(() => import('./list-chats.ts'))).listChats(connection, {...query, ...o, path: chats}),
        load: async (chatId, o) => (await loadAnswering()).loadMessages(connection, {...o, chatId, path: chats}),
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
    ...(search && {
      search: async (query, o) =>
        (await loadPart(() => import('./search-pages.ts'))).searchPages(connection, {...query, ...o, path: search}),
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

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ChatError('unreadable', undefined, {cause});
  }
}
