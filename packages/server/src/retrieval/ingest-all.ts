/** Brings an index in a file up to date with several sources, one after the other. One ingest of an index runs at a time. */
import {ChatError} from '@chatlet/protocol';
import {lockFile} from '../stores/sqlite/file-lock.ts';
import {openExtractionThreads} from './extract/threads.ts';
import {sqliteIndex} from './index/sqlite.ts';
import {type IngestProgress, type IngestResult, type IngestSource, ingest} from './ingest.ts';

export interface IngestAllOptions {
  /** The file of the index, which is created if there is none. */
  readonly path: string;
  /** Threads that read documents; as many as processors, at most 2, by default. */
  readonly threads?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (source: IngestSource, progress: IngestProgress) => void;
}

export type IngestOutcome =
  | {readonly source: IngestSource; readonly result: IngestResult}
  | {readonly source: IngestSource; readonly error: unknown};

/**
 * Gives the outcome of each source as soon as it is done. A source that fails ends only its own run.
 * @throws ChatError `conflict` if another process writes this index
 */
export async function* ingestAll(
  sources: readonly IngestSource[],
  {path, threads: size, signal, onProgress}: IngestAllOptions,
): AsyncGenerator<IngestOutcome> {
  const index = sqliteIndex({path});
  try {
    const lock = lockFile(path, {
      patience: 0,
      refuse: ({holder, cause}) =>
        new ChatError(
          'conflict',
          `Another ingest writes ${path}${holder === undefined ? '' : `: ${holder}`}. Wait until it is done.`,
          {
            cause,
          },
        ),
    });
    const threads = openExtractionThreads(size === undefined ? {} : {size});
    try {
      for (const source of sources) {
        try {
          const onEach = onProgress && ((progress: IngestProgress) => onProgress(source, progress));
          yield {source, result: await ingest(source, {index, threads, signal, ...(onEach && {onProgress: onEach})})};
        } catch (error) {
          if (signal.aborted) throw error;
          yield {source, error};
        }
      }
    } finally {
      await threads.close();
      lock.release();
    }
  } finally {
    await index.close();
  }
}
