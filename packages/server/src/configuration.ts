/** A server's configuration from the environment and a file. What is wrong is said before anything starts. */
import {existsSync, readFileSync} from 'node:fs';
import {isIPv4, isIPv6} from 'node:net';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {ChatError, isObject} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from './check.ts';
import {parseKeyList} from './engine/api-keys.ts';
import type {AuthConfig, ChatServerConfig, ListenOptions} from './index.ts';

export interface Configuration {
  readonly server: ChatServerConfig;
  readonly listen: ListenOptions;
  /** What somebody who starts the server should know. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

const text = z.string().min(1);
const origin = text.refine(
  (value) => URL.parse(value)?.origin === value,
  'must be an origin, like https://example.com',
);

const plan = z.strictObject({
  name: text,
  maxTokens: z.int().min(1).optional(),
  maxMessages: z.int().min(1).optional(),
  maxPromptLength: z.int().min(1).optional(),
  perMinute: z.int().min(0).optional(),
  perHour: z.int().min(0).optional(),
});

const jwt = z.strictObject({
  trust: z.union([z.strictObject({secret: text}), z.strictObject({jwksUrl: text})]),
  issuer: text.optional(),
  audience: text.optional(),
  clockTolerance: z.int().min(0).optional(),
});

const model = z.strictObject({
  id: text,
  name: text.optional(),
  description: text.optional(),
  contextLength: z.int().min(1).optional(),
  pricing: z.strictObject({prompt: z.number().min(0), completion: z.number().min(0)}).optional(),
  tags: z.array(text).optional(),
});

/** What a configuration file may hold. A key that is not here is a mistake, and is said to be one. */
const file = z.strictObject({
  $schema: text.optional(),
  openai: z
    .strictObject({
      baseUrl: text,
      apiKey: text.optional(),
      id: text.optional(),
      headers: z.record(text, text).optional(),
    })
    .optional(),
  anthropic: z
    .strictObject({
      apiKey: text,
      baseUrl: text.optional(),
      id: text.optional(),
      maxTokens: z.int().min(1).optional(),
      thinking: z.record(text, z.json()).optional(),
    })
    .optional(),
  fallbacks: z.record(text, z.array(text)).optional(),
  databaseUrl: text.optional(),
  secret: text.optional(),
  apiKeys: z.array(z.strictObject({key: text, plan: text, account: text.optional()})).optional(),
  plans: z.array(plan).optional(),
  auth: z.strictObject({jwt: jwt.optional(), visitors: z.enum(['welcome', 'refused']).optional()}).optional(),
  trustProxy: z.union([z.int().min(0), z.array(text)]).optional(),
  origins: z.array(origin).optional(),
  ollama: z.boolean().optional(),
  defaultModel: text.optional(),
  aliases: z.record(text, text).optional(),
  models: z.array(model).optional(),
  instructions: text.optional(),
  maxAnswerLength: z.int().min(1).optional(),
  page: z
    .strictObject({
      heading: text.optional(),
      subheading: text.optional(),
      greeting: text.optional(),
      introduction: text.optional(),
      starters: z.array(text).max(12).optional(),
      disclaimer: text.optional(),
      placeholder: text.optional(),
    })
    .optional(),
});

/** Reads the file that the environment names, or one of the usual names, and lays the environment over it. */
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
  const trustProxy = set('CHATLET_TRUST_PROXY');
  const auth = readAuth(set, fromFile.auth);
  const server: ChatServerConfig = {
    ...fromFile,
    ...(upstream && {openai: {...fromFile.openai, baseUrl: upstream, ...(apiKey && {apiKey})}}),
    ...(claudeKey && {anthropic: {...fromFile.anthropic, apiKey: claudeKey}}),
    ...(databaseUrl && {databaseUrl}),
    ...(secret && {secret}),
    ...(keys && {apiKeys: parseKeyList(keys)}),
    ...(origins && {origins: readOrigins(origins)}),
    ...(defaultModel && {defaultModel}),
    ...(trustProxy && {trustProxy: readProxies(trustProxy)}),
    ...(auth && {auth}),
  };
  const listen = {port: readPort(set('PORT') ?? '8000'), host: set('HOST') ?? '127.0.0.1'};

  const warnings: string[] = [];
  if (apiKey && !server.openai) {
    warnings.push('OPENAI_API_KEY is set but OPENAI_BASE_URL is not, so nobody asks there.');
  }
  return {server, listen, warnings};
}

async function readFile(folder: string, named: string | undefined): Promise<ChatServerConfig> {
  const usual = ['chatlet.config.json', 'chatlet.config.mjs', 'chatlet.config.ts'].map((name) => resolve(folder, name));
  const path = named ? resolve(folder, named) : usual.find((candidate) => existsSync(candidate));
  if (path === undefined) return {};
  if (!existsSync(path)) throw wrong(`The configuration file ${path} does not exist.`);
  if (path.endsWith('.json')) {
    const value = parse(path);
    try {
      const {$schema: _, ...config} = check(file, value);
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

/** The site's sign-in by the environment's names, over the file's. */
function readAuth(set: (name: string) => string | undefined, file: AuthConfig | undefined): AuthConfig | undefined {
  const secret = set('CHATLET_JWT_SECRET');
  const jwksUrl = set('CHATLET_JWKS_URL');
  const issuer = set('CHATLET_JWT_ISSUER');
  const audience = set('CHATLET_JWT_AUDIENCE');
  if (secret && jwksUrl) throw wrong('Set CHATLET_JWT_SECRET or CHATLET_JWKS_URL, not both.');
  const trust = secret ? {secret} : jwksUrl ? {jwksUrl} : file?.jwt?.trust;
  if (!trust) {
    if (issuer || audience) {
      throw wrong('CHATLET_JWT_ISSUER and CHATLET_JWT_AUDIENCE need CHATLET_JWT_SECRET or CHATLET_JWKS_URL.');
    }
    return file;
  }
  return {...file, jwt: {...file?.jwt, trust, ...(issuer && {issuer}), ...(audience && {audience})}};
}

/**
 * Proxies as Express names them. Never all of them: whoever believes every forwarding header lets each caller choose
 * an address, and with it a limit of their own.
 */
function readProxies(value: string): number | readonly string[] {
  if (/^\d+$/.test(value)) return Number(value);
  const proxies = value.split(',').map((entry) => entry.trim());
  for (const proxy of proxies) {
    const [address = '', length] = proxy.split('/');
    const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
    const named = /^(?:loopback|linklocal|uniquelocal)$/.test(proxy);
    const known = bits > 0 && (length === undefined || (/^\d+$/.test(length) && +length > 0 && +length <= bits));
    if (!named && !known) {
      throw wrong(
        'CHATLET_TRUST_PROXY must be the number of proxies in front, or their addresses: 1, loopback, 10.0.0.0/8.',
      );
    }
  }
  return proxies;
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
