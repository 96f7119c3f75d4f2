/** @chatlet/server, the backend of a chat: `createChatServer`, `chatRouter` and the interfaces, nothing else. */
import type {App, AppHandler, AppMiddleware, AppRequest, AppResponse} from './http/request/app-types.ts';
import {type Engine, type EngineConfig, assemble} from './assemble.ts';
import {type CheckedUpstream, checkUpstreams} from './check-upstreams.ts';
import {isDemoServer} from './configured-providers.ts';
import type {ConfiguredKey} from './engine/api-keys.ts';
import {createFairQueue} from './engine/fair-queue.ts';
import {type Plan, allPlans, visitorPlan} from './engine/plans.ts';
import {type SiteTokenOptions, createSiteTokenCheck} from './engine/site-token.ts';
import {createAuth} from './http/request/auth.ts';
import {createLimits} from './http/request/limits.ts';
import {type LocalFreedom, createLocalFreedom} from './http/request/local-freedom.ts';
import {type Metrics, createMetrics} from './http/operator/metrics.ts';
import type {LearnedFact, Log, RequestFacts, SecondTry} from './engine/log.ts';
import type {TurnWatch} from './engine/run-turn.ts';
import {docsRoutes} from './http/operator/docs.ts';
import type {DocsGuard} from './http/operator/docs-access.ts';
import {galleryRoutes} from './http/operator/gallery.ts';
import {guideRoutes} from './http/operator/guide.ts';
import {version} from './version.ts';
import {sampleRefusals} from './http/operator/sample-refusals.ts';
import {servedApis} from './http/apis.ts';
import {healthRoutes} from './http/operator/health.ts';
import {metricsRoutes} from './http/operator/metrics-endpoint.ts';
import {pageReviewRoutes} from './http/operator/page-review-endpoints.ts';
import type {Admit, Authenticate} from './http/request/hooks.ts';
import {createIdempotency} from './http/request/idempotency.ts';
import type {FetchCaller} from './http/fetch.ts';
import {receiver} from './http/receive.ts';
import {type ChatRoutes, type RouterOptions, createRouter} from './http/router.ts';
import type {ConnectionLimits} from './http/connection-limits.ts';
import {createHttpServer} from './http/server.ts';
import type {DocsAccess, ListenOptions, ListeningServer, PageConfig} from './http/settings.ts';
import {explainPath} from './http/unknown-path.ts';

/** The configuration of a chat server. Everything has a default: `{}` is a server with the demo model. */
export interface ChatServerConfig extends EngineConfig {
  /** API keys of programs, in addition to the key store. If there are none, programs on this machine need no key. */
  readonly apiKeys?: readonly ConfiguredKey[];
  /** The limits of callers by the plan of their key or token. They override built-in plans of the same names. */
  readonly plans?: readonly Plan[];
  /** Visitors and users that sign in on your site. By default visitors are welcome and nobody signs in. */
  readonly auth?: AuthConfig;
  /**
   * Your own check of each request to the chat's API, before anything of its body is read: captchas, tickets, bans. To
   * refuse, return or throw `{status, message}` with the status 401, 403 or 429. Any other error is a 500, and refuses.
   */
  readonly admit?: Admit;
  /**
   * Who has signed in on your site, by its own session: asked first, before keys and tokens. Your cookies then identify
   * callers, so only pages of the server's own origin and of `origins` may write.
   */
  readonly authenticate?: Authenticate;
  /**
   * The trusted proxies in front, by number or by address: their headers tell a caller's address. Without it the address
   * of the connection counts, so behind a proxy all callers would share one rate limit. A router in your own app follows
   * the app's setting instead.
   */
  readonly trustProxy?: number | readonly string[];
  /**
   * The log of the server's work. By default only errors are logged, to stderr. Requests to other paths of your own app
   * are not logged.
   */
  readonly log?: Log;
  /**
   * The operator's Bearer token for `/metrics`, `/api/gaps` and `/api/stale`, which a router in your own app does not have,
   * and for replies to visitors. Without it only programs on this machine may use them.
   */
  readonly metricsToken?: string;
  /** Origins whose pages may use the server, in addition to its own. Without it only pages on this machine may. */
  readonly origins?: readonly string[];
  /** Whether clients of Ollama's API are served too: `/api/chat`, `/api/tags` and `/api/version`. */
  readonly ollama?: boolean;
  /**
   * Further keys of requests of `/v1` that upstreams get as they are, such as `top_k`. Others are refused by their names; those
   * that clients send out of habit are left out, and `X-Chatlet-Ignored` names them.
   */
  readonly passOptions?: readonly string[];
  /** Texts and questions that the widget shows before the first question. */
  readonly page?: PageConfig;
  /** Milliseconds without data after which a stream sends a keep-alive; 15 s by default. */
  readonly heartbeat?: number;
  /**
   * Milliseconds after which the connection of a reader is closed that takes nothing of what waits for it; 60 s by
   * default. An answer that is kept goes on.
   */
  readonly readerPatience?: number;
  /** The most open connections, of one address and of all. A router in your own app does not count them. */
  readonly connections?: ConnectionLimits;
  /**
   * Who may see `/docs`, `/openapi.json`, `/guide/`, `/gallery` and `/playground`: by default (`local`) requests from this machine,
   * else `public`, `off`, or whoever brings a token. A router in your own app does not have the paths.
   */
  readonly docs?: DocsAccess;
  /** The folder of the widget's built files; by default that of the installed package. */
  readonly widgetFolder?: string;
}

/** Who may ask: visitors, and users of your site. */
export interface AuthConfig {
  /** The check of your site's tokens for its signed-in users. Without it nobody can sign in. */
  readonly jwt?: SiteTokenOptions;
  /** Whether visitors that are not signed in may ask; by default they may. */
  readonly visitors?: 'welcome' | 'refused';
  /**
   * The name of the plan of visitors; `visitor` by default. `default` lifts the limits that a page open to anybody should
   * have.
   */
  readonly visitorPlan?: string;
}

/** A complete server. */
export interface ChatServer {
  /** The Express app, for your own paths. */
  readonly app: App;
  /** Resolves when the server accepts connections. Rejects if the port is taken or may not be used. */
  listen(options: ListenOptions): Promise<ListeningServer>;
  /**
   * Says in one sentence each what is wrong with the configured upstreams, when each has listed its models or failed.
   * Asks them for their lists if nobody has done so. Never throws.
   */
  checkUpstreams(): Promise<readonly CheckedUpstream[]>;
  /**
   * Ends running answers with the error `shutting-down`, saves them, and closes, always within 10 s. A second call does
   * nothing more.
   */
  close(): Promise<void>;
}

/** Milliseconds that connections have to end after their turns have ended. */
const connectionPatience = 5_000;
/** Milliseconds that turns have to be saved. */
const turnPatience = 4_000;

/**
 * Creates a complete server: the chat's API, the widget's script, and a page with the widget.
 *
 * @example
 * const server = createChatServer({openai: {baseUrl: 'http://localhost:11434/v1'}});
 * console.log((await server.listen({port: 8000})).url);
 */
export function createChatServer(config: ChatServerConfig = {}): ChatServer {
  const metrics = createMetrics();
  const engine = assemble({...config, ...connectWatchers(config, metrics)});
  if (engine.spending) metrics?.spending(engine.spending);
  const logged = loggedRequests(config);
  const observed = (facts: RequestFacts) => {
    metrics?.request(facts);
    logged?.(facts);
  };
  const apis = servedApis(config);
  const freedom = localFreedomOf(config, engine);
  const readers: DocsGuard = {access: config.docs ?? 'local', isLocal: freedom.isLocal};
  const operator = {token: config.metricsToken, isLocal: freedom.isLocal};
  const countCaller = (network: string) => metrics?.caller(network);
  const {enter, router} = createRoutes(config, engine, {standsAlone: true, freedom, countCaller});
  const handlers = [
    healthRoutes(engine),
    router,
    docsRoutes({version, apis, ...readers}),
    galleryRoutes({...readers, ...(config.widgetFolder !== undefined && {widgetFolder: config.widgetFolder})}),
    guideRoutes(readers),
    metricsRoutes({metrics, ...operator}),
    pageReviewRoutes({review: engine.review, ...operator}),
  ];
  const http = createHttpServer(handlers, {
    receive: receiver(observed),
    enter,
    explainPath: explainPath(apis),
    report: engine.report,
    ...(config.trustProxy !== undefined && {trustProxy: config.trustProxy}),
    ...(config.connections && {connections: config.connections}),
  });
  let closing: Promise<void> | undefined;
  return {
    app: http.app,
    async listen(options) {
      await engine.ready;
      return http.listen(options);
    },
    checkUpstreams: async () => checkUpstreams(config, await engine.models.outcomes()),
    close() {
      closing ??= (async () => {
        // New connections are refused while turns end on the old ones.
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
export type ChatRouter = AppMiddleware & {
  /**
   * Ends running answers with the error `shutting-down` and saves them, always within 5 s. Call it before your app's
   * server closes: otherwise connections with running answers keep the server open.
   */
  close(): Promise<void>;
};

/**
 * @example
 * const chat = chatRouter({openai: {baseUrl, apiKey}, origins: ['https://www.example.com']});
 * app.use(chat);
 */
export function chatRouter(config: ChatServerConfig = {}): ChatRouter {
  const engine = assemble({...config, ...connectWatchers(config)});
  const freedom = localFreedomOf(config, engine);
  const receive = receiver(loggedRequests(config));
  const {router} = createRoutes(config, engine, {standsAlone: false, freedom, receive});
  return Object.assign(router, {close: () => closeEngine(engine)});
}

/** The configuration of `createChatFetch`. */
export interface ChatFetchConfig extends ChatServerConfig {
  /** The path below which the chat is, such as `/support`; `/` by default. */
  readonly path?: string;
}

/** The chat's API and the widget's script as one function, for hosts that speak the fetch API. */
export interface ChatFetch {
  /**
   * Answers a request. Paths that are not the chat's are a 404. Without `caller.address` or `trustProxy` all callers share
   * one rate limit.
   */
  (request: Request, caller?: FetchCaller): Promise<Response>;
  /** Ends running answers with the error `shutting-down` and saves them, always within 5 s. */
  close(): Promise<void>;
}

/**
 * For Hono, route handlers of Next, Bun and Deno. The process must go on after a response: a serverless function that is
 * frozen between requests stops answers that nobody is reading, and forgets whatever is only in memory.
 *
 * @example
 * const chat = createChatFetch({path: '/support', openai: {baseUrl, apiKey}});
 * Bun.serve({fetch: (request, server) => chat(request, server.requestIP(request) ?? {})});
 */
export function createChatFetch({path = '/', ...config}: ChatFetchConfig = {}): ChatFetch {
  const {trustProxy} = config;
  const engine = assemble({...config, ...connectWatchers(config)});
  const {router} = createRoutes(config, engine, {standsAlone: false, freedom: localFreedomOf(config, engine)});
  const http = createHttpServer([router], {
    path,
    receive: receiver(loggedRequests(config)),
    enter: (_req, _res, next) => next(),
    explainPath: explainPath(servedApis(config)),
    report: engine.report,
    // The host has its own limit, and one address may stand for all callers.
    connections: {perAddress: Number.POSITIVE_INFINITY},
    ...(trustProxy !== undefined && {trustProxy}),
  });
  return Object.assign(http.fetch, {close: () => closeEngine(engine)});
}

async function closeEngine(engine: Engine): Promise<void> {
  await engine.endTurns({patience: turnPatience});
  await engine.close();
}

function loggedRequests({log}: ChatServerConfig): ((facts: RequestFacts) => void) | undefined {
  return log && sampleRefusals((facts) => log.request(facts));
}

/** Passes errors, turns and second tries on to the configuration's callbacks, the metrics and the log. */
function connectWatchers(
  {log, report = log?.report, watch, onSecondTry, onLearned}: ChatServerConfig,
  metrics?: Metrics,
) {
  const watches = [watch, metrics?.watch].filter((each) => each !== undefined);
  const both: TurnWatch = {
    began() {
      for (const each of watches) each.began();
    },
    ended(facts) {
      for (const each of watches) each.ended(facts);
      log?.turn(facts);
    },
    toolEnded(facts) {
      for (const each of watches) each.toolEnded?.(facts);
      log?.tool?.(facts);
    },
  };
  const onEachTry = (tried: SecondTry) => {
    onSecondTry?.(tried);
    metrics?.secondTry(tried);
    log?.secondTry?.(tried);
  };
  const onEachLearned = (learned: LearnedFact) => {
    onLearned?.(learned);
    log?.learned?.(learned);
  };
  return {watch: both, onSecondTry: onEachTry, onLearned: onEachLearned, ...(report && {report})};
}

/** Questions that show features of the demo model. */
const demoStarters: readonly string[] = ['What can you do?', 'Show me a table', 'Show me some code'];
/** A question that our own documents answer. */
const ownQuestion = 'How do I put this on my website?';

/** The demo's questions. Once the operator has documents, ours are no longer searched. */
async function startersOfDemo({hasDocuments}: Pick<Engine, 'hasDocuments'>): Promise<readonly string[]> {
  const [first = '', ...others] = demoStarters;
  return (await hasDocuments()) ? demoStarters : [first, ownQuestion, ...others];
}

function localFreedomOf(config: ChatServerConfig, {report}: Engine): LocalFreedom {
  const {origins, trustProxy} = config;
  return createLocalFreedom({isDemo: isDemoServer(config), origins, trustProxy, report});
}

function createRoutes(
  config: ChatServerConfig,
  engine: Engine,
  options: Pick<RouterOptions, 'freedom' | 'receive' | 'countCaller'> & {standsAlone: boolean},
): ChatRoutes {
  const {
    apiKeys = [],
    plans = [],
    auth: {jwt, visitors = 'welcome', visitorPlan: planOfVisitors = visitorPlan.name} = {},
    origins,
    heartbeat = 15_000,
    readerPatience = 60_000,
    widgetFolder,
    ollama = false,
    passOptions = [],
    admit,
    authenticate,
  } = config;
  const {standsAlone, freedom, receive, countCaller} = options;
  const isDemo = isDemoServer(config);
  const {prompts = []} = config;
  // The demo's own questions give way to prompts.
  const showsDemo = isDemo && prompts.length === 0;
  const page: PageConfig = config.page ?? {};
  const {url, email} = config.contact ?? {};
  const contact = page.contact ?? url ?? email;
  const {report} = engine;
  const auth = createAuth({
    secret: engine.secret,
    keys: apiKeys,
    plans: allPlans(plans),
    visitors,
    visitorPlan: planOfVisitors,
    freedom,
    report,
    ...(authenticate && {authenticate}),
    ...(engine.keyStore && {keyStore: engine.keyStore}),
    ...(jwt && {siteTokens: createSiteTokenCheck(jwt)}),
  });
  const limits = createLimits({
    limiter: engine.limiter,
    report,
    ...(config.clock && {clock: config.clock}),
  });
  return createRouter({
    ...engine,
    idempotency: createIdempotency(),
    auth,
    searches: createFairQueue({atOnceForOwner: 1, atOnce: 2, waitingOfOwner: 8, waiting: 100, cause: 'searches'}),
    appCalls: createFairQueue({atOnceForOwner: 4, atOnce: 64, waitingOfOwner: 16, waiting: 400, cause: 'apps'}),
    exports: createFairQueue({atOnceForOwner: 1, atOnce: 4, waitingOfOwner: 1, waiting: 20, cause: 'exports'}),
    limits,
    freedom,
    pageConfig: {...page, ...(contact !== undefined && {contact})},
    demoStarters: async () => (showsDemo ? startersOfDemo(engine) : []),
    prompts: () => prompts.flatMap((source) => source.prompts()),
    operator: {token: config.metricsToken, isLocal: freedom.isLocal},
    showsPage: standsAlone,
    hasAllOfV1: standsAlone,
    usesCookies: authenticate !== undefined,
    admit,
    receive,
    countCaller,
    heartbeat,
    readerPatience,
    ollama,
    passOptions,
    ...(origins && {origins}),
    ...(widgetFolder !== undefined && {widgetFolder}),
  });
}

export type {App, AppHandler, AppMiddleware, AppRequest, AppResponse};
export type {Admit, Authenticate, Refusal, SignedInUser} from './http/request/hooks.ts';
export {fromAISDK} from './providers/ai-sdk.ts';
export type {AISDKEntry, AISDKModel, AISDKOptions} from './providers/ai-sdk.ts';
export {anthropic} from './providers/anthropic.ts';
export type {AnthropicOptions} from './providers/anthropic.ts';
export {withFallback} from './providers/fallback.ts';
export type {FallbackOptions, Substitute} from './providers/fallback.ts';
export {openAiCompatible} from './providers/openai-compatible.ts';
export {openAiResponses} from './providers/openai-responses.ts';
export type {OpenAiCompatibleOptions} from './providers/openai-upstream.ts';
export {resilient} from './providers/resilient.ts';
export type {ResilienceOptions} from './providers/resilient.ts';
export type {Retry} from './providers/retry.ts';
export type {
  ConnectionLimits,
  DocsAccess,
  FetchCaller,
  ListeningServer,
  ListenOptions,
  PageConfig,
  Plan,
  SiteTokenOptions,
};
export {jsonLog} from './logs/json.ts';
export type {JsonLogOptions, LogLevel} from './logs/json.ts';
export type {CheckedUpstream} from './check-upstreams.ts';
export type {LearnedFact, Log, RequestFacts, SecondTry} from './engine/log.ts';
export type {TurnFacts, TurnWatch} from './engine/run-turn.ts';
export type {ApiKeyRecord, ConfiguredKey, KeyStore} from './engine/api-keys.ts';
export type {Limiter, LimitVerdict, LimitWindow, WindowState} from './engine/limiter.ts';
export type {EngineConfig} from './assemble.ts';
export type {KeepFor} from './engine/retention.ts';
export type {ModelFacts} from './engine/models.ts';
export type {UpstreamConfig} from './upstreams.ts';
export type {Ceiling, SpendingLimits, VisitorCeiling} from './engine/spending.ts';
export type {InputContext, Moderation, OutputContext, Verdict} from './engine/moderation.ts';
export type {
  AnswerOptions,
  PromptMessage,
  Provider,
  ProviderRequest,
  ReasoningOptions,
  ToolDefinition,
} from './engine/provider.ts';
export {defineTool} from './tools/define-tool.ts';
export type {JsonSchema, ToolOptions} from './tools/define-tool.ts';
export {calculator} from './tools/calculator.ts';
export {fetchPage} from './tools/fetch-page.ts';
export type {FetchPageOptions} from './tools/fetch-page.ts';
export {graphqlTools} from './tools/graphql.ts';
export type {GraphqlToolsOptions} from './tools/graphql.ts';
export {connectMcp, mcpTools} from './tools/mcp.ts';
export type {McpNotes, McpParts, McpResource, McpServer} from './tools/mcp.ts';
export type {Prompt, PromptSource} from './engine/prompts.ts';
export {openapiTools} from './tools/openapi.ts';
export type {OpenapiToolsOptions} from './tools/openapi.ts';
export type {Rule, Rules} from './tools/rules.ts';
export {weather} from './tools/weather.ts';
export type {WeatherOptions} from './tools/weather.ts';
export {webSearch} from './tools/web-search.ts';
export type {WebSearchOptions} from './tools/web-search.ts';
export {NeedsInput} from './engine/tool.ts';
export type {
  AskedBefore,
  PreparedCall,
  Tool,
  ToolAnnotations,
  ToolContext,
  ToolQuestion,
  Toolset,
} from './engine/tool.ts';
export type {ToolFacts, ToolLimits} from './engine/tool-loop.ts';
export type {RetrievalMode, RetrievalSettings} from './engine/grounding/retrieval.ts';
export type {MarkCounts} from './engine/grounding/ground-answer.ts';
export type {Asker, Passage, Readers, Retriever, SearchOptions} from './engine/retriever.ts';
export type {Report, ReportContext} from './engine/report.ts';
export type {
  Owner,
  PageRequest,
  Store,
  Piece,
  TurnStart,
  Kept,
  MaxAge,
  Expiry,
  OwnerUsage,
  UsageRecord,
  UsageSum,
  UsageSumsRequest,
  UsageTime,
} from './engine/store.ts';
export type {StoreHealth} from './engine/store-health.ts';
export type {NumberedBatch, RunningTurn, TurnLog} from './engine/turn-log.ts';
