/**
 * Places marks for dialects in which a mark is one thing with its source, and names the stretch of text that it is
 * about. Knows no dialect.
 */
import type {ChatEvent, CitationEvent, SourceEvent} from '../event.ts';

/** A mark with its source, and the text before it: from `start` up to, but without, `end`, in UTF-16 units. */
export interface PlacedCitation {
  readonly type: 'placed-citation';
  readonly source: SourceEvent;
  readonly quote: string;
  readonly start: number;
  readonly end: number;
}

/** An event, with a place in the text if it is a citation. */
export type PlacedEvent = Exclude<ChatEvent, CitationEvent> | PlacedCitation;

export interface PlacedCitations {
  /**
   * The events with marks in their places. A source waits for the next event: if that is its first mark, it comes with
   * the mark alone. A mark without a source, or behind no text, is left out.
   */
  place(events: readonly ChatEvent[]): readonly PlacedEvent[];
}

/** Places the marks of an answer in its text, for dialects that tell where a mark stands. */
export function placedCitations(): PlacedCitations {
  const sources = new Map<string, SourceEvent>();
  let text = '';
  let isBehindText = false;
  let waiting: SourceEvent | undefined;

  const readOne = (event: ChatEvent, placed: PlacedEvent[]): void => {
    const source = event.type === 'citation' && isBehindText ? sources.get(event.sourceId) : undefined;
    if (waiting !== undefined && waiting !== source) placed.push(waiting);
    waiting = undefined;
    switch (event.type) {
      case 'citation':
        if (source === undefined) return;
        placed.push({
          type: 'placed-citation',
          source,
          quote: event.quote,
          start: startOfCited(text, text.length),
          end: text.length,
        });
        return;
      case 'source':
        if (sources.has(event.id)) return;
        sources.set(event.id, event);
        waiting = event;
        return;
      case 'text-delta':
        text += event.delta;
        isBehindText = true;
        break;
      case 'text-reset':
        // Nobody can take text back, so a paragraph begins.
        text += '\n\n';
        isBehindText = false;
        break;
      case 'reasoning-delta':
      case 'tool-call':
        isBehindText = false;
        break;
      default:
    }
    placed.push(event);
  };

  return {
    place(events) {
      const placed: PlacedEvent[] = [];
      for (const event of events) readOne(event, placed);
      return placed;
    },
  };
}

/** Characters before a mark in which the beginning of its sentence is looked for. */
const longestSentence = 1_000;

/** Where the sentence begins that a mark at `at` stands behind. */
export function startOfCited(text: string, at: number): number {
  const from = Math.max(0, at - longestSentence);
  let start = from;
  for (const match of text.slice(from, at).matchAll(/(?:[.!?…]["'”’)\]]*\s+|[。！？]|\n)(?=\S)/gu)) {
    start = from + match.index + match[0].length;
  }
  return start;
}
