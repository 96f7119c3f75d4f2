/**
 * Turns the marks in a model's answer into sources and citations, each checked against its passage. A mark that fails is
 * left out and counted. Knows no index, no store and no provider.
 */
import type {ChatEvent, EventBatches, NearestPage, SourceEvent} from '@chatlet/protocol';
import {type Passage, addressOfPassage} from '../retriever.ts';
import type {NearPassage} from '../store.ts';
import {checkQuote} from './check-quote.ts';
import {type Piece, createMarkParser} from './mark-parser.ts';

/** The marks of an answer. */
export interface MarkCounts {
  /** Marks that a reader sees, as their words are in their passages. */
  readonly shown: number;
  /** Marks with words that are not in their passage. */
  readonly dropped: number;
}

export interface Grounding {
  /** The answer with citations in place of its marks. */
  read(answer: EventBatches): EventBatches;
  /** Whether a source is one of the passages. */
  isPassage(sourceId: string): boolean;
  marks(): MarkCounts;
  /** The cited documents, with the number of citations that were shown. */
  cited(): readonly {readonly document: Passage['document']; readonly count: number}[];
  /** The passages that fit best, cited or not. */
  nearest(): readonly NearPassage[];
  /** The page of the passage that fits best; undefined if nothing was found. */
  nearestPage(): NearestPage | undefined;
  /** Questions that the visitor could ask next: headings of passages that were found and not cited. */
  followUps(): readonly string[];
}

const mostFollowUps = 3;
const mostNearest = 3;
/** Characters of a heading that can be asked as it is. */
const longestFollowUp = 80;

/** @param passages as they were numbered for the model, from 1 on; the list may grow */
export function createGrounding(
  passages: readonly Passage[],
  {asksFollowUps = true}: {readonly asksFollowUps?: boolean} = {},
): Grounding {
  const cited = new Set<string>();
  const counts = new Map<string, {readonly document: Passage['document']; readonly count: number}>();
  let dropped = 0;
  let shown = 0;

  const toEvents = (piece: Piece): readonly ChatEvent[] => {
    if (piece.type === 'text') return [{type: 'text-delta', delta: piece.text}];
    const passage = passages[piece.number - 1];
    const quote = passage && checkQuote(piece.quote, passage.text);
    if (!passage || quote === undefined) {
      dropped += 1;
      return [];
    }
    shown += 1;
    const {document} = passage;
    counts.set(document.id, {document, count: (counts.get(document.id)?.count ?? 0) + 1});
    const isNew = !cited.has(passage.id);
    cited.add(passage.id);
    const citation = {type: 'citation', sourceId: passage.id, quote} as const;
    return isNew ? [toSource(passage, quote), citation] : [citation];
  };

  return {
    async *read(answer) {
      const parser = createMarkParser();
      const rest = () => parser.end().flatMap(toEvents);
      try {
        for await (const batch of answer) {
          const events: ChatEvent[] = [];
          for (const event of batch) {
            if (event.type === 'text-delta') events.push(...parser.push(event.delta).flatMap(toEvents));
            // They would tell the words of the marks.
            else if (event.type === 'logprobs') continue;
            else if (event.type === 'usage' || event.type === 'reasoning-delta') events.push(event);
            else {
              const held = rest();
              // Text that the model takes back was not said.
              if (event.type !== 'text-reset' || event.asReasoning) events.push(...held);
              events.push(event);
            }
          }
          if (events.length > 0) yield events;
        }
      } catch (error) {
        const held = rest();
        if (held.length > 0) yield held;
        throw error;
      }
      const held = rest();
      if (held.length > 0) yield held;
    },
    isPassage: (sourceId) => passages.some(({id}) => id === sourceId),
    marks: () => ({shown, dropped}),
    cited: () => [...counts.values()],
    nearest: () =>
      passages
        .filter(({isNeighbour}) => !isNeighbour)
        .slice(0, mostNearest)
        .map(({id, document: {title}}) => ({id, title})),
    nearestPage() {
      const best = passages.find(({isNeighbour}) => !isNeighbour);
      if (!best) return undefined;
      const url = addressOfPassage(best);
      return {title: best.document.title, ...(url !== undefined && {url})};
    },
    followUps() {
      if (!asksFollowUps) return [];
      const used = passages.filter(({id}) => cited.has(id)).map(nameOf);
      const names = passages.filter(({id, isNeighbour}) => !cited.has(id) && !isNeighbour).map(nameOf);
      const fitting = names.filter((name) => name !== '' && name.length <= longestFollowUp && !used.includes(name));
      return [...new Set(fitting)].slice(0, mostFollowUps);
    },
  };
}

/** A passage's own heading, or its document's title. */
function nameOf({headings, document}: Passage): string {
  return (headings.at(-1) ?? document.title).trim();
}

function toSource(passage: Passage, quote: string): SourceEvent {
  const {id, document, headings} = passage;
  const {title, updatedAt} = document;
  const url = addressOfPassage(passage);
  return {
    type: 'source',
    id,
    title,
    ...(url !== undefined && {url}),
    quote,
    ...(headings.length > 0 && {section: headings.join(' › ')}),
    ...(updatedAt !== undefined && {updatedAt}),
  };
}
