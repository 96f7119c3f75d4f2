/** Puts a server's parts together from its configuration. Knows every part and no HTTP. */
import {dirname, join} from 'node:path';
import {ChatError} from '@chatlet/protocol';
import {type ProvidersConfig, configuredProviders} from './configured-providers.ts';
import {type UnsavedTurns, createUnsavedTurns} from './engine/unsaved-turns.ts';
import {type ModelFacts, type Models, createModels} from './engine/models.ts';
import {createIdempotentTurns} from './engine/idempotent-turns.ts';
import type {KeyStore} from './engine/api-keys.ts';
import {type Clock, systemClock} from './engine/clock.ts';
import {type SpendingLimits, createSpending} from './engine/spending.ts';
import type {Limiter} from './engine/limiter.ts';
import {type Report, reportToConsole} from './engine/report.ts';
import type {TurnWatch} from './engine/run-turn.ts';
import type {Store} from './engine/store.ts';
import type {TurnLog} from './engine/turn-log.ts';
import {type Turns, createTurns} from './engine/turns/turns.ts';
import {sqlitePathOf} from './database-url.ts';
import {memoryLimiter} from './limiters/memory.ts';
import {newSecret, secretIn} from './secret.ts';
import {sqliteStore} from './stores/sqlite/index.ts';
import {sqliteKeyStore} from './stores/sqlite/keys.ts';
import {memoryTurnLog} from './turn-logs/memory.ts';

/** The parts that chats are made of. All have a default that works without any set-up. */
export interface EngineConfig extends ProvidersConfig {
  /** `sqlite:PATH`; `sqlite:.chatlet/chatlet.db` by default, `sqlite::memory:` forgets everything at the end. */
  readonly databaseUrl?: string;
  /** Instead of `databaseUrl`. */
  readonly store?: Store;
  /** Where running turns are kept; in memory by default. */
  readonly turnLog?: TurnLog;
  /** Keys of programs that come and go while the server runs; in the database of `databaseUrl` by default. */
  readonly keyStore?: KeyStore;
  /** Counts requests; in memory by default. */
  readonly limiter?: Limiter;
  /** What a day may cost, in tokens or by the models' prices; no limit by default. */
  readonly spending?: SpendingLimits;
  /** What time the limits go by; the machine's own by default. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Signs visitor tokens; made once and kept beside the database where absent. */
  readonly secret?: string;
  /** The model that answers where none is asked for; the first one listed by default. */
  readonly defaultModel?: string;
  /** Further names for models. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Names, prices and lengths of models, over what the provider says of them. */
  readonly models?: readonly ModelFacts[];
  /** What the model is told before every conversation. */
  readonly instructions?: string;
  /** Characters after which an answer is cut; a million by default, twice what models write at once. */
  readonly maxAnswerLength?: number;
  /**
   * Milliseconds between two checkpoints of a growing answer; 750 by default, so that with the quarter of a second
   * that SQLite gathers writes a killed server has lost a second at most.
   */
  readonly checkpointEvery?: number;
  /** Gets errors that somebody who runs the server should see; stderr by default. */
  readonly report?: Report;
  /** Hears of turns: what they took and how they ended. */
  readonly watch?: TurnWatch;
}

export interface Engine {
  readonly store: Store;
  readonly models: Models;
  readonly turns: Turns;
  readonly unsaved: UnsavedTurns;
  readonly report: Report;
  readonly secret: string;
  readonly keyStore?: KeyStore;
  readonly limiter: Limiter;
  /** Resolves when answers that an earlier process left unfinished are marked so. */
  readonly ready: Promise<void>;
  /**
   * Ends all running turns with an error that says so, and waits until they are saved and read, as long as there is
   * patience. No other begins.
   */
  endTurns(options: {readonly patience: number}): Promise<void>;
  /** Lets go of what the turns lived on. `endTurns` comes before it. */
  close(): Promise<void>;
}

export function assemble(config: EngineConfig): Engine {
  const {report = reportToConsole, maxAnswerLength = 1_000_000, checkpointEvery = 750} = config;
  const {store, secret, keyStore = config.keyStore} = storeOf(config);
  const limiter = config.limiter ?? memoryLimiter(config.clock ? {clock: config.clock} : {});
  const turnLog = config.turnLog ?? memoryTurnLog();
  const providers = configuredProviders(config);
  const models = createModels({
    providers,
    ...(config.defaultModel !== undefined && {defaultModel: config.defaultModel}),
    ...(config.aliases && {aliases: config.aliases}),
    ...(config.models && {facts: config.models}),
    report,
  });
  const {clock = systemClock} = config;
  const spending = config.spending && {spending: createSpending(config.spending, {store, clock})};
  const turns = createTurns({
    ...spending,
    store,
    turnLog,
    models,
    report,
    ...(config.instructions !== undefined && {instructions: config.instructions}),
    ...(config.watch && {watch: config.watch}),
    maxAnswerLength,
    checkpointEvery,
  });
  const unsaved = createUnsavedTurns({
    ...spending,
    store,
    models,
    report,
    ...(config.instructions !== undefined && {instructions: config.instructions}),
    ...(config.watch && {watch: config.watch}),
    maxAnswerLength,
  });
  // A log in memory knows of no turn but ours, so what is unfinished now has nobody left to finish it. With a shared
  // log another server may be writing it.
  const ready = config.turnLog ? Promise.resolve() : store.interruptAnswers().then(() => {});
  // Whoever waits for it hears of its failure; here it must only not end the process.
  ready.catch(() => {});

  let closing: Promise<void> | undefined;
  return {
    store,
    models,
    turns,
    unsaved: createIdempotentTurns(unsaved, {report}),
    report,
    secret,
    ...(keyStore && {keyStore}),
    limiter,
    ready,
    endTurns: ({patience}) => withPatience(Promise.all([turns.shutDown(), unsaved.shutDown()]), patience),
    close() {
      closing ??= (async () => {
        for (const provider of providers) await provider.close?.();
        if (!config.store) await store.close();
        if (!config.keyStore) await keyStore?.close();
        if (!config.limiter) await limiter.close();
      })();
      return closing;
    },
  };
}

/** Waits, but not for ever. */
async function withPatience(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

interface Kept {
  readonly store: Store;
  readonly secret: string;
  readonly keyStore?: KeyStore;
}

function storeOf({store, databaseUrl, secret, ...config}: EngineConfig): Kept {
  if (secret !== undefined && secret.length < 16) {
    throw new ChatError('invalid-request', 'The secret must have at least 16 characters.');
  }
  if (store) {
    if (secret === undefined) throw new ChatError('invalid-request', 'A store of your own needs a secret beside it.');
    return {store, secret};
  }
  const path = sqlitePathOf(databaseUrl);
  try {
    const kept = path !== ':memory:';
    return {
      store: sqliteStore({path}),
      secret: secret ?? (kept ? secretIn(join(dirname(path), 'secret')) : newSecret()),
      // A database in memory has no file that the command line could write keys into.
      ...(kept && !config.keyStore && {keyStore: sqliteKeyStore({path})}),
    };
  } catch (error) {
    if (error instanceof ChatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChatError('internal', `${path} cannot be used as a database: ${reason}`, {cause: error});
  }
}
