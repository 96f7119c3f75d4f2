/** Questions with their answers, and chats that are kept, over HTTP. Knows no chat state and no headers of its own. */
import {ChatError} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {AuthorizedRequest} from './authorized-request.ts';
import type {Backend} from './backends.ts';
import type {Environment} from './environment.ts';
import {newId} from './ids.ts';
import {omitUndefined} from './omit-undefined.ts';
import {readArrivals} from './read-arrivals.ts';
import {recentMessages} from './recent-messages.ts';
import type {Arrival, ChatRequest, LoadedMessages} from './transport.ts';
import {readMessages, readModels} from './validate.ts';

/** A connection with heartbeats, one each 15 s, counts as lost after this much silence. */
const idleTimeout = 45_000;

/** Requests for the rest of an answer whose response was empty. */
const maxResumptions = 3;

/** A backend, and the way to it. */
export interface Connection {
  readonly backend: Backend;
  /** As the page has set it. */
  readonly endpoint: string;
  /** The endpoint without the slashes at its end. */
  readonly base: string;
  readonly historyLimit: number | undefined;
  readonly environment: Environment;
  /** Resolves with a response of success. Throws any other as a ChatError. */
  reach(asked: AuthorizedRequest): Promise<Response>;
  getJson(path: string, options: Cancelling): Promise<{readonly value: unknown; readonly headers: Headers}>;
}

export interface Cancelling {
  readonly signal: AbortSignal;
}

export async function* sendQuestion(
  connection: Connection,
  asked: ChatRequest,
  {signal}: Cancelling,
): AsyncGenerator<Arrival> {
  const {backend, base, endpoint, historyLimit} = connection;
  const {needsChatId} = backend;
  const chatId = asked.chatId ?? (needsChatId ? newId('chat') : undefined);
  const messages = recentMessages(asked.messages, historyLimit);
  const model = asked.model ?? (await firstModel(connection, {signal}));
  const body = JSON.stringify(await backend.body({...asked, messages, ...omitUndefined({chatId, model})}));
  signal.throwIfAborted();
  const headers = {
    accept: 'text/event-stream, application/x-ndjson;q=0.9, */*;q=0.8',
    'content-type': 'application/json',
    ...backend.headers,
  };
  // If the endpoint is the route itself, a slash at its end belongs to it.
  const url = backend.path ? base + backend.path : endpoint;
  const request = {url, method: 'POST', body, headers};
  yield* streamAnswer(connection, request, {signal, ...(needsChatId && omitUndefined({chatId}))});
}

/**
 * Reads on in an answer behind the event with the number `after`. Yields nothing if no answer is being written, which a
 * backend says with the status 204. An empty response with the status 200 is asked for again: if the connection broke
 * within its headers, browsers take it for complete.
 */
export async function* resumeAnswer(
  connection: Connection,
  path: string,
  {after, signal}: Cancelling & {after: number},
): AsyncGenerator<Arrival> {
  const {backend, base} = connection;
  const headers = {accept: 'text/event-stream', ...backend.headers};
  let isDoubtful = true;
  for (let left = maxResumptions; isDoubtful && left > 0; left--) {
    const onResponse = ({status}: Response) => (isDoubtful = status !== 204);
    const skip = backend.replays ? after : 0;
    for await (const arrival of streamAnswer(connection, {url: base + path, headers}, {signal, skip, onResponse})) {
      isDoubtful = false;
      yield arrival;
    }
  }
}

/** Without a list, the backend itself says that it wants a model. */
async function firstModel({backend, getJson}: Connection, options: Cancelling): Promise<string | undefined> {
  if (!backend.needsModel || backend.models === undefined) return undefined;
  try {
    return readModels((await getJson(backend.models, options)).value).models[0]?.id;
  } catch (error) {
    if (error instanceof ChatError && error.code === 'not-found') return undefined;
    throw error;
  }
}

interface StreamOptions extends Cancelling {
  /** Of a chat that the page has named. */
  readonly chatId?: string;
  /** So many events are known already. */
  readonly skip?: number;
  onResponse?(response: Response): void;
}

async function* streamAnswer(
  {backend, reach, environment}: Connection,
  request: AuthorizedRequest,
  {signal, chatId: ownId, skip = 0, onResponse}: StreamOptions,
): AsyncGenerator<Arrival> {
  // A controller of its own, because silence ends the reading too.
  const reading = new AbortController();
  const limit = backend.heartbeats ? idleTimeout : undefined;
  try {
    const response = await reach({...request, signal: AbortSignal.any([signal, reading.signal])});
    onResponse?.(response);
    const chatId = backend.visitors === true ? response.headers.get('x-chat-id') : ownId;
    const ignored = response.headers.get('x-chatlet-ignored') ?? undefined;
    // They count with the first byte of the body: if the connection broke within the headers, the last one is half.
    const accepted = chatId ? {events: [], chatId, ...omitUndefined({ignored})} : undefined;
    yield* readArrivals(response, {reading, limit, skip, accepted, environment});
  } catch (thrown) {
    signal.throwIfAborted();
    const ended = eventsOfEndedTurn(thrown);
    if (!ended) throw thrown;
    yield {events: ended};
  }
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

/** `path`: of the list of chats. */
export async function loadMessages(
  {getJson}: Connection,
  {path, chatId, cursor, signal}: Cancelling & {path: string; chatId: string; cursor?: string},
): Promise<LoadedMessages> {
  const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
  const {value, headers} = await getJson(`${path}/${encodeURIComponent(chatId)}/messages${query}`, {signal});
  return {messages: readMessages(value), ...omitUndefined({olderCursor: readCursor(headers)})};
}

/** Leads to the next page; undefined if this is the last one. */
export function readCursor(headers: Headers): string | undefined {
  return headers.get('x-next-cursor') || undefined;
}
