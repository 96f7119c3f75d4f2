/** The other side of threads.ts: reads one document after the other. */
import {parentPort} from 'node:worker_threads';
import {chunkDocument} from './chunked-document.ts';
import type {RawDocument} from './format.ts';
import {UnreadableDocument} from './extracted.ts';
import type {ThreadResponse} from './threads.ts';

parentPort?.on('message', async (raw: RawDocument) => {
  parentPort?.postMessage(await respond(raw));
});

async function respond(raw: RawDocument): Promise<ThreadResponse> {
  try {
    return {document: await chunkDocument(raw)};
  } catch (error) {
    if (error instanceof UnreadableDocument) return {unreadable: error.message};
    return {unreadable: `reading it failed: ${error instanceof Error ? error.message : String(error)}`};
  }
}
