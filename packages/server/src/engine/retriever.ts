/** The interface to documents that answers are based on. */
import type {Owner} from './store.ts';

/** A piece of a document, small enough to be quoted. */
export interface Passage {
  /** The id of its document and its position in it. */
  readonly id: string;
  readonly document: {readonly id: string; readonly title: string; readonly url?: string};
  /** The headings above it, outermost first; empty before the first heading. */
  readonly headings: readonly string[];
  /** Markdown. */
  readonly text: string;
}

export interface Retriever {
  /** The passages that fit the question, best first; none if nothing fits. Only passages that this owner may read. */
  search(
    question: string,
    options: {readonly owner: Owner; readonly limit: number; readonly signal: AbortSignal},
  ): Promise<readonly Passage[]>;
}
