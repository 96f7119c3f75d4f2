/**
 * Which models there are, and whose. Asks all providers, remembers what they said, and finds the provider for the
 * id that somebody asks for.
 */
import {ChatError, type Model} from '@chatlet/protocol';
import type {Provider} from './provider.ts';
import type {Report} from './report.ts';

export interface ResolvedModel {
  /** The id as it was asked for: what answers carry. */
  readonly asked: string;
  readonly model: Model;
  readonly provider: Provider;
  /** The model's id at its provider. */
  readonly upstreamId: string;
}

export interface Models {
  /** All models of all providers that answer. Never throws. */
  list(): Promise<readonly Model[]>;
  /** The id that stands for no choice; undefined while no provider has told of a model. */
  defaultModel(): Promise<string | undefined>;
  /**
   * @param apiDefault the name that stands for no choice where the operator has made none
   * @throws ChatError `model-not-found` with `availableModels`; `provider-unavailable` when nobody could be asked
   */
  resolve(asked: string | undefined, apiDefault?: string): Promise<ResolvedModel>;
}

/** What the operator says of a model, over what its provider says. */
export type ModelFacts = Partial<Model> & {readonly id: string};

export interface ModelsOptions {
  readonly providers: readonly Provider[];
  /** The first model that a provider lists, where absent. */
  readonly defaultModel?: string;
  /** Other names for models: `{fast: 'gpt-4o-mini'}`. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly facts?: readonly ModelFacts[];
  readonly report: Report;
  /** Milliseconds until a list is asked for again; 60 s by default. */
  readonly keepFor?: number;
  /** Milliseconds to wait for a provider's list; 10 s by default. */
  readonly patience?: number;
  readonly now?: () => number;
}

/** Ids in printed examples of chat APIs. Where no provider has a model of that name, the default answers to it. */
const namesOfTheDefault = new Set([
  'default',
  'default-llm-model',
  'advanced-llm-model',
  'gpt-4o',
  'gpt-4o-mini',
  'gpt-4',
  'claude-sonnet-4',
  'claude-3-5-haiku',
  'gemini-2-flash',
]);

/** A refusal names at most this many models; gateways have hundreds. */
const mostNamed = 100;

interface Listed {
  readonly models: readonly Model[] | undefined;
  readonly at: number;
}

export function createModels(options: ModelsOptions): Models {
  const {providers, aliases = {}, facts = [], report, keepFor = 60_000, patience = 10_000, now = Date.now} = options;
  const factsById = new Map(facts.map((fact) => [fact.id, fact]));
  const lists = new Map<Provider, Listed>();
  const asking = new Map<Provider, Promise<void>>();
  /** All models by id, until some provider has told of others. */
  let known: ReadonlyMap<string, ResolvedModel> | undefined;

  function ask(provider: Provider): Promise<void> {
    const already = asking.get(provider);
    if (already) return already;
    const asked = provider
      .models({signal: AbortSignal.timeout(patience)})
      .then(
        (models) => {
          lists.set(provider, {models, at: now()});
          known = undefined;
        },
        (error: unknown) => {
          report(error, {provider: provider.id});
          // What it said before is better than nothing, and asking again at once would be worse.
          lists.set(provider, {models: lists.get(provider)?.models, at: now()});
        },
      )
      .finally(() => asking.delete(provider));
    asking.set(provider, asked);
    return asked;
  }

  /**
   * Waits for providers that were never asked, and while none has told of a model. Otherwise lists are refreshed behind
   * the caller's back: a provider that does not answer must not hold up those that do.
   */
  async function refresh(): Promise<void> {
    const isAnyListed = providers.some((provider) => lists.get(provider)?.models !== undefined);
    const awaited: Promise<void>[] = [];
    for (const provider of providers) {
      const listed = lists.get(provider);
      // After a failure one in a few seconds tries again, so that a provider that comes up late is found.
      const age = listed?.models === undefined ? Math.min(keepFor, 3_000) : keepFor;
      if (listed && now() - listed.at <= age) continue;
      const asked = ask(provider);
      if (!listed || !isAnyListed) awaited.push(asked);
    }
    await Promise.all(awaited);
  }

  async function entries(): Promise<ReadonlyMap<string, ResolvedModel>> {
    await refresh();
    known ??= allListed();
    return known;
  }

  function allListed(): ReadonlyMap<string, ResolvedModel> {
    const found = new Map<string, ResolvedModel>();
    for (const provider of providers) {
      for (const listed of lists.get(provider)?.models ?? []) {
        // Two providers with one id: the first keeps it, the second is told apart by its name.
        const id = found.has(listed.id) ? `${provider.id}/${listed.id}` : listed.id;
        const model = {provider: provider.id, ...listed, ...factsById.get(id), id};
        if (!found.has(id)) found.set(id, {asked: id, model, provider, upstreamId: listed.id});
      }
    }
    return found;
  }

  /** A provider that cannot list its models may still have this one; it will say so itself. */
  function unlisted(id: string): ResolvedModel | undefined {
    const provider = providers.find((each) => lists.get(each)?.models === undefined);
    return provider && {asked: id, model: {name: id, ...factsById.get(id), id}, provider, upstreamId: id};
  }

  function defaultOf(found: ReadonlyMap<string, ResolvedModel>): string | undefined {
    const chosen = options.defaultModel;
    if (chosen !== undefined) return found.has(chosen) ? chosen : (aliases[chosen] ?? chosen);
    return found.keys().next().value;
  }

  return {
    async list() {
      return [...(await entries()).values()].map(({model}) => model);
    },

    async defaultModel() {
      return defaultOf(await entries());
    },

    async resolve(asked, apiDefault) {
      const found = await entries();
      const fallback = defaultOf(found);
      const name = asked ?? (options.defaultModel === undefined ? apiDefault : undefined) ?? fallback;
      if (name === undefined) {
        throw new ChatError('provider-unavailable', 'No model can be reached now.');
      }
      const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
      const direct = found.get(name) ?? (alias === undefined ? undefined : (found.get(alias) ?? unlisted(alias)));
      if (direct) return {...direct, asked: name};
      const stands = name === fallback || namesOfTheDefault.has(name);
      const byDefault = stands && fallback !== undefined ? (found.get(fallback) ?? unlisted(fallback)) : undefined;
      const model = byDefault ?? unlisted(name);
      if (model) return {...model, asked: name};
      throw new ChatError('model-not-found', `There is no model "${shown(name)}".`, {
        details: {availableModels: [...found.keys()].slice(0, mostNamed)},
      });
    },
  };
}

/** An id from outside, short enough to be said back. */
function shown(id: string): string {
  return id.length <= 80 ? id : `${id.slice(0, 80)}…`;
}
