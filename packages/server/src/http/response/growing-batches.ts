/**
 * Gives the past of an answer in batches that grow, with a pause after each. If a connection breaks, browsers throw away
 * what has arrived with the break: a whole past in one piece would be lost each time on a connection that lives briefly,
 * and its reader would never get on. Knows no dialect.
 */
import {setTimeout} from 'node:timers/promises';
import type {NumberedBatch} from '../../engine/turn-log.ts';

/** Events of the first batch, about 800 bytes of an answer in words; the next ones have twice as many each. */
const firstEvents = 8;
/** Milliseconds in which a browser reads a batch. A past of 4000 events takes nine of them. */
const pause = 15;

export async function* growingBatches(
  batches: AsyncIterable<NumberedBatch>,
): AsyncGenerator<NumberedBatch, void, void> {
  let most = firstEvents;
  for await (const {first, events} of batches) {
    let from = 0;
    for (; events.length - from > most; most *= 2) {
      yield {first: first + from, events: events.slice(from, from + most)};
      from += most;
      await setTimeout(pause);
    }
    yield {first: first + from, events: from === 0 ? events : events.slice(from)};
  }
}
