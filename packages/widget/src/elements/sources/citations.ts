/** Numbers the sources of an answer, and places the marks that name them in its text. Pure. */
import type {Part, SourcePart, TextPart} from '@chatlet/protocol';
import {withIndex} from '../../markdown/with-index.ts';
import type {PlacedMark} from '../message/markdown-directive.ts';
import type {Words} from '../../translations/words.ts';

/** A source, its number, and the words that the answer cites first. */
export interface NumberedSource {
  readonly source: SourcePart;
  readonly number: number;
  readonly quote: string | undefined;
}

/** The sources in the order in which they are cited, then the others. */
export function numberSources(parts: readonly Part[]): readonly NumberedSource[] {
  const sources = new Map(parts.filter((part) => part.type === 'source').map((source) => [source.id, source]));
  const quotes = new Map<string, string | undefined>();
  for (const part of parts) {
    for (const {sourceId, quote} of (part.type === 'text' && part.citations) || []) {
      if (sources.has(sourceId) && !quotes.has(sourceId)) quotes.set(sourceId, quote);
    }
  }
  for (const id of sources.keys()) if (!quotes.has(id)) quotes.set(id, undefined);
  return [...quotes].flatMap(([id, quote], index) => {
    const source = sources.get(id);
    return source ? [{source, number: index + 1, quote}] : [];
  });
}

/** The marks of a text. Their ids are the indices of the part and of the citation. One that says the same as the mark before it is left out. */
export function placeCitations(
  {text, citations = []}: TextPart,
  {index, sources, words}: {index: number; sources: readonly NumberedSource[]; words: Words},
): readonly PlacedMark[] {
  const placed: PlacedMark[] = [];
  for (const [each, {at, sourceId}] of withIndex(citations)) {
    const cited = sources.find(({source}) => source.id === sourceId);
    if (!cited) continue;
    const {number, source} = cited;
    const place = Math.max(findPlace(text, at), placed.at(-1)?.at ?? 0);
    if (placed.some((mark) => mark.at === place && mark.number === number)) continue;
    placed.push({id: `${index}-${each}`, at: place, number, label: words.sourceName(number, source.title)});
  }
  return placed;
}

/** The citation of a mark, by the mark's id. */
export function findCitation(
  parts: readonly Part[],
  id: string,
): (NumberedSource & {readonly quote: string}) | undefined {
  const [index, each] = id.split('-').map(Number);
  const part = parts[index ?? -1];
  const citation = part?.type === 'text' ? part.citations?.[each ?? -1] : undefined;
  const cited = numberSources(parts).find(({source}) => source.id === citation?.sourceId);
  return cited && citation && {source: cited.source, number: cited.number, quote: citation.quote};
}

/** The mark of a list item, a quote or a heading, and lines of signs alone, such as the end of code. */
const wordless = /^(?:[\s>]*\d{1,9}[.)]|[^\p{L}\p{N}]*)$/u;

/** A mark stands directly behind the words before it, and not on the next line. */
function findPlace(text: string, at: number): number {
  const end = text.slice(0, at).trimEnd().length;
  const line = text.slice(text.lastIndexOf('\n', end - 1) + 1, end);
  // A table's row ends with a bar.
  return wordless.test(line) && !/\|.*\|$/.test(line) ? at : end;
}
