/**
 * One upstream over HTTP: requests, bodies with a bound, and what its refusals mean in our words. What it says of its
 * own troubles goes into an error's cause, never into its message. Knows no dialect but as something to read with.
 */
import {
  ChatError,
  type ChatEvent,
  type Dialect,
  type ErrorCode,
  asString,
  createReader,
  isObject,
  parseJson,
} from '@chatlet/protocol';
import {Agent, type Dispatcher} from 'undici';

export interface UpstreamOptions {
  /** Up to and with the version. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the upstream must have begun to answer; 5 minutes by default, as some models think first. */
  readonly startTimeout?: number | undefined;
  /** Milliseconds that the upstream may be silent inside an answer; 5 minutes by default. */
  readonly silenceTimeout?: number | undefined;
}

export type UpstreamResponse = Dispatcher.ResponseData;

export interface Upstream {
  readonly host: string;
  /** The response, whatever its status. @throws ChatError `provider-unavailable`, `provider-timeout` */
  get(path: string, options: {signal: AbortSignal}): Promise<UpstreamResponse>;
  post(path: string, body: object, options: {signal: AbortSignal}): Promise<UpstreamResponse>;
  close(): Promise<void>;
}

/** Bytes of an error's body that are looked at, and of a finished answer's that are read to keep its connection. */
const shortBody = 64 * 1024;
/** Characters of a body that is read as a whole. */
const longestBody = 16 * 1024 * 1024;

export function openUpstream({baseUrl, headers, startTimeout, silenceTimeout}: UpstreamOptions): Upstream {
  const base = URL.parse(baseUrl);
  if (base?.protocol !== 'https:' && base?.protocol !== 'http:') {
    throw new ChatError('invalid-request', `"${baseUrl}" is no base URL; it looks like https://api.example.com/v1.`);
  }
  const prefix = base.pathname.replace(/\/+$/, '');
  // Some gateways want a version in the query of every request.
  const {search} = base;
  // Its own agent: nobody else's settings apply, and closing it closes nobody else's connections.
  const agent = new Agent({
    headersTimeout: startTimeout ?? 300_000,
    bodyTimeout: silenceTimeout ?? 300_000,
    // A burst of connections to a busy machine is let in one after the other, the last after several tries.
    connectTimeout: 30_000,
  });

  async function send(
    method: 'GET' | 'POST',
    path: string,
    {body, signal}: {body: string | null; signal: AbortSignal},
  ) {
    const more = body === null ? {} : {'content-type': 'application/json', accept: 'text/event-stream'};
    try {
      return await agent.request({
        origin: base?.origin ?? '',
        path: prefix + path + search,
        method,
        headers: {...headers, ...more},
        body,
        signal,
      });
    } catch (cause) {
      // An abort of our own passes through here too; the turn knows its signal and looks no further.
      throw new ChatError(isTimeout(cause) ? 'provider-timeout' : 'provider-unavailable', undefined, {cause});
    }
  }

  return {
    host: base.hostname,
    get: (path, {signal}) => send('GET', path, {body: null, signal}),
    post: (path, body, {signal}) => send('POST', path, {body: JSON.stringify(body), signal}),
    close: () => agent.destroy(),
  };
}

/**
 * The events of an answer with status 200, as they arrive: all that is there at a time. Leaving cuts the upstream off.
 * @throws ChatError for an error inside the stream and for a connection that breaks
 */
export function readAnswer({body}: UpstreamResponse, dialect: Dialect): AsyncIterator<readonly ChatEvent[], void> {
  const reader = createReader({dialect});
  /** What has arrived and nobody has taken. */
  let ready: readonly ChatEvent[] = [];
  let bytesReady = 0;
  let state: 'open' | 'over' = 'open';
  let error: ChatError | undefined;
  let waiting: {resolve: (step: Step) => void; reject: (error: ChatError) => void} | undefined;

  const give = () => {
    if (!waiting) {
      if (bytesReady > mostBytesReady) body.pause();
      return;
    }
    const {resolve, reject} = waiting;
    if (ready.length > 0) {
      const value = ready;
      ready = [];
      bytesReady = 0;
      waiting = undefined;
      resolve({done: false, value});
    } else if (state === 'over') {
      waiting = undefined;
      if (error) reject(error);
      else resolve(noMore);
      error = undefined;
    }
  };
  const add = (events: readonly ChatEvent[]) => {
    const at = events.findIndex(({type}) => type === 'error');
    const before = at === -1 ? events : events.slice(0, at);
    if (before.length > 0) ready = ready.length === 0 ? before : [...ready, ...before];
    const failed = events[at];
    if (failed?.type === 'error') {
      finish(failure(failed.code, new Error(failed.message), {retryAfter: failed.retryAfter}));
    }
  };
  const finish = (failed?: ChatError) => {
    if (state === 'over') return;
    state = 'over';
    error = failed;
    if (body.destroyed) return;
    // A finished answer leaves a few bytes behind; reading them keeps the connection for the next question.
    // Anything else is cut off at once, so that nobody pays for words that no one reads.
    if (!reader.ended) {
      body.destroy();
      return;
    }
    const late = setTimeout(() => body.destroy(), lastBytesPatience);
    body.once('close', () => clearTimeout(late));
    body.resume();
  };
  let lastBytes = shortBody;
  body.on('data', (bytes: Uint8Array) => {
    if (state === 'over') {
      lastBytes -= bytes.length;
      if (lastBytes < 0) body.destroy();
      return;
    }
    bytesReady += bytes.length;
    add(reader.push(bytes));
    if (reader.ended) finish();
    give();
  });
  body.on('end', () => {
    if (state === 'open') add(reader.end());
    finish();
    give();
  });
  // The connection broke after the answer had begun; what was said stays.
  const broken = (cause?: unknown) => {
    if (state === 'over') return;
    finish(new ChatError(isTimeout(cause) ? 'provider-timeout' : 'interrupted', undefined, {cause}));
    give();
  };
  body.on('error', broken);
  body.on('close', () => broken());

  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting = {resolve, reject};
        give();
        if (waiting && body.isPaused()) body.resume();
      }),
    return() {
      finish();
      ready = [];
      give();
      return Promise.resolve(noMore);
    },
  };
}

type Step = IteratorResult<readonly ChatEvent[], void>;
const noMore: Step = {done: true, value: undefined};

/** Bytes that wait for a slow reader before the upstream has to wait too. */
const mostBytesReady = 64 * 1024;
/** Milliseconds that the last bytes of a finished answer may take. */
const lastBytesPatience = 1000;

/** An answer that is asked for when its first batch is. Not a generator: a batch passes it without another promise. */
export function whenAsked(
  ask: () => Promise<AsyncIterator<readonly ChatEvent[], void>>,
): AsyncIterable<readonly ChatEvent[]> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<readonly ChatEvent[], void> {
      let answer: AsyncIterator<readonly ChatEvent[], void> | undefined;
      let left = false;
      const begin = async (): Promise<Step> => {
        answer = await ask();
        if (!left) return answer.next();
        await answer.return?.();
        return noMore;
      };
      return {
        next: () => (answer ? answer.next() : left ? Promise.resolve(noMore) : begin()),
        return() {
          left = true;
          return answer?.return?.() ?? Promise.resolve(noMore);
        },
      };
    },
  };
}

/** The whole body, where it is not too long to be true. */
export async function wholeText({body}: UpstreamResponse, longest: number = longestBody): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, {stream: true});
    if (text.length > longest) {
      throw new ChatError('provider-error', undefined, {cause: new Error('The upstream sent too much at once.')});
    }
  }
  return text + decoder.decode();
}

/** The beginning of an error's body; empty where even that does not arrive. */
export async function shortText(response: UpstreamResponse): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(bytes, {stream: true});
      if (text.length >= shortBody) break;
    }
  } catch {
    // The status says enough.
  }
  return text.slice(0, shortBody);
}

const aboutLength =
  /context.{0,20}(?:length|window|size)|maximum context|exceeds?.{0,40}context|too many tokens|prompt is too long/i;
const aboutKinds =
  /(?:image|vision|audio|file|multimodal|modalit)[^.]{0,60}not (?:\w+ ){0,2}support|(?:not|n't) (?:\w+ ){0,2}support[^.]{0,60}(?:image|vision|audio|multimodal|modalit)|invalid content type/i;
const aboutKey = /api[ _-]?key|credential/i;
/** What a request may hold, by upstreams' names, under the names that our callers use. */
const fieldNames: ReadonlyMap<string, string> = new Map([
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['max_tokens', 'max_tokens'],
  ['max_completion_tokens', 'max_tokens'],
  ['stop', 'stop'],
  ['stop_sequences', 'stop'],
  ['seed', 'seed'],
  ['tools', 'tools'],
  ['input_schema', 'tools'],
  ['tool_choice', 'tool_choice'],
  ['parallel_tool_calls', 'parallel_tool_calls'],
  ['response_format', 'response_format'],
  ['output_config', 'response_format'],
]);
const names = [...fieldNames.keys()].join('|');
/** A name where it is meant as one: in quotes, as a path, before what is wrong with it, or too odd to be a mere word. */
const aboutField = new RegExp(
  `["'\`](${names})[.["'\`]|(?:^|[\\s"])(${names})[.:[]|\\b(\\w+_\\w+|temperature)\\b`,
  'g',
);
const aboutOptions =
  /(?:unsupported|unknown|unrecogni[sz]ed|unexpected|invalid|extra)[^.]{0,40}(?:parameter|argument|field|option|schema|property|inputs?)\b|(?:parameter|argument|field|option|schema|property|inputs?)\b[^.]{0,60}(?:not (?:permitted|allowed|supported|valid)|invalid|unsupported|unknown)/i;
const aboutMoney = /insufficient_quota|billing|credit balance|out of credit/i;

/** An HTTP answer other than 200, as our error. */
export function refusal(
  {statusCode: status, headers}: {readonly statusCode: number; readonly headers: Readonly<Record<string, unknown>>},
  body: string,
): ChatError {
  const cause = new Error(`The upstream answered ${status}: ${body.slice(0, 500)}`);
  const retryAfter = retryAfterOf(headers['retry-after']);
  if (status === 401 || status === 403) return ours('The upstream refused the API key.', cause);
  if (status === 402 || ((status === 400 || status === 429) && aboutMoney.test(body))) {
    return ours('The upstream account is out of credit.', cause);
  }
  if (status === 413 || ((status === 400 || status === 422) && aboutLength.test(body))) {
    return failure('context-too-long', cause);
  }
  if ((status === 400 || status === 415 || status === 422) && aboutKinds.test(body)) {
    return new ChatError('invalid-request', 'This model cannot read all kinds of content in the request.', {cause});
  }
  if ((status === 400 || status === 422) && !aboutKey.test(body)) {
    const option = optionIn(body);
    if (option !== undefined) return new ChatError('invalid-request', `The model refused ${option}.`, {cause});
  }
  if (status === 404) {
    return /model/i.test(body) ? failure('model-not-found', cause) : ours('The base URL leads nowhere.', cause);
  }
  if (status === 429) return failure('rate-limited', cause, {retryAfter});
  if (status === 408 || status === 504 || status === 524) return failure('provider-timeout', cause, {retryAfter});
  if (status === 502 || status === 503 || status === 529) return failure('provider-unavailable', cause, {retryAfter});
  return failure('provider-error', cause, {retryable: status >= 500});
}

/** What of a request a refusal is about, as we would say it; undefined where that is something else. */
function optionIn(body: string): string | undefined {
  const said = parseJson(body);
  const error = isObject(said) ? (said['error'] ?? said) : undefined;
  const param = isObject(error) ? asString(error['param']) : undefined;
  // The envelope has names of its own, such as "type"; of a body without a message all is looked at.
  const words = (isObject(error) ? asString(error['message']) : undefined) ?? body;
  const names = [/^\w+/.exec(param ?? '')?.[0]];
  for (const [, quoted, before, odd] of words.matchAll(aboutField)) names.push(quoted ?? before ?? odd);
  for (const name of names) {
    const field = fieldNames.get(name ?? '');
    if (field !== undefined) return `the request because of its ${field}`;
  }
  return aboutOptions.test(words) ? 'an option of the request' : undefined;
}

/** Trouble that only somebody who runs the server can end. */
function ours(what: string, cause: Error): ChatError {
  return failure('provider-error', new Error(what, {cause}), {retryable: false});
}

/** Codes that say the same of the upstream as of us; any other trouble of the upstream is just that. */
const passedOn = new Set<ErrorCode>([
  'rate-limited',
  'context-too-long',
  'model-not-found',
  'provider-unavailable',
  'provider-timeout',
  'interrupted',
]);

/** An upstream's failure in our words alone. */
export function failure(
  code: ErrorCode,
  cause: unknown,
  {retryAfter, retryable}: {retryAfter?: number | undefined; retryable?: boolean | undefined} = {},
): ChatError {
  return new ChatError(passedOn.has(code) ? code : 'provider-error', undefined, {
    cause,
    ...(retryAfter === undefined ? {} : {retryAfter}),
    ...(retryable === undefined ? {} : {retryable}),
  });
}

/** Seconds, from a number of them or from a date. */
export function retryAfterOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

function isTimeout(error: unknown): boolean {
  const code = isObject(error) ? error['code'] : undefined;
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
}
