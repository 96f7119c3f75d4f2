/** Groups questions that no page has answered by their words, and compares cited pages with those of the index. */
import {ChatError} from '@chatlet/protocol';
import {itemsOf} from '../engine/all-items.ts';
import type {GapGroup, PageReview, StalePage} from '../engine/page-review.ts';
import type {Retriever} from '../engine/retriever.ts';
import type {CitedDocument, Store} from '../engine/store.ts';
import {stopWords} from './stop-words.ts';
import {queryWords} from './words.ts';

export interface PageReviewServices {
  readonly store: Pick<Store, 'gapsOfAll' | 'citations'>;
  /** Absent if there are no documents. */
  readonly retriever?: Pick<Retriever, 'documents'> | undefined;
}

/** The newest questions are grouped. */
const mostGaps = 10_000;
const mostGroups = 1_000;
const day = 24 * 60 * 60 * 1000;
const languages = [...stopWords.keys()];

export function createPageReview({store, retriever}: PageReviewServices): PageReview {
  return {
    async gaps() {
      if (!store.gapsOfAll) throw new ChatError('not-found', 'This store keeps no questions without an answer.');
      const groups = new Map<string, GapGroup>();
      let left = mostGaps;
      const newestFirst = itemsOf(async (cursor) => (await store.gapsOfAll?.({limit: 200, ...cursor})) ?? {items: []});
      for await (const {question, createdAt, passages} of newestFirst) {
        const key = queryWords(question, languages).words.toSorted().join(' ');
        const group = groups.get(key) ?? {question, count: 0, lastAsked: createdAt, nearest: passages};
        groups.set(key, {...group, count: group.count + 1});
        if (--left === 0) break;
      }
      return [...groups.values()]
        .toSorted((a, b) => b.count - a.count || b.lastAsked.localeCompare(a.lastAsked))
        .slice(0, mostGroups);
    },

    async stale({days}) {
      if (!retriever) return [];
      const [cited, documents] = await Promise.all([store.citations?.(), retriever.documents?.()]);
      if (!cited) throw new ChatError('not-found', 'This store counts no citations.');
      if (!documents) throw new ChatError('not-found', 'This search does not list its documents.');
      const oldBefore = Date.now() - days * day;
      const current = new Map(documents.map((document) => [document.id, document]));
      return cited.flatMap((citation): readonly StalePage[] => {
        const document = current.get(citation.id);
        if (!document) return [];
        const {id, title, url, updatedAt} = document;
        const isOld = updatedAt !== undefined && Date.parse(updatedAt) < oldBefore;
        const why = [
          ...(hasChanged(citation, document) ? (['changed'] as const) : []),
          ...(isOld ? (['old'] as const) : []),
        ];
        if (why.length === 0) return [];
        const details = {...(url !== undefined && {url}), ...(updatedAt !== undefined && {updatedAt})};
        return [{id, title, ...details, why, citations: citation.count, lastCited: citation.citedAt}];
      });
    },
  };
}

/** The hash decides, if both have one: the time of a file changes with each copy. */
function hasChanged(cited: CitedDocument, {hash, updatedAt}: Pick<CitedDocument, 'hash' | 'updatedAt'>): boolean {
  if (cited.hash !== undefined && hash !== undefined) return cited.hash !== hash;
  return updatedAt !== undefined && cited.updatedAt !== updatedAt;
}
