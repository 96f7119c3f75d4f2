/**
 * A growing list of events that takes little memory. An answer is thousands of small deltas, and an object with a string
 * of its own for each delta takes twenty times the memory of its text. So only the newest deltas are kept as objects. The
 * older ones are kept as one text with the end of each delta, and reading cuts the text at these ends again.
 */
import type {ChatEvent} from '@chatlet/protocol';

export interface EventList {
  count(): number;
  /** The approximate number of characters that it holds. */
  characters(): number;
  push(events: readonly ChatEvent[]): void;
  /** Some events after the first `skipped` ones: not all, so that a reader that is behind never holds a whole answer. */
  from(skipped: number): readonly ChatEvent[];
  /** Packs the newest events too, when no more will come. */
  pack(): void;
}

/** Neighbouring deltas of one kind. */
interface Run {
  readonly type: 'text-delta' | 'reasoning-delta';
  readonly text: string;
  /** The end of each delta in the text. */
  readonly ends: readonly number[];
}

interface Block {
  /** The number of events before this block. */
  readonly skipped: number;
  readonly count: number;
  readonly items: readonly (Run | Exclude<ChatEvent, {delta: string}>)[];
}

/** This many new events, or this many characters in them, become a block. */
const blockCount = 64;
const blockCharacters = 64 * 1024;
/** Counted for an event that is no delta, roughly. */
const eventCharacters = 256;

export function createEventList(): EventList {
  const blocks: Block[] = [];
  let packed = 0;
  let newest: ChatEvent[] = [];
  let newestCharacters = 0;
  let characters = 0;

  function pack(): void {
    if (newest.length === 0) return;
    blocks.push({skipped: packed, count: newest.length, items: packEvents(newest)});
    packed += newest.length;
    newest = [];
    newestCharacters = 0;
  }

  return {
    count: () => packed + newest.length,
    characters: () => characters,
    push(events) {
      for (const event of events) {
        const length = 'delta' in event ? event.delta.length : eventCharacters;
        newest.push(event);
        newestCharacters += length;
        characters += length;
        if (newest.length >= blockCount || newestCharacters >= blockCharacters) pack();
      }
    },
    from(skipped) {
      if (skipped >= packed) return newest.slice(skipped - packed);
      const block = blocks[findBlock(blocks, skipped)];
      return block ? unpackEvents(block).slice(skipped - block.skipped) : [];
    },
    pack,
  };
}

/** The index of the block that holds the next event after the first `skipped` ones. */
function findBlock(blocks: readonly Block[], skipped: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const {skipped: before = 0, count = 0} = blocks[middle] ?? {};
    if (before + count <= skipped) low = middle + 1;
    else high = middle;
  }
  return low;
}

function packEvents(events: readonly ChatEvent[]): Block['items'] {
  const items: (Run | Exclude<ChatEvent, {delta: string}>)[] = [];
  for (let index = 0; index < events.length;) {
    const event = events[index];
    if (!event) break;
    if (!('delta' in event)) {
      items.push(event);
      index++;
      continue;
    }
    const {type} = event;
    const deltas: string[] = [];
    const ends: number[] = [];
    let end = 0;
    for (let next = events[index]; next?.type === type && 'delta' in next; next = events[++index]) {
      deltas.push(next.delta);
      end += next.delta.length;
      ends.push(end);
    }
    items.push({type, text: deltas.join(''), ends});
  }
  return items;
}

function unpackEvents({items}: Block): readonly ChatEvent[] {
  const events: ChatEvent[] = [];
  for (const item of items) {
    if (!('ends' in item)) {
      events.push(item);
      continue;
    }
    let from = 0;
    for (const end of item.ends) {
      events.push({type: item.type, delta: item.text.slice(from, end)});
      from = end;
    }
  }
  return events;
}
