/**
 * All models of all providers by id, and the provider for an id that somebody asks for. Knows aliases, defaults and the
 * operator's facts; the lists themselves come from `model-lists.ts`.
 */
import {ChatError, type Model} from '@chatlet/protocol';
import {type ModelListsOptions, createModelLists} from './model-lists.ts';
import type {Plan} from './plans.ts';
import type {Provider} from './provider.ts';
import {Advice} from './report.ts';

export interface ResolvedModel {
  /** The id as it was asked for; answers carry this one. */
  readonly asked: string;
  readonly model: Model;
  readonly provider: Provider;
  /** The model's id at its provider. */
  readonly upstreamId: string;
}

export interface Models {
  /** All models of all providers that can be reached; with a plan, those that it allows. Never throws. */
  list(plan?: ModelChoice): Promise<readonly Model[]>;
  /** The id that is used if nobody chooses; undefined while no provider has listed a model. */
  defaultModel(): Promise<string | undefined>;
  /**
   * For a caller that may not use a model, that model does not exist.
   * @throws ChatError `model-not-found` with `availableModels`; `provider-unavailable` when nobody could be asked
   */
  resolve(asked: string | undefined, options?: ResolveOptions): Promise<ResolvedModel>;
}

/** The part of a plan that limits the choice of models. */
export type ModelChoice = Pick<Plan, 'name' | 'models'>;

export interface ResolveOptions {
  /** The API's own default, used if neither the caller nor the operator has chosen a model. */
  readonly apiDefault?: string | undefined;
  /** The plan of the caller; without it all models may be used. */
  readonly plan?: ModelChoice | undefined;
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
/** The operator is told of this many models that a plan does not allow. */
const mostAdvices = 100;

export function createModels(options: ModelsOptions): Models {
  const {providers, aliases = {}, facts = []} = options;
  const factsById = new Map(facts.map((fact) => [fact.id, fact]));
  const lists = createModelLists(options);
  const advised = new Set<string>();
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

  function findDefault(found: ReadonlyMap<string, ResolvedModel>): ResolvedModel | undefined {
    const id = defaultOf(found);
    return id === undefined ? undefined : (found.get(id) ?? findUnlisted(id));
  }

  /** The model of that name: its id, an alias, or a printed name of the default. */
  function find(name: string, found: ReadonlyMap<string, ResolvedModel>): ResolvedModel | undefined {
    const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
    const direct = found.get(name) ?? (alias === undefined ? undefined : (found.get(alias) ?? findUnlisted(alias)));
    if (direct) return direct;
    const meansDefault = name === defaultOf(found) || namesOfTheDefault.has(name);
    return (meansDefault ? findDefault(found) : undefined) ?? findUnlisted(name);
  }

  function listAllowed(found: ReadonlyMap<string, ResolvedModel>, plan: ModelChoice | undefined): readonly Model[] {
    const allowance = {plan, fallback: findDefault(found)};
    return [...found.values()].filter((each) => isAllowed(each, allowance)).map(({model}) => model);
  }

  /** Whether the plan names the model, by its id or by an alias of it, or it is the default. */
  function isAllowed({asked, model}: ResolvedModel, {plan, fallback}: Allowance): boolean {
    if (!plan?.models || model.id === (fallback?.model.id ?? '')) return true;
    return plan.models.some((id) => id === asked || id === model.id || aliases[id] === model.id);
  }

  function adviseOn(asked: string, {name}: ModelChoice): void {
    if (advised.has(asked) || advised.size >= mostAdvices) return;
    advised.add(asked);
    const model = JSON.stringify(truncateId(asked));
    const example = `{"name": "${name}", "models": [${model}]}`;
    options.report(
      new Advice(
        `A caller with the plan "${name}" asked for the model ${model}. To allow it, set \`plans\`: [${example}].`,
      ),
    );
  }

  return {
    async list(plan) {
      return listAllowed(await loadModels(), plan);
    },

    async defaultModel() {
      return defaultOf(await loadModels());
    },

    async resolve(asked, {apiDefault, plan} = {}) {
      const found = await loadModels();
      const fallback = findDefault(found);
      const allowance = {plan, fallback};
      if (asked === undefined) {
        const chosen = options.defaultModel === undefined && apiDefault !== undefined ? apiDefault : defaultOf(found);
        if (chosen === undefined) throw new ChatError('provider-unavailable', 'No model can be reached now.');
        const model = find(chosen, found);
        if (model && isAllowed(model, allowance)) return {...model, asked: chosen};
        // The caller did not choose the API's default, so nobody is surprised by the operator's.
        if (model && fallback) return fallback;
        throw noSuchModel(chosen, listAllowed(found, plan));
      }
      const model = find(asked, found);
      if (model && isAllowed(model, allowance)) return {...model, asked};
      if (model && plan) adviseOn(asked, plan);
      throw noSuchModel(asked, listAllowed(found, plan));
    },
  };
}

/** What decides whether a caller may use a model. */
interface Allowance {
  readonly plan: ModelChoice | undefined;
  /** The default model, which everybody may use. */
  readonly fallback: ResolvedModel | undefined;
}

function noSuchModel(name: string, available: readonly Model[]): ChatError {
  return new ChatError('model-not-found', `There is no model "${truncateId(name)}".`, {
    details: {availableModels: available.slice(0, mostNamed).map(({id}) => id)},
  });
}

/** Makes an id from outside short enough for an error. */
function truncateId(id: string): string {
  return id.length <= 80 ? id : `${id.slice(0, 80)}…`;
}
