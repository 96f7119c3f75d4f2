/**
 * The resources of an MCP server that the operator has named: listed, read, and as a tool by which the model reads one.
 * Knows no index.
 */
import {ChatError} from '@chatlet/protocol';
import type * as mcpPackage from '@modelcontextprotocol/client';
import {z} from 'zod';
import type {Tool} from '../../engine/tool.ts';
import {defineTool} from '../define-tool.ts';
import {type Rule, type Rules, fits} from '../rules.ts';
import {untrusted} from '../untrusted.ts';
import {type Client, type Connection, startTimeout} from './connection.ts';
import {toSource} from './content.ts';
import type {McpResource} from './settings.ts';

export interface ResourceContent {
  readonly mediaType?: string;
  /** Bytes if the server sends no text. */
  readonly content: string | Uint8Array;
}

/** The name of the tool, behind the server's own. */
export const resourceReader = 'read-resource';

const mostResources = 10_000;
/** Milliseconds for reading one. */
const readTimeout = 30_000;
/** Characters of one that a model may read. */
const longestText = 1_000_000;
/** Resources and templates that the tool tells of, and characters of each line. */
const mostTold = 40;
const longestLine = 200;

/** @param names addresses, names and patterns like `docs://*`: the resources that are taken */
export async function listResources(client: Client, names: readonly string[]): Promise<readonly McpResource[]> {
  if (!client.getServerCapabilities()?.resources) return [];
  const taken = new Map<string, McpResource>();
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await client.listResources(cursor === undefined ? {} : {cursor}, listOptions);
    for (const resource of page.resources) {
      if (isTaken([resource.uri, resource.name], names)) taken.set(resource.uri, toResource(resource));
    }
    if (taken.size > mostResources) {
      throw new ChatError('too-large', `It has more than ${mostResources} resources. Name fewer of them.`);
    }
    cursor = page.nextCursor;
  }
  return [...taken.values()];
}

const listOptions = {timeout: startTimeout, cacheMode: 'refresh'} as const;

/** The content of a resource; several texts are joined. */
export async function readResource(
  client: Client,
  uri: string,
  {signal}: {readonly signal: AbortSignal},
): Promise<ResourceContent> {
  const {contents} = await client.readResource({uri}, {timeout: readTimeout, signal, cacheMode: 'refresh'});
  const [first] = contents;
  if (!first) throw new ChatError('not-found', `The resource ${uri} is empty.`);
  const texts = contents.flatMap((each) => ('text' in each ? [each.text] : []));
  return {
    ...(first.mimeType !== undefined && {mediaType: first.mimeType}),
    content: 'blob' in first ? Buffer.from(first.blob, 'base64') : texts.join('\n\n'),
  };
}

export interface ResourceToolOptions {
  readonly serverId: string;
  /** The name of the tool. */
  readonly name: string;
  readonly needsApproval: boolean;
  readonly connection: Pick<Connection, 'open' | 'close'>;
  readonly resources: readonly McpResource[];
  /** As the operator has named them. */
  readonly names: readonly string[];
}

/** A tool that reads one resource of those that the operator has named, and tells it as a source of the answer. */
export async function resourceTool(options: ResourceToolOptions): Promise<Tool> {
  const {serverId, name, needsApproval, connection, resources, names} = options;
  const listed = new Map(resources.map((resource) => [resource.uri, resource]));
  const templates = await listTemplates(await connection.open(), names);
  const patterns = [...names, ...templates.map(({uriTemplate}) => uriTemplate.replaceAll(/\{[^}]*\}/g, '*'))];
  const lines = [
    ...resources.map(({uri, title, description}) => toLine(uri, title, description)),
    ...templates.map(({uriTemplate, name: title, description}) => toLine(uriTemplate, title, description)),
  ];
  const more = lines.length > mostTold ? [`and ${lines.length - mostTold} more`] : [];
  const made = defineTool({
    name,
    description: [`Reads one of these resources of "${serverId}":`, ...lines.slice(0, mostTold), ...more].join('\n'),
    input: z.object({uri: z.string().min(1).max(2000).describe('Its whole address, with the values of a template.')}),
    annotations: {readOnlyHint: true},
    needsApproval,
    async run({uri}, {signal, tell}) {
      const known = listed.get(uri);
      if (!known && (climbs(uri) || !isTaken([uri], patterns))) {
        throw new ChatError('forbidden', `There is no resource ${uri} that may be read.`);
      }
      const {content, mediaType} = await readNow(connection, uri, {signal, serverId});
      if (typeof content !== 'string') {
        throw new ChatError('provider-error', `The resource is ${mediaType ?? 'no text'}, which cannot be read.`);
      }
      tell?.({type: 'source', ...toSource(uri, known?.title, content)});
      return {note: untrusted, uri, ...(known && {title: known.title}), text: content.slice(0, longestText)};
    },
  });
  return {...made, origin: `mcp:${serverId} resources`, close: () => connection.close()};
}

async function readNow(
  connection: Pick<Connection, 'open'>,
  uri: string,
  {signal, serverId}: {readonly signal: AbortSignal; readonly serverId: string},
): Promise<ResourceContent> {
  try {
    return await readResource(await connection.open(), uri, {signal});
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ChatError) throw cause;
    throw new ChatError('provider-error', `The MCP server "${serverId}" did not give the resource ${uri}.`, {cause});
  }
}

async function listTemplates(
  client: Client,
  names: readonly string[],
): Promise<readonly mcpPackage.ResourceTemplateType[]> {
  if (!client.getServerCapabilities()?.resources) return [];
  try {
    const {resourceTemplates} = await client.listResourceTemplates({}, listOptions);
    return resourceTemplates.filter(({uriTemplate, name}) => isTaken([uriTemplate, name], names));
  } catch {
    // Servers may have resources and no templates.
    return [];
  }
}

function isTaken(of: readonly string[], names: readonly string[]): boolean {
  return names.some((name) => of.some((each) => each === name || fits(each, name)));
}

/** Whether a path in it leads upwards, out of what a pattern means. */
function climbs(uri: string): boolean {
  return /(?:^|[/\\])\.\.?(?:[/\\]|$)|%2e|%2f|%5c/i.test(uri);
}

function toLine(address: string, title: string, description = ''): string {
  return `- ${address}: ${title}${description === '' ? '' : `. ${description}`}`
    .replaceAll(/\s+/g, ' ')
    .slice(0, longestLine);
}

function toResource({uri, name, title, description, mimeType, annotations}: mcpPackage.Resource): McpResource {
  const updatedAt = annotations?.lastModified;
  return {
    uri,
    title: title ?? name,
    ...(description !== undefined && {description}),
    ...(mimeType !== undefined && {mediaType: mimeType}),
    ...(updatedAt !== undefined && {updatedAt}),
  };
}

/** Whether the visitor must allow a reading: only if the operator has said so, since resources change nothing. */
export function readerRule(tools: Rules | undefined): Rule {
  // A pattern means the server's own tools: whoever names resources wants them to be read.
  return tools && Object.hasOwn(tools, resourceReader) ? (tools[resourceReader] ?? 'allowed') : 'allowed';
}
