/** The documents of a folder, or one file. Hidden files, `node_modules` and links are left out. */
import {lstat, open, readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {formatOfPath} from '../extract/format.ts';
import {UnreadableDocument, isoDate} from '../extract/extracted.ts';
import {type Finding, type SourceReading, comparable, matchesPatterns, toFinding} from './finding.ts';
import {inParallel} from './in-parallel.ts';

export interface FolderReading extends SourceReading {
  /** The path of the folder or the file. */
  readonly target: string;
  /** The address that the folder is published at. Without one its documents have none. */
  readonly baseUrl?: string | undefined;
}

const largestFile = 50_000_000;
const mostFiles = 100_000;

/** @throws if the folder cannot be read, or there is no such file */
export async function* readFolder(reading: FolderReading): AsyncGenerator<Finding> {
  const {target, readers, signal} = reading;
  const isFile = (await lstat(target)).isFile();
  const paths = isFile ? [basename(target)] : listFiles(target);
  const found: string[] = [];
  for await (const entry of paths) {
    signal.throwIfAborted();
    if (typeof entry === 'string') found.push(entry);
    else
      yield {
        type: 'left-out',
        id: `${reading.source}/${entry.path}`,
        why: entry.why,
        isPassing: entry.isPassing ?? false,
      };
    if (found.length > mostFiles) throw new Error(`${target} has more than ${mostFiles} files. Name a smaller folder.`);
  }
  reading.onTotal?.(found.length);
  const queue = found.toSorted().values();
  yield* inParallel(
    2 * readers,
    () => (signal.aborted ? undefined : queue.next().value),
    (path) => readFile(path, isFile ? target : join(target, path), reading),
  );
  signal.throwIfAborted();
}

interface Skipped {
  readonly path: string;
  readonly why: string;
  readonly isPassing?: boolean;
}

async function* listFiles(folder: string, under = ''): AsyncGenerator<string | Skipped> {
  let entries;
  try {
    entries = await readdir(join(folder, under), {withFileTypes: true});
  } catch (error) {
    if (under === '') throw error;
    yield {path: under, why: whyUnreadable(error), isPassing: true};
    return;
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isSymbolicLink()) yield {path, why: 'it is a link'};
    else if (entry.isDirectory()) yield* listFiles(folder, path);
    else if (entry.isFile()) yield path;
  }
}

async function readFile(path: string, file: string, reading: FolderReading): Promise<Finding> {
  const {source, known, read, baseUrl} = reading;
  const id = `${source}/${path}`;
  const leaveOut = (why: string, isPassing = false): Finding => ({type: 'left-out', id, why, isPassing});
  if (!matchesPatterns(path, reading)) return {type: 'gone', id};
  const format = formatOfPath(path);
  if (format === undefined)
    return leaveOut(`files like ${/\.[^./]+$/.exec(path)?.[0] ?? basename(path)} cannot be read`);
  const url = baseUrl === undefined ? undefined : addressOf(path, baseUrl);
  try {
    await using handle = await open(file, 'r');
    const {size, mtime} = await handle.stat();
    // As a web server makes it.
    const etag = `${size}-${mtime.getTime()}`;
    const before = comparable(known.get(id));
    if (before && before.etag === etag && before.url === url) return {type: 'unchanged', id};
    if (size > largestFile) return leaveOut(`it is larger than ${largestFile / 1e6} MB`);
    const bytes = await handle.readFile();
    const document = await read({format, bytes, path, ...(url !== undefined && {url})});
    if (document.page?.isNoIndex) return leaveOut('it says noindex');
    if (document.chunks.length === 0) return leaveOut('it holds no text');
    return toFinding(document, {id, source, url, updatedAt: isoDate(mtime.toISOString()), etag});
  } catch (error) {
    if (error instanceof UnreadableDocument) return leaveOut(error.message, true);
    return leaveOut(whyUnreadable(error), true);
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read';
  return `reading it failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** `guide/start.md` is published as `guide/start`, `guide/index.html` and `guide/README.md` as `guide/`. */
function addressOf(path: string, baseUrl: string): string {
  const published = path
    .replace(/(^|\/)(?:index|readme)\.(?:md|mdx|markdown|html?)$/i, '$1')
    .replace(/\.(?:md|mdx|markdown)$/i, '');
  return new URL(published.split('/').map(encodeURIComponent).join('/'), baseUrl.replace(/\/*$/, '/')).href;
}
