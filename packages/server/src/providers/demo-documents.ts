/** Finds the documents of the demo model: a folder of the operator, or those of this project. */
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Document} from '../retrieval/markdown-passages.ts';
import {markdownPassages} from '../retrieval/markdown-passages.ts';
import {type PassageIndex, passageIndex} from '../retrieval/passage-index.ts';
import {readDocument, readFolder} from '../retrieval/read-documents.ts';

/** This package's folder, as seen from `src/providers` and from `dist/providers`. */
const ownPackage = join(import.meta.dirname, '../..');

/** @throws if the folder cannot be read */
export async function indexDocuments(folder: string | undefined): Promise<PassageIndex> {
  const documents = folder === undefined ? await ownDocuments() : await readFolder(folder);
  return passageIndex(documents.flatMap(markdownPassages));
}

/**
 * In the project's repository these are all READMEs and `docs`, except for the notes on decisions: they answer no
 * visitor's question. As an installed package it is the package's own README, which npm always ships.
 */
async function ownDocuments(): Promise<readonly Document[]> {
  const repository = join(ownPackage, '../..');
  const inRepository = await stat(join(repository, 'pnpm-workspace.yaml')).then(
    (file) => file.isFile(),
    () => false,
  );
  if (!inRepository) return present([await readDocument(join(ownPackage, 'README.md'), 'README.md')]);
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
