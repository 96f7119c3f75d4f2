/**
 * A growing list of events that takes little room. An answer is thousands of small deltas, and each as an object with
 * a string of its own takes twenty times the room of its words: all but the newest are kept as one text with the places
 * where it was cut, and are cut there again for whoever reads them.
 */
import type {ChatEvent} from '@chatlet/protocol';

export interface EventList {
  count(): number;
  /** About how many characters it holds. */
  characters(): number;
  push(events: readonly ChatEvent[]): void;
  /** Some of the events after the first `skipped`: so many that a reader who is behind never holds a whole answer twice. */
  from(skipped: number): readonly ChatEvent[];
  /** Takes the newest together too, where no more are to come. */
  pack(): void;
}

/** Neighbouring deltas of one kind. */
interface Run {
  readonly type: 'text-delta' | 'reasoning-delta';
  readonly text: string;
  /** Where each delta ends in the text. */
  readonly ends: readonly number[];
}

interface Block {
  /** Events before it. */
  readonly skipped: number;
  readonly count: number;
  readonly items: readonly (Run | Exclude<ChatEvent, {delta: string}>)[];
}

/** So many new events, or so many characters in them, become a block. */
const blockCount = 64;
const blockCharacters = 64 * 1024;
/** What an event takes that is no delta, roughly. */
const eventCharacters = 256;

export function eventList(): EventList {
  const blocks: Block[] = [];
  let packed = 0;
  let newest: ChatEvent[] = [];
  let newestCharacters = 0;
  let characters = 0;

  function pack(): void {
    if (newest.length === 0) return;
    blocks.push({skipped: packed, count: newest.length, items: itemsOf(newest)});
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
      const block = blocks[blockAfter(blocks, skipped)];
      return block ? eventsOf(block).slice(skipped - block.skipped) : [];
    },
    pack,
  };
}

/** The index of the block in which the first event after so many is. */
function blockAfter(blocks: readonly Block[], skipped: number): number {
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

function itemsOf(events: readonly ChatEvent[]): Block['items'] {
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

function eventsOf({items}: Block): readonly ChatEvent[] {
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
