/**
 * Says in one line each what is wrong with the configured upstreams, by their lists of models. For the person who starts
 * the server: it names addresses, and never a key.
 */
import {ChatError, type Model} from '@chatlet/protocol';
import {type ProvidersConfig, createUpstreams, isDemoServer} from './configured-providers.ts';
import {type ListOutcome, askForModels, listPatience} from './engine/model-lists.ts';
import {toBareName} from './engine/model-names.ts';
import type {Provider} from './engine/provider.ts';

/** An upstream with its models, or with what is wrong. */
export interface CheckedUpstream {
  readonly id: string;
  /** Where it is, as it was configured. */
  readonly address: string;
  /** Undefined if there is no list. */
  readonly models: readonly Model[] | undefined;
  /** What is wrong, as a sentence. */
  readonly trouble?: string;
}

export interface AskedUpstream extends CheckedUpstream {
  readonly provider: Provider;
}

type CheckedConfig = ProvidersConfig & {
  readonly defaultModel?: string;
  readonly aliases?: Readonly<Record<string, string>>;
};

/** Asks each upstream for its models, once and without the server's retries. Never throws. */
export async function askUpstreams(config: ProvidersConfig): Promise<readonly AskedUpstream[]> {
  if (config.providers) return [];
  const addresses = addressesOf(config);
  return Promise.all(
    createUpstreams(config).map(async (provider, index) => ({
      provider,
      ...checkUpstream(await askForModels(provider), addresses[index] ?? ''),
    })),
  );
}

/** The outcomes are in the order of the configuration. Empty for providers of the operator's own and for the demo model. */
export function checkUpstreams(config: ProvidersConfig, outcomes: readonly ListOutcome[]): readonly CheckedUpstream[] {
  if (config.providers || isDemoServer(config)) return [];
  const addresses = addressesOf(config);
  return outcomes.map((outcome, index) => checkUpstream(outcome, addresses[index] ?? ''));
}

function checkUpstream({provider: id, models, error}: ListOutcome, address: string): CheckedUpstream {
  if (models) return {id, address, models};
  const what = error === undefined ? 'lists no models' : explain(error, address);
  return {id, address, models, trouble: `The upstream "${id}" (${address}) ${what}.`};
}

function addressesOf({openai, anthropic, upstreams = []}: ProvidersConfig): readonly string[] {
  return [
    ...(openai ? [openai.baseUrl] : []),
    ...(anthropic ? [anthropic.baseUrl ?? 'https://api.anthropic.com/v1'] : []),
    ...upstreams.map(({baseUrl, kind}) => baseUrl ?? `the usual address of ${kind}`),
  ];
}

/** A sentence about a default model that nobody lists; undefined if a list may still have it. */
export function missingDefault(
  checked: readonly CheckedUpstream[],
  {defaultModel, aliases = {}}: CheckedConfig,
): string | undefined {
  if (defaultModel === undefined || checked.length === 0) return undefined;
  const name = aliases[defaultModel] ?? defaultModel;
  const names: string[] = [];
  for (const upstream of checked) {
    if (!upstream.models) return undefined;
    for (const {id} of upstream.models) names.push(toBareName(id), `${upstream.id}/${toBareName(id)}`);
  }
  if (names.includes(toBareName(name))) return undefined;
  const some = checked.flatMap(({models = []}) => models.map(({id}) => id)).slice(0, 5);
  return `No upstream lists the default model "${name}" (CHATLET_MODEL). It is asked for all the same. There are: ${some.join(', ')}.`;
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
    return `cannot be reached, or did not answer within ${listPatience / 1000} s`;
  if (/lists no models/.test(said)) return 'answers, but with no list of models; questions are tried all the same';
  return 'could not list its models; questions are tried all the same';
}

function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = 'code' in error ? String(error.code) : '';
  return `${error.message} ${code} ${causesOf(error.cause)}`;
}
