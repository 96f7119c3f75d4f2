/**
 * Reads sources again from time to time while a server runs, on a thread of its own, so that no stream waits. One run at a
 * time: a source whose time has come waits for the others. Knows no index.
 */
import type {Worker} from 'node:worker_threads';
import {ChatError} from '@chatlet/protocol';
import type {Report} from '../engine/report.ts';
import type {IngestSource} from './ingest.ts';
import {startWorker} from './start-worker.ts';

export interface ScheduledSource {
  readonly source: IngestSource;
  /** Milliseconds from the end of one run to the next. */
  readonly every: number;
}

export interface ScheduleOptions {
  /** The file of the index. */
  readonly path: string;
  readonly sources: readonly ScheduledSource[];
  /** Hears of each source that could not be read. */
  readonly report: Report;
  /** Milliseconds until the first run; a minute by default, so that a server that restarts asks nobody at each start. */
  readonly firstAfter?: number;
}

export interface Schedule {
  /** Ends a run that is under way. What it has read stays. */
  close(): Promise<void>;
}

export interface ScheduledRun {
  readonly path: string;
  readonly source: IngestSource;
}

/** The message of a source that could not be read; undefined if it was. */
export type ScheduledResponse = {readonly failure?: string};

export function startSchedule({path, sources, report, firstAfter = 60_000}: ScheduleOptions): Schedule {
  const timers = new Set<NodeJS.Timeout>();
  let worker: Worker | undefined;
  let running: Promise<void> = Promise.resolve();
  let isClosed = false;

  const runLater = (scheduled: ScheduledSource, after: number) => {
    if (isClosed) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      running = running.then(() => run(scheduled.source));
      void running.then(() => runLater(scheduled, scheduled.every));
    }, after);
    timer.unref();
    timers.add(timer);
  };

  const run = async (source: IngestSource): Promise<void> => {
    if (isClosed) return;
    const failure = await readOnThread(source);
    if (failure === undefined || isClosed) return;
    report(
      new ChatError('internal', undefined, {cause: new Error(`The source “${source.id}” was not read: ${failure}`)}),
      {
        source: source.id,
      },
    );
  };

  const readOnThread = (source: IngestSource): Promise<string | undefined> =>
    new Promise((resolve) => {
      const workerData: ScheduledRun = {path, source};
      worker = startWorker('schedule-worker', import.meta.url, {workerData});
      worker.unref();
      worker.on('message', ({failure}: ScheduledResponse) => resolve(failure));
      worker.on('error', (error) => resolve(String(error)));
      worker.on('exit', (code) => resolve(`its thread ended with ${code}`));
    });

  for (const scheduled of sources) runLater(scheduled, firstAfter);

  return {
    async close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await worker?.terminate();
      await running;
    },
  };
}
