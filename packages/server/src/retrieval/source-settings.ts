/** Sources and the index as an operator configures them. */
import {dirname, join, resolve} from 'node:path';
import {sqlitePathOf} from '../database-url.ts';
import type {Readers} from '../engine/retriever.ts';
import type {McpServer} from '../tools/mcp/settings.ts';
import {type IngestSource, isMcp, isSite} from './ingest.ts';

export interface IndexSettings {
  /** The file of the index; `index.db` beside the database by default. */
  readonly index?: string;
  readonly sources?: readonly SourceSettings[];
  /** Finds passages by their meaning, too. */
  readonly embeddings?: EmbeddingSettings;
}

export interface EmbeddingSettings {
  /** The id of the upstream that makes them; the first one by default. */
  readonly upstream?: string;
  readonly model: string;
}

export interface SourceSettings {
  /** Its name in the index; made from the target by default. */
  readonly id?: string;
  /** The URL of a site, the path of a folder or a file, or `mcp:ID` for the resources of an MCP server. */
  readonly target: string;
  /** Of `mcp:ID`: the server. A configuration file has it among its `tools`. */
  readonly mcp?: McpServer;
  /** Who may read its passages; everybody by default. */
  readonly readers?: Readers;
  /** The URL that a folder is published at, so that its documents can be opened. */
  readonly baseUrl?: string;
  /** Patterns of paths, as `guide/**`. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Pages of a site that are read; 5 000 by default. */
  readonly maxPages?: number;
  /** How often a running server reads it again, as `30m`, `24h` or `7d`; never by default. */
  readonly every?: string;
}

/** The file of the index; undefined if the database is in memory and no file is named. */
export function indexPathOf({index}: IndexSettings, databaseUrl: string | undefined): string | undefined {
  if (index !== undefined) return index;
  const database = sqlitePathOf(databaseUrl);
  return database === ':memory:' ? undefined : join(dirname(database), 'index.db');
}

export function toIngestSource({
  id,
  target,
  readers = 'everybody',
  maxPages,
  ...settings
}: SourceSettings): IngestSource {
  return {
    id: id ?? idOf(target),
    target: isSite(target) || isMcp(target) ? target : resolve(target),
    mcp: settings.mcp,
    readers,
    baseUrl: settings.baseUrl,
    include: settings.include,
    exclude: settings.exclude,
    limits: maxPages === undefined ? undefined : {pages: maxPages},
  };
}

/** The server that a target `mcp:ID` names; undefined if there is none, or the target is something else. */
export function findMcpServer(target: string, servers: readonly McpServer[]): McpServer | undefined {
  return isMcp(target) ? servers.find(({id}) => target === `mcp:${id}`) : undefined;
}

/** `docs.example.com-guide` of `https://docs.example.com/guide/`, `mcp-docs` of `mcp:docs`, the name of a folder or a file. */
function idOf(target: string): string {
  const {host, pathname} = isSite(target)
    ? new URL(target)
    : {host: '', pathname: `/${resolve(target).split(/[/\\]/).at(-1)}`};
  const name = `${host}${pathname}`.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'documents' : name;
}

const units: Readonly<Record<string, number>> = {m: 60_000, h: 3_600_000, d: 86_400_000};

export const intervalPattern = /^[1-9]\d{0,4}[mhd]$/;

/** Milliseconds of `30m`, `24h` or `7d`; undefined if it is none. */
export function readInterval(text: string): number | undefined {
  if (!intervalPattern.test(text)) return undefined;
  return Number.parseInt(text, 10) * (units[text.slice(-1)] ?? 0);
}
