/** The other side of thread.ts: answers requests with an index, one after the other. */
import {parentPort, workerData} from 'node:worker_threads';
import {ChatError} from '@chatlet/protocol';
import {lazyIndex} from './lazy.ts';
import type {IndexRequest, IndexResponse} from './thread.ts';

const index = lazyIndex({path: String(workerData)});

parentPort?.on('message', async ({call, args}: IndexRequest) => {
  parentPort?.postMessage(await respond(call, args));
});

async function respond(call: IndexRequest['call'], args: readonly unknown[]): Promise<IndexResponse> {
  try {
    return {result: await Reflect.apply(index[call], index, args)};
  } catch (thrown) {
    const error = ChatError.from(thrown);
    return {error: error.toEvent(), cause: error.cause instanceof Error ? error.cause.message : undefined};
  }
}
