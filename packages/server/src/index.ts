/** @chatlet/server: the backend of a chat. `createChatServer`, `chatRouter` and the interfaces; nothing else. */
import type {Express, Router} from 'express';
import {type Engine, type EngineConfig, assemble} from './assemble.ts';
import type {ConfiguredKey} from './engine/api-keys.ts';
import {type Plan, builtInPlans, findDefaultPlan} from './engine/plans.ts';
import {type SiteTokenOptions, createSiteTokenCheck} from './engine/site-token.ts';
import {createAuth} from './http/request/auth.ts';
import {createLimits, limited} from './http/request/limits.ts';
import {type Metrics, createMetrics} from './http/operator/metrics.ts';
import type {Log, RequestFacts, SecondTry} from './engine/log.ts';
import type {TurnWatch} from './engine/run-turn.ts';
import {docsRoutes} from './http/operator/docs.ts';
import {version} from './version.ts';
import {observe} from './http/operator/observe.ts';
import {servedApis} from './http/apis.ts';
import {healthRoutes} from './http/operator/health.ts';
import {metricsRoutes} from './http/operator/metrics-endpoint.ts';
import {createIdempotency} from './http/request/idempotency.ts';
import {createRouter} from './http/router.ts';
import {type ListenOptions, type ListeningServer, createHttpServer} from './http/server.ts';
import type {PageConfig} from './http/services.ts';

/** How a chat server works. Everything has a default; `{}` is a server with the demo model. */
export interface ChatServerConfig extends EngineConfig {
  /** Keys of programs, besides those in the key store. Without any, programs on this machine need none. */
  readonly apiKeys?: readonly ConfiguredKey[];
  /** What callers may have, by the plan of their key or token; over the built-in plans of the same names. */
  readonly plans?: readonly Plan[];
  /** Who else may ask. */
  readonly auth?: AuthConfig;
  /**
   * The proxies in front whose word on a caller's address counts: how many there are, or their addresses. Without it
   * every address is that of the connection. A router in your own app follows the app's setting instead.
   */
  readonly trustProxy?: number | readonly string[];
  /**
   * Where the server says what it does; by default only errors are told, on stderr. Of requests to the rest of your own
   * app it hears nothing.
   */
  readonly log?: Log;
  /**
   * Whoever brings it as a Bearer token may read `/metrics`; without it, programs on this machine. A router in your own
   * app has no such path.
   */
  readonly metricsToken?: string;
  /** Origins whose pages may use the server, besides its own; without it pages on this machine. */
  readonly origins?: readonly string[];
  /** Whether clients of Ollama's own API are served too, at `/api/chat`, `/api/tags` and `/api/version`. */
  readonly ollama?: boolean;
  /** What the widget shows before the first question. */
  readonly page?: PageConfig;
  /** Milliseconds of silence after which a stream says that it is alive; 15 s by default. */
  readonly heartbeat?: number;
  /** The widget's built browser files; those of the installed package by default. */
  readonly widgetFolder?: string;
}

export interface AuthConfig {
  /** How the site's own sign-in is checked: tokens that it mints for its users. */
  readonly jwt?: SiteTokenOptions;
  /** Whether somebody may ask who proves nothing; by default they may. */
  readonly visitors?: 'welcome' | 'refused';
}

export interface ChatServer {
  /** The Express app, for paths of your own. */
  readonly app: Express;
  listen(options: ListenOptions): Promise<ListeningServer>;
  /**
   * Ends running answers with an error that says so, saves what they said, and closes; within 10 s whatever
   * happens. Calling it twice is calling it once.
   */
  close(): Promise<void>;
}

/** Milliseconds that connections have to end by themselves after their turns have ended. */
const connectionPatience = 5_000;
/** Milliseconds that turns have to be saved in. */
const turnPatience = 4_000;

/**
 * A server with everything: the chat's API, the widget's script and a page that shows it.
 *
 * @example
 * const server = createChatServer({openai: {baseUrl: 'http://localhost:11434/v1'}});
 * console.log((await server.listen({port: 8000})).url);
 */
export function createChatServer(config: ChatServerConfig = {}): ChatServer {
  const metrics = createMetrics();
  const engine = assemble({...config, ...watching(config, metrics)});
  const observed = (facts: RequestFacts) => {
    metrics.request(facts);
    config.log?.request(facts);
  };
  const handlers = [
    observe(observed),
    healthRoutes(engine),
    routerOf(config, engine, {standsAlone: true}),
    docsRoutes({version, apis: servedApis(config)}),
    metricsRoutes(metrics, config.metricsToken),
  ];
  const http = createHttpServer(handlers, {
    report: engine.report,
    ...(config.trustProxy !== undefined && {trustProxy: config.trustProxy}),
  });
  let closing: Promise<void> | undefined;
  return {
    app: http.app,
    async listen(options) {
      await engine.ready;
      return http.listen(options);
    },
    close() {
      closing ??= (async () => {
        // New connections are refused while turns say their last word on the old ones.
        const closed = http.close({patience: turnPatience + connectionPatience});
        await engine.endTurns({patience: turnPatience});
        await closed;
        await engine.close();
      })();
      return closing;
    },
  };
}

/** The chat's API and the widget's script for an Express app of your own. */
export interface ChatRouter extends Router {
  /**
   * Ends running answers with an error that says so and saves what they said; within 5 s, however slowly somebody
   * reads. To be called before the app's server closes.
   */
  close(): Promise<void>;
}

/**
 * @example
 * const chat = chatRouter({openai: {baseUrl, apiKey}, origins: ['https://www.example.com']});
 * app.use(chat);
 */
export function chatRouter(config: ChatServerConfig = {}): ChatRouter {
  const engine = assemble({...config, ...watching(config)});
  const {log} = config;
  const observed = log && {observed: (facts: RequestFacts) => log.request(facts)};
  return Object.assign(routerOf(config, engine, {standsAlone: false, ...observed}), {
    async close() {
      await engine.endTurns({patience: turnPatience});
      await engine.close();
    },
  });
}

/** Who hears of errors, turns and second tries. */
function watching({log, report = log?.report, watch, onSecondTry}: ChatServerConfig, metrics?: Metrics) {
  const told = [watch, metrics?.watch].filter((each) => each !== undefined);
  const both: TurnWatch = {
    began() {
      for (const each of told) each.began();
    },
    ended(facts) {
      for (const each of told) each.ended(facts);
      log?.turn(facts);
    },
  };
  const onEachTry = (tried: SecondTry) => {
    onSecondTry?.(tried);
    metrics?.secondTry(tried);
    log?.secondTry?.(tried);
  };
  return {watch: both, onSecondTry: onEachTry, ...(report && {report})};
}

/** Questions that the demo model has something to show for. */
const demoPage: PageConfig = {
  starters: ['What can you do?', 'How do I put this on my website?', 'Show me a table', 'Show me some code'],
};

function routerOf(
  config: ChatServerConfig,
  engine: Engine,
  {standsAlone, observed}: {standsAlone: boolean; observed?: (facts: RequestFacts) => void},
): Router {
  const {
    apiKeys = [],
    plans = [],
    auth: {jwt, visitors = 'welcome'} = {},
    origins,
    heartbeat = 15_000,
    widgetFolder,
    ollama = false,
  } = config;
  const demo = !config.providers && !config.openai && !config.anthropic;
  const page = {...(demo && demoPage), ...config.page};
  const allPlans = [...builtInPlans, ...plans];
  const auth = createAuth({
    secret: engine.secret,
    keys: apiKeys,
    plans: allPlans,
    visitors,
    ...(engine.keyStore && {keyStore: engine.keyStore}),
    ...(jwt && {siteTokens: createSiteTokenCheck(jwt)}),
  });
  const limits = createLimits({
    limiter: engine.limiter,
    defaultPlan: findDefaultPlan(allPlans),
    report: engine.report,
    ...(config.clock && {clock: config.clock}),
  });
  return createRouter({
    ...engine,
    idempotency: createIdempotency(),
    auth: limited(auth, limits),
    limits,
    pageConfig: page,
    showsPage: standsAlone,
    hasAllOfV1: standsAlone,
    ...(observed && {observed}),
    heartbeat,
    ollama,
    ...(origins && {origins}),
    ...(widgetFolder !== undefined && {widgetFolder}),
  });
}

export {fromAISDK} from './providers/ai-sdk.ts';
export type {AISDKEntry, AISDKModel, AISDKOptions} from './providers/ai-sdk.ts';
export {anthropic} from './providers/anthropic.ts';
export type {AnthropicOptions} from './providers/anthropic.ts';
export {withFallback} from './providers/fallback.ts';
export type {FallbackOptions, Substitute} from './providers/fallback.ts';
export {openAiCompatible} from './providers/openai-compatible.ts';
export type {OpenAiCompatibleOptions} from './providers/openai-compatible.ts';
export {resilient} from './providers/resilient.ts';
export type {ResilienceOptions} from './providers/resilient.ts';
export type {Retry} from './providers/retry.ts';
export type {ListeningServer, ListenOptions, PageConfig, Plan, SiteTokenOptions};
export {pinoLog} from './logs/pino.ts';
export type {PinoLogOptions, LogLevel} from './logs/pino.ts';
export type {Log, RequestFacts, SecondTry} from './engine/log.ts';
export type {TurnFacts, TurnWatch} from './engine/run-turn.ts';
export type {ApiKeyRecord, ConfiguredKey, KeyStore} from './engine/api-keys.ts';
export type {Limiter, LimitVerdict, LimitWindow, WindowState} from './engine/limiter.ts';
export type {EngineConfig} from './assemble.ts';
export type {ModelFacts} from './engine/models.ts';
export type {Ceiling, SpendingLimits} from './engine/spending.ts';
export type {AnswerOptions, PromptMessage, Provider, ProviderRequest, ToolDefinition} from './engine/provider.ts';
export type {Passage, Retriever} from './engine/retriever.ts';
export type {Report, ReportContext} from './engine/report.ts';
export type {
  Owner,
  PageRequest,
  Store,
  TurnStart,
  UsageRecord,
  UsageSum,
  UsageSumsRequest,
  UsageTime,
} from './engine/store.ts';
export type {NumberedBatch, RunningTurn, TurnLog} from './engine/turn-log.ts';
