/** The lists of models that providers give, remembered for a while. Knows no names but the providers' own. */
import type {Model} from '@chatlet/protocol';
import type {Provider} from './provider.ts';
import type {Report} from './report.ts';

export interface ModelListsOptions {
  readonly providers: readonly Provider[];
  readonly report: Report;
  /** Milliseconds until a list is asked for again; 60 s by default. */
  readonly keepFor?: number;
  /** Milliseconds to wait for a provider's list; 10 s by default. */
  readonly patience?: number;
  readonly now?: () => number;
}

export interface ModelLists {
  /**
   * Waits for providers that were never asked, and for all of them if none has given a list. Other lists are refreshed
   * in the background: a provider that does not answer must not delay those that do. Never throws.
   */
  refresh(): Promise<void>;
  /** The provider's list; undefined if it has not given one yet. */
  get(provider: Provider): readonly Model[] | undefined;
  /** Grows with each list that arrives. */
  version(): number;
}

interface Listed {
  readonly models: readonly Model[] | undefined;
  readonly at: number;
}

/** Milliseconds until a provider is asked again after a failure, so that a provider that starts late is found soon. */
const retryAfter = 3_000;

export function createModelLists(options: ModelListsOptions): ModelLists {
  const {providers, report, keepFor = 60_000, patience = 10_000, now = Date.now} = options;
  const lists = new Map<Provider, Listed>();
  const asking = new Map<Provider, Promise<void>>();
  let version = 0;

  function ask(provider: Provider): Promise<void> {
    const already = asking.get(provider);
    if (already) return already;
    const asked = provider
      .models({signal: AbortSignal.timeout(patience)})
      .then(
        (models) => {
          lists.set(provider, {models, at: now()});
          version++;
        },
        (error: unknown) => {
          report(error, {provider: provider.id});
          // The earlier list is better than none, and asking again at once would make things worse.
          lists.set(provider, {models: lists.get(provider)?.models, at: now()});
        },
      )
      .finally(() => asking.delete(provider));
    asking.set(provider, asked);
    return asked;
  }

  function isFresh(listed: Listed | undefined): boolean {
    if (!listed) return false;
    return now() - listed.at <= (listed.models === undefined ? Math.min(keepFor, retryAfter) : keepFor);
  }

  return {
    async refresh() {
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
    get: (provider) => lists.get(provider)?.models,
    version: () => version,
  };
}
