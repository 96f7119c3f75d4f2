/**
 * Answers with any language model of the AI SDK, for upstreams that have no OpenAI-compatible endpoint. Talks to the
 * model itself, in each generation of its interface, and so needs no AI SDK here: who brings a model has brought it.
 */
import {
  ChatError,
  type ChatEvent,
  type EndReason,
  type Json,
  type Model,
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
import {toCallOptions} from './ai-sdk-prompt.ts';
import {mapErrorEvent, mapErrorResponse, upstreamFailure} from './error-mapping.ts';

/**
 * What is used of a language model: `LanguageModelV2`, `V3` and `V4` of `@ai-sdk/provider` all fit, as do models that
 * middleware wraps.
 */
export interface AISDKModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls?:
    | Readonly<Record<string, readonly RegExp[]>>
    | PromiseLike<Readonly<Record<string, readonly RegExp[]>>>;
  doStream(options: never): PromiseLike<{readonly stream: ReadableStream<unknown>}>;
}

/** A model with what the models list says of it. Its id there is the model's own unless `id` gives another. */
export interface AISDKEntry extends Partial<Model> {
  readonly model: AISDKModel;
}

export interface AISDKOptions {
  /** Shown as the models' provider; by default the first word of the model's own, such as `google`. */
  readonly id?: string;
  /** The SDK's `providerOptions`, as they are; what one upstream alone understands. */
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
      const supported = await model.supportedUrls;
      const call = {
        ...toCallOptions(request, {
          files: /^v[23]$/.test(model.specificationVersion) ? 'bare' : 'named',
          fetches: (mediaType, url) => fetchesItself(supported ?? {}, mediaType, url),
        }),
        providerOptions: options.providerOptions,
      };
      // Its own controller, since leaving the loop must end the upstream too.
      const leaving = new AbortController();
      const abortSignal = AbortSignal.any([signal, leaving.signal]);
      try {
        // The three generations differ in types that say the same; what goes in was built for this one.
        const {stream} = await model.doStream({...call, abortSignal} as never);
        for await (const part of stream as AsyncIterable<unknown>) {
          const event = readPart(part, request);
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

/** What a part says in our words; undefined where it says nothing to us. */
function readPart(part: unknown, request: ProviderRequest): readonly ChatEvent[] | undefined {
  if (!isObject(part)) return undefined;
  switch (part['type']) {
    case 'text-delta':
    case 'reasoning-delta': {
      const delta = asString(part['delta']) ?? '';
      return delta === '' ? undefined : [{type: part['type'], delta}];
    }
    case 'tool-call': {
      const input = part['input'];
      return [
        {
          type: 'tool-call',
          callId: asString(part['toolCallId']) ?? '',
          name: asString(part['toolName']) ?? '',
          input: typeof input === 'string' ? parsedInput(input) : asJson(input),
        },
      ];
    }
    // Of a tool that the upstream ran itself.
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
      if (isGarbage(part['error'])) return undefined;
      throw toChatError(part['error'], request);
    }
    case 'finish':
      return readFinish(part);
    default:
      // Starts and ends of parts, pings, and what the interface may grow.
      return undefined;
  }
}

/** Input that is not JSON stays the text it was. */
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
      counted.push({type: 'usage', promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0});
    }
  }
  // A word in v2, the upstream's own word beside it since v3.
  const [reason, raw] = isObject(finishReason)
    ? [finishReason['unified'], finishReason['raw']]
    : [finishReason, undefined];
  const end = typeof reason === 'string' ? endReasons[reason] : undefined;
  if (end) return [...counted, {type: 'message-end', reason: end}];
  if (reason === 'error') throw new ChatError('provider-error');
  // An upstream with a reason of its own has finished; one that gave none has gone away in the middle.
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

/** Whether the model's own list has a pattern for this URL; lists are by media type, `image/*` or `*`. */
function fetchesItself(
  supported: Readonly<Record<string, readonly RegExp[]>>,
  mediaType: string,
  url: string,
): boolean {
  const [kind] = mediaType.split('/');
  return ['*', '*/*', `${kind}/*`, mediaType].some((type) =>
    supported[type]?.some((pattern) => url.search(pattern) !== -1),
  );
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** One event that the SDK could not read. The answer goes on after it. */
function isGarbage(error: unknown): boolean {
  return ['AI_JSONParseError', 'AI_TypeValidationError'].includes(errorName(error));
}

/** Whatever a model or its upstream throws or says, as our error. Its own words stay in the cause. */
function toChatError(error: unknown, request: ProviderRequest): ChatError {
  const name = errorName(error);
  if (name === 'AI_APICallError' && isObject(error)) {
    const status = asNumber(error['statusCode']);
    if (status === undefined) return upstreamFailure('provider-unavailable', error);
    // It had begun well and broke while it was read.
    // What could not be read is part of the answer, and its cause would show it.
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
  // Inside a stream most upstreams say it in OpenAI's way, so the dialect knows what it means.
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

/** The connection broke in the middle: what fetch throws then. */
function isNetworkTrouble(error: unknown): boolean {
  return error instanceof TypeError && /terminated|network|fetch failed/i.test(error.message);
}
