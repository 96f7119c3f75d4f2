/** Searches an index for those who ask: each finds passages of the sources that he may read. */
import {mayRead, type Readers, type Retriever} from '../engine/retriever.ts';
import type {DocumentIndex} from './document-index.ts';

export interface IndexRetrieverOptions {
  /** Readers by id of source, if they are others than those in the index: a configuration counts before the next ingest. */
  readonly readers?: ReadonlyMap<string, Readers>;
}

/** Closing the retriever closes the index. */
export function indexRetriever(
  index: DocumentIndex,
  {readers: configured = new Map()}: IndexRetrieverOptions = {},
): Retriever {
  return {
    async search(question, {asker, ...options}) {
      options.signal.throwIfAborted();
      const sources = (await index.sources())
        .filter(({id, readers}) => mayRead(configured.get(id) ?? readers, asker))
        .map(({id}) => id);
      return sources.length === 0 ? [] : index.search(question, {...options, sources});
    },
    isEmpty: () => index.isEmpty(),
    close: () => index.close(),
  };
}
