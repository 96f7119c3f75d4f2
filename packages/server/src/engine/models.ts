/**
 * All models of all providers by id, and the provider for a name that somebody asks for. Knows aliases, defaults and the
 * operator's facts; the lists themselves come from `model-lists.ts`.
 *
 * A list proves that an upstream has a model, never that it lacks one. So a name that the operator wrote is asked of the
 * upstream, listed or not, and no such question waits for a list.
 */
import {ChatError, type Model} from '@chatlet/protocol';
import {type ListOutcome, type ModelListsOptions, createModelLists} from './model-lists.ts';
import {fitsAny, isName, toBareName} from './model-names.ts';
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
  /** The error if the provider says that it has no such model. */
  readonly missing?: (cause: unknown) => ChatError;
}

/** The names that a provider answers to, besides those that it lists. */
export interface ModelRoute {
  /** Names and patterns like `gpt-*`. If given, only models that fit are listed, and names without `*` always are. */
  readonly models?: readonly string[] | undefined;
  /** Whether callers may ask for names that nobody has listed or configured. */
  readonly unlisted?: boolean | undefined;
  /** Patterns of names that this provider is asked for rather than another one if nobody lists them. */
  readonly prefers?: readonly string[] | undefined;
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
  /** Whether any provider lists models, or at least answers and serves a configured model. Never throws. */
  isReachable(): Promise<boolean>;
  /** The lists of all providers, in their order, when each has answered once or failed once. Never throws. */
  outcomes(): Promise<readonly ListOutcome[]>;
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
  /** By a provider's id. */
  readonly routes?: ReadonlyMap<string, ModelRoute>;
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
  const {providers, aliases = {}, facts = [], routes = new Map()} = options;
  const factsById = new Map(facts.map((fact) => [fact.id, fact]));
  const lists = createModelLists(options);
  const advised = new Set<string>();
  /** Names that the operator wrote. */
  const configured = new Set([options.defaultModel, ...Object.values(aliases), ...factsById.keys()]);
  /** All models, as of one version of the lists. */
  let known: (Found & {readonly version: number}) | undefined;

  function findAll(): Found {
    const version = lists.version();
    if (known?.version !== version) known = {...collectModels(), version};
    return known;
  }

  function routeOf({id}: Provider): ModelRoute {
    return routes.get(id) ?? {};
  }

  /** The models that the provider lists, as far as they fit its route, and the names of its route. */
  function listedBy(provider: Provider): readonly Model[] {
    const list = lists.get(provider) ?? [];
    const {models: patterns} = routeOf(provider);
    if (!patterns) return list;
    const fitting = list.filter(({id}) => fitsAny(id, patterns));
    const named = patterns.filter((each) => isName(each) && !fitting.some(({id}) => fitsAny(id, [each])));
    return [...fitting, ...named.map((id) => ({id, name: id}))];
  }

  function collectModels(): Found {
    const byId = new Map<string, ResolvedModel>();
    const byName = new Map<string, ResolvedModel>();
    const all = providers.map((provider) => ({provider, listed: listedBy(provider)}));
    const prefixed = new Set(all.flatMap(({provider, listed}) => listed.map(({id}) => `${provider.id}/${id}`)));
    for (const {provider, listed} of all) {
      for (const each of listed) {
        const fullName = `${provider.id}/${each.id}`;
        // If two models have the same id, the first keeps it and the other one gets its provider's name in front.
        const id = byId.has(each.id) || prefixed.has(each.id) ? fullName : each.id;
        const model = {provider: provider.id, ...each, ...factsById.get(id), id};
        const found = {asked: id, model, provider, upstreamId: each.id};
        if (byId.has(id)) continue;
        byId.set(id, found);
        byName.set(fullName, found);
      }
    }
    // Exact names first, so that `a` and `a:latest` can both be listed.
    for (const [id, found] of byId) if (!byName.has(id)) byName.set(id, found);
    for (const [id, found] of byName) if (!byName.has(toBareName(id))) byName.set(toBareName(id), found);
    return {byId, byName};
  }

  function findListed(name: string): ResolvedModel | undefined {
    const {byName} = findAll();
    return byName.get(name) ?? byName.get(toBareName(name));
  }

  /**
   * The provider to ask for a name that nobody lists. `isSure` if no list can change it.
   * @param isTrusted whether the operator wrote the name
   */
  function findUnlisted(name: string, isTrusted: boolean): (ResolvedModel & {readonly isSure: boolean}) | undefined {
    const mayAsk = (each: Provider) =>
      isTrusted || routeOf(each).unlisted === true || (lists.get(each) === undefined && !routeOf(each).models);
    const to = (provider: Provider, upstreamId: string, isSure: boolean) => ({
      asked: name,
      model: {name, provider: provider.id, ...factsById.get(name), id: name},
      provider,
      upstreamId,
      isSure,
    });
    const prefix = providers.find(({id}) => name.startsWith(`${id}/`) && name.length > id.length + 1);
    if (prefix && mayAsk(prefix)) return to(prefix, name.slice(prefix.id.length + 1), true);
    const fitting =
      providers.find((each) => fitsAny(name, routeOf(each).models ?? []) && mayAsk(each)) ??
      providers.find((each) => !routeOf(each).models && fitsAny(name, routeOf(each).prefers ?? []) && mayAsk(each));
    if (fitting) return to(fitting, name, true);
    const candidates = providers.filter((each) => mayAsk(each) && (!routeOf(each).models || isTrusted));
    const open = candidates.find((each) => !routeOf(each).models && lists.get(each) === undefined) ?? candidates[0];
    if (!open) return undefined;
    // The only upstream's list can add nothing to a name that it is asked for anyway.
    const isSure = providers.length === 1 && (isTrusted || routeOf(open).unlisted === true);
    return to(open, name, isSure || lists.isSettled());
  }

  function defaultName(): string | undefined {
    return options.defaultModel ?? findAll().byId.keys().next().value;
  }

  function findDefault(): Located | undefined {
    const name = defaultName();
    return name === undefined ? undefined : findNamed(name, true);
  }

  /** The name that an alias stands for; any other name stands for itself. */
  function targetOf<Name extends string | undefined>(name: Name): Name | string {
    return name !== undefined && Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  }

  /** The model of an alias's target or of a name. */
  function findNamed(name: string, isTrusted: boolean): Located | undefined {
    const target = targetOf(name);
    const listed = findListed(target);
    return listed ? {...listed, isSure: true} : findUnlisted(target, isTrusted || target !== name);
  }

  /** The model of that name: its id, an alias, or a printed name of the default. */
  function find(name: string, plan: ModelChoice | undefined): Located | undefined {
    const isTrusted = configured.has(name) || Object.hasOwn(aliases, name) || (plan?.models?.includes(name) ?? false);
    if (!isTrusted && namesOfTheDefault.has(name) && !findListed(name)) {
      const isRouted = providers.some((each) => routeOf(each).models && fitsAny(name, routeOf(each).models ?? []));
      const fallback = isRouted ? undefined : findDefault();
      if (fallback) return fallback;
    }
    return findNamed(name, isTrusted);
  }

  /** Waits for lists only if one of them can change the result. */
  async function locate(name: string, plan: ModelChoice | undefined): Promise<ResolvedModel | undefined> {
    lists.keepFresh();
    let found = find(name, plan);
    if (found?.isSure) return found;
    if (!lists.isSettled()) {
      await lists.begun();
      found = find(name, plan);
    }
    if (found) return found;
    await lists.refreshOnMiss();
    return find(name, plan);
  }

  /** Listed models, and those that the operator named although nobody lists them. */
  function listAllowed(plan: ModelChoice | undefined): readonly Model[] {
    const fallback = findDefault();
    const {byId} = findAll();
    const named = new Map(byId);
    for (const name of [options.defaultModel, ...factsById.keys()]) {
      const found = name === undefined ? undefined : findNamed(name, true);
      if (found && !byId.has(found.model.id)) named.set(found.model.id, found);
    }
    return [...named.values()].filter((each) => isAllowed(each, {plan, fallback})).map(({model}) => model);
  }

  /** Whether the plan names the model, by its id or by an alias of it, or it is the default. */
  function isAllowed({asked, model}: ResolvedModel, {plan, fallback}: Allowance): boolean {
    if (!plan?.models || model.id === (fallback?.model.id ?? '')) return true;
    return plan.models.some(
      (id) => id === asked || id === model.id || aliases[id] === model.id || findListed(id)?.model.id === model.id,
    );
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

  function toResolved(found: ResolvedModel, asked: string, plan: ModelChoice | undefined): ResolvedModel {
    const {model, provider, upstreamId} = found;
    return {asked, model, provider, upstreamId, missing: (cause) => noSuchModel(asked, listAllowed(plan), cause)};
  }

  return {
    async list(plan) {
      await lists.refresh();
      return listAllowed(plan);
    },

    async defaultModel() {
      await lists.refresh();
      return findDefault()?.model.id;
    },

    async resolve(asked, {apiDefault, plan} = {}) {
      if (asked === undefined && options.defaultModel === undefined) await lists.settled();
      const chosen = asked ?? targetOf(options.defaultModel) ?? apiDefault ?? defaultName();
      if (chosen === undefined) throw new ChatError('provider-unavailable', 'No model can be reached now.');
      const found = await locate(chosen, plan);
      const fallback = findDefault();
      if (found && isAllowed(found, {plan, fallback})) return toResolved(found, chosen, plan);
      // The caller did not choose the API's default, so nobody is surprised by the operator's.
      if (found && fallback && asked === undefined) return toResolved(fallback, fallback.asked, plan);
      if (found && plan && asked !== undefined) adviseOn(asked, plan);
      throw noSuchModel(chosen, listAllowed(plan));
    },

    async outcomes() {
      await lists.settled();
      return lists.outcomes();
    },

    async isReachable() {
      await lists.refresh();
      const answers = ({models, error}: ListOutcome) =>
        models !== undefined || (options.defaultModel !== undefined && !isUnreachable(error));
      return lists.outcomes().some(answers);
    },
  };
}

/** All listed models: by id, and by every name that means one of them. */
interface Found {
  readonly byId: ReadonlyMap<string, ResolvedModel>;
  readonly byName: ReadonlyMap<string, ResolvedModel>;
}

/** A model with its provider. `isSure` if no list that may still come can change it. */
type Located = ResolvedModel & {readonly isSure: boolean};

/** The conditions under which a caller may use a model. */
interface Allowance {
  readonly plan: ModelChoice | undefined;
  /** The default model, which everybody may use. */
  readonly fallback: ResolvedModel | undefined;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ChatError && (error.code === 'provider-unavailable' || error.code === 'provider-timeout');
}

function noSuchModel(name: string, available: readonly Model[], cause?: unknown): ChatError {
  return new ChatError('model-not-found', `There is no model "${truncateId(name)}".`, {
    details: {availableModels: available.slice(0, mostNamed).map(({id}) => id)},
    ...(cause !== undefined && {cause}),
  });
}

/** Makes an id from outside short enough for an error. */
function truncateId(id: string): string {
  return id.length <= 80 ? id : `${id.slice(0, 80)}…`;
}
