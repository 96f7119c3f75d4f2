/** The search of a server: over the index in its file, for readers as the configuration names them. */
import {existsSync} from 'node:fs';
import type {Embedder} from '../engine/embedder.ts';
import type {Report} from '../engine/report.ts';
import type {Retriever} from '../engine/retriever.ts';
import {startEmbedding} from './embed-chunks.ts';
import {indexThread} from './index/thread.ts';
import {indexRetriever} from './retriever.ts';
import {startSchedule} from './schedule.ts';
import {type SourceSettings, readInterval, toIngestSource} from './source-settings.ts';

export interface RetrieverOptions {
  /** The file of the index, which may come later. */
  readonly path: string;
  readonly sources?: readonly SourceSettings[] | undefined;
  /** Gives vectors to what is in the index, and to questions. */
  readonly embedder?: Embedder | undefined;
  readonly report: Report;
}

/** Also reads sources again if their settings say how often. */
export function openRetriever({path, sources = [], embedder, report}: RetrieverOptions): Retriever {
  const configured = sources.map((settings) => ({
    every: readInterval(settings.every ?? ''),
    source: toIngestSource(settings),
  }));
  const readers = new Map(configured.map(({source}) => [source.id, source.readers]));
  const index = indexThread({path, report});
  const retriever = indexRetriever(index, {readers, embedder, report});
  const embedding = embedder && startEmbedding({index, embedder, report});
  const scheduled = configured.flatMap(({source, every}) => (every === undefined ? [] : [{source, every}]));
  const schedule = scheduled.length === 0 ? undefined : startSchedule({path, sources: scheduled, report});
  return {
    search: async (question, options) => (existsSync(path) ? retriever.search(question, options) : []),
    read: async (documentId, options) =>
      existsSync(path) ? ((await retriever.read?.(documentId, options)) ?? []) : [],
    isEmpty: async () => !existsSync(path) || retriever.isEmpty(),
    documents: async () => (existsSync(path) ? ((await retriever.documents?.()) ?? []) : []),
    async close() {
      await Promise.all([schedule?.close(), embedding?.close()]);
      await retriever.close();
    },
  };
}
