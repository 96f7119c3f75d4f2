/** Searches an index for those who ask: each finds passages of the sources that he may read. */
import type {Embedder} from '../engine/embedder.ts';
import {type Report, reportToConsole} from '../engine/report.ts';
import {type Asker, mayRead, type Readers, type Retriever} from '../engine/retriever.ts';
import {endWith} from '../engine/until-aborted.ts';
import type {DocumentIndex, Embedding} from './document-index.ts';

export interface IndexRetrieverOptions {
  /** Readers by id of source, if they are others than those in the index: a configuration counts before the next ingest. */
  readonly readers?: ReadonlyMap<string, Readers>;
  /** Finds passages by their meaning, besides those with the words. If it fails, words alone decide. */
  readonly embedder?: Embedder | undefined;
  /** Hears of failures of the embedder, once a minute at most. */
  readonly report?: Report;
  /** Milliseconds that a search waits for the embedder; 1000 by default. */
  readonly patience?: number;
}

const reportEvery = 60_000;

/** Closing the retriever closes the index. */
export function indexRetriever(index: DocumentIndex, options: IndexRetrieverOptions = {}): Retriever {
  const {readers: configured = new Map(), embedder, report = reportToConsole, patience = 1_000} = options;
  let quietUntil = -Infinity;

  const embed = async (question: string, signal: AbortSignal): Promise<Embedding | undefined> => {
    if (!embedder) return undefined;
    try {
      const either = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
      const [vector] = await endWith(embedder.embed([question], {signal: either}), either);
      return vector && {model: embedder.model, vector};
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() >= quietUntil) {
        report(error, {embeddings: embedder.model});
        quietUntil = performance.now() + reportEvery;
      }
      return undefined;
    }
  };

  const sourcesFor = async (asker: Asker): Promise<readonly string[]> =>
    (await index.sources()).filter(({id, readers}) => mayRead(configured.get(id) ?? readers, asker)).map(({id}) => id);

  return {
    async search(question, {asker, ...search}) {
      search.signal.throwIfAborted();
      const sources = await sourcesFor(asker);
      if (sources.length === 0) return [];
      // Nobody waits for a model between two keystrokes.
      const embedding = search.typing ? undefined : await embed(question, search.signal);
      return index.search(question, {...search, sources, embedding});
    },
    read: async (documentId, {asker}) => index.read(documentId, {sources: await sourcesFor(asker)}),
    isEmpty: () => index.isEmpty(),
    async documents() {
      const sources = await index.sources();
      return (await Promise.all(sources.map(({id}) => index.documents(id)))).flat();
    },
    close: () => index.close(),
  };
}
