/** Reads a server's configuration from the environment and a file. Errors are found before anything starts. */
import {existsSync, readFileSync} from 'node:fs';
import {isIPv4, isIPv6} from 'node:net';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {ChatError, isObject} from '@chatlet/protocol';
import {check} from './check.ts';
import {configurationFile} from './configuration-file.ts';
import {type ConfiguredKey, parseKeyList} from './engine/api-keys.ts';
import type {KeepFor} from './engine/retention.ts';
import type {AuthConfig, ChatServerConfig, DocsAccess, ListenOptions, RetrievalMode} from './index.ts';
import {type LogLevel, logLevels} from './logs/json.ts';
import {checkOriginPatterns} from './origins.ts';
import {type SourceSettings, findMcpServer} from './retrieval/source-settings.ts';
import type {Tool} from './engine/tool.ts';
import {
  type ConfiguredTools,
  type ToolSetting,
  type ToolSurroundings,
  configuredTools,
  mcpServersOf,
  siteSearch,
  toolSettings,
} from './tools/configured.ts';
import type {McpServer} from './tools/mcp/settings.ts';
import type {UpstreamConfig} from './upstreams.ts';

export interface Configuration {
  readonly server: ChatServerConfig;
  readonly listen: ListenOptions;
  readonly logLevel: LogLevel;
  /** Strings that must never be in a log. */
  readonly secrets: readonly string[];
  /** Sentences for the person who starts the server. */
  readonly warnings: readonly string[];
  /**
   * Makes the tools, which loads files, asks servers and starts programs: not all commands need them. `note` takes a
   * sentence for the operator, now or later, about servers that do not answer.
   * @throws ChatError `invalid-request` with a sentence for the operator
   */
  readonly makeTools: (options?: {readonly note?: (sentence: string) => void}) => Promise<ConfiguredTools | undefined>;
  /** The MCP servers among the tools. Nobody has asked them for anything. */
  readonly mcpServers: readonly McpServer[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the file that the environment names, or one of the default files. The environment overrides the file. */
export async function readConfiguration(env: Environment, folder: string = process.cwd()): Promise<Configuration> {
  const set = (name: string): string | undefined => (env[name]?.trim() ? env[name].trim() : undefined);
  const {tools: settings, ...fromFile} = await readFile(folder, set('CHATLET_CONFIG'));

  const apiKey = set('OPENAI_API_KEY');
  const upstreams = readUpstreams(fromFile.upstreams, set);
  const upstream = set('OPENAI_BASE_URL') ?? fromFile.openai?.baseUrl ?? defaultBaseUrl(apiKey, fromFile);
  const claudeKey = set('ANTHROPIC_API_KEY') ?? fromFile.anthropic?.apiKey;
  const databaseUrl = set('CHATLET_DATABASE_URL');
  const diskReserve = readBytes('CHATLET_DISK_RESERVE', set('CHATLET_DISK_RESERVE'));
  const keepFor = readKeepFor(set('CHATLET_KEEP_FOR'));
  const secret = set('CHATLET_SECRET');
  const keys = set('CHATLET_API_KEYS');
  const origins = set('CHATLET_ORIGINS');
  const defaultModel = set('CHATLET_MODEL');
  const proxies = readProxies(set('CHATLET_TRUST_PROXY')) ?? checkProxies(fromFile.trustProxy, 'trustProxy');
  const metricsToken = set('CHATLET_METRICS_TOKEN');
  const docs = readDocs(set('CHATLET_DOCS'));
  const auth = readAuth(set, fromFile.auth);
  const index = set('CHATLET_INDEX');
  const names = set('CHATLET_TOOLS');
  const wanted = names === undefined ? settings : readToolNames(names);
  const makeTools: Configuration['makeTools'] = ({note} = {}) => readTools(wanted, {folder, set, note});
  const mcpServers = mcpServersOf(wanted ?? settings ?? []);
  const retrieval = {
    ...fromFile.retrieval,
    ...(fromFile.retrieval?.sources && {sources: fromFile.retrieval.sources.map((each) => withMcp(each, mcpServers))}),
    ...(index && {index}),
    ...modeOf(wanted, fromFile),
  };
  const server: ChatServerConfig = {
    ...fromFile,
    ...(upstream && {openai: {...fromFile.openai, baseUrl: upstream, ...(apiKey && {apiKey})}}),
    ...(upstreams && {upstreams}),
    ...(claudeKey && {anthropic: {...fromFile.anthropic, apiKey: claudeKey}}),
    ...(databaseUrl && {databaseUrl}),
    ...(diskReserve !== undefined && {diskReserve}),
    ...(keepFor && {keepFor}),
    ...(secret && {secret}),
    ...(keys && {apiKeys: readKeys(keys)}),
    ...(origins && {origins: readOrigins(origins)}),
    ...(defaultModel && {defaultModel}),
    ...(proxies !== undefined && {trustProxy: proxies}),
    ...(metricsToken && {metricsToken}),
    ...(docs && {docs}),
    ...(auth && {auth}),
    ...(Object.keys(retrieval).length > 0 && {retrieval}),
  };
  const listen = {port: readPort(set('PORT') ?? '8000'), host: set('HOST') ?? '127.0.0.1'};

  const warnings: string[] = [];
  if (apiKey && !set('OPENAI_BASE_URL') && !fromFile.openai && server.openai) {
    warnings.push(`OPENAI_API_KEY is set, so ${openaiAddress} answers. OPENAI_BASE_URL names another upstream.`);
  }
  if (server.contact?.webhook && server.metricsToken === undefined) {
    warnings.push(
      'Replies to chats that `contact.webhook` hands over are taken from this machine alone. `metricsToken` ' +
        '(CHATLET_METRICS_TOKEN) lets them come from elsewhere.',
    );
  }
  const logLevel = readLogLevel(set('CHATLET_LOG_LEVEL'));
  return {server, listen, logLevel, secrets: secretsOf(server), warnings, makeTools, mcpServers};
}

/** A source `mcp:ID` with the server that it names, if there is one. */
function withMcp(source: SourceSettings, servers: readonly McpServer[]): SourceSettings {
  const server = findMcpServer(source.target, servers);
  return server && !source.mcp ? {...source, mcp: server} : source;
}

const openaiAddress = 'https://api.openai.com/v1';

/** A key alone is for OpenAI, as in its own packages, unless the file says who answers. */
function defaultBaseUrl(apiKey: string | undefined, {providers, upstreams}: ChatServerConfig): string | undefined {
  return apiKey !== undefined && !providers && !upstreams ? openaiAddress : undefined;
}

/** Puts the keys in, which are never in the file. */
function readUpstreams(
  upstreams: readonly (UpstreamConfig & {readonly apiKeyEnv?: string})[] | undefined,
  set: (name: string) => string | undefined,
): readonly UpstreamConfig[] | undefined {
  return upstreams?.map(({apiKeyEnv, ...upstream}) => {
    if (apiKeyEnv === undefined) return upstream;
    const apiKey = set(apiKeyEnv);
    if (apiKey !== undefined) return {...upstream, apiKey};
    throw invalidConfiguration(
      `The upstream "${upstream.id}" needs its key in the variable ${apiKeyEnv}, which is not set.`,
    );
  });
}

async function readTools(
  settings: WantedTools | undefined,
  surroundings: ToolSurroundings,
): Promise<ConfiguredTools | undefined> {
  if (settings === undefined) return undefined;
  try {
    return await configuredTools(settings, surroundings);
  } catch (error) {
    throw invalidConfiguration(`tools: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Names and folders, as `calculator,weather,./tools`, or the file's settings. */
type WantedTools = readonly (ToolSetting | Tool)[];

function readToolNames(names: string): WantedTools {
  const settings = names.split(',').map((word) => {
    const name = word.trim();
    return /[./\\]/.test(name) ? {folder: name} : name;
  });
  try {
    return check(toolSettings, settings);
  } catch (error) {
    throw invalidConfiguration(`tools: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The mode of retrieval, if the model is to search the site by itself. */
function modeOf(wanted: WantedTools | undefined, {retrieval}: FileConfiguration): {mode?: RetrievalMode} {
  if (!wanted?.some((setting) => setting === siteSearch)) return {};
  const {mode = 'tool'} = retrieval ?? {};
  if (mode === 'tool') return {mode};
  throw invalidConfiguration(`tools: "search" lets the model search the site, but retrieval.mode is "${mode}".`);
}

/** The tools of a file are still to be made. */
type FileConfiguration = Omit<ChatServerConfig, 'tools'> & {readonly tools?: WantedTools};

async function readFile(folder: string, named: string | undefined): Promise<FileConfiguration> {
  const defaultPaths = ['chatlet.config.json', 'chatlet.config.mjs', 'chatlet.config.ts'].map((name) =>
    resolve(folder, name),
  );
  const path = named ? resolve(folder, named) : defaultPaths.find((candidate) => existsSync(candidate));
  if (path === undefined) return {};
  if (!existsSync(path)) throw invalidConfiguration(`The configuration file ${path} does not exist.`);
  if (path.endsWith('.json')) {
    const value = parseJsonFile(path);
    try {
      const {$schema: _, ...config} = check(configurationFile, value);
      // JSON has no `undefined`, so an optional key is really absent.
      return config as FileConfiguration;
    } catch (error) {
      throw invalidConfiguration(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const module: unknown = await import(pathToFileURL(path).href);
  const config = isObject(module) ? module['default'] : undefined;
  if (!isObject(config)) throw invalidConfiguration(`${path} must export a configuration as its default.`);
  // A program's own configuration has functions and classes, which no schema can check.
  return config;
}

function parseJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw invalidConfiguration(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readPort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535)
    throw invalidConfiguration(`PORT must be a number from 0 to 65535, not "${value}".`);
  return port;
}

const units: Readonly<Record<string, number>> = {'': 1, kb: 1e3, mb: 1e6, gb: 1e9};

/** `500000`, `500kb`, `64mb` or `1gb`. */
function readBytes(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, digits = '', unit = ''] = /^(\d+) ?([kmg]b|)$/i.exec(value) ?? [];
  const factor = units[unit.toLowerCase()];
  if (digits !== '' && factor !== undefined) return Number(digits) * factor;
  throw invalidConfiguration(`${name} must be a number of bytes like 500000 or 64mb, not "${value}".`);
}

/** Days for all, as `30`, or for each kind: `visitors=30,users=365,responses=30`. */
function readKeepFor(value: string | undefined): KeepFor | undefined {
  if (value === undefined) return undefined;
  const days = (digits: string) => {
    if (/^[1-9]\d{0,5}$/.test(digits)) return Number(digits);
    throw invalidConfiguration(`CHATLET_KEEP_FOR must be days like 30, or visitors=30,users=365, not "${value}".`);
  };
  if (!value.includes('=')) return {visitors: days(value), users: days(value), responses: days(value)};
  const keepFor: {visitors?: number; users?: number; responses?: number} = {};
  for (const part of value.split(',')) {
    const [kind = '', digits = ''] = part.split('=').map((word) => word.trim());
    if (kind === 'visitors' || kind === 'users' || kind === 'responses') keepFor[kind] = days(digits);
    else days(kind);
  }
  return keepFor;
}

function readKeys(value: string): readonly ConfiguredKey[] {
  try {
    return parseKeyList(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidConfiguration(`CHATLET_API_KEYS must be like key:plan,key:plan:account. ${reason}`);
  }
}

function readLogLevel(value = 'info'): LogLevel {
  const level = logLevels.find((each) => each === value.toLowerCase());
  if (level) return level;
  throw invalidConfiguration(`CHATLET_LOG_LEVEL must be ${logLevels.join(', ')}, not "${value}".`);
}

function secretsOf(config: ChatServerConfig): readonly string[] {
  const {openai, anthropic, upstreams = [], secret, apiKeys = [], auth, metricsToken, docs, contact} = config;
  const trust = auth?.jwt?.trust;
  return [
    openai?.apiKey,
    ...Object.values(openai?.headers ?? {}),
    anthropic?.apiKey,
    ...upstreams.flatMap((each) => [each.apiKey, ...Object.values(each.headers ?? {})]),
    secret,
    metricsToken,
    contact?.webhook?.secret,
    typeof docs === 'object' ? docs.token : undefined,
    trust && 'secret' in trust ? trust.secret : undefined,
    ...apiKeys.map(({key}) => key),
  ].filter((each) => each !== undefined);
}

/** The site's sign-in from the environment, which overrides the file. */
function readAuth(set: (name: string) => string | undefined, file: AuthConfig | undefined): AuthConfig | undefined {
  const secret = set('CHATLET_JWT_SECRET');
  const jwksUrl = set('CHATLET_JWKS_URL');
  const issuer = set('CHATLET_JWT_ISSUER');
  const audience = set('CHATLET_JWT_AUDIENCE');
  const visitors = readVisitors(set('CHATLET_VISITORS')) ?? file?.visitors;
  const visitorPlan = set('CHATLET_VISITOR_PLAN') ?? file?.visitorPlan;
  const visiting = (visitors ?? visitorPlan) && {...(visitors && {visitors}), ...(visitorPlan && {visitorPlan})};
  if (secret && jwksUrl) throw invalidConfiguration('Set CHATLET_JWT_SECRET or CHATLET_JWKS_URL, not both.');
  const trust = secret ? {secret} : jwksUrl ? {jwksUrl} : file?.jwt?.trust;
  if (!trust) {
    if (issuer || audience) {
      throw invalidConfiguration(
        'CHATLET_JWT_ISSUER and CHATLET_JWT_AUDIENCE need CHATLET_JWT_SECRET or CHATLET_JWKS_URL.',
      );
    }
    return file || visiting ? {...file, ...visiting} : undefined;
  }
  return {...file, ...visiting, jwt: {...file?.jwt, trust, ...(issuer && {issuer}), ...(audience && {audience})}};
}

function readDocs(value: string | undefined): DocsAccess | undefined {
  if (value === undefined || value === 'local' || value === 'public' || value === 'off') return value;
  const [, token] = /^token:(\S+)$/.exec(value) ?? [];
  if (token !== undefined) return {token};
  throw invalidConfiguration('CHATLET_DOCS must be local, public, off or token: with a token behind it.');
}

function readVisitors(value: string | undefined): 'welcome' | 'refused' | undefined {
  if (value === undefined || value === 'welcome' || value === 'refused') return value;
  throw invalidConfiguration(`CHATLET_VISITORS must be welcome or refused, not "${value}".`);
}

/** Nobody has more proxies in front than this. A trusted proxy that does not exist lets callers choose their address. */
const mostProxies = 10;

/**
 * Checks proxies as Express names them. Trust in all proxies is refused: then each caller could choose its address with a
 * forwarding header, and with the address a rate limit of its own.
 */
function checkProxies(value: number | readonly string[] | undefined, name: string) {
  const isTrustworthy = typeof value === 'number' ? value <= mostProxies : (value ?? []).every(isProxy);
  if (isTrustworthy) return value;
  throw invalidConfiguration(
    `${name} must be the number of proxies in front, or their addresses: 1, loopback, 10.0.0.0/8.`,
  );
}

function isProxy(proxy: string): boolean {
  const [address = '', length] = proxy.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  const isNamed = /^(?:loopback|linklocal|uniquelocal)$/.test(proxy);
  return isNamed || (bits > 0 && (length === undefined || (/^\d+$/.test(length) && +length > 0 && +length <= bits)));
}

function readProxies(value: string | undefined): number | readonly string[] | undefined {
  if (value === undefined) return undefined;
  const proxies = /^\d+$/.test(value) ? Number(value) : value.split(',').map((entry) => entry.trim());
  return checkProxies(proxies, 'CHATLET_TRUST_PROXY');
}

function readOrigins(value: string): readonly string[] {
  const origins = value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  checkOriginPatterns(origins, 'CHATLET_ORIGINS');
  return origins;
}

function invalidConfiguration(message: string): ChatError {
  return new ChatError('invalid-request', message);
}
