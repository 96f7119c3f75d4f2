/** The lists of models that providers give, remembered for a while. Knows no names but the providers' own. */
import type {Model} from '@chatlet/protocol';
import type {Provider} from './provider.ts';
import type {Report} from './report.ts';
import {waitAtMost} from './wait-at-most.ts';

export interface ModelListsOptions {
  readonly providers: readonly Provider[];
  readonly report: Report;
  /** Milliseconds until a list is asked for again; 60 s by default. */
  readonly keepFor?: number;
  /** Milliseconds to wait for a provider's list; 10 s by default. */
  readonly patience?: number;
  readonly now?: () => number;
}

/** The outcome of a provider's newest list. */
export interface ListOutcome {
  readonly provider: string;
  /** Undefined if the list could not be had, or is empty: an empty one proves nothing about the models of an upstream. */
  readonly models: readonly Model[] | undefined;
  readonly error?: unknown;
}

/** Milliseconds to wait for a provider's list. */
export const listPatience = 10_000;

/** Asks a provider for its list once. Never throws. */
export async function askForModels(provider: Provider, patience: number = listPatience): Promise<ListOutcome> {
  try {
    const models = await provider.models({signal: AbortSignal.timeout(patience)});
    return {provider: provider.id, models: models.length > 0 ? models : undefined};
  } catch (error) {
    return {provider: provider.id, models: undefined, error};
  }
}

export interface ModelLists {
  /** Asks for lists that are old or missing, in the background. Cheap enough for every question. */
  keepFresh(): void;
  /**
   * Waits for providers that were never asked, and for all of them if none has given a list. Other lists are refreshed
   * in the background: a provider that does not answer must not delay those that do. Never throws.
   */
  refresh(): Promise<void>;
  /** Resolves when every provider has answered once or failed once. Never throws. */
  settled(): Promise<void>;
  /** Whether every provider has answered once or failed once. */
  isSettled(): boolean;
  /** `settled`, but at most a second after the providers were first asked. */
  begun(): Promise<void>;
  /** Asks again for lists that may lack a new model, unless that was done a moment ago. Waits at most 2 s. */
  refreshOnMiss(): Promise<void>;
  /** The provider's list; undefined if it has not given one yet. */
  get(provider: Provider): readonly Model[] | undefined;
  outcomes(): readonly ListOutcome[];
  /** Grows with each list that arrives. */
  version(): number;
}

interface Listed {
  readonly models: readonly Model[] | undefined;
  readonly at: number;
  /** Failures since the last list. */
  readonly failures: number;
  readonly error?: unknown;
}

/** Milliseconds until a provider is asked again after a failure, so that a provider that starts late is found soon. */
const retryAfter = 3_000;
/** The longest of these pauses, which double with every failure. */
const longestPause = 300_000;
/** Milliseconds for which a list is too new to be asked for again because of a name that it lacks. */
const newFor = 5_000;
/** Milliseconds that a question with an unknown name waits for a newer list. */
const missPatience = 2_000;
/** Milliseconds after the first request for lists in which questions with unknown names wait for them. */
const firstPatience = 1_000;

export function createModelLists(options: ModelListsOptions): ModelLists {
  const {providers, report, keepFor = 60_000, patience, now = Date.now} = options;
  const lists = new Map<Provider, Listed>();
  const asking = new Map<Provider, Promise<void>>();
  let version = 0;
  let first: {readonly settled: Promise<void>; readonly begun: Promise<void>} | undefined;

  function ask(provider: Provider): Promise<void> {
    const already = asking.get(provider);
    if (already) return already;
    const asked = askForModels(provider, patience)
      .then((outcome) => note(provider, outcome))
      .finally(() => asking.delete(provider));
    asking.set(provider, asked);
    return asked;
  }

  function note(provider: Provider, {models, error}: ListOutcome): void {
    const failures = models ? 0 : failuresOf(provider) + 1;
    if (error === undefined) {
      lists.set(provider, {models, at: now(), failures});
      version++;
      return;
    }
    report(error, {provider: provider.id});
    // The earlier list is better than none, and asking again at once would make things worse.
    lists.set(provider, {models: lists.get(provider)?.models, at: now(), failures, error});
  }

  function failuresOf(provider: Provider): number {
    return lists.get(provider)?.failures ?? 0;
  }

  function isFresh(listed: Listed | undefined): boolean {
    if (!listed) return false;
    const pause = Math.min(longestPause, retryAfter * 2 ** (listed.failures - 1));
    return now() - listed.at <= (listed.failures > 0 ? pause : keepFor);
  }

  function beginOnce(): NonNullable<typeof first> {
    if (first) return first;
    const settled = Promise.all(providers.map(ask)).then(() => {});
    first = {settled, begun: waitAtMost(settled, firstPatience)};
    return first;
  }

  return {
    keepFresh() {
      beginOnce();
      for (const provider of providers) if (!isFresh(lists.get(provider))) void ask(provider);
    },
    async refresh() {
      beginOnce();
      const isAnyListed = providers.some((provider) => lists.get(provider)?.models !== undefined);
      const awaited: Promise<void>[] = [];
      for (const provider of providers) {
        const listed = lists.get(provider);
        if (isFresh(listed)) continue;
        const asked = ask(provider);
        if (!listed || !isAnyListed) awaited.push(asked);
      }
      await Promise.all(awaited);
    },
    settled: () => beginOnce().settled,
    begun: () => beginOnce().begun,
    isSettled: () => providers.every((provider) => lists.has(provider)),
    async refreshOnMiss() {
      const old = providers.filter((provider) => {
        const listed = lists.get(provider);
        return (
          listed?.models !== undefined && now() - listed.at > newFor && (listed.failures === 0 || !isFresh(listed))
        );
      });
      if (old.length > 0) await waitAtMost(Promise.all(old.map(ask)), missPatience);
    },
    get: (provider) => lists.get(provider)?.models,
    outcomes: () =>
      providers.map((provider) => {
        const {models, error} = lists.get(provider) ?? {};
        return {provider: provider.id, models, ...(error !== undefined && {error})};
      }),
    version: () => version,
  };
}
