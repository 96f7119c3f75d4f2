/**
 * This project's own documents, and a search in them for a server with the demo model and no documents of its operator: a
 * newcomer then sees answers with citations at once. That index is in memory.
 */
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Report} from '../engine/report.ts';
import type {Retriever} from '../engine/retriever.ts';
import {chunkDocument} from './extract/chunked-document.ts';
import {indexThread} from './index/thread.ts';
import type {Document} from './markdown-passages.ts';
import {readDocument, readFolder} from './read-documents.ts';
import {indexRetriever} from './retriever.ts';

const source = 'chatlet';

/** Searches the operator's documents, and our own as long as the operator has none. */
export function orOwnDocuments(operators: Retriever | undefined, {report}: {readonly report: Report}): Retriever {
  const index = indexThread({path: ':memory:', report});
  const own = indexRetriever(index);
  let filled: Promise<void> | undefined;

  const fill = async () => {
    await index.setSource({id: source, target: source, readers: 'everybody'});
    const documents = (await readOwnDocuments()).map(async ({id, text}) => {
      const bytes = new TextEncoder().encode(text);
      const {title, hash, chunks} = await chunkDocument({format: 'markdown', bytes, path: id});
      return {document: {id: `${source}/${id}`, source, title, hash, language: 'en'}, chunks};
    });
    await index.put(await Promise.all(documents));
  };

  return {
    async search(question, options) {
      if (operators && !(await operators.isEmpty())) return operators.search(question, options);
      // After a failure the next search tries again.
      filled ??= fill().catch((error: unknown) => {
        filled = undefined;
        throw error;
      });
      await filled;
      return own.search(question, options);
    },
    isEmpty: async () => false,
    // Nobody has to look after ours.
    documents: async () => (await operators?.documents?.()) ?? [],
    async close() {
      await own.close();
    },
  };
}

/** This package's folder, as seen from `src/retrieval` and from `dist/retrieval`. */
const ownPackage = join(import.meta.dirname, '../..');

/**
 * In the project's repository these are all READMEs and `docs`, except for the notes on decisions: they answer no
 * visitor's question. An installed package has copies of them, which `packed-files.mjs` makes.
 */
export async function readOwnDocuments(): Promise<readonly Document[]> {
  const repository = join(ownPackage, '../..');
  const inRepository = await stat(join(repository, 'pnpm-workspace.yaml')).then(
    (file) => file.isFile(),
    () => false,
  );
  if (!inRepository) return readFolder(join(ownPackage, 'documents'));
  const readmes = ['README.md'];
  for (const group of ['packages', 'examples']) {
    for (const name of (await namesIn(join(repository, group))).toSorted()) readmes.push(`${group}/${name}/README.md`);
  }
  const docs = join(repository, 'docs');
  return present([
    ...(await Promise.all(readmes.map((id) => readDocument(join(repository, id), id)))),
    ...(await readFolder(docs).catch(() => []))
      .filter(({id}) => !id.startsWith('decisions/'))
      .map((document) => ({...document, id: `docs/${document.id}`})),
  ]);
}

function present(documents: readonly (Document | undefined)[]): readonly Document[] {
  return documents.filter((document) => document !== undefined);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
