/** Anthropic's own API: messages, thoughts, tools, images. Its OpenAI-compatible endpoint is for that provider. */
import {type JsonObject, type Model, anthropic as dialect, asNumber, asString, isObject} from '@chatlet/protocol';
import type {LearnedFact} from '../engine/log.ts';
import type {Provider} from '../engine/provider.ts';
import {type AnthropicCapabilities, toAnthropicBody} from './anthropic-prompt.ts';
import {lazyAnswer} from './lazy-answer.ts';
import {fetchModelList, noModelList} from './model-list.ts';
import {readAnswer} from './read-answer.ts';
import {describeSampling, samplingAfter} from './sampling.ts';
import {createAsk} from './unsupported-parameters.ts';
import {openUpstream} from './upstream.ts';

/** How Anthropic's API is asked. */
export interface AnthropicOptions {
  readonly apiKey: string;
  /** Default `https://api.anthropic.com/v1`. */
  readonly baseUrl?: string;
  /** Shown as the models' provider; `anthropic` by default. */
  readonly id?: string;
  /** Headers for every request, for gateways that need more. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Tokens of an answer if the request sets no limit. Default 8192. Never more than the model gives. */
  readonly maxTokens?: number;
  /**
   * The API's `thinking`, such as `{type: 'enabled', budget_tokens: 4000}`. Its budget goes on top of the tokens of the
   * answer. After a tool's result the model answers without thinking. A ceiling of `spending` counts thoughts, but only
   * after they were thought.
   */
  readonly thinking?: JsonObject;
  /** The `anthropic-version` header. Default `2023-06-01`. */
  readonly version?: string;
  /** Milliseconds until the upstream must have begun to answer; 5 minutes by default. */
  readonly startTimeout?: number;
  /** Milliseconds that the upstream may be silent inside an answer; 5 minutes by default. */
  readonly silenceTimeout?: number;
  /** Called when a refusal has taught how a model wants to be asked. Must not throw. */
  readonly onLearned?: (learned: LearnedFact) => void;
}

/** How many pages of the model list are fetched, each with up to a thousand models. */
const mostPages = 10;

/** @example const provider = anthropic({apiKey: process.env.ANTHROPIC_API_KEY}); */
export function anthropic(options: AnthropicOptions): Provider {
  const {id = 'anthropic', maxTokens = 8192, thinking, version = '2023-06-01'} = options;
  const upstream = openUpstream({
    baseUrl: options.baseUrl ?? 'https://api.anthropic.com/v1',
    headers: {'x-api-key': options.apiKey, 'anthropic-version': version, ...options.headers},
    startTimeout: options.startTimeout,
    silenceTimeout: options.silenceTimeout,
  });
  /** The most tokens that each model gives, from the list of models. */
  const longestAnswers = new Map<string, number>();

  const ask = createAsk<AnthropicCapabilities>({
    assumed: {sampling: 'either', effort: true, thinking: 'either'},
    toBody: (request, capabilities) => {
      const longestAnswer = longestAnswers.get(request.model);
      return toAnthropicBody(request, {capabilities, defaults: {maxTokens, longestAnswer, thinking}});
    },
    learn(known, refuses, message) {
      const only = known.thinking === 'either' && refuses('thinking') ? thinkingAfter(message) : undefined;
      if (only) return {...known, thinking: only};
      if (known.effort && refuses('output_config', 'effort')) return {...known, effort: false};
      const sampling = samplingAfter(refuses);
      return sampling && {...known, sampling};
    },
    describe: ({sampling, effort, thinking: way}) => [
      ...describeSampling(sampling),
      ...(way === 'either' ? [] : [`takes ${way === 'budget' ? 'only a budget' : 'no budget'} for thoughts`]),
      ...(effort ? [] : ['takes no `reasoning_effort`']),
    ],
    provider: id,
    onLearned: options.onLearned,
    post: (body, {signal}) => upstream.post('/messages', body, {signal}),
  });

  return {
    id,
    endsOnAbort: true,

    async models({signal}) {
      const models: Model[] = [];
      let after = '';
      for (let page = 0; page < mostPages; page++) {
        const list = await fetchModelList(upstream, `/models?limit=1000${after}`, {signal});
        if (!isObject(list) || !Array.isArray(list['data'])) throw noModelList();
        for (const entry of list['data']) {
          const found = readModel(entry, id);
          if (!found) continue;
          models.push(found.model);
          if (found.longestAnswer !== undefined) longestAnswers.set(found.model.id, found.longestAnswer);
        }
        const last = asString(list['last_id']);
        if (list['has_more'] !== true || last === undefined) break;
        after = `&after_id=${encodeURIComponent(last)}`;
      }
      return models;
    },

    answer: (request, {signal}) => lazyAnswer(async () => readAnswer(await ask(request, {signal}), {dialect, request})),

    close: () => upstream.close(),
  };
}

/** `"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive"`, or the other way round. */
function thinkingAfter(message: string): AnthropicCapabilities['thinking'] | undefined {
  if (!/adaptive/.test(message)) return undefined;
  return /adaptive\b[^.]{0,30}(?:not|n't) (?:be )?(?:support|allow|available)/i.test(message) ? 'budget' : 'adaptive';
}

/** An entry of the list; undefined if it is no model. */
function readModel(entry: unknown, provider: string): {model: Model; longestAnswer: number | undefined} | undefined {
  if (!isObject(entry)) return undefined;
  const id = asString(entry['id']);
  if (id === undefined || id === '' || entry['lifecycle'] === 'retired') return undefined;
  const contextLength = asNumber(entry['max_input_tokens']);
  const model = {id, name: asString(entry['display_name']) ?? id, provider, ...(contextLength && {contextLength})};
  const longestAnswer = asNumber(entry['max_tokens']);
  return {model, longestAnswer: longestAnswer && longestAnswer > 0 ? longestAnswer : undefined};
}
