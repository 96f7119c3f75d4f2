/**
 * The apps of an MCP server (MCP Apps, https://github.com/modelcontextprotocol/ext-apps): which tools have one, and the page
 * that shows their results. Knows no frame.
 */
import {ChatError, type JsonObject, asJson} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/client';
import {z} from 'zod';
import type {AppPage} from '../../engine/tool.ts';
import {fits} from '../rules.ts';
import type {Connection} from './connection.ts';
import {listResources} from './resources.ts';
import type {McpServer} from './settings.ts';

/** The media type of a page, and the capability that tells servers that it is shown. */
const pageType = 'text/html;profile=mcp-app';
export const appsCapability = {'io.modelcontextprotocol/ui': {mimeTypes: [pageType]}};

/** Characters of a page: with its scripts in it, as such pages are, it may be long. */
const longestPage = 5_000_000;
/** Milliseconds that a page is used again, and for reading it. */
const freshFor = 5 * 60_000;
const timeout = 15_000;
/** Origins of each kind that a page may use. */
const mostOrigins = 20;

const toolMeta = z.object({
  ui: z
    .object({resourceUri: z.string().optional(), visibility: z.array(z.string()).optional()})
    .optional()
    .catch(undefined),
  /** The older name. */
  'ui/resourceUri': z.string().optional().catch(undefined),
});

/** What a tool says about apps. */
export interface ToolUi {
  /** The address of the page, `ui://…`. */
  readonly uri?: string;
  readonly isForModels: boolean;
  readonly isForApps: boolean;
}

export function readToolUi({_meta: meta = {}}: Pick<mcpPackage.Tool, '_meta'>): ToolUi {
  const {ui, 'ui/resourceUri': older} = toolMeta.safeParse(meta).data ?? {};
  const uri = ui?.resourceUri ?? older;
  const {visibility = ['model', 'app']} = ui ?? {};
  return {
    ...(uri?.startsWith('ui://') && {uri}),
    isForModels: visibility.includes('model'),
    isForApps: visibility.includes('app'),
  };
}

/** Whether the operator lets the server's apps be shown. */
export function showsApps({apps}: McpServer): boolean {
  return apps !== undefined && apps !== false;
}

const origins = z.array(z.string()).catch([]);
const pageMeta = z.object({
  ui: z.object({
    csp: z.object({
      connectDomains: origins.optional(),
      resourceDomains: origins.optional(),
      frameDomains: origins.optional(),
    }),
  }),
});

export type ReadPage = (uri: string, options: {readonly signal: AbortSignal}) => Promise<AppPage>;

/** Reads pages, and keeps each for some minutes. Of requests at the same time only one reads. */
export function createPageReader(server: McpServer, connection: Pick<Connection, 'open'>): ReadPage {
  const allowed = typeof server.apps === 'object' ? (server.apps.domains ?? []) : [];
  const pages = new Map<string, {readonly page: Promise<AppPage>; readonly end: number}>();

  async function read(uri: string): Promise<AppPage> {
    const client = await connection.open();
    const {contents} = await client.readResource({uri}, {timeout, cacheMode: 'refresh'});
    const content = contents.find((each) => each.mimeType?.replaceAll(' ', '').toLowerCase() === pageType);
    if (!content) throw new ChatError('not-found', `The MCP server "${server.id}" has no page ${uri}.`);
    const html = 'text' in content ? content.text : Buffer.from(content.blob, 'base64').toString();
    if (html.length > longestPage) throw new ChatError('too-large', `The page ${uri} is too long.`);
    const {csp} = pageMeta.safeParse(content._meta).data?.ui ?? {csp: {}};
    const pick = (declared: readonly string[] = []) => pickOrigins(declared, allowed);
    return {
      html,
      connect: pick(csp.connectDomains),
      resources: pick(csp.resourceDomains),
      frames: pick(csp.frameDomains),
    };
  }

  return async (uri, {signal}) => {
    const known = pages.get(uri);
    const page = known && known.end > performance.now() ? known.page : read(uri);
    if (page !== known?.page) {
      pages.set(uri, {page, end: performance.now() + freshFor});
      page.catch(() => pages.delete(uri));
    }
    signal.throwIfAborted();
    try {
      return await page;
    } catch (cause) {
      if (cause instanceof ChatError) throw cause;
      throw new ChatError('provider-unavailable', `The page of the MCP server "${server.id}" cannot be read.`, {cause});
    }
  };
}

/**
 * A resource that an app reads: one of its own kind (`ui://…`), or one that the operator lets models read.
 * @throws ChatError `forbidden`; `provider-unavailable`
 */
export async function readForApp(
  connection: Pick<Connection, 'open'>,
  uri: string,
  {server, signal}: {readonly server: McpServer; readonly signal: AbortSignal},
): Promise<JsonObject> {
  const names = server.resources ?? [];
  try {
    const client = await connection.open();
    const isNamed = async () => (await listResources(client, names)).some((resource) => resource.uri === uri);
    if (!uri.startsWith('ui://') && !(names.length > 0 && (await isNamed()))) {
      throw new ChatError('forbidden', `There is no resource ${uri} that an app may read.`);
    }
    const {contents} = await client.readResource({uri}, {timeout, signal, cacheMode: 'refresh'});
    return {contents: asJson(contents)};
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ChatError) throw cause;
    throw new ChatError('provider-unavailable', `The MCP server "${server.id}" did not give ${uri}.`, {cause});
  }
}

/** Origins with nothing that could end a directive of a policy: `https://*.example.com`, `wss://example.com:8443`. */
const originForm = /^(?:https?|wss?):\/\/(?:\*\.)?[a-z\d.-]+(?::\d{1,5})?$/i;

/** Those that the server declares and the operator allows. */
function pickOrigins(declared: readonly string[], allowed: readonly string[]): readonly string[] {
  return declared
    .filter((origin) => originForm.test(origin) && allowed.some((each) => each === origin || fits(origin, each)))
    .slice(0, mostOrigins);
}
