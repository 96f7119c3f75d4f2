/** A server's configuration from the environment and a file. What is wrong is said before anything starts. */
import {existsSync, readFileSync} from 'node:fs';
import {isIPv4, isIPv6} from 'node:net';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {ChatError, isObject} from '@chatlet/protocol';
import {check} from './check.ts';
import {configurationFile} from './configuration-file.ts';
import {type ConfiguredKey, parseKeyList} from './engine/api-keys.ts';
import type {AuthConfig, ChatServerConfig, ListenOptions} from './index.ts';
import {type LogLevel, logLevels} from './logs/pino.ts';

export interface Configuration {
  readonly server: ChatServerConfig;
  readonly listen: ListenOptions;
  readonly logLevel: LogLevel;
  /** What must never be seen in a log. */
  readonly secrets: readonly string[];
  /** What somebody who starts the server should know. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the file that the environment names, or one of the default names, and lays the environment over it. */
export async function readConfiguration(env: Environment, folder: string = process.cwd()): Promise<Configuration> {
  const set = (name: string): string | undefined => (env[name]?.trim() ? env[name].trim() : undefined);
  const fromFile = await readFile(folder, set('CHATLET_CONFIG'));

  const upstream = set('OPENAI_BASE_URL') ?? fromFile.openai?.baseUrl;
  const apiKey = set('OPENAI_API_KEY');
  const claudeKey = set('ANTHROPIC_API_KEY') ?? fromFile.anthropic?.apiKey;
  const databaseUrl = set('CHATLET_DATABASE_URL');
  const secret = set('CHATLET_SECRET');
  const keys = set('CHATLET_API_KEYS');
  const origins = set('CHATLET_ORIGINS');
  const defaultModel = set('CHATLET_MODEL');
  const proxies = readProxies(set('CHATLET_TRUST_PROXY')) ?? checkProxies(fromFile.trustProxy, 'trustProxy');
  const metricsToken = set('CHATLET_METRICS_TOKEN');
  const auth = readAuth(set, fromFile.auth);
  const server: ChatServerConfig = {
    ...fromFile,
    ...(upstream && {openai: {...fromFile.openai, baseUrl: upstream, ...(apiKey && {apiKey})}}),
    ...(claudeKey && {anthropic: {...fromFile.anthropic, apiKey: claudeKey}}),
    ...(databaseUrl && {databaseUrl}),
    ...(secret && {secret}),
    ...(keys && {apiKeys: readKeys(keys)}),
    ...(origins && {origins: readOrigins(origins)}),
    ...(defaultModel && {defaultModel}),
    ...(proxies !== undefined && {trustProxy: proxies}),
    ...(metricsToken && {metricsToken}),
    ...(auth && {auth}),
  };
  const listen = {port: readPort(set('PORT') ?? '8000'), host: set('HOST') ?? '127.0.0.1'};

  const warnings: string[] = [];
  if (apiKey && !server.openai) {
    warnings.push('OPENAI_API_KEY is set but OPENAI_BASE_URL is not, so nobody asks there.');
  }
  return {server, listen, logLevel: readLogLevel(set('CHATLET_LOG_LEVEL')), secrets: secretsOf(server), warnings};
}

async function readFile(folder: string, named: string | undefined): Promise<ChatServerConfig> {
  const defaultPaths = ['chatlet.config.json', 'chatlet.config.mjs', 'chatlet.config.ts'].map((name) =>
    resolve(folder, name),
  );
  const path = named ? resolve(folder, named) : defaultPaths.find((candidate) => existsSync(candidate));
  if (path === undefined) return {};
  if (!existsSync(path)) throw wrong(`The configuration file ${path} does not exist.`);
  if (path.endsWith('.json')) {
    const value = parse(path);
    try {
      const {$schema: _, ...config} = check(configurationFile, value);
      // JSON has no undefined, so what zod calls optional is really absent.
      return config as ChatServerConfig;
    } catch (error) {
      throw wrong(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const module: unknown = await import(pathToFileURL(path).href);
  const config = isObject(module) ? module['default'] : undefined;
  if (!isObject(config)) throw wrong(`${path} must export a configuration as its default.`);
  // A program's own configuration holds functions and classes that no schema can judge.
  return config;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readPort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw wrong(`PORT must be a number from 0 to 65535, not "${value}".`);
  return port;
}

function readKeys(value: string): readonly ConfiguredKey[] {
  try {
    return parseKeyList(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw wrong(`CHATLET_API_KEYS must be like key:plan,key:plan:account. ${reason}`);
  }
}

function readLogLevel(value = 'info'): LogLevel {
  const level = logLevels.find((each) => each === value.toLowerCase());
  if (level) return level;
  throw wrong(`CHATLET_LOG_LEVEL must be ${logLevels.join(', ')}, not "${value}".`);
}

function secretsOf({openai, anthropic, secret, apiKeys = [], auth, metricsToken}: ChatServerConfig): readonly string[] {
  const trust = auth?.jwt?.trust;
  return [
    openai?.apiKey,
    ...Object.values(openai?.headers ?? {}),
    anthropic?.apiKey,
    secret,
    metricsToken,
    trust && 'secret' in trust ? trust.secret : undefined,
    ...apiKeys.map(({key}) => key),
  ].filter((each) => each !== undefined);
}

/** The site's sign-in by the environment's names, over the file's. */
function readAuth(set: (name: string) => string | undefined, file: AuthConfig | undefined): AuthConfig | undefined {
  const secret = set('CHATLET_JWT_SECRET');
  const jwksUrl = set('CHATLET_JWKS_URL');
  const issuer = set('CHATLET_JWT_ISSUER');
  const audience = set('CHATLET_JWT_AUDIENCE');
  const visitors = readVisitors(set('CHATLET_VISITORS')) ?? file?.visitors;
  const visiting = visitors && {visitors};
  if (secret && jwksUrl) throw wrong('Set CHATLET_JWT_SECRET or CHATLET_JWKS_URL, not both.');
  const trust = secret ? {secret} : jwksUrl ? {jwksUrl} : file?.jwt?.trust;
  if (!trust) {
    if (issuer || audience) {
      throw wrong('CHATLET_JWT_ISSUER and CHATLET_JWT_AUDIENCE need CHATLET_JWT_SECRET or CHATLET_JWKS_URL.');
    }
    return file || visiting ? {...file, ...visiting} : undefined;
  }
  return {...file, ...visiting, jwt: {...file?.jwt, trust, ...(issuer && {issuer}), ...(audience && {audience})}};
}

function readVisitors(value: string | undefined): 'welcome' | 'refused' | undefined {
  if (value === undefined || value === 'welcome' || value === 'refused') return value;
  throw wrong(`CHATLET_VISITORS must be welcome or refused, not "${value}".`);
}

/** More proxies than this stand in front of nobody; each that is believed and is not there lets a caller be anybody. */
const mostProxies = 10;

/**
 * Proxies as Express names them. Never all of them: whoever believes every forwarding header lets each caller choose
 * an address, and with it a limit of their own.
 */
function checkProxies(value: number | readonly string[] | undefined, name: string) {
  const believable = typeof value === 'number' ? value <= mostProxies : (value ?? []).every(isProxy);
  if (believable) return value;
  throw wrong(`${name} must be the number of proxies in front, or their addresses: 1, loopback, 10.0.0.0/8.`);
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
  return value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const asOrigin = URL.parse(entry)?.origin;
      if (asOrigin !== entry) {
        throw wrong(`CHATLET_ORIGINS must be origins like https://www.example.com, which "${entry}" is not.`);
      }
      return entry;
    });
}

function wrong(message: string): ChatError {
  return new ChatError('invalid-request', message);
}
