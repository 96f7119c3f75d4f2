/**
 * One upstream over HTTP: requests, and bodies of limited size. Its own words about an error go into our error's cause,
 * never into its message. Knows no dialect.
 */
import type {IncomingHttpHeaders} from 'node:http';
import {ChatError, isObject} from '@chatlet/protocol';
import type {Agent, Dispatcher} from 'undici';
import {decodeBody} from './content-encoding.ts';
import type {BodyReader, UpstreamBody} from './upstream-body.ts';

export interface UpstreamOptions {
  /** Up to and with the version. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the upstream must have begun to answer; 5 minutes by default, as some models think first. */
  readonly startTimeout?: number | undefined;
  /** Milliseconds that the upstream may be silent inside an answer; 5 minutes by default. */
  readonly silenceTimeout?: number | undefined;
}

export interface UpstreamResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: UpstreamBody;
}

export interface Upstream {
  readonly host: string;
  /** Resolves to the response with any status. @throws ChatError `provider-unavailable`, `provider-timeout` */
  get(path: string, options: {signal: AbortSignal}): Promise<UpstreamResponse>;
  post(path: string, body: object, options: {signal: AbortSignal}): Promise<UpstreamResponse>;
  close(): Promise<void>;
}

/** Bytes of an error's body that are read, and of a finished answer to keep its connection (keep-alive). */
export const shortBody = 64 * 1024;
/** Characters of the longest body that is read as a whole. */
const longestBody = 16 * 1024 * 1024;

export function openUpstream({baseUrl, headers, startTimeout, silenceTimeout}: UpstreamOptions): Upstream {
  const base = URL.parse(baseUrl);
  if (base?.protocol !== 'https:' && base?.protocol !== 'http:') {
    throw new ChatError('invalid-request', `"${baseUrl}" is no base URL; it looks like https://api.example.com/v1.`);
  }
  const prefix = base.pathname.replace(/\/+$/, '');
  // Some gateways want a version in the query of every request.
  const {search} = base;
  // An agent of its own: no other settings apply, and closing it closes no other connections.
  const agent = openAgent({
    headersTimeout: startTimeout ?? 300_000,
    bodyTimeout: silenceTimeout ?? 300_000,
    // A busy machine accepts a burst of connections one after the other, the last one after several tries.
    connectTimeout: 30_000,
  });
  // The first request says so.
  agent.catch(() => {});

  async function send(
    method: 'GET' | 'POST',
    path: string,
    {body, signal}: {body: string | null; signal: AbortSignal},
  ) {
    const more = body === null ? {} : {'content-type': 'application/json', accept: 'text/event-stream'};
    const request = {
      origin: base?.origin ?? '',
      path: prefix + path + search,
      method,
      // A compressed stream would come in fewer and later pieces.
      headers: {'accept-encoding': 'identity', ...headers, ...more},
      body,
    };
    let response: UpstreamResponse;
    try {
      response = await responseTo(request, {agent: await agent, signal});
    } catch (cause) {
      // Our own abort passes through here, too. The turn checks its signal first and ignores this error.
      throw new ChatError(isTimeout(cause) ? 'provider-timeout' : 'provider-unavailable', undefined, {cause});
    }
    const encoding = response.headers['content-encoding'];
    return encoding === undefined ? response : {...response, body: decodeBody(response.body, encoding)};
  }

  return {
    host: base.hostname,
    get: (path, {signal}) => send('GET', path, {body: null, signal}),
    post: (path, body, {signal}) => send('POST', path, {body: JSON.stringify(body), signal}),
    close: async () => (await agent).destroy(),
  };
}

/** A server without upstreams starts without the code for them. */
async function openAgent(options: Agent.Options): Promise<Agent> {
  const {Agent} = await import('undici');
  return new Agent(options);
}

/** A constant, because an error with its stack would cost more than the leaving. */
const cutOff = new Error('Nobody reads the answer.');

/** Sends a request, and resolves when the head of the response has come. An abort cuts it off at any time. */
function responseTo(
  request: Dispatcher.DispatchOptions,
  {agent, signal}: {agent: Agent; signal: AbortSignal},
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cutOff);
      return;
    }
    let exchange: Dispatcher.DispatchController | undefined;
    let reader: BodyReader | undefined;
    /** Bytes that came before there was a reader: only those that came together with the head. */
    let early: Uint8Array[] = [];
    let outcome: 'open' | 'ended' | {readonly cause: unknown} = 'open';

    const cut = () => {
      exchange?.abort(cutOff);
      reject(cutOff);
    };
    const finish = (how: 'ended' | {readonly cause: unknown}) => {
      if (outcome !== 'open') return;
      outcome = how;
      signal.removeEventListener('abort', cut);
      if (reader) tellOutcome(reader);
    };
    const tellOutcome = (to: BodyReader) => {
      if (outcome === 'ended') to.end();
      else if (outcome !== 'open') to.broken(outcome.cause);
    };
    const body: UpstreamBody = {
      read(by) {
        reader = by;
        for (const bytes of early) by.bytes(bytes);
        early = [];
        tellOutcome(by);
      },
      pause: () => exchange?.pause(),
      resume: () => exchange?.resume(),
      cut,
    };
    signal.addEventListener('abort', cut, {once: true});
    agent.dispatch(request, {
      onRequestStart(controller) {
        exchange = controller;
        // Before there was a connection, there was nothing to cut.
        if (signal.aborted) cut();
      },
      onResponseStart(controller, statusCode, headers) {
        // The raw headers would keep the whole buffer that they arrived in, as long as the answer takes.
        controller.rawHeaders = null;
        if (statusCode >= 200) resolve({statusCode, headers, body});
      },
      onResponseData(_, bytes) {
        if (reader) reader.bytes(bytes);
        else early.push(bytes);
      },
      onResponseEnd: () => finish('ended'),
      onResponseError(_, cause) {
        reject(cause);
        finish({cause});
      },
    });
  });
}

/** The whole body. @throws ChatError if it is too long or breaks off */
export async function readWholeText({body}: UpstreamResponse, longest: number = longestBody): Promise<string> {
  const {text, how} = await readText(body, longest);
  if (how === 'whole') return text;
  const cause = how === 'too-long' ? new Error('The upstream sent too much at once.') : how.cause;
  throw new ChatError('provider-error', undefined, {cause});
}

/** The beginning of an error's body, as far as it arrives: the status is enough without it. */
export async function readErrorText({body}: UpstreamResponse): Promise<string> {
  const {text} = await readText(body, shortBody);
  return text;
}

interface Text {
  readonly text: string;
  /** Whether the text is the whole body. */
  readonly how: 'whole' | 'too-long' | {readonly cause: unknown};
}

function readText(body: UpstreamBody, longest: number): Promise<Text> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let text = '';
    body.read({
      bytes(bytes) {
        text += decoder.decode(bytes, {stream: true});
        if (text.length <= longest) return;
        resolve({text: text.slice(0, longest), how: 'too-long'});
        body.cut();
      },
      end: () => resolve({text: text + decoder.decode(), how: 'whole'}),
      broken: (cause) => resolve({text, how: {cause}}),
    });
  });
}

/** Whether the upstream did not begin, or did not go on, in time. */
export function isTimeout(error: unknown): boolean {
  const code = isObject(error) ? error['code'] : undefined;
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
}
