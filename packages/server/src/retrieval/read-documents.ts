/** Reads the documents of a folder: Markdown, plain text and HTML, in a fixed order. Knows files and no search. */
import {readdir, readFile, stat} from 'node:fs/promises';
import {extname, join} from 'node:path';
import {extractHtml} from './extract/html.ts';
import type {Document} from './markdown-passages.ts';

const kinds: Readonly<Record<string, (text: string) => string>> = {
  '.md': (text) => text,
  '.markdown': (text) => text,
  '.txt': (text) => text,
  '.html': pageToMarkdown,
  '.htm': pageToMarkdown,
};

/** An index in memory is for fewer documents than this. */
const mostDocuments = 2_000;
const largestDocument = 1_000_000;

/** The document at this path, named `id`; undefined if there is none, or it is of another kind or too large. */
export async function readDocument(path: string, id: string): Promise<Document | undefined> {
  const kind = extname(path).toLowerCase();
  const toMarkdown = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  const file = toMarkdown && (await stat(path).catch(() => undefined));
  if (!toMarkdown || !file?.isFile() || file.size > largestDocument) return undefined;
  return {id, text: toMarkdown(await readFile(path, 'utf8'))};
}

/**
 * All documents below a folder: those at the top first, a README before its neighbours, then by name. Hidden files and
 * node_modules are left out, and so are links, which could lead out of the folder.
 */
export async function readFolder(folder: string): Promise<readonly Document[]> {
  const paths = await pathsBelow(folder, '');
  const documents: Document[] = [];
  for (const path of paths.toSorted(inReadingOrder).slice(0, mostDocuments)) {
    const document = await readDocument(join(folder, path), path);
    if (document) documents.push(document);
  }
  return documents;
}

async function pathsBelow(folder: string, under: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(folder, under), {withFileTypes: true})) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await pathsBelow(folder, path)));
    else if (entry.isFile() && Object.hasOwn(kinds, extname(entry.name).toLowerCase())) paths.push(path);
  }
  return paths;
}

/** Compares by characters and not by language, so that the order is the same on every machine. */
function inReadingOrder(one: string, other: string): number {
  const [a, b] = [sortKeyOf(one), sortKeyOf(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortKeyOf(path: string): string {
  const depth = path.split('/').length;
  const first = /(^|\/)(readme|index)\.[^/]*$/i.test(path) ? 0 : 1;
  return `${String(depth).padStart(3, '0')} ${path.slice(0, path.lastIndexOf('/') + 1)} ${first} ${path}`;
}

/** Without the ids of its headings. */
function pageToMarkdown(html: string): string {
  const {title, parts} = extractHtml(html, '');
  const body = parts.map(({markdown}) => markdown.replaceAll(/^(#.*) \{#\S+\}$/gm, '$1')).join('\n\n');
  return title === '' || /^# /m.test(body) ? body : `# ${title}\n\n${body}`;
}
