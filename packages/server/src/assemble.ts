/** Creates a server's parts from its configuration and connects them. Knows every part and no HTTP. */
import {ChatError} from '@chatlet/protocol';
import {type ProvidersConfig, configuredProviders, configuredRoutes, isDemoServer} from './configured-providers.ts';
import {createConcurrency} from './engine/concurrency.ts';
import {type UnsavedTurns, createUnsavedTurns} from './engine/unsaved-turns.ts';
import {type ModelFacts, type Models, createModels} from './engine/models.ts';
import {createIdempotentTurns} from './engine/idempotent-turns.ts';
import type {KeyStore} from './engine/api-keys.ts';
import {type Clock, systemClock} from './engine/clock.ts';
import {type PassOn, createPassOn} from './engine/pass-on.ts';
import {type PersonalData, createPersonalData} from './engine/personal-data.ts';
import {
  type Spending,
  type SpendingLimits,
  type SpendingServices,
  createSpending,
  defaultVisitorCeiling,
} from './engine/spending.ts';
import type {Limiter} from './engine/limiter.ts';
import type {Moderation} from './engine/moderation.ts';
import {type RetrievalSettings, createRetrieval} from './engine/grounding/retrieval.ts';
import {searchToolName} from './engine/grounding/passages-prompt.ts';
import type {PageReview} from './engine/page-review.ts';
import {type AcceptPageTools, createAcceptPageTools} from './engine/page-tools.ts';
import type {Retriever} from './engine/retriever.ts';
import {openRetriever} from './retrieval/open-retriever.ts';
import {type Handovers, createHandovers} from './engine/handovers.ts';
import {type WebhookSettings, createWebhook} from './tools/webhook.ts';
import {createPageReview} from './retrieval/page-review.ts';
import {type EmbeddingSettings, type IndexSettings, indexPathOf} from './retrieval/source-settings.ts';
import {type KeepFor, startRetention} from './engine/retention.ts';
import {type Embedder, providerEmbedder} from './engine/embedder.ts';
import type {PromptSource} from './engine/prompts.ts';
import type {Provider} from './engine/provider.ts';
import {Advice, type Report, reportToConsole} from './engine/report.ts';
import type {TurnWatch} from './engine/run-turn.ts';
import type {Store} from './engine/store.ts';
import {waitAtMost} from './engine/wait-at-most.ts';
import {type Tool, type Toolbox, type Toolset, toToolbox, withToolsets} from './engine/tool.ts';
import {type ToolApps, createToolApps} from './engine/tool-apps.ts';
import type {ToolLimits} from './engine/tool-loop.ts';
import type {TurnLog} from './engine/turn-log.ts';
import {type Turns, createTurns} from './engine/turns/turns.ts';
import {sqlitePathOf} from './database-url.ts';
import {orOwnDocuments} from './retrieval/own-documents.ts';
import {memoryLimiter} from './limiters/memory.ts';
import {findOldNode} from './old-node.ts';
import {createSecret, readOrCreateSecret} from './secret.ts';
import {offlineTools} from './tools/offline.ts';
import {switchedOn} from './tools/switches.ts';
import {memoryStore} from './stores/memory/index.ts';
import {sqliteStore} from './stores/sqlite/index.ts';
import {sqliteKeyStore} from './stores/sqlite/keys.ts';
import {hasSqlite, withoutSqlite} from './stores/sqlite/runtime.ts';
import {memoryTurnLog} from './turn-logs/memory.ts';

/** The parts below HTTP. All have a default that works without any set-up. */
export interface EngineConfig extends ProvidersConfig {
  /**
   * `sqlite:PATH`; `sqlite:.chatlet/chatlet.db` by default. `sqlite::memory:` keeps nothing after the end. A runtime without
   * `node:sqlite` keeps chats in memory by default, and says so; a path is an error there.
   */
  readonly databaseUrl?: string;
  /**
   * Bytes that must be free on the disk of the database before a question is taken; 64 MB by default, but at most 5 % of
   * the disk. Answers that are being written can use them up.
   */
  readonly diskReserve?: number;
  /** How long chats are kept; by default until somebody deletes them. */
  readonly keepFor?: KeepFor;
  /** Your own store instead of `databaseUrl`; it needs a `secret` beside it. */
  readonly store?: Store;
  /** The log of running turns; in memory by default. */
  readonly turnLog?: TurnLog;
  /** API keys that can change while the server runs; by default in the database of `databaseUrl`. */
  readonly keyStore?: KeyStore;
  /** Counts requests; in memory by default. */
  readonly limiter?: Limiter;
  /** The ceiling of a day's cost, in tokens or at the models' prices; by default one for visitors. */
  readonly spending?: SpendingLimits;
  /** Answers that are being written for all visitors of one address at the same time; 16 by default. */
  readonly answersOfAddress?: number;
  /** The clock of the limits; the machine's own by default. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Signs visitor tokens. If absent, it is created once and stored beside the database. */
  readonly secret?: string;
  /** The model that answers if a request names none; the first one listed by default. */
  readonly defaultModel?: string;
  /** Other names for models. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Names, prices and lengths of models; they override the provider's. */
  readonly models?: readonly ModelFacts[];
  /** Instructions that the model reads before every conversation. */
  readonly instructions?: string;
  /** Tools that the server runs for the model, in chats and on `/chat/stream`. The demo model has some by default. */
  readonly tools?: readonly Tool[];
  /** Tools that may change while the server runs, such as those of MCP servers; they are offered beside `tools`. */
  readonly toolsets?: readonly Toolset[];
  /** How long tools may take, and how often the model may call some. */
  readonly toolLimits?: Partial<ToolLimits>;
  /** Prompts that are starters of the page, behind its own, such as those of an MCP server. */
  readonly prompts?: readonly PromptSource[];
  /** The people whom a visitor can ask. */
  readonly contact?: ContactSettings;
  /** Whether the model may call functions that the page registers; by default it may. */
  readonly pageTools?: boolean;
  /** How answers are based on documents. */
  readonly retrieval?: RetrievalSettings & IndexSettings;
  /** Your own search for passages that answers are based on, in the place of the index. You close it. */
  readonly retriever?: Retriever;
  /** Your own judgement of questions and answers, which may refuse or replace them. */
  readonly moderate?: Moderation;
  /** Characters after which an answer is cut; a million by default, twice the longest answers of models. */
  readonly maxAnswerLength?: number;
  /** Called with errors that the operator should see; by default they go to stderr. */
  readonly report?: Report;
  /** Called about turns: their duration, their usage and their end. */
  readonly watch?: TurnWatch;
}

export interface ContactSettings {
  /** Where visitors find a person. */
  readonly url?: string;
  readonly email?: string;
  /** Gets chats that visitors hand over; replies to them appear in the chats. */
  readonly webhook?: WebhookSettings;
}

export interface Engine {
  readonly store: Store;
  readonly models: Models;
  readonly turns: Turns;
  readonly unsaved: UnsavedTurns;
  readonly passOn: PassOn;
  readonly personalData: PersonalData;
  readonly report: Report;
  readonly secret: string;
  readonly keyStore?: KeyStore;
  readonly limiter: Limiter;
  /** Absent if no documents are searched. */
  readonly retriever?: Retriever;
  /** Whether the operator has documents that are searched: the demo model answers from ours until then. */
  readonly hasDocuments: () => Promise<boolean>;
  readonly review: PageReview;
  /** Absent if no chat can be handed to a person. */
  readonly handovers?: Handovers;
  readonly acceptPageTools: AcceptPageTools;
  readonly offersTools: () => boolean;
  /** Absent if there are no tools. */
  readonly apps?: ToolApps;
  /** Absent if no ceiling counts. */
  readonly spending?: Spending;
  /** Resolves when the unfinished answers of an earlier process are marked as interrupted. */
  readonly ready: Promise<void>;
  /**
   * Ends all running turns with the error `shutting-down`, and waits until they are saved and read, at most `patience`
   * milliseconds. No new turn begins.
   */
  endTurns(options: {readonly patience: number}): Promise<void>;
  /** Closes providers, stores and the limiter. Call `endTurns` before it. */
  close(): Promise<void>;
}

/** @throws ChatError if the configuration cannot work, or this Node is too old */
export function assemble(config: EngineConfig): Engine {
  const tooOld = findOldNode(process.versions);
  if (tooOld !== undefined) throw new ChatError('internal', tooOld, {retryable: false});
  const {report = reportToConsole, maxAnswerLength = 1_000_000} = config;
  // First, because its secret may be refused.
  const webhook = config.contact?.webhook && createWebhook(config.contact.webhook);
  const {store, secret, database, keyStore = config.keyStore} = openStore(config, report);
  const limiter = config.limiter ?? memoryLimiter(config.clock ? {clock: config.clock} : {});
  const turnLog = config.turnLog ?? memoryTurnLog();
  const {retrieval: settings} = config;
  const hasDocuments = async () => {
    if (settings?.mode === 'off' || !retriever) return false;
    // The search reports that the index cannot be read.
    return !(await retriever.isEmpty().catch(() => true));
  };
  const providers = configuredProviders(config, {hasDocuments});
  const models = createModels({
    providers,
    ...(config.defaultModel !== undefined && {defaultModel: config.defaultModel}),
    ...(config.aliases && {aliases: config.aliases}),
    ...(config.models && {facts: config.models}),
    routes: configuredRoutes(config),
    report,
  });
  const {clock = systemClock} = config;
  const spending = openSpending(config, {store, clock});
  const concurrency = createConcurrency({ofAddress: config.answersOfAddress});
  const made = config.tools ?? (isDemoServer(config) ? offlineTools() : undefined);
  const toolsets = config.toolsets ?? [];
  const tools = made || toolsets.length > 0 ? toToolbox(made ?? []) : undefined;
  const reserved = settings?.mode === 'tool' ? searchToolName : undefined;
  const allTools = tools && (() => withToolsets(tools, toolsets, {reserved}));
  const toolsNow =
    allTools && ((): Toolbox => (database === undefined ? allTools() : switchedOn(allTools(), database)));
  const retriever = config.retriever ?? openOwnRetriever(config, {providers, report});
  const demoRetriever = isDemoServer(config) && hasSqlite ? orOwnDocuments(retriever, {report}) : undefined;
  const searched = settings?.mode === 'off' ? undefined : (demoRetriever ?? retriever);
  if (settings?.mode === 'tool' && tools?.has(searchToolName)) throw twoSearches();
  const retrieval = searched && createRetrieval({retriever: searched, settings, report});
  const turnServices = {
    ...(spending && {spending}),
    concurrency,
    store,
    models,
    report,
    ...(config.instructions !== undefined && {instructions: config.instructions}),
    ...(toolsNow && {tools: toolsNow}),
    ...(config.watch && {watch: config.watch}),
    ...(config.moderate && {moderation: config.moderate}),
    ...(retrieval && {retrieval}),
    ...(config.toolLimits && {toolLimits: config.toolLimits}),
    maxAnswerLength,
  };
  const turns = createTurns({...turnServices, turnLog});
  const apps =
    toolsNow &&
    createToolApps({
      messages: async (...of) => turns.messages(...of),
      ...(store.changeMessage && {changeMessage: store.changeMessage.bind(store)}),
      tools: toolsNow,
      secret,
      report,
      watch: (facts) => config.watch?.toolEnded?.(facts),
      timeout: config.toolLimits?.timeout,
    });
  const unsaved = createIdempotentTurns(createUnsavedTurns(turnServices), {report});
  const passOn = createPassOn({
    providers,
    models,
    aliases: config.aliases,
    facts: config.models,
    store,
    spending,
    concurrency,
    report,
    hasRules: config.moderate !== undefined || config.instructions !== undefined,
  });
  const retention = startRetention({store, keepFor: config.keepFor, report});
  const handovers = webhook && createHandovers({store, send: webhook.send, report});
  const personalData = createPersonalData({store, turnLog, turns, unsaved, report});
  // A log in memory has only turns of this process, so nothing writes an answer that is unfinished now. With a shared log
  // another server may be writing it.
  const ready = config.turnLog ? Promise.resolve() : store.interruptAnswers().then(() => {});
  // Its failure is reported by those who await it; here it must only not end the process.
  ready.catch(() => {});

  let closing: Promise<void> | undefined;
  return {
    store,
    models,
    turns,
    unsaved,
    passOn,
    personalData,
    report,
    secret,
    ...(keyStore && {keyStore}),
    limiter,
    ...(searched && {retriever: searched}),
    hasDocuments,
    review: createPageReview({store, retriever: searched}),
    ...(handovers && {handovers}),
    ...(apps && {apps}),
    ...(spending && {spending}),
    acceptPageTools: createAcceptPageTools({isOn: config.pageTools ?? true, tools: allTools}),
    offersTools: () => (toolsNow?.() ?? new Map()).size > 0,
    ready,
    endTurns: ({patience}) => waitAtMost(Promise.all([turns.shutDown(), unsaved.shutDown()]), patience),
    close() {
      closing ??= (async () => {
        retention.close();
        personalData.close();
        handovers?.close();
        await webhook?.close();
        for (const provider of providers) await provider.close?.();
        for (const each of [...(made ?? []), ...toolsets, ...(config.prompts ?? [])]) await each.close?.();
        if (!config.store) await store.close();
        if (!config.keyStore) await keyStore?.close();
        if (!config.limiter) await limiter.close();
        await demoRetriever?.close();
        if (!config.retriever) await retriever?.close();
      })();
      return closing;
    },
  };
}

function twoSearches(): ChatError {
  const message =
    `There are two tools "${searchToolName}": one of yours, and the one of the site, because retrieval.mode is "tool". ` +
    'With the mode "always" the site is searched before each answer, and yours is the only tool.';
  return new ChatError('invalid-request', message);
}

/** The search in the index beside the database. A server with a store of its own has one only if it names the file. */
function openOwnRetriever(
  {retrieval = {}, store, databaseUrl}: EngineConfig,
  {providers, report}: {readonly providers: readonly Provider[]; readonly report: Report},
): Retriever | undefined {
  if (retrieval.mode === 'off' || (store && retrieval.index === undefined)) return undefined;
  const path = indexPathOf(retrieval, databaseUrl);
  if (path === undefined) return undefined;
  const {index, sources, embeddings} = retrieval;
  if (!hasSqlite) {
    if (index === undefined && sources === undefined) return undefined;
    const message = `${withoutSqlite} Documents cannot be searched: leave out retrieval.index and retrieval.sources, or bring a retriever.`;
    throw new ChatError('invalid-request', message);
  }
  return openRetriever({path, sources, embedder: embeddings && openEmbedder(embeddings, providers), report});
}

/** @throws ChatError `invalid-request` if no upstream has this id */
function openEmbedder({upstream, model}: EmbeddingSettings, providers: readonly Provider[]): Embedder {
  const provider = upstream === undefined ? providers[0] : providers.find(({id}) => id === upstream);
  if (provider) return providerEmbedder(provider, model);
  const known = providers.map(({id}) => id).join(', ');
  throw new ChatError('invalid-request', `retrieval.embeddings: there is no upstream “${upstream}”, only ${known}.`);
}

/** The demo model costs nothing, so it has no ceiling but the operator's. */
function openSpending({spending, ...config}: EngineConfig, services: SpendingServices): Spending | undefined {
  const visitors = spending?.visitors ?? (isDemoServer(config) ? undefined : defaultVisitorCeiling);
  if (!visitors && !spending) return undefined;
  const opened = createSpending(
    {...spending, ...(visitors && {visitors}), countsLocal: spending?.visitors !== undefined},
    services,
  );
  // A question loads it too, and tells if that fails.
  opened.load().catch(() => {});
  return opened;
}

interface Kept {
  readonly store: Store;
  readonly secret: string;
  readonly keyStore?: KeyStore;
  /** The file of the database, if it is in one. */
  readonly database?: string;
}

function openStore({store, databaseUrl, secret, ...config}: EngineConfig, report: Report): Kept {
  if (secret !== undefined && secret.length < 16) {
    throw new ChatError('invalid-request', 'The secret must have at least 16 characters.');
  }
  if (store) {
    if (secret === undefined) throw new ChatError('invalid-request', 'A store of your own needs a secret beside it.');
    return {store, secret};
  }
  const path = sqlitePathOf(databaseUrl);
  if (!hasSqlite) return openMemory({path: databaseUrl === undefined ? undefined : path, secret, report});
  try {
    const kept = path !== ':memory:';
    return {
      store: sqliteStore({path, reserve: config.diskReserve}),
      secret: secret ?? (kept ? readOrCreateSecret(path) : createSecret()),
      // The command line cannot write keys into a database in memory.
      ...(kept && !config.keyStore && {keyStore: sqliteKeyStore({path})}),
      ...(kept && {database: path}),
    };
  } catch (error) {
    if (error instanceof ChatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChatError('internal', `${path} cannot be used as a database: ${reason}`, {cause: error});
  }
}

/** @throws ChatError `invalid-request` if a file was asked for: what an operator wants to keep must not be forgotten */
function openMemory({
  path,
  secret = createSecret(),
  report,
}: {
  readonly path: string | undefined;
  readonly secret: string | undefined;
  readonly report: Report;
}): Kept {
  if (path === undefined) {
    const message = `${withoutSqlite} Chats are kept in memory, and are gone when the process ends.`;
    report(new Advice(message));
  } else if (path !== ':memory:') {
    const message = `${withoutSqlite} There can be no database at ${path}: leave databaseUrl out to keep chats in memory, or bring a store.`;
    throw new ChatError('invalid-request', message);
  }
  return {store: memoryStore(), secret};
}
