/** Gives vectors to the chunks of an index, in the background: those that are there, and those that come. */
import {setTimeout as pause} from 'node:timers/promises';
import type {Embedder} from '../engine/embedder.ts';
import type {Report} from '../engine/report.ts';
import type {DocumentIndex} from './document-index.ts';

export interface ChunkEmbedding {
  readonly index: DocumentIndex;
  readonly embedder: Embedder;
  readonly report: Report;
  /** Milliseconds between two looks for new chunks, and after a failure; a minute by default. */
  readonly every?: number;
}

/** Texts in one request. */
const batch = 64;

/** A failure is reported and tried again later; meanwhile the chunks are found by their words. */
export function startEmbedding({index, embedder, report, every = 60_000}: ChunkEmbedding): {close(): Promise<void>} {
  const closing = new AbortController();
  const {signal} = closing;
  const work = (async () => {
    while (!signal.aborted) {
      try {
        await embedMissing({index, embedder, signal});
      } catch (error) {
        if (!signal.aborted) report(error, {embeddings: embedder.model});
      }
      await pause(every, undefined, {ref: false, signal}).catch(() => {});
    }
  })();
  return {
    async close() {
      closing.abort();
      await work;
    },
  };
}

/** Resolves when every chunk has a vector, or the signal aborts. */
export async function embedMissing({
  index,
  embedder,
  signal,
}: Pick<ChunkEmbedding, 'index' | 'embedder'> & {signal: AbortSignal}) {
  for (let after = -1; ;) {
    const chunks = await index.chunksWithoutVector(embedder.model, {limit: batch, after});
    if (chunks.length === 0 || signal.aborted) return;
    const vectors = await embedder.embed(
      chunks.map(({text}) => text),
      {signal},
    );
    const keyed = chunks.flatMap(({key}, i) => {
      const vector = vectors[i];
      return vector ? [{key, vector}] : [];
    });
    await index.putVectors(embedder.model, keyed);
    after = chunks.at(-1)?.key ?? after;
  }
}
