/**
 * An index in a file that another process may create, delete or replace at any time, as `chatlet-server ingest` does beside
 * a running server. While there is no file, the index is empty; the first document creates it.
 */
import {statSync} from 'node:fs';
import type {DocumentIndex} from '../document-index.ts';
import {sqliteIndex, type SqliteIndexOptions} from './sqlite.ts';

export function lazyIndex({path}: SqliteIndexOptions): DocumentIndex {
  let opened: {readonly index: DocumentIndex; readonly file: number | undefined} | undefined;

  const open = async (): Promise<DocumentIndex> => {
    const file = fileAt(path);
    if (opened && (path === ':memory:' || opened.file === file)) return opened.index;
    await opened?.index.close();
    opened = undefined;
    const index = sqliteIndex({path});
    opened = {index, file: fileAt(path)};
    return index;
  };

  const openIfThere = async (): Promise<DocumentIndex | undefined> =>
    path === ':memory:' || fileAt(path) !== undefined ? open() : undefined;

  return {
    sources: async () => (await (await openIfThere())?.sources()) ?? [],
    setSource: async (source) => (await open()).setSource(source),
    removeSource: async (id) => (await openIfThere())?.removeSource(id),
    documents: async (source) => (await (await openIfThere())?.documents(source)) ?? [],
    put: async (documents) => (await open()).put(documents),
    touch: async (documents) => (await openIfThere())?.touch(documents),
    remove: async (documentIds) => (await openIfThere())?.remove(documentIds),
    search: async (query, options) => (await (await openIfThere())?.search(query, options)) ?? [],
    read: async (documentId, options) => (await (await openIfThere())?.read(documentId, options)) ?? [],
    chunksWithoutVector: async (model, options) =>
      (await (await openIfThere())?.chunksWithoutVector(model, options)) ?? [],
    putVectors: async (model, vectors) => (await openIfThere())?.putVectors(model, vectors),
    isEmpty: async () => (await (await openIfThere())?.isEmpty()) ?? true,
    async close() {
      await opened?.index.close();
      opened = undefined;
    },
  };
}

/** A number that tells this file from others that were at the path before; undefined if there is none. */
function fileAt(path: string): number | undefined {
  return statSync(path, {throwIfNoEntry: false})?.ino;
}
