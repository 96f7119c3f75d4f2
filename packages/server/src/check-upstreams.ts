/**
 * Asks each configured upstream once for its models, and says in one line each what is wrong. For the person who starts
 * the server: it names addresses, and never a key.
 */
import {ChatError, type Model} from '@chatlet/protocol';
import {type ProvidersConfig, createUpstreams} from './configured-providers.ts';
import {toBareName} from './engine/model-names.ts';
import type {Provider} from './engine/provider.ts';

export interface CheckedUpstream {
  readonly provider: Provider;
  /** Where it is, as it was configured. */
  readonly address: string;
  /** Undefined if there is no list. */
  readonly models: readonly Model[] | undefined;
  /** What is wrong, as a sentence. */
  readonly trouble?: string;
}

type CheckedConfig = ProvidersConfig & {
  readonly defaultModel?: string;
  readonly aliases?: Readonly<Record<string, string>>;
};

/** Milliseconds to wait for a list. */
const patience = 10_000;

/** In the order of the configuration; empty for providers of the operator's own and for the demo model. Never throws. */
export async function checkUpstreams(config: CheckedConfig): Promise<readonly CheckedUpstream[]> {
  if (config.providers) return [];
  const addresses = [
    ...(config.openai ? [config.openai.baseUrl] : []),
    ...(config.anthropic ? [config.anthropic.baseUrl ?? 'https://api.anthropic.com/v1'] : []),
    ...(config.upstreams ?? []).map(({baseUrl, kind}) => baseUrl ?? `the usual address of ${kind}`),
  ];
  return Promise.all(
    createUpstreams(config).map(async (provider, index): Promise<CheckedUpstream> => {
      const about = {provider, address: addresses[index] ?? ''};
      try {
        const models = await provider.models({signal: AbortSignal.timeout(patience)});
        return models.length > 0
          ? {...about, models}
          : {...about, models: undefined, trouble: sentence(about, 'lists no models')};
      } catch (error) {
        return {...about, models: undefined, trouble: sentence(about, explain(error, about.address))};
      }
    }),
  );
}

/** A sentence about a default model that nobody lists; undefined if a list may still have it. */
export function missingDefault(
  checked: readonly CheckedUpstream[],
  {defaultModel, aliases = {}}: CheckedConfig,
): string | undefined {
  if (defaultModel === undefined || checked.length === 0) return undefined;
  const name = aliases[defaultModel] ?? defaultModel;
  const names: string[] = [];
  for (const {provider, models} of checked) {
    if (!models) return undefined;
    for (const {id} of models) names.push(toBareName(id), `${provider.id}/${toBareName(id)}`);
  }
  if (names.includes(toBareName(name))) return undefined;
  const some = checked.flatMap(({models = []}) => models.map(({id}) => id)).slice(0, 5);
  return `No upstream lists the default model "${name}" (CHATLET_MODEL). It is asked for all the same. There are: ${some.join(', ')}.`;
}

function sentence({provider, address}: Pick<CheckedUpstream, 'provider' | 'address'>, what: string): string {
  return `The upstream "${provider.id}" (${address}) ${what}.`;
}

/** What is wrong, to be put behind the name of the upstream. */
function explain(error: unknown, address: string): string {
  const said = causesOf(error);
  if (/\/(?:chat\/completions|responses|messages|models)\/?$/.test(address))
    return 'has an address with too much at its end; it must end with the version, like /v1';
  if (/refused the API key/.test(said)) return 'refused the API key';
  if (/out of credit/.test(said)) return 'says that its account is out of credit';
  if (/leads nowhere/.test(said))
    return 'has no list of models there; check the address, which must end with the version, like /v1';
  if (/ECONNREFUSED/.test(said)) return 'cannot be reached: nobody listens there';
  if (/ENOTFOUND|EAI_AGAIN/.test(said)) return 'cannot be reached: no such host is known';
  if (/CERT|SSL|TLS|self.signed/i.test(said)) return 'cannot be reached: its certificate is not valid here';
  if (error instanceof ChatError && error.code === 'provider-unavailable')
    return `cannot be reached, or did not answer within ${patience / 1000} s`;
  if (/lists no models/.test(said)) return 'answers, but with no list of models; questions are tried all the same';
  return 'could not list its models; questions are tried all the same';
}

function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = 'code' in error ? String(error.code) : '';
  return `${error.message} ${code} ${causesOf(error.cause)}`;
}
