/** Creates the configured providers, each with retries, a circuit breaker and its fallbacks. */
import {ChatError} from '@chatlet/protocol';
import type {LearnedFact, SecondTry} from './engine/log.ts';
import type {ModelRoute} from './engine/models.ts';
import type {Provider} from './engine/provider.ts';
import {type AnthropicOptions, anthropic} from './providers/anthropic.ts';
import {type DemoProviderOptions, demoProvider} from './providers/demo.ts';
import {type Substitute, withFallback} from './providers/fallback.ts';
import {openAiCompatible} from './providers/openai-compatible.ts';
import type {OpenAiCompatibleOptions} from './providers/openai-upstream.ts';
import {type ResilienceOptions, resilient} from './providers/resilient.ts';
import {type UpstreamConfig, createUpstream, routesOf} from './upstreams.ts';

export interface ProvidersConfig {
  /** Your own providers, used as they are. They replace `openai`, `anthropic` and the demo model. */
  readonly providers?: readonly Provider[];
  /** An upstream with OpenAI's chat completions API. Without any upstream the built-in demo model answers. */
  readonly openai?: OpenAiCompatibleOptions;
  /** Anthropic's own API, in addition to the other or alone. */
  readonly anthropic?: AnthropicOptions;
  /** Further upstreams, or all of them. If several list a model, the first one answers. */
  readonly upstreams?: readonly UpstreamConfig[];
  /**
   * Fallback models by a model's id, the best first; `PROVIDER/ID` for a model of another provider:
   * `{'gpt-4o': ['gpt-4o-mini', 'anthropic/claude-haiku-4-5']}`. Without it a failed upstream is an error.
   */
  readonly fallbacks?: Readonly<Record<string, readonly string[]>>;
  /** How often and how long an upstream is tried. Here the default of `longestRetryAfter` is 2. */
  readonly resilience?: ResilienceOptions;
  /** Called after a failure that the caller does not notice, since something else is tried. Must not throw. */
  readonly onSecondTry?: (tried: SecondTry) => void;
  /** Called when a refusal has taught how a model wants to be asked. Must not throw. */
  readonly onLearned?: (learned: LearnedFact) => void;
}

/** The longest `Retry-After` of an upstream, in seconds, that we wait for. A longer one is passed on to the caller. */
const longestRetryAfter = 2;

/** Whether the built-in demo model answers, which costs nothing. */
export function isDemoServer({providers, openai, anthropic: claude, upstreams = []}: ProvidersConfig): boolean {
  return !providers && !openai && !claude && upstreams.length === 0;
}

/**
 * The upstreams without retries and fallbacks.
 * @throws ChatError `invalid-request` for a configuration that cannot work
 */
export function createUpstreams({
  openai,
  anthropic: claude,
  upstreams = [],
  onLearned,
}: ProvidersConfig): readonly Provider[] {
  const listening = onLearned ? {onLearned} : {};
  const created = [
    ...(openai ? [openAiCompatible({...listening, ...openai})] : []),
    ...(claude ? [anthropic({...listening, ...claude})] : []),
    ...upstreams.map((upstream) => createUpstream(upstream, listening)),
  ];
  const twice = created.find(({id}, index) => created.findIndex((other) => other.id === id) !== index);
  if (twice)
    throw new ChatError('invalid-request', `Two upstreams have the id "${twice.id}". Give each its own \`id\`.`);
  return created;
}

/** The names of models that each upstream answers to. */
export function configuredRoutes({
  anthropic: claude,
  upstreams = [],
}: ProvidersConfig): ReadonlyMap<string, ModelRoute> {
  const named = claude ? [{id: claude.id ?? 'anthropic', kind: 'anthropic'} as const] : [];
  return routesOf([...named, ...upstreams]);
}

/** @param options what the demo model is told, see `DemoProviderOptions` */
export function configuredProviders(
  config: ProvidersConfig,
  options: Pick<DemoProviderOptions, 'hasDocuments'> = {},
): readonly Provider[] {
  const {fallbacks = {}, resilience, onSecondTry} = config;
  if (config.providers) return config.providers;
  const upstreams = createUpstreams(config);
  if (upstreams.length === 0) return [demoProvider(options)];
  const patience: ResilienceOptions = {
    longestRetryAfter,
    ...resilience,
    onRetry(retry) {
      resilience?.onRetry?.(retry);
      onSecondTry?.({how: 'retry', ...retry});
    },
  };
  const patient = upstreams.map((provider) => resilient(provider, patience));

  const substituteNamed = (id: string, beside: Provider): Substitute => {
    const other = patient.find((provider) => id.startsWith(`${provider.id}/`));
    return other ? {provider: other, model: id.slice(other.id.length + 1)} : {provider: beside, model: id};
  };
  return patient.map((provider) =>
    Object.keys(fallbacks).length === 0
      ? provider
      : withFallback(provider, {
          substitutesFor: (model) =>
            Object.hasOwn(fallbacks, model) ? (fallbacks[model] ?? []).map((id) => substituteNamed(id, provider)) : [],
          onFallback({from, to, error}) {
            const instead = {provider: to.provider.id, model: to.model};
            onSecondTry?.({how: 'fallback', provider: from.provider.id, model: from.model, to: instead, error});
          },
        }),
  );
}
