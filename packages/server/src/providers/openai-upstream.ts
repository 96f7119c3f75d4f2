/**
 * What OpenAI's two ways of asking a model share: the upstream, its list of models, the APIs beside chatting. Knows
 * neither way.
 */
import {
  ChatError,
  type ChatEvent,
  type Dialect,
  type Json,
  type JsonObject,
  type Model,
  type UncheckedObject,
  asJson,
  asNumber,
  asString,
  isObject,
  parseJson,
} from '@chatlet/protocol';
import type {LearnedFact} from '../engine/log.ts';
import type {PromptMessage, Provider, ProviderRequest, TakePiece} from '../engine/provider.ts';
import {mapErrorResponse} from './error-mapping.ts';
import {lazyAnswer} from './lazy-answer.ts';
import {fetchModelList, noModelList} from './model-list.ts';
import {readAnswer} from './read-answer.ts';
import {type AskOptions, createAsk} from './unsupported-parameters.ts';
import {
  type Upstream,
  type UpstreamResponse,
  isTimeout,
  openUpstream,
  readErrorText,
  readWholeText,
} from './upstream.ts';

/** How an upstream with OpenAI's API is asked. */
export interface OpenAiCompatibleOptions {
  /** Up to and with the version: `https://api.openai.com/v1`, `http://localhost:11434/v1`. */
  readonly baseUrl: string;
  /** Absent for upstreams that need none, such as a local Ollama. */
  readonly apiKey?: string;
  /** Shown as the models' provider; by default a name made from the host. */
  readonly id?: string;
  /** Headers for every request, for gateways that need more. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a budget of thoughts is sent as Gemini's `thinking_config`; by default at Google's address only. */
  readonly thinkingConfig?: boolean;
  /** Whether a listed model is for chatting. By default ids that name another use are left out. */
  readonly isChatModel?: (id: string) => boolean;
  /** Milliseconds until the upstream must have begun to answer; 5 minutes by default, as some models think first. */
  readonly startTimeout?: number;
  /** Milliseconds that the upstream may be silent inside an answer; 5 minutes by default. */
  readonly silenceTimeout?: number;
  /** Called when a refusal has taught how a model wants to be asked. Must not throw. */
  readonly onLearned?: (learned: LearnedFact) => void;
}

/** One way of asking a model. */
interface OpenAiApi<Capabilities> extends Pick<AskOptions<Capabilities>, 'toBody' | 'learn' | 'describe'> {
  readonly path: string;
  readonly dialect: Dialect;
  /** What is assumed of a model at this host until it refuses something. */
  readonly assume: (host: string) => Capabilities;
}

export function openAiProvider<Capabilities>(
  options: OpenAiCompatibleOptions,
  {path, dialect, assume, toBody, learn, describe}: OpenAiApi<Capabilities>,
): Provider {
  const {baseUrl, apiKey, headers, startTimeout, silenceTimeout, isChatModel = looksLikeChat} = options;
  const upstream = openUpstream({
    baseUrl,
    headers: {...(apiKey === undefined ? {} : {authorization: `Bearer ${apiKey}`}), ...headers},
    startTimeout,
    silenceTimeout,
  });
  const id = options.id ?? nameOfHost(upstream.host);
  const ask = createAsk<Capabilities>({
    assumed: assume(upstream.host),
    toBody,
    learn,
    describe,
    provider: id,
    onLearned: options.onLearned,
    post: (body, {signal}) => upstream.post(path, body, {signal}),
  });
  return {
    id,
    endsOnAbort: true,

    async models({signal}) {
      const list = await fetchModelList(upstream, '/models', {signal});
      return readModels(list, id).filter((model) => isChatModel(model.id));
    },

    answer: (request, {signal}) => lazyAnswer(async () => readStream(await ask(request, {signal}), {dialect, request})),

    passOn: passOnTo(upstream),

    close: () => upstream.close(),
  };
}

/** @throws ChatError `provider-error` for a page of HTML, and those of `readAnswer` */
function readStream(
  response: UpstreamResponse,
  asked: {readonly dialect: Dialect; readonly request: ProviderRequest},
): AsyncIterator<readonly ChatEvent[], void> {
  // The content type is not asked for more, since some upstreams send a stream as `application/json`.
  if (contentTypeOf(response) !== 'text/html') return readAnswer(response, asked);
  response.body.cut();
  throw new ChatError('provider-error', undefined, {cause: new Error('The upstream sent a page of HTML.')});
}

function passOnTo(upstream: Upstream): NonNullable<Provider['passOn']> {
  return async ({api, body, messages}, {signal, onPiece}) => {
    const response = await upstream.post(`/${api}`, body, {signal});
    if (response.statusCode !== 200) {
      const text = await readErrorText(response);
      if (lacksPath(response.statusCode, text)) {
        throw new ChatError('not-found', `The upstream of this model has no ${api}.`, {
          details: {cause: 'unknown-url'},
        });
      }
      throw mapErrorResponse(response, {body: text, request: {messages}});
    }
    if (onPiece && contentTypeOf(response) === 'text/event-stream') {
      return passPieces(response, {onPiece, messages});
    }
    const answer = asJson(parseJson(await readWholeText(response)));
    if (isObject(answer)) return answer;
    throw new ChatError('provider-error', undefined, {cause: new Error('The upstream sent no JSON object.')});
  };
}

/** The most characters of one piece. */
const longestPiece = 1_000_000;

/**
 * Hands the pieces of a stream on while they arrive, as fast as they are taken, and resolves to its usage.
 * @throws ChatError `interrupted` if it ends without an end, `provider-timeout`, and for an error inside it
 */
function passPieces(
  response: UpstreamResponse,
  {onPiece, messages}: {readonly onPiece: TakePiece; readonly messages: readonly PromptMessage[]},
): Promise<JsonObject> {
  const decoder = new TextDecoder();
  let rest = '';
  let complete = false;
  let usage: Json = null;
  let failed = false;

  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      failed = true;
      reject(error);
      response.body.cut();
    };
    const readLine = (line: string) => {
      if (failed || !line.startsWith('data:')) return;
      const data = line.slice('data:'.length).trim();
      complete ||= data === '[DONE]';
      const piece = asJson(parseJson(data));
      if (!isObject(piece)) return;
      if (piece['error'] != null) {
        fail(mapErrorResponse({...response, statusCode: 500}, {body: data, request: {messages}}));
        return;
      }
      usage = piece['usage'] ?? usage;
      complete ||= isLastPiece(piece);
      taken = onPiece(piece);
    };
    /** Of the newest piece. Pieces of the same bytes are handed on together, so its promise stands for all. */
    let taken: unknown;
    response.body.read({
      bytes(bytes) {
        const lines = (rest + decoder.decode(bytes, {stream: true})).split(/\r\n|\n|\r/);
        rest = lines.pop() ?? '';
        if (rest.length > longestPiece) fail(new ChatError('provider-error'));
        taken = undefined;
        for (const line of lines) readLine(line);
        if (!(taken instanceof Promise)) return;
        response.body.pause();
        taken.then(() => response.body.resume(), fail);
      },
      end() {
        readLine(rest);
        if (complete) resolve({usage});
        else reject(new ChatError('interrupted'));
      },
      broken: (cause) =>
        reject(new ChatError(isTimeout(cause) ? 'provider-timeout' : 'interrupted', undefined, {cause})),
    });
  });
}

/** Some upstreams send no end mark. */
function isLastPiece({choices}: JsonObject): boolean {
  return Array.isArray(choices) && choices.some((choice) => isObject(choice) && choice['finish_reason'] != null);
}

/** A 404 that does not speak of a model is about the path. */
function lacksPath(status: number, text: string): boolean {
  return status === 405 || status === 501 || (status === 404 && !/model/i.test(text));
}

/** `openai` for `api.openai.com`, `openrouter` for `openrouter.ai`; any other host stays as it is. */
function nameOfHost(hostname: string): string {
  return /^(?:api\.)?([a-z][\w-]*)\.(?:com|ai|io|dev|net|org)$/.exec(hostname)?.[1] ?? hostname;
}

function contentTypeOf({headers}: UpstreamResponse): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

/** Uses other than chatting that a model's name gives away. */
const otherUses =
  /embed|whisper|(?:^|[-/])tts|dall-e|gpt-image|moderation|transcribe|realtime|davinci|babbage|rerank|(?:^|[-/])sora/i;

function looksLikeChat(id: string): boolean {
  return !otherUses.test(id);
}

/** The models in `{data: […]}`, with the facts that OpenRouter, vLLM and others add. Skips entries without an id. */
function readModels(list: unknown, provider: string): readonly Model[] {
  const entries = isObject(list) ? list['data'] : list;
  if (!Array.isArray(entries)) throw noModelList();
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

/** OpenRouter's prices are strings in USD per token; ours are numbers in USD per thousand. */
function readPricing(pricing: unknown): Model['pricing'] {
  if (!isObject(pricing)) return undefined;
  const price = (of: UncheckedObject, name: string) => Number(of[name]) * 1000;
  const prompt = price(pricing, 'prompt');
  const completion = price(pricing, 'completion');
  const cachedPrompt = price(pricing, 'input_cache_read');
  const cacheWrite = price(pricing, 'input_cache_write');
  if (!(prompt >= 0 && completion >= 0)) return undefined;
  return {prompt, completion, ...(cachedPrompt >= 0 && {cachedPrompt}), ...(cacheWrite >= 0 && {cacheWrite})};
}
