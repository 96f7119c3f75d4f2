/**
 * Any upstream that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter and the
 * compatible endpoints of others. One request, one decoder, nothing in between. What the upstream says of its own
 * troubles goes into an error's cause, never into its message.
 */
import {
  ChatError,
  type ErrorCode,
  type Model,
  type UncheckedObject,
  asNumber,
  asString,
  createReader,
  isObject,
  openaiChat,
  parseJson,
} from '@chatlet/protocol';
import {Agent, type Dispatcher} from 'undici';
import type {Provider, ProviderRequest} from '../engine/provider.ts';
import {type Habits, toOpenAiBody} from './openai-prompt.ts';

export interface OpenAiCompatibleOptions {
  /** Up to and with the version: `https://api.openai.com/v1`, `http://localhost:11434/v1`. */
  readonly baseUrl: string;
  /** Absent for upstreams that want none, such as a local Ollama. */
  readonly apiKey?: string;
  /** Shown as the models' provider; taken from the host where absent. */
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which of the listed models are for chatting. Without it, ids that name another use are left out. */
  readonly isChatModel?: (id: string) => boolean;
  /** Milliseconds until the upstream must have begun to answer; 5 minutes by default, as some models think first. */
  readonly startTimeout?: number;
  /** Milliseconds that the upstream may be silent inside an answer; 5 minutes by default. */
  readonly silenceTimeout?: number;
}

type Response = Dispatcher.ResponseData;

/** Bytes of an error's body that are looked at, and of a finished answer's that are read to keep its connection. */
const shortBody = 64 * 1024;
/** Characters of a body that is read as a whole; OpenRouter's list of models has about half a million. */
const longestBody = 16 * 1024 * 1024;

export function openAiCompatible(options: OpenAiCompatibleOptions): Provider {
  const {apiKey, startTimeout = 300_000, silenceTimeout = 300_000, isChatModel = looksLikeChat} = options;
  const base = checkedBase(options.baseUrl);
  const id = options.id ?? nameOfHost(base.hostname);
  // Its own agent: nobody else's settings apply, and closing it closes nobody else's connections.
  const agent = new Agent({headersTimeout: startTimeout, bodyTimeout: silenceTimeout, connectTimeout: 10_000});
  const headers: Record<string, string> = {
    ...(apiKey === undefined ? {} : {authorization: `Bearer ${apiKey}`}),
    ...options.headers,
  };
  const path = base.pathname.replace(/\/+$/, '');
  /** Found out once for each model, by being refused once. */
  const habitsOf = new Map<string, Habits>();

  async function send(method: 'GET' | 'POST', to: string, body: string | null, signal: AbortSignal): Promise<Response> {
    try {
      return await agent.request({
        origin: base.origin,
        path: `${path}${to}${base.search}`,
        method,
        headers:
          body === null ? headers : {...headers, 'content-type': 'application/json', accept: 'text/event-stream'},
        body,
        signal,
      });
    } catch (error) {
      throw unreachable(error);
    }
  }

  /** Asks; where the upstream refuses a field that others want, asks once more without it and remembers. */
  async function ask(request: ProviderRequest, signal: AbortSignal): Promise<Response> {
    let habits: Habits = habitsOf.get(request.model) ?? {
      streamOptions: true,
      maxTokens: 'max_tokens',
      sampling: true,
    };
    for (;;) {
      const response = await send('POST', '/chat/completions', JSON.stringify(toOpenAiBody(request, habits)), signal);
      if (response.statusCode === 200) return response;
      const body = await shortText(response);
      const better = response.statusCode === 400 || response.statusCode === 422 ? learn(habits, body) : undefined;
      if (!better) throw refusal(response, body);
      habits = better;
      habitsOf.set(request.model, habits);
    }
  }

  return {
    id,

    async models({signal}) {
      const response = await send('GET', '/models', null, signal);
      if (response.statusCode !== 200) throw refusal(response, await shortText(response));
      const list = parseJson(await wholeText(response, longestBody));
      return readModels(list, id).filter((model) => isChatModel(model.id));
    },

    async *answer(request, {signal}) {
      const response = await ask(request, signal);
      const {body} = response;
      const type = contentTypeOf(response);
      if (type === 'text/html') {
        drop(body);
        throw new ChatError('provider-error', undefined, {cause: new Error('The upstream sent a page of HTML.')});
      }
      const reader = createReader({dialect: openaiChat});
      try {
        for await (const bytes of type === 'application/json' ? asOneEvent(response) : chunks(body)) {
          const events = reader.push(bytes);
          const failed = events.findIndex((event) => event.type === 'error');
          if (failed === -1) {
            if (events.length > 0) yield events;
          } else {
            if (failed > 0) yield events.slice(0, failed);
            const error = events[failed];
            if (error?.type === 'error') throw failure(error.code, error.retryAfter, new Error(error.message));
          }
          if (reader.ended) return;
        }
        const events = reader.end();
        if (events.length > 0) yield events;
      } catch (error) {
        if (error instanceof ChatError) throw error;
        // The connection broke after the answer had begun; what was said stays.
        throw new ChatError(isTimeout(error) ? 'provider-timeout' : 'interrupted', undefined, {cause: error});
      } finally {
        // A finished answer leaves a few bytes behind; reading them keeps the connection for the next question.
        // Anything else is cut off at once, so that nobody pays for words that no one reads.
        if (reader.ended)
          await body.dump({limit: shortBody, signal: AbortSignal.timeout(1_000)}).catch(() => drop(body));
        else drop(body);
      }
    },

    close: () => agent.destroy(),
  };
}

/** The body as it arrives; the next piece is fetched when the last one has been dealt with. */
function chunks(body: Response['body']): AsyncIterable<Uint8Array> {
  return body.iterator({destroyOnReturn: false});
}

/** Cuts the connection. Undici calls that an error, and one that nobody listens to would end the process. */
function drop(body: Response['body']): void {
  body.on('error', () => {});
  body.destroy();
}

/** Upstreams that cannot stream answer in one piece of JSON; as the one event of a stream it reads the same. */
async function* asOneEvent(response: Response): AsyncGenerator<Uint8Array, void, void> {
  const json = await wholeText(response, longestBody);
  // Line ends stand between tokens only, never inside a JSON string.
  yield new TextEncoder().encode(`data: ${json.replaceAll(/[\r\n]+/g, ' ')}\n\n`);
}

/** `api.openai.com` is known as openai, `openrouter.ai` as openrouter; what is no such name stays as it is. */
function nameOfHost(hostname: string): string {
  return /^(?:api\.)?([a-z][\w-]*)\.(?:com|ai|io|dev|net|org)$/.exec(hostname)?.[1] ?? hostname;
}

function checkedBase(baseUrl: string): URL {
  const url = URL.parse(baseUrl);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new ChatError('invalid-request', `"${baseUrl}" is no base URL; it looks like https://api.openai.com/v1.`);
}

function contentTypeOf({headers}: Response): string {
  const [type = ''] = String(headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

async function wholeText({body}: Response, longest: number): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  // Leaving this loop early destroys the body, unlike the one above.
  const source: AsyncIterable<Uint8Array> = body;
  for await (const bytes of source) {
    text += decoder.decode(bytes, {stream: true});
    if (text.length > longest) {
      throw new ChatError('provider-error', undefined, {cause: new Error('The upstream sent too much at once.')});
    }
  }
  return text + decoder.decode();
}

/** The beginning of an error's body; empty where even that does not arrive. */
async function shortText({body}: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    const source: AsyncIterable<Uint8Array> = body;
    for await (const bytes of source) {
      text += decoder.decode(bytes, {stream: true});
      if (text.length >= shortBody) break;
    }
  } catch {
    // The status says enough.
  }
  return text.slice(0, shortBody);
}

/** Habits that avoid what this refusal is about; undefined where it is about something else. */
function learn(habits: Habits, refusal: string): Habits | undefined {
  if (habits.streamOptions && refusal.includes('stream_options')) return {...habits, streamOptions: false};
  if (habits.maxTokens === 'max_tokens' && refusal.includes('max_completion_tokens')) {
    return {...habits, maxTokens: 'max_completion_tokens'};
  }
  if (habits.sampling && /\b(?:temperature|top_p)\b/.test(refusal)) return {...habits, sampling: false};
  return undefined;
}

const tooLongForModel = /context.{0,20}(?:length|window|size)|maximum context|exceeds?.{0,40}context|too many tokens/i;
const lackOfMoney = /insufficient_quota|billing|credit/i;

/** An HTTP answer other than 200, as our error. */
function refusal(response: Response, body: string): ChatError {
  const {statusCode: status} = response;
  const said = new Error(`The upstream answered ${status}: ${body.slice(0, 500)}`);
  if (status === 401 || status === 403) {
    return failure('provider-error', undefined, new Error('The upstream refused the API key.', {cause: said}), false);
  }
  if (status === 413 || ((status === 400 || status === 422) && tooLongForModel.test(body))) {
    return failure('context-too-long', undefined, said);
  }
  if (status === 404) {
    return /model/i.test(body)
      ? failure('model-not-found', undefined, said)
      : failure('provider-error', undefined, new Error('No chat completions at this base URL.', {cause: said}), false);
  }
  if (status === 402 || (status === 429 && lackOfMoney.test(body))) {
    return failure(
      'provider-error',
      undefined,
      new Error('The upstream account is out of credit.', {cause: said}),
      false,
    );
  }
  if (status === 429) return failure('rate-limited', retryAfterOf(response), said);
  if (status === 408 || status === 504 || status === 524)
    return failure('provider-timeout', retryAfterOf(response), said);
  if (status === 502 || status === 503 || status === 529) {
    return failure('provider-unavailable', retryAfterOf(response), said);
  }
  return failure('provider-error', undefined, said, status >= 500);
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

function failure(code: ErrorCode, retryAfter: number | undefined, cause: Error, retryable?: boolean): ChatError {
  return new ChatError(passedOn.has(code) ? code : 'provider-error', undefined, {
    cause,
    ...(retryAfter === undefined ? {} : {retryAfter}),
    ...(retryable === undefined ? {} : {retryable}),
  });
}

/** Seconds; from a number of them or from a date. */
function retryAfterOf({headers}: Response): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

function isTimeout(error: unknown): boolean {
  const code = isObject(error) ? error['code'] : undefined;
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
}

/** No answer at all. An abort of our own passes through here too; the turn knows its signal and looks no further. */
function unreachable(cause: unknown): ChatError {
  return new ChatError(isTimeout(cause) ? 'provider-timeout' : 'provider-unavailable', undefined, {cause});
}

/** Uses that a listed model's name gives away and that are no conversation. */
const otherUses =
  /embed|whisper|(?:^|[-/])tts|dall-e|gpt-image|moderation|transcribe|realtime|davinci|babbage|rerank|(?:^|[-/])sora/i;

function looksLikeChat(id: string): boolean {
  return !otherUses.test(id);
}

/** The models in `{data: […]}`, with what OpenRouter, vLLM and others add. Entries without an id are left out. */
function readModels(list: unknown, provider: string): readonly Model[] {
  const entries = isObject(list) ? list['data'] : list;
  if (!Array.isArray(entries)) {
    throw new ChatError('provider-error', undefined, {cause: new Error('The upstream lists no models.')});
  }
  return entries.filter(isObject).flatMap((entry): readonly Model[] => {
    const id = asString(entry['id']);
    if (id === undefined || id === '') return [];
    const contextLength = asNumber(entry['context_length']) ?? asNumber(entry['max_model_len']);
    const description = asString(entry['description']);
    const pricing = readPricing(entry['pricing']);
    return [
      {
        id,
        name: asString(entry['name']) ?? id,
        provider,
        ...(description && {description}),
        ...(contextLength && contextLength > 0 ? {contextLength} : {}),
        ...(pricing && {pricing}),
      },
    ];
  });
}

/** OpenRouter's prices are text in USD a token; ours are numbers in USD a thousand. */
function readPricing(pricing: unknown): Model['pricing'] {
  if (!isObject(pricing)) return undefined;
  const price = (of: UncheckedObject, name: string) => Number(of[name]) * 1000;
  const prompt = price(pricing, 'prompt');
  const completion = price(pricing, 'completion');
  return prompt >= 0 && completion >= 0 ? {prompt, completion} : undefined;
}
