/** Reads the events of a response as it streams. Knows no requests and no chat state. */
import {ChatError, createOwnReader, isOwnStream} from '@chatlet/protocol';
import type {ChatEvent, LazyReader} from '@chatlet/protocol';
import type {Environment} from './environment.ts';
import {loadPart} from './load-part.ts';
import type {Arrival} from './transport.ts';

/**
 * Reads the events of a response, with the number of the last one if the server numbers them. Yields `accepted` when the
 * first byte of the body has come. Yields nothing if the response was empty and complete.
 * @throws ChatError `network` if the connection broke or fell silent, `interrupted` if the response was complete but
 * the answer in it was not
 */
export async function* readArrivals(
  response: Response,
  options: {
    reading: AbortController;
    limit: number | undefined;
    skip: number;
    accepted: Arrival | undefined;
    environment: Environment;
  },
): AsyncGenerator<Arrival> {
  const {reading, limit, environment} = options;
  let {skip, accepted} = options;
  const reader = await openReader(response.headers);
  const body = response.body?.getReader();
  let broken = false;
  let hasEvents = false;
  if (!body) return;
  const arrivalsOf = (events: readonly ChatEvent[]): Arrival[] => {
    hasEvents ||= events.length > 0;
    const fresh = events.slice(skip);
    skip -= Math.min(skip, events.length);
    if (fresh.length === 0) return [];
    return [reader.lastNumber > 0 ? {events: fresh, last: reader.lastNumber} : {events: fresh}];
  };
  try {
    while (!reader.ended) {
      let chunk: Uint8Array | undefined;
      const stopWatch =
        limit === undefined ? undefined : environment.after(limit, () => reading.abort(new ChatError('interrupted')));
      try {
        ({value: chunk} = await body.read());
      } catch {
        // The connection broke. The events so far are good; `reader.end()` below finds that the stream was cut.
        chunk = undefined;
        broken = true;
      } finally {
        stopWatch?.();
      }
      if (chunk !== undefined) {
        if (accepted) yield accepted;
        accepted = undefined;
        yield* arrivalsOf(reader.push(chunk));
        // The reader of a rare dialect is a part of the script that is fetched now.
        if (reader.waiting) yield* arrivalsOf(await reader.load());
        continue;
      }
      let rest = reader.end();
      if (reader.waiting) rest = await reader.load();
      const last = rest.at(-1);
      const cut = last?.type === 'error' && last.code === 'interrupted';
      yield* arrivalsOf(cut ? rest.slice(0, -1) : rest);
      if (broken) throw new ChatError('network');
      if (cut && hasEvents) throw new ChatError('interrupted');
      return;
    }
  } finally {
    body.cancel().catch(() => {
      // The connection had failed already.
    });
  }
}

async function openReader(headers: Headers): Promise<LazyReader> {
  if (isOwnStream(headers)) return createOwnReader();
  const {createLazyReader} = await loadPart(() => import('./other-dialects.ts'));
  return createLazyReader({headers});
}
