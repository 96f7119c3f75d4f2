/** The interface to documents that answers are based on, and who may read which. Knows no index and no file. */
import type {Owner} from './store.ts';

/** A piece of a document, small enough to be quoted. */
export interface Passage {
  /** `DOCUMENT#n`: the id of its document, and its position in it from 0. */
  readonly id: string;
  readonly document: {
    readonly id: string;
    readonly title: string;
    /** Absent if the document has no address that a visitor could open. */
    readonly url?: string;
    /** When it was last changed, ISO 8601. */
    readonly updatedAt?: string;
    /** Of its content. */
    readonly hash?: string;
  };
  /** The headings above it, outermost first; empty before the first heading. */
  readonly headings: readonly string[];
  /** Markdown. */
  readonly text: string;
  /** The id of its heading on the page, for a link. */
  readonly anchor?: string;
  /** The page of a PDF, from 1. */
  readonly page?: number;
  /** It was not found itself, but stands beside one that was. */
  readonly isNeighbour?: boolean;
}

/** Who may read a source: everybody, all signed-in users, or callers with one of these plans or owners. */
export type Readers = 'everybody' | 'users' | {readonly plans?: readonly string[]; readonly owners?: readonly Owner[]};

/** Whose question it is. */
export interface Asker {
  readonly owner: Owner;
  /** The name of the caller's plan. */
  readonly plan?: string;
}

/** Who searches, from where, and for how much. */
export interface SearchOptions {
  /** Only passages that this caller may read are found. */
  readonly asker: Asker;
  /** The place that the visitor is at, as a URL or a path from `/`: passages at it or below it are preferred. */
  readonly section?: string | undefined;
  /** The origin by which the caller reaches the server: addresses of documents on it begin there. */
  readonly origin?: string | undefined;
  /** The most passages, without neighbours. */
  readonly limit: number;
  /** Passages before and after each that was found, which are given with it; 0 by default. */
  readonly neighbours?: number | undefined;
  /** Whether the last word may be unfinished, and words in titles and headings count most. */
  readonly typing?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** A search for passages of documents. Implement it to bring a search of your own. */
export interface Retriever {
  /**
   * The passages that fit the question, best first; none if nothing fits. Neighbours stand right behind or before the
   * passage that was found, in the order of the document; no passage is given twice.
   */
  search(question: string, options: SearchOptions): Promise<readonly Passage[]>;
  /** All passages of a document, in its order; none if there is no such document for this caller. */
  read?(documentId: string, options: Pick<SearchOptions, 'asker' | 'origin'>): Promise<readonly Passage[]>;
  /** Whether there is any document at all. */
  isEmpty(): Promise<boolean>;
  /** All documents. Without it there is no list of stale pages. */
  documents?(): Promise<readonly Passage['document'][]>;
  /** Ends the search when the server closes. No call follows. */
  close(): Promise<void>;
}

/** The address of a passage on its page; of the page if the passage has no place there. Undefined if the page has none. */
export function addressOfPassage({document: {url}, anchor, page}: Passage): string | undefined {
  const place = page === undefined ? anchor : `page=${page}`;
  return url === undefined || place === undefined || url.includes('#') ? url : `${url}#${encodeURI(place)}`;
}

export function mayRead(readers: Readers, {owner, plan}: Asker): boolean {
  if (readers === 'everybody') return true;
  if (readers === 'users') return owner.startsWith('user:');
  return (plan !== undefined && readers.plans?.includes(plan) === true) || readers.owners?.includes(owner) === true;
}
