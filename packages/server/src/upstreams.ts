/** Upstreams by their kinds: creates the provider for each, and the names of models that it answers to. */
import {ChatError} from '@chatlet/protocol';
import type {ModelRoute} from './engine/models.ts';
import type {Provider} from './engine/provider.ts';
import {anthropic} from './providers/anthropic.ts';
import {openAiCompatible} from './providers/openai-compatible.ts';
import {openAiResponses} from './providers/openai-responses.ts';
import type {OpenAiCompatibleOptions} from './providers/openai-upstream.ts';

export const upstreamKinds = ['openai', 'anthropic', 'azure', 'ollama', 'gemini', 'responses'] as const;

/** An upstream in the configuration. */
export interface UpstreamConfig {
  /** Letters, digits, `.`, `_` and `-`. Shown as the models' provider; `ID/MODEL` asks this upstream. */
  readonly id: string;
  /** `openai` for everything with OpenAI's chat completions, `responses` for its Responses API. */
  readonly kind: (typeof upstreamKinds)[number];
  /** Up to and with the version; by default the address that everybody uses. Required for `azure`. */
  readonly baseUrl?: string;
  /** Leave it out if the upstream needs none. */
  readonly apiKey?: string;
  /** Headers for every request, for gateways that need more. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Names and patterns like `gpt-*`. If given, only models that fit are listed, and names without `*` always are. */
  readonly models?: readonly string[];
  /** Milliseconds until the upstream must have begun to answer, and that it may be silent then; 5 minutes by default. */
  readonly timeoutMs?: number;
  /** Whether callers may ask for models that nobody lists or configures; by default they may not. */
  readonly unlisted?: boolean;
}

const defaultAddresses: Partial<Record<UpstreamConfig['kind'], string>> = {
  openai: 'https://api.openai.com/v1',
  responses: 'https://api.openai.com/v1',
  ollama: 'http://localhost:11434/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
};

/** Names by which makers begin those of their models. */
const ownNames: Partial<Record<UpstreamConfig['kind'], readonly string[]>> = {
  anthropic: ['claude-*'],
  gemini: ['gemini-*'],
};

/** The path of an address that lacks one. */
const defaultPaths: Partial<Record<UpstreamConfig['kind'], string>> = {azure: '/openai/v1', ollama: '/v1'};

/** @throws ChatError `invalid-request` for a configuration that cannot work */
export function createUpstream(
  config: UpstreamConfig,
  listening: Pick<OpenAiCompatibleOptions, 'onLearned'> = {},
): Provider {
  const {id, kind, headers = {}, apiKey, timeoutMs} = config;
  if (!/^[\w.-]+$/.test(id)) {
    throw invalid(config, 'needs an id of letters, digits, dots, underscores and dashes');
  }
  const baseUrl = addressOf(config);
  const times = timeoutMs === undefined ? {} : {startTimeout: timeoutMs, silenceTimeout: timeoutMs};
  switch (kind) {
    case 'anthropic':
      if (apiKey === undefined) throw invalid(config, 'needs an API key: name its variable in `apiKeyEnv`');
      return anthropic({id, apiKey, headers, ...(baseUrl !== undefined && {baseUrl}), ...times, ...listening});
    case 'openai':
    case 'responses':
    case 'ollama':
    case 'gemini':
    case 'azure': {
      if (baseUrl === undefined) throw invalid(config, 'needs a `baseUrl`, like https://NAME.openai.azure.com');
      // Azure reads keys in a header of its own.
      const key = apiKey !== undefined && (kind === 'azure' ? {headers: {'api-key': apiKey, ...headers}} : {apiKey});
      const create = kind === 'responses' ? openAiResponses : openAiCompatible;
      return create({
        id,
        baseUrl,
        headers,
        ...key,
        ...times,
        ...(kind === 'gemini' && {thinkingConfig: true}),
        ...listening,
      });
    }
    default:
      kind satisfies never;
      throw invalid(config, `has an unknown kind; the kinds are ${upstreamKinds.join(', ')}`);
  }
}

/** The names that each upstream answers to, by its id. */
export function routesOf(
  upstreams: readonly Pick<UpstreamConfig, 'id' | 'kind' | 'models' | 'unlisted'>[],
): ReadonlyMap<string, ModelRoute> {
  return new Map(
    upstreams.map(({id, kind, models, unlisted}) => [id, {models, unlisted, prefers: ownNames[kind]}] as const),
  );
}

function addressOf({kind, baseUrl = defaultAddresses[kind]}: UpstreamConfig): string | undefined {
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  const path = defaultPaths[kind];
  if (!url || path === undefined || url.pathname !== '/') return baseUrl;
  url.pathname = path;
  return url.href;
}

function invalid({id}: UpstreamConfig, what: string): ChatError {
  return new ChatError('invalid-request', `The upstream "${id}" ${what}.`);
}
