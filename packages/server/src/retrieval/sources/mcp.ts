/** The resources of an MCP server. Those of formats that we cannot read are named and left out. */
import {ChatError} from '@chatlet/protocol';
import {createConnection} from '../../tools/mcp/connection.ts';
import {type ResourceContent, listResources, readResource} from '../../tools/mcp/resources.ts';
import type {McpResource, McpServer} from '../../tools/mcp/settings.ts';
import {type Format, formatOfPath, formatOfType} from '../extract/format.ts';
import {UnreadableDocument, isoDate} from '../extract/extracted.ts';
import {type Finding, type SourceReading, comparable, matchesPatterns, toFinding} from './finding.ts';
import {inParallel} from './in-parallel.ts';

export interface McpReading extends SourceReading {
  readonly target: string;
  /** Undefined if the configuration has no server of this name. */
  readonly server: McpServer | undefined;
}

/** Bytes or characters of one resource. */
const largest = 20_000_000;
/** A server answers as many at once. */
const atOnce = 4;

type Read = (uri: string) => Promise<ResourceContent>;

/** @throws ChatError if there is no such server, or it does not tell its resources */
export async function* readMcp(reading: McpReading): AsyncGenerator<Finding> {
  const {server, target, signal} = reading;
  if (!server) {
    throw new ChatError('invalid-request', `${target} is no MCP server among the tools of the configuration file.`);
  }
  const connection = await createConnection(server);
  try {
    const found = await listAll(server, connection);
    const taken = found.filter(({uri}) => matchesPatterns(uri, reading));
    reading.onTotal?.(taken.length);
    const read: Read = async (uri) => readResource(await connection.open(), uri, {signal});
    const queue = taken.values();
    yield* inParallel(
      atOnce,
      () => (signal.aborted ? undefined : queue.next().value),
      (resource) => readOne(resource, {...reading, fetch: read}),
    );
    signal.throwIfAborted();
  } finally {
    await connection.close();
  }
}

async function listAll(
  server: McpServer,
  connection: {open(): Promise<Parameters<typeof listResources>[0]>},
): Promise<readonly McpResource[]> {
  try {
    return await listResources(await connection.open(), server.resources ?? ['*']);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChatError('provider-unavailable', `The MCP server “${server.id}” did not tell its resources: ${reason}`, {
      cause,
    });
  }
}

async function readOne(resource: McpResource, reading: McpReading & {readonly fetch: Read}): Promise<Finding> {
  const {source, known, read, fetch: fetchResource} = reading;
  const {uri, updatedAt: changed} = resource;
  const id = `${source}/${uri}`;
  const leaveOut = (why: string, isPassing = false): Finding => ({type: 'left-out', id, why, isPassing});
  // A time of change does what a validator does.
  if (changed !== undefined && comparable(known.get(id))?.etag === changed) return {type: 'unchanged', id};
  try {
    const {content, mediaType = resource.mediaType} = await fetchResource(uri);
    if (content.length > largest) return leaveOut(`it is larger than ${largest / 1e6} MB`);
    const format = formatOf({content, mediaType, uri});
    if (format === undefined) return leaveOut(`resources of the type ${mediaType ?? 'unknown'} cannot be read`);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const url = /^https?:\/\//i.test(uri) ? uri : undefined;
    const document = await read({format, bytes, path: uri, ...(url !== undefined && {url})});
    if (document.page?.isNoIndex) return leaveOut('it says noindex');
    if (document.chunks.length === 0) return leaveOut('it holds no text');
    return toFinding(document, {id, source, url, updatedAt: isoDate(changed), etag: changed});
  } catch (error) {
    if (error instanceof UnreadableDocument) return leaveOut(error.message, true);
    return leaveOut(`reading it failed: ${error instanceof Error ? error.message : String(error)}`, true);
  }
}

interface Typed extends Pick<ResourceContent, 'content'> {
  readonly mediaType: string | undefined;
  readonly uri: string;
}

/** Text of no known type is plain text, unless its name says more. */
function formatOf({content, mediaType, uri}: Typed): Format | undefined {
  const named = formatOfType(mediaType ?? '', uri) ?? formatOfPath(uri);
  const isText = typeof content === 'string' && (mediaType === undefined || mediaType.startsWith('text/'));
  return named ?? (isText ? 'text' : undefined);
}
