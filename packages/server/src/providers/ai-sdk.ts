/**
 * Answers with any language model of the AI SDK, for upstreams that have no OpenAI-compatible endpoint. Talks to the
 * model itself, in each generation of its interface. The server needs no AI SDK for that: it comes with the model.
 */
import {
  ChatError,
  type ChatEvent,
  type EndReason,
  type Json,
  type Model,
  type ProviderMetadata,
  type UncheckedObject,
  asJson,
  asNumber,
  asString,
  isEnd,
  isObject,
  openaiChat,
  parseJson,
} from '@chatlet/protocol';
import type {Provider, ProviderRequest} from '../engine/provider.ts';
import {refuseFurther} from './absent-option.ts';
import {addReasoning, toCallOptions} from './ai-sdk-prompt.ts';
import {mapErrorEvent, mapErrorResponse, upstreamFailure} from './error-mapping.ts';
import {toOpenaiSignature} from './google-signature.ts';

/**
 * The part of a language model that is used here. `LanguageModelV2`, `V3` and `V4` of `@ai-sdk/provider` all fit, and
 * so do models that middleware wraps.
 */
export interface AISDKModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  /** By MIME type: patterns of addresses that the upstream fetches by itself. Other files are sent as data. */
  readonly supportedUrls?:
    | Readonly<Record<string, readonly RegExp[]>>
    | PromiseLike<Readonly<Record<string, readonly RegExp[]>>>;
  /** Asks the model. The options are those of the AI SDK's version. */
  doStream(options: never): PromiseLike<{readonly stream: ReadableStream<unknown>}>;
}

/** A model with its entry in the list of models. Without an `id` here, it is listed under its own. */
export interface AISDKEntry extends Partial<Model> {
  readonly model: AISDKModel;
}

/** What a model of the AI SDK does not tell by itself. */
export interface AISDKOptions {
  /** Shown as the models' provider; by default the first word of the model's own, such as `google`. */
  readonly id?: string;
  /** The SDK's `providerOptions`, for options that only one upstream understands. Passed on as they are. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** @example const provider = fromAISDK([google('gemini-2.5-flash'), {model: google('gemini-2.5-pro'), name: 'Pro'}]); */
export function fromAISDK(
  models: AISDKModel | readonly (AISDKModel | AISDKEntry)[],
  options: AISDKOptions = {},
): Provider {
  const entries = ('doStream' in models ? [models] : models).map((given) =>
    'doStream' in given ? {model: given} : given,
  );
  const id = options.id ?? entries[0]?.model.provider.split('.')[0] ?? 'ai-sdk';
  const byId = new Map(entries.map((entry) => [entry.id ?? entry.model.modelId, entry.model]));
  const listed = entries.map(({model, ...facts}): Model => {
    const name = facts.id ?? model.modelId;
    return {name, provider: id, ...facts, id: name};
  });

  return {
    id,
    models: async () => listed,

    async *answer(request, {signal}) {
      const model = byId.get(request.model);
      if (!model) throw new ChatError('model-not-found');
      refuseFurther(request, ['logprobs']);
      const supported = await model.supportedUrls;
      const call = {
        ...toCallOptions(request, {
          files: /^v[23]$/.test(model.specificationVersion) ? 'bare' : 'named',
          fetches: (mediaType, url) => fetchesItself(supported ?? {}, {mediaType, url}),
        }),
        providerOptions: addReasoning(options.providerOptions, {
          reasoning: request.reasoning,
          provider: model.provider,
        }),
      };
      // A controller of its own, because leaving the loop must end the upstream, too.
      const leaving = new AbortController();
      const abortSignal = AbortSignal.any([signal, leaving.signal]);
      try {
        // The types of the three generations differ in name only; these options were built for this generation.
        const {stream} = await model.doStream({...call, abortSignal} as never);
        const given: GivenMetadata = new Map();
        for await (const part of stream as AsyncIterable<unknown>) {
          const event = readPart(part, {request, given});
          if (!event) continue;
          yield event;
          if (event.some(isEnd)) return;
        }
      } catch (thrown) {
        throw thrown instanceof ChatError ? thrown : toChatError(thrown, request);
      } finally {
        leaving.abort();
      }
    },
  };
}

/** The metadata of each reasoning, by the id of its part. */
type GivenMetadata = Map<unknown, UncheckedObject>;

/** The events of one part of the stream; undefined if it means nothing here. */
function readPart(
  part: unknown,
  {request, given}: {readonly request: ProviderRequest; readonly given: GivenMetadata},
): readonly ChatEvent[] | undefined {
  if (!isObject(part)) return undefined;
  const {id, type, providerMetadata} = part;
  // Start, pieces and end of a reasoning may each bring some.
  if (isObject(providerMetadata) && typeof type === 'string' && type.startsWith('reasoning-')) {
    given.set(id, {...given.get(id), ...providerMetadata});
  }
  switch (part['type']) {
    case 'text-delta':
    case 'reasoning-delta': {
      const delta = asString(part['delta']) ?? '';
      return delta === '' ? undefined : [{type: part['type'], delta}];
    }
    case 'reasoning-end': {
      const metadata = metadataOf({providerMetadata: given.get(id)});
      return metadata && [{type: 'reasoning-metadata', providerMetadata: metadata}];
    }
    case 'tool-call': {
      const {input} = part;
      const own = metadataOf(part);
      const metadata = own && {...own, ...toOpenaiSignature(providerMetadata)};
      return [
        {
          type: 'tool-call',
          callId: asString(part['toolCallId']) ?? '',
          name: asString(part['toolName']) ?? '',
          input: typeof input === 'string' ? parsedInput(input) : asJson(input),
          ...(metadata && {providerMetadata: metadata}),
        },
      ];
    }
    // The upstream ran this tool itself.
    case 'tool-result': {
      if (part['preliminary'] === true) return undefined;
      const output = asJson(part['result'] ?? null);
      const failed = part['isError'] === true ? {failed: true} : {};
      return [{type: 'tool-result', callId: asString(part['toolCallId']) ?? '', output, ...failed}];
    }
    case 'source': {
      const url = asString(part['url']);
      const title = asString(part['title']) ?? asString(part['filename']) ?? url ?? '';
      return [{type: 'source', id: asString(part['id']) ?? title, title, ...(url !== undefined && {url})}];
    }
    case 'error': {
      if (isUnreadableEvent(part['error'])) return undefined;
      throw toChatError(part['error'], request);
    }
    case 'finish':
      return readFinish(part);
    default:
      // Starts and ends of parts, pings, and parts that the interface may get in future.
      return undefined;
  }
}

/** What the model wants back with a part, such as a signature. */
function metadataOf({providerMetadata}: UncheckedObject): ProviderMetadata | undefined {
  return isObject(providerMetadata) ? {'ai-sdk': {providerOptions: asJson(providerMetadata)}} : undefined;
}

/** Input that is not JSON stays text. */
function parsedInput(text: string): Json {
  if (text.trim() === '') return {};
  return parseJson(text) ?? text;
}

function readFinish({usage, finishReason}: UncheckedObject): readonly ChatEvent[] {
  const counted: ChatEvent[] = [];
  if (isObject(usage)) {
    const promptTokens = tokensOf(usage['inputTokens']);
    const completionTokens = tokensOf(usage['outputTokens']);
    if (promptTokens !== undefined || completionTokens !== undefined) {
      const [input, output] = [usage['inputTokens'], usage['outputTokens']];
      const details = {
        cachedTokens: asNumber(isObject(input) ? input['cacheRead'] : usage['cachedInputTokens']),
        cacheWriteTokens: asNumber(isObject(input) ? input['cacheWrite'] : undefined),
        reasoningTokens: asNumber(isObject(output) ? output['reasoning'] : usage['reasoningTokens']),
      };
      const known = Object.fromEntries(Object.entries(details).filter(([, count]) => count));
      counted.push({
        type: 'usage',
        promptTokens: promptTokens ?? 0,
        completionTokens: completionTokens ?? 0,
        ...known,
      });
    }
  }
  // In v2 a word; since v3 an object that has the upstream's own word, too.
  const [reason, raw] = isObject(finishReason)
    ? [finishReason['unified'], finishReason['raw']]
    : [finishReason, undefined];
  const end = typeof reason === 'string' ? endReasons[reason] : undefined;
  if (end) return [...counted, {type: 'message-end', reason: end}];
  if (reason === 'error') throw new ChatError('provider-error');
  // With a reason of its own the upstream has finished; without any reason it has gone away in the middle.
  const last: ChatEvent =
    typeof raw === 'string' && reason !== 'interrupted'
      ? {type: 'message-end', reason: 'stop'}
      : new ChatError('interrupted').toEvent();
  return [...counted, last];
}

const endReasons: Readonly<Record<string, EndReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content-filter',
  'tool-calls': 'tool-calls',
};

/** A number in v2, an object with a total since v3. */
function tokensOf(count: unknown): number | undefined {
  return asNumber(isObject(count) ? count['total'] : count);
}

/** Whether the model fetches this URL itself. Its list has patterns by media type: `image/png`, `image/*` or `*`. */
function fetchesItself(
  supported: Readonly<Record<string, readonly RegExp[]>>,
  {mediaType, url}: {readonly mediaType: string; readonly url: string},
): boolean {
  const [kind] = mediaType.split('/');
  return ['*', '*/*', `${kind}/*`, mediaType].some((type) =>
    supported[type]?.some((pattern) => url.search(pattern) !== -1),
  );
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** Whether the SDK could not read one event. The answer goes on after it. */
function isUnreadableEvent(error: unknown): boolean {
  return ['AI_JSONParseError', 'AI_TypeValidationError'].includes(errorName(error));
}

/** Maps any error of a model or its upstream to ours. The original words stay in the cause. */
function toChatError(error: unknown, request: ProviderRequest): ChatError {
  const name = errorName(error);
  if (name === 'AI_APICallError' && isObject(error)) {
    const status = asNumber(error['statusCode']);
    if (status === undefined) return upstreamFailure('provider-unavailable', error);
    // The answer had begun well and broke while it was read. The cause of an unreadable event would show a part of the
    // answer, so only its name is kept.
    if (status < 400) {
      return isNetworkTrouble(error['cause'])
        ? upstreamFailure('interrupted', error)
        : upstreamFailure(
            'provider-error',
            new Error(`${asString(error['message']) ?? ''} (${errorName(error['cause'])})`),
          );
    }
    const headers = isObject(error['responseHeaders']) ? error['responseHeaders'] : {};
    return mapErrorResponse({statusCode: status, headers}, {body: asString(error['responseBody']) ?? '', request});
  }
  if (name === 'AI_UnsupportedFunctionalityError') {
    return new ChatError('invalid-request', 'This model cannot do what was asked of it.', {cause: error});
  }
  if (name === 'AI_LoadAPIKeyError' || name === 'AI_LoadSettingError') {
    return upstreamFailure('provider-error', error, {retryable: false});
  }
  if (name === 'AI_InvalidResponseDataError' && error instanceof Error && error.message.includes('finish reason')) {
    return upstreamFailure('interrupted', error);
  }
  if (name === 'TimeoutError') return upstreamFailure('provider-timeout', error);
  // Inside a stream most upstreams write errors as OpenAI does, so its dialect can read them.
  const said =
    error instanceof Error
      ? undefined
      : openaiChat
          .decoder()
          .push(`data: ${JSON.stringify({error})}\n\n`)
          .at(-1);
  return said?.type === 'error'
    ? mapErrorEvent(said, request)
    : upstreamFailure(isNetworkTrouble(error) ? 'interrupted' : 'provider-error', error);
}

/** Whether fetch threw because the connection broke in the middle. */
function isNetworkTrouble(error: unknown): boolean {
  return error instanceof TypeError && /terminated|network|fetch failed/i.test(error.message);
}
