/** The operator reads here of questions that no page has answered, and of pages that need a look. */
import type {NearPassage} from './store.ts';

/** Questions that no page has answered, in the same words. */
export interface GapGroup {
  /** The newest of them, in the visitor's words. */
  readonly question: string;
  readonly count: number;
  /** ISO 8601. */
  readonly lastAsked: string;
  /** The nearest passages of the newest, best first. */
  readonly nearest: readonly NearPassage[];
}

/** A page that answers cite although it has changed since its last citation, or has not changed for long. */
export interface StalePage {
  readonly id: string;
  readonly title: string;
  readonly url?: string;
  readonly why: readonly ('changed' | 'old')[];
  readonly citations: number;
  /** When it was last cited, ISO 8601. */
  readonly lastCited: string;
  /** When it was last changed, ISO 8601. */
  readonly updatedAt?: string;
}

export interface PageReview {
  /**
   * The most frequent first.
   * @throws ChatError `not-found` if the store keeps none
   */
  gaps(): Promise<readonly GapGroup[]>;
  /**
   * The most cited first.
   * @param days the age from which a page is old
   * @throws ChatError `not-found` if the store counts no citations, or the search does not list its documents
   */
  stale(options: {readonly days: number}): Promise<readonly StalePage[]>;
}

/** Days. */
export const oldAge = 365;
