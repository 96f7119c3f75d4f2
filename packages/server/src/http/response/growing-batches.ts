/**
 * Gives the past of an answer in batches that grow, with a pause after each. If a connection breaks, browsers throw away
 * what has arrived with the break: a whole past in one piece would be lost each time on a connection that lives briefly,
 * and its reader would never get on. Knows no dialect.
 */
import {setTimeout} from 'node:timers/promises';
import type {ChatEvent} from '@chatlet/protocol';
import type {NumberedBatch} from '../../engine/turn-log.ts';

/** Characters of the first batch, as JSON; the next ones have twice as many each. */
const firstSize = 800;
/** Milliseconds in which a browser reads a batch. A past of 400 kB takes nine of them. */
const pause = 15;

export async function* growingBatches(
  batches: AsyncIterable<NumberedBatch>,
): AsyncGenerator<NumberedBatch, void, void> {
  let most = firstSize;
  for await (const {first, events} of batches) {
    let from = 0;
    for (;;) {
      const to = endOfBatch(events, {from, most});
      yield {first: first + from, events: events.slice(from, to)};
      from = to;
      if (from >= events.length) break;
      most *= 2;
      await setTimeout(pause);
    }
  }
}

/** The index behind the events of a batch: one at least, and no more than have `most` characters together. */
function endOfBatch(events: readonly ChatEvent[], {from, most}: {from: number; most: number}): number {
  // The usual case of an answer that is being written, whose events need not be measured.
  if (events.length - from <= 1) return events.length;
  let size = 0;
  let to = from;
  for (; to < events.length; to += 1) {
    size += JSON.stringify(events[to]).length;
    if (size > most && to > from) break;
  }
  return to;
}
