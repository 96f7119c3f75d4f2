/** Searches documents for somebody who types: pages, each with its best passage. No model is asked. */
import {toPlainText} from './grounding/plain-text.ts';
import {normalizeForSearch} from './normalize-for-search.ts';
import {type Asker, type Passage, type Retriever, addressOfPassage} from './retriever.ts';

export interface FoundPage {
  /** The id of its best passage. */
  readonly id: string;
  readonly title: string;
  /** The heading above the passage. */
  readonly section?: string;
  /** Of the heading, if that has an address. */
  readonly url?: string;
  /** Plain text of the passage around the words that were searched. */
  readonly snippet: string;
  /** When the page was last changed, ISO 8601. */
  readonly updatedAt?: string;
}

export interface PageSearch {
  readonly asker: Asker;
  /** The place that the visitor is at: see SearchOptions. */
  readonly section?: string | undefined;
  /** See SearchOptions. */
  readonly origin?: string | undefined;
  /** The most pages. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Passages for each page that is wanted: most pages have several that fit. */
const passagesPerPage = 6;

/** The pages that fit, best first. The last word of the query may be unfinished. */
export async function searchPages(
  retriever: Retriever,
  query: string,
  {limit, ...options}: PageSearch,
): Promise<readonly FoundPage[]> {
  if (query.trim() === '') return [];
  const passages = await retriever.search(query, {...options, limit: limit * passagesPerPage, typing: true});
  const best = new Map<string, Passage>();
  for (const passage of passages) {
    if (!best.has(passage.document.id)) best.set(passage.document.id, passage);
  }
  return [...best.values()].slice(0, limit).map((passage) => foundPage(passage, query));
}

function foundPage(passage: Passage, query: string): FoundPage {
  const {id, document, headings, text} = passage;
  const {title, updatedAt} = document;
  const section = headings.at(-1);
  const url = addressOfPassage(passage);
  return {
    id,
    title,
    ...(section !== undefined && {section}),
    ...(url !== undefined && {url}),
    snippet: snippetOf(toPlainText(text).replaceAll(/\s+/g, ' ').trim(), query),
    ...(updatedAt !== undefined && {updatedAt}),
  };
}

/** Characters of a snippet, without the dots that say that there is more. */
const snippetLength = 180;

/** The part of the text with most words of the query, beginning and ending between words if there are spaces. */
function snippetOf(text: string, query: string): string {
  if (text.length <= snippetLength) return text;
  const start = startOfBest(text, wordsOf(query));
  const from = start === 0 ? 0 : afterSpace(text, start);
  const cut = from + snippetLength;
  const space = text.lastIndexOf(' ', cut);
  const to = cut >= text.length ? text.length : space > from + snippetLength / 2 ? space : cut;
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}

/** Where a snippet with most different words begins: a little before the first of them. */
function startOfBest(text: string, words: readonly string[]): number {
  const lower = text.toLowerCase();
  const places = words
    .flatMap((word, number) => placesOf(lower, word).map((place) => ({place, number})))
    .toSorted((a, b) => a.place - b.place);
  let best = {place: 0, count: 0};
  for (const [i, {place}] of places.entries()) {
    const within = places.slice(i).filter((other) => other.place < place + snippetLength * 0.75);
    const count = new Set(within.map(({number}) => number)).size;
    if (count > best.count) best = {place, count};
  }
  return Math.max(0, Math.min(best.place - snippetLength / 4, text.length - snippetLength));
}

/** Places to look at for each word, so that a text of one word costs no more than others. */
const mostPlaces = 20;

function placesOf(text: string, word: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(word); at >= 0 && places.length < mostPlaces; at = text.indexOf(word, at + 1)) {
    places.push(at);
  }
  return places;
}

/** Beginnings of the words, so that another form of a word is found, too. Short words are mostly stop words. */
function wordsOf(query: string): readonly string[] {
  const words = normalizeForSearch(query).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.filter((word) => word.length > 2 || !/^[a-z]/.test(word)).map((word) => word.slice(0, 6));
}

function afterSpace(text: string, place: number): number {
  const space = text.indexOf(' ', place);
  return space >= 0 && space < place + 30 ? space + 1 : Math.round(place);
}
