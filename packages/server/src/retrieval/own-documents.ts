/**
 * The guide to this project, and a search in it for a server with the demo model and no documents of its operator: a
 * newcomer then sees answers with citations at once. That index is in memory.
 */
import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Report} from '../engine/report.ts';
import type {Passage, Retriever} from '../engine/retriever.ts';
import type {Chunk, SourceDocument} from './document-index.ts';
import {chunkDocument} from './extract/chunked-document.ts';
import {indexThread} from './index/thread.ts';
import {indexRetriever} from './retriever.ts';

const source = 'chatlet';

/** Searches the operator's documents, and our own as long as the operator has none. */
export function orOwnDocuments(operators: Retriever | undefined, {report}: {readonly report: Report}): Retriever {
  const index = indexThread({path: ':memory:', report});
  const own = indexRetriever(index);
  let filled: Promise<void> | undefined;

  const fill = async () => {
    await index.setSource({id: source, target: source, readers: 'everybody'});
    await index.put(await readOwnDocuments());
  };

  /** The documents that count. */
  const chosen = async (): Promise<Retriever> => {
    if (operators && !(await operators.isEmpty())) return operators;
    // After a failure the next search tries again.
    filled ??= fill().catch((error: unknown) => {
      filled = undefined;
      throw error;
    });
    await filled;
    return {
      ...own,
      search: async (question, options) =>
        (await own.search(question, options)).map((passage) => atOrigin(passage, options.origin)),
      read: async (documentId, options) =>
        ((await own.read?.(documentId, options)) ?? []).map((passage) => atOrigin(passage, options.origin)),
    };
  };

  return {
    search: async (question, options) => (await chosen()).search(question, options),
    read: async (documentId, options) => (await (await chosen()).read?.(documentId, options)) ?? [],
    isEmpty: async () => false,
    // Nobody has to look after ours.
    documents: async () => (await operators?.documents?.()) ?? [],
    async close() {
      await own.close();
    },
  };
}

/** Pages of the guide are on the server, which each caller reaches in its own way. */
function atOrigin(passage: Passage, origin: string | undefined): Passage {
  const {url, ...document} = passage.document;
  const address = origin === undefined || url === undefined ? undefined : URL.parse(url, origin)?.href;
  return {...passage, document: {...document, ...(address !== undefined && {url: address})}};
}

/** This package's folder, as seen from `src/retrieval` and from `dist/retrieval`. */
const ownPackage = join(import.meta.dirname, '../..');

/** Tables of names, which answer no question. */
const reference: ReadonlySet<string> = new Set(['api.md', 'components.md']);

export interface ReadDocument {
  readonly document: SourceDocument;
  readonly chunks: readonly Chunk[];
}

/** The pages of the guide. A checkout in which nobody has written them has the package's README. */
export async function readOwnDocuments(): Promise<readonly ReadDocument[]> {
  const guide = join(ownPackage, 'guide');
  const names = (await readdir(guide).catch(() => []))
    .filter((name) => name.endsWith('.md') && !reference.has(name))
    .toSorted();
  if (names.length === 0)
    return [await readMarkdown(await readFile(join(ownPackage, 'README.md'), 'utf8'), 'README.md')];
  return Promise.all(
    names.map(async (name) => {
      // As front matter, because the heading of a whole page has no anchor.
      const text = (await readFile(join(guide, name), 'utf8')).replace(/^# (.+)\n/, '---\ntitle: $1\n---\n');
      return readMarkdown(text, name, `/guide/${name.replace(/\.md$/, '.html')}`);
    }),
  );
}

async function readMarkdown(text: string, path: string, url?: string): Promise<ReadDocument> {
  const bytes = new TextEncoder().encode(text);
  const address = url !== undefined && {url};
  const {title, hash, chunks} = await chunkDocument({format: 'markdown', bytes, path, ...address});
  return {document: {id: `${source}/${path}`, source, title, hash, language: 'en', ...address}, chunks};
}
