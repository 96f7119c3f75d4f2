/** Makes the tools that a configuration names: built-in ones, and those of a folder. */
import {readFile, readdir} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {ChatError, isObject, parseJson} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../check.ts';
import type {Clock} from '../engine/clock.ts';
import type {PromptSource} from '../engine/prompts.ts';
import {type Tool, type Toolset, toToolbox, withToolsets} from '../engine/tool.ts';
import {type AwaitedServer, awaitServer} from './await-server.ts';
import {calculator} from './calculator.ts';
import {fetchPage} from './fetch-page.ts';
import {graphqlTools} from './graphql.ts';
import {type McpResource, type McpServer, connectMcp} from './mcp.ts';
import {openapiTools} from './openapi.ts';
import {weather} from './weather.ts';
import {webSearch} from './web-search.ts';

const text = z.string().min(1);

const headerFields = z.record(text, text).describe('Headers for every request.');
const id = z
  .string()
  .regex(/^[\w-]{1,20}$/, 'must be a name of at most 20 letters, digits, _ and -')
  .describe('The name of an MCP server, which stands before the names of its tools.');
const headerVariables = z
  .record(text, text)
  .describe('By a header’s name: the environment variable with its value, such as an API key.');
const rule = z.enum(['allowed', 'asked', 'refused']);
const rules = z
  .record(text, rule)
  .describe(
    'By a tool’s name or a pattern like `delete-*`: whether it runs alone, the visitor is asked, or it is left out.',
  );

const mcpOptions = {
  tools: rules.optional(),
  prompts: z
    .array(text)
    .describe('Prompts without required arguments that become starters, by name or a pattern like `plan-*`.')
    .optional(),
  resources: z
    .array(text)
    .describe(
      'Resources that the model may read by a tool `ID_read-resource`, by address, name or a pattern like `docs://*`.',
    )
    .optional(),
  apps: z
    .union([
      z.boolean(),
      z.strictObject({
        domains: z.array(text).describe('Origins that pages may load from if they declare them; by default none.'),
      }),
    ])
    .describe('Whether pages of the server show results of its tools in a frame (MCP Apps); by default they do not.')
    .optional(),
};

/** The search in the site's own index, which the setting `retrieval.mode` makes a tool. */
export const siteSearch = 'search';

export const toolSettings = z.array(
  z.union([
    z.enum(['calculator', 'weather', 'fetch-page', siteSearch]),
    z.strictObject({
      tool: z.literal('weather'),
      forecastUrl: text.optional(),
      placesUrl: text.optional(),
      apiKeyEnv: text.describe('The environment variable with the key of the paid service.').optional(),
    }),
    z.strictObject({
      tool: z.literal('fetch-page'),
      sites: z.array(text).describe('Addresses of sites whose pages are read without asking the visitor.').optional(),
      others: rule.describe('What happens to pages of other sites; `asked` by default.').optional(),
    }),
    z.strictObject({tool: z.literal('search'), searxng: text.describe('The address of a SearXNG with JSON.')}),
    z.strictObject({
      tool: z.literal('search'),
      braveApiKeyEnv: text.describe('The environment variable with a key of Brave’s Search API.'),
      braveUrl: text.optional(),
    }),
    z.union([
      z.strictObject({
        mcp: id,
        url: text.describe('Its address over HTTP.'),
        headers: headerFields.optional(),
        ...mcpOptions,
      }),
      z.strictObject({
        mcp: id,
        command: text.describe('The program to start, which speaks over stdin and stdout.'),
        args: z.array(z.string()).optional(),
        env: z.record(text, z.string()).optional(),
        ...mcpOptions,
      }),
    ]),
    z.strictObject({
      graphql: text.describe('The address of a GraphQL server.'),
      operations: text.describe('A file with named queries and mutations; each becomes a tool.'),
      headers: headerFields.optional(),
    }),
    z.strictObject({
      openapi: text.describe('The address or the file of an OpenAPI document in JSON.'),
      operations: z
        .array(text)
        .min(1)
        .describe('The operations that become tools: ids, `GET /pets/{id}`, or patterns such as `list*`.'),
      tools: rules.optional(),
      baseUrl: text.describe('The address that paths begin at; by default the document’s own.').optional(),
      headers: headerFields.optional(),
      headersEnv: headerVariables.optional(),
      prefix: text.describe('Stands before the names of the tools.').optional(),
    }),
    z.strictObject({folder: text.describe('A folder with files that export tools.')}),
  ]),
);

export type ToolSetting = z.infer<typeof toolSettings>[number];

export interface ToolSurroundings {
  /** The folder that relative paths begin at. */
  readonly folder: string;
  /** The value of an environment variable. */
  readonly set: (name: string) => string | undefined;
  /** Takes sentences for the operator: which server's tools are left out, and when they come. */
  readonly note?: ((sentence: string) => void) | undefined;
  readonly clock?: Clock;
}

/** The tools, and what their servers give besides. */
export interface ConfiguredTools {
  /** Those that are known now, with those of servers. */
  readonly tools: readonly Tool[];
  /** Tools of this program's own, which do not change. */
  readonly own: readonly Tool[];
  /** The tools of each server, which may come and change. */
  readonly toolsets: readonly Toolset[];
  readonly prompts: readonly PromptSource[];
  /** Resources of MCP servers that the model may read, as they are known now, by the id of their server. */
  readonly resources: ReadonlyMap<string, readonly McpResource[]>;
}

/** The MCP servers among settings, which are not asked for anything. Those that cannot be read are left out. */
export function mcpServersOf(settings: readonly (ToolSetting | Tool)[]): readonly McpServer[] {
  return settings.flatMap((setting) => {
    const checked = isTool(setting) ? undefined : toolSettings.safeParse([setting]).data?.[0];
    if (checked === undefined || typeof checked === 'string' || !('mcp' in checked)) return [];
    return [toMcpServer(checked)];
  });
}

function toMcpServer({mcp: serverId, ...server}: McpSetting): McpServer {
  // JSON has no `undefined`, so an optional key is really absent.
  return {id: serverId, ...server} as McpServer;
}

/**
 * Makes the tools. Those of a server that does not answer are left out, and it is tried again.
 * @throws ChatError `invalid-request` with a sentence for the operator if a setting is wrong
 */
export async function configuredTools(
  settings: readonly (ToolSetting | Tool)[],
  surroundings: ToolSurroundings,
): Promise<ConfiguredTools> {
  const made = await Promise.all(settings.map(async (setting) => makeSetting(setting, surroundings)));
  const servers = made.flatMap(({server}) => (server ? [server] : []));
  const own = made.flatMap(({tools = []}) => tools);
  const resources = made.flatMap(({id: serverId, server}) => {
    const found = server?.now()?.resources?.() ?? [];
    return serverId === undefined || found.length === 0 ? [] : [[serverId, found] as const];
  });
  const toolsets = servers.map((server): Toolset => ({
    tools: () => server.now()?.tools() ?? [],
    close: async () => server.close(),
  }));
  return {
    // The search of the site has its name first.
    tools: [
      ...withToolsets(toToolbox(own), toolsets, {reserved: settings.find((each) => each === siteSearch)}).values(),
    ],
    own,
    toolsets,
    prompts: servers.map((server) => ({prompts: () => server.now()?.prompts?.() ?? []})),
    resources: new Map(resources),
  };
}

/** What a server gives. */
interface ServerParts extends Toolset, Partial<PromptSource> {
  resources?(): readonly McpResource[];
}

interface MadeSetting {
  /** Tools of this program's own. */
  readonly tools?: readonly Tool[];
  readonly server?: AwaitedServer<ServerParts>;
  /** Of an MCP server. */
  readonly id?: string;
}

/** @throws ChatError `invalid-request` */
async function makeSetting(setting: ToolSetting | Tool, surroundings: ToolSurroundings): Promise<MadeSetting> {
  if (isTool(setting)) return {tools: [setting]};
  const [checked] = check(toolSettings, [setting]);
  if (checked === undefined) return {};
  if (typeof checked !== 'string' && 'mcp' in checked) {
    const server = toMcpServer(checked);
    const name = `the MCP server "${server.id}"`;
    return {
      id: server.id,
      server: await awaitServer<ServerParts>(async () => connectMcp(server, surroundings), {name, ...surroundings}),
    };
  }
  const isServer = typeof checked !== 'string' && ('graphql' in checked || 'openapi' in checked);
  if (!isServer) return {tools: await makeTools(checked, surroundings)};
  const name = 'graphql' in checked ? checked.graphql : checked.openapi;
  const load = async (): Promise<ServerParts> => {
    const tools = await makeTools(checked, surroundings);
    return {
      tools: () => tools,
      close: async () => {
        for (const tool of tools) await tool.close?.();
      },
    };
  };
  return {server: await awaitServer(load, {name, ...surroundings})};
}

type McpSetting = Extract<ToolSetting, {readonly mcp: string}>;

async function makeTools(
  setting: Exclude<ToolSetting, McpSetting>,
  {folder, set}: ToolSurroundings,
): Promise<readonly Tool[]> {
  const secret = (name: string) => {
    const value = set(name);
    if (value === undefined)
      throw new ChatError('invalid-request', `A tool needs the variable ${name}, which is not set.`);
    return value;
  };
  if (setting === 'calculator') return [calculator()];
  if (setting === 'weather') return [weather()];
  if (setting === 'fetch-page') return [fetchPage()];
  if (setting === siteSearch) return [];
  if ('folder' in setting) return readToolFolder(resolve(folder, setting.folder));
  if ('graphql' in setting) {
    const {graphql: endpoint, operations, headers} = setting;
    const document = await readText(resolve(folder, operations), 'The GraphQL operations');
    return graphqlTools({endpoint, operations: document, ...(headers && {headers})});
  }
  if ('openapi' in setting) {
    const {openapi, headers, headersEnv = {}, tools, baseUrl, prefix, operations} = setting;
    const secrets = Object.entries(headersEnv).map(([header, variable]) => [header, secret(variable)]);
    return openapiTools({
      document: /^https?:/i.test(openapi) ? openapi : await readOpenapiFile(resolve(folder, openapi)),
      operations,
      headers: {...headers, ...Object.fromEntries(secrets)},
      ...(tools && {tools}),
      ...(baseUrl !== undefined && {baseUrl}),
      ...(prefix !== undefined && {prefix}),
    });
  }
  if ('searxng' in setting) return [webSearch(setting)];
  if (setting.tool === 'fetch-page') {
    const {sites, others} = setting;
    return [fetchPage({...(sites && {sites}), ...(others && {others})})];
  }
  if (setting.tool === 'search') {
    const {braveApiKeyEnv, braveUrl} = setting;
    return [webSearch({braveApiKey: secret(braveApiKeyEnv), ...(braveUrl !== undefined && {braveUrl})})];
  }
  const {apiKeyEnv, forecastUrl, placesUrl} = setting;
  return [
    weather({
      ...(forecastUrl !== undefined && {forecastUrl}),
      ...(placesUrl !== undefined && {placesUrl}),
      ...(apiKeyEnv !== undefined && {apiKey: secret(apiKeyEnv)}),
    }),
  ];
}

async function readOpenapiFile(path: string): Promise<object> {
  const document = parseJson(await readText(path, 'The OpenAPI document'));
  if (isObject(document)) return document;
  throw new ChatError('invalid-request', `The OpenAPI document ${path} is not JSON.`);
}

/** @throws ChatError `invalid-request` */
async function readText(path: string, name: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ChatError('invalid-request', `${name} ${path} cannot be read.`, {cause});
  });
}

/** The tools that the files of a folder export: one as the default, or any number by name. */
async function readToolFolder(folder: string): Promise<readonly Tool[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ChatError('invalid-request', `The folder of tools ${folder} cannot be read.`, {cause});
  });
  const files = names.filter((name) => /\.(mjs|js|ts|mts)$/.test(name) && !/\.(test|d)\.[mc]?[jt]s$/.test(name));
  const tools = await Promise.all(
    files.toSorted().map(async (name) => {
      const path = join(folder, name);
      const module: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new ChatError('invalid-request', `The tool file ${path} cannot be loaded: ${reason}`, {cause});
      });
      const found = isObject(module) ? Object.values(module).flat().filter(isTool) : [];
      if (found.length > 0) return found;
      throw new ChatError('invalid-request', `The tool file ${path} exports no tool. Export what defineTool returns.`);
    }),
  );
  return tools.flat();
}

function isTool(value: unknown): value is Tool {
  return isObject(value) && typeof value['name'] === 'string' && typeof value['prepare'] === 'function';
}
