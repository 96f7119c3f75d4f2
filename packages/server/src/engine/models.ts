/**
 * All models of all providers by id, and the provider for an id that somebody asks for. Knows aliases, defaults and the
 * operator's facts; the lists themselves come from `model-lists.ts`.
 */
import {ChatError, type Model} from '@chatlet/protocol';
import {type ModelListsOptions, createModelLists} from './model-lists.ts';
import type {Provider} from './provider.ts';

export interface ResolvedModel {
  /** The id as it was asked for; answers carry this one. */
  readonly asked: string;
  readonly model: Model;
  readonly provider: Provider;
  /** The model's id at its provider. */
  readonly upstreamId: string;
}

export interface Models {
  /** All models of all providers that can be reached. Never throws. */
  list(): Promise<readonly Model[]>;
  /** The id that is used if nobody chooses; undefined while no provider has listed a model. */
  defaultModel(): Promise<string | undefined>;
  /**
   * @param apiDefault the API's own default, used if neither the caller nor the operator has chosen a model
   * @throws ChatError `model-not-found` with `availableModels`; `provider-unavailable` when nobody could be asked
   */
  resolve(asked: string | undefined, apiDefault?: string): Promise<ResolvedModel>;
}

/** The operator's facts about a model; they override the provider's. */
export type ModelFacts = Partial<Model> & {readonly id: string};

export interface ModelsOptions extends ModelListsOptions {
  /** If absent, the first model that a provider lists. */
  readonly defaultModel?: string;
  /** Other names for models: `{fast: 'gpt-4o-mini'}`. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly facts?: readonly ModelFacts[];
}

/** Ids in printed examples of chat APIs. If no provider has a model of that name, the default model answers to it. */
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

/** A refusal names at most this many models, since gateways have hundreds. */
const mostNamed = 100;

export function createModels(options: ModelsOptions): Models {
  const {providers, aliases = {}, facts = []} = options;
  const factsById = new Map(facts.map((fact) => [fact.id, fact]));
  const lists = createModelLists(options);
  /** All models by id, as of one version of the lists. */
  let known: {readonly byId: ReadonlyMap<string, ResolvedModel>; readonly version: number} | undefined;

  async function loadModels(): Promise<ReadonlyMap<string, ResolvedModel>> {
    await lists.refresh();
    const version = lists.version();
    if (known?.version !== version) known = {byId: collectModels(), version};
    return known.byId;
  }

  function collectModels(): ReadonlyMap<string, ResolvedModel> {
    const found = new Map<string, ResolvedModel>();
    for (const provider of providers) {
      for (const listed of lists.get(provider) ?? []) {
        // If two providers have the same id, the first keeps it and the second one's gets the provider's name in front.
        const id = found.has(listed.id) ? `${provider.id}/${listed.id}` : listed.id;
        const model = {provider: provider.id, ...listed, ...factsById.get(id), id};
        if (!found.has(id)) found.set(id, {asked: id, model, provider, upstreamId: listed.id});
      }
    }
    return found;
  }

  /** A provider that cannot list its models may still have this one. If it has not, it refuses the question itself. */
  function findUnlisted(id: string): ResolvedModel | undefined {
    const provider = providers.find((each) => lists.get(each) === undefined);
    return provider && {asked: id, model: {name: id, ...factsById.get(id), id}, provider, upstreamId: id};
  }

  function defaultOf(found: ReadonlyMap<string, ResolvedModel>): string | undefined {
    const chosen = options.defaultModel;
    if (chosen !== undefined) return found.has(chosen) ? chosen : (aliases[chosen] ?? chosen);
    return found.keys().next().value;
  }

  return {
    async list() {
      return [...(await loadModels()).values()].map(({model}) => model);
    },

    async defaultModel() {
      return defaultOf(await loadModels());
    },

    async resolve(asked, apiDefault) {
      const found = await loadModels();
      const fallback = defaultOf(found);
      const name = asked ?? (options.defaultModel === undefined ? apiDefault : undefined) ?? fallback;
      if (name === undefined) {
        throw new ChatError('provider-unavailable', 'No model can be reached now.');
      }
      const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
      const direct = found.get(name) ?? (alias === undefined ? undefined : (found.get(alias) ?? findUnlisted(alias)));
      if (direct) return {...direct, asked: name};
      const meansDefault = name === fallback || namesOfTheDefault.has(name);
      const byDefault =
        meansDefault && fallback !== undefined ? (found.get(fallback) ?? findUnlisted(fallback)) : undefined;
      const model = byDefault ?? findUnlisted(name);
      if (model) return {...model, asked: name};
      throw new ChatError('model-not-found', `There is no model "${truncateId(name)}".`, {
        details: {availableModels: [...found.keys()].slice(0, mostNamed)},
      });
    },
  };
}

/** Makes an id from outside short enough for an error. */
function truncateId(id: string): string {
  return id.length <= 80 ? id : `${id.slice(0, 80)}…`;
}
