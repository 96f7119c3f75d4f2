/** Searches an index for those who ask: each finds passages of the sources that he may read. */
import {mayRead, type Retriever} from '../engine/retriever.ts';
import type {DocumentIndex} from './document-index.ts';

/** Closing the retriever closes the index. */
export function indexRetriever(index: DocumentIndex): Retriever {
  return {
    async search(question, {asker, ...options}) {
      options.signal.throwIfAborted();
      const sources = (await index.sources()).filter(({readers}) => mayRead(readers, asker)).map(({id}) => id);
      return sources.length === 0 ? [] : index.search(question, {...options, sources});
    },
    isEmpty: () => index.isEmpty(),
    close: () => index.close(),
  };
}
