/** Who answers, by the configuration: the upstreams that it names, each patient, bounded, and with its substitutes. */
import type {SecondTry} from './engine/log.ts';
import type {Provider} from './engine/provider.ts';
import {type AnthropicOptions, anthropic} from './providers/anthropic.ts';
import {demoProvider} from './providers/demo.ts';
import {type Substitute, withFallback} from './providers/fallback.ts';
import {type OpenAiCompatibleOptions, openAiCompatible} from './providers/openai-compatible.ts';
import {type ResilienceOptions, resilient} from './providers/resilient.ts';

export interface ProvidersConfig {
  /** Who answers, as they are. `openai`, `anthropic` and the demo model are left out where this is given. */
  readonly providers?: readonly Provider[];
  /** An upstream that speaks OpenAI's chat completions. Without any upstream the built-in demo model answers. */
  readonly openai?: OpenAiCompatibleOptions;
  /** Anthropic's own API, beside the other or alone. */
  readonly anthropic?: AnthropicOptions;
  /**
   * Models that stand in for a model that cannot answer, the best first, by their ids; `PROVIDER/ID` where another
   * provider has it: `{'gpt-4o': ['gpt-4o-mini', 'anthropic/claude-haiku-4-5']}`.
   */
  readonly fallbacks?: Readonly<Record<string, readonly string[]>>;
  /** How often and how long an upstream is tried. Here `longestRetryAfter` is 2 where it is not given. */
  readonly resilience?: ResilienceOptions;
  /** Hears of failures that whoever asked does not notice, as something is tried instead. Must not throw. */
  readonly onSecondTry?: (tried: SecondTry) => void;
}

/** Seconds that an upstream may ask us to wait; who asks for more is passed on, as a caller can wait by themselves. */
const longestRetryAfter = 2;

export function configuredProviders(config: ProvidersConfig): readonly Provider[] {
  const {openai, anthropic: claude, fallbacks = {}, resilience, onSecondTry} = config;
  if (config.providers) return config.providers;
  const upstreams = [...(openai ? [openAiCompatible(openai)] : []), ...(claude ? [anthropic(claude)] : [])];
  if (upstreams.length === 0) return [demoProvider()];
  const options: ResilienceOptions = {
    longestRetryAfter,
    ...resilience,
    onRetry(retry) {
      resilience?.onRetry?.(retry);
      onSecondTry?.({how: 'retry', ...retry});
    },
  };
  const patient = upstreams.map((provider) => resilient(provider, options));

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
