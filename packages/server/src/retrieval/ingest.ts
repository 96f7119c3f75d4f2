/**
 * Brings an index up to date with a source: reads what has changed, keeps what has not, removes what is gone. A document that
 * cannot be read is named and ends nothing. Knows no command line.
 */
import {ChatError} from '@chatlet/protocol';
import type {Readers} from '../engine/retriever.ts';
import type {McpServer} from '../tools/mcp/settings.ts';
import type {DocumentIndex, SourceDocument} from './document-index.ts';
import type {ExtractionThreads} from './extract/threads.ts';
import {readFolder} from './sources/folder.ts';
import type {Finding, LeftOut} from './sources/finding.ts';
import {readMcp} from './sources/mcp.ts';
import {type SiteLimits, readSite} from './sources/site.ts';

export interface IngestSource {
  readonly id: string;
  /** The URL of a site, the path of a folder or a file, or `mcp:ID`. */
  readonly target: string;
  /** Of `mcp:ID`: the server whose resources are read. */
  readonly mcp?: McpServer | undefined;
  readonly readers: Readers;
  /** The address that a folder is published at. */
  readonly baseUrl?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly limits?: Partial<SiteLimits> | undefined;
}

export interface IngestOptions {
  readonly index: DocumentIndex;
  readonly threads: ExtractionThreads;
  readonly signal: AbortSignal;
  /** Hears of each finding. */
  readonly onProgress?: (progress: IngestProgress) => void;
}

export interface IngestProgress {
  /** Documents that have been found, also those that have not changed or are left out. */
  readonly found: number;
  /** All documents, as far as is known by now. */
  readonly total: number;
  /** Its id. */
  readonly last: string;
}

export interface IngestResult {
  readonly source: string;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly chunks: number;
  /** In the order in which they were found, at most 10 000. */
  readonly leftOut: readonly LeftOut[];
  readonly milliseconds: number;
}

/** Documents and characters that are put into the index at once. */
const batchDocuments = 50;
const batchCharacters = 1_000_000;
const mostLeftOut = 10_000;

type Read = Extract<Finding, {type: 'read'}>;

/**
 * If it throws, what was put into the index by then stays, and nothing has been removed.
 * @throws ChatError or Error if the source itself cannot be read; the reason of `signal` if that is aborted
 */
export async function ingest(source: IngestSource, options: IngestOptions): Promise<IngestResult> {
  const {index, onProgress} = options;
  const started = performance.now();
  const {id, target, readers} = source;
  const other = (await index.sources()).find((each) => each.id === id && each.target !== target);
  if (other)
    throw new ChatError('conflict', `There is a source “${id}” already, of ${other.target}. Give this one another id.`);
  const known = new Map((await index.documents(id)).map((document) => [document.id, document]));
  const kept = new Set<string>();
  const again = new Set<string>();
  const leftOut: LeftOut[] = [];
  const counts = {added: 0, changed: 0, unchanged: 0, chunks: 0};
  const touched: SourceDocument[] = [];
  const batch: Read[] = [];
  let found = 0;
  let total = 0;
  let isListed = false;
  const write = async () => {
    if (!isListed) await index.setSource({id, target, readers});
    isListed = true;
    if (batch.length > 0) await index.put(batch.splice(0).map(({document, chunks}) => ({document, chunks})));
  };
  for await (const finding of findingsOf(source, known, {...options, onTotal: (count) => (total = count)})) {
    if (finding.type !== 'gone') onProgress?.({found: ++found, total: Math.max(found, total), last: idOf(finding)});
    if (finding.type === 'left-out') {
      if (leftOut.length < mostLeftOut) leftOut.push(finding);
      if (finding.isPassing) kept.add(finding.id);
      if (finding.from !== undefined) again.add(finding.from);
    } else if (finding.type === 'unchanged') {
      kept.add(finding.id);
      counts.unchanged++;
    } else if (finding.type === 'read') {
      const {document, chunks} = finding;
      const before = known.get(document.id);
      kept.add(document.id);
      counts[before === undefined ? 'added' : before.hash === document.hash ? 'unchanged' : 'changed']++;
      if (before?.hash === document.hash) {
        touched.push(document);
      } else {
        counts.chunks += chunks.length;
        batch.push(finding);
        const characters = batch.reduce(
          (sum, each) => sum + each.chunks.reduce((length, {text}) => length + text.length, 0),
          0,
        );
        if (batch.length >= batchDocuments || characters >= batchCharacters) await write();
      }
    }
  }
  await write();
  await index.touch(touched);
  await forgetValidators(index, id, again);
  const gone = [...known.keys()].filter((document) => !kept.has(document));
  await index.remove(gone);
  const milliseconds = Math.round(performance.now() - started);
  return {source: id, ...counts, removed: gone.length, leftOut, milliseconds};
}

/** Whether a target is the address of a site. */
export function isSite(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

/** Whether a target is an MCP server, `mcp:ID`. */
export function isMcp(target: string): boolean {
  return target.startsWith('mcp:');
}

function findingsOf(
  source: IngestSource,
  known: ReadonlyMap<string, SourceDocument>,
  {threads, signal, onTotal}: IngestOptions & {readonly onTotal: (total: number) => void},
): AsyncIterable<Finding> {
  const {id, target, mcp, baseUrl, include, exclude, limits} = source;
  const reading = {
    source: id,
    target,
    known,
    include,
    exclude,
    signal,
    read: threads.read,
    readers: threads.size,
    onTotal,
  };
  if (isMcp(target)) return readMcp({...reading, server: mcp});
  return isSite(target) ? readSite({...reading, limits}) : readFolder({...reading, baseUrl});
}

function idOf(finding: Exclude<Finding, {type: 'gone'}>): string {
  return finding.type === 'read' ? finding.document.id : finding.id;
}

/** Documents without validators are read again by the next run, and with them what they lead to. */
async function forgetValidators(index: DocumentIndex, source: string, ids: ReadonlySet<string>): Promise<void> {
  if (ids.size === 0) return;
  const documents = (await index.documents(source)).filter((document) => ids.has(document.id));
  await index.touch(documents.map(withoutValidators));
}

function withoutValidators(document: SourceDocument): SourceDocument {
  const {etag: _, lastModified: __, ...others} = document;
  return others;
}
