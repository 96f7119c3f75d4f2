/** The other side of schedule.ts: reads one source and ends. */
import {parentPort, workerData} from 'node:worker_threads';
import {ingestAll} from './ingest-all.ts';
import type {ScheduledResponse, ScheduledRun} from './schedule.ts';

const {path, source}: ScheduledRun = workerData;

async function run(): Promise<ScheduledResponse> {
  try {
    for await (const outcome of ingestAll([source], {path, threads: 1, signal: new AbortController().signal})) {
      if ('error' in outcome) throw outcome.error;
    }
    return {};
  } catch (error) {
    return {failure: error instanceof Error ? error.message : String(error)};
  }
}

parentPort?.postMessage(await run());
