/** Where answers find what they rest on. */
import type {Owner} from './store.ts';

/** A piece of a document, small enough to be quoted. */
export interface Passage {
  /** Its document's id and its place in there. */
  readonly id: string;
  readonly document: {readonly id: string; readonly title: string; readonly url?: string};
  /** The headings above it, outermost first; empty for what stands before the first heading. */
  readonly headings: readonly string[];
  /** Markdown. */
  readonly text: string;
}

export interface Retriever {
  /** The passages that fit the question, best first; none where nothing fits. Only what this owner may read. */
  search(
    question: string,
    options: {readonly owner: Owner; readonly limit: number; readonly signal: AbortSignal},
  ): Promise<readonly Passage[]>;
}
