/** A retriever for tests that finds the same passages for every question, and notes what it was asked. */
import {type Passage, type Readers, type Retriever, type SearchOptions, mayRead} from '../engine/retriever.ts';

export interface KeptPassage extends Passage {
  /** Everybody by default. */
  readonly readers?: Readers;
}

export interface FakeRetriever extends Retriever {
  readonly searches: readonly {readonly question: string; readonly options: SearchOptions}[];
}

export function fakeRetriever(...passages: readonly KeptPassage[]): FakeRetriever {
  const searches: {question: string; options: SearchOptions}[] = [];
  return {
    searches,
    async search(question, options) {
      searches.push({question, options});
      return passages.filter(({readers = 'everybody'}) => mayRead(readers, options.asker));
    },
    read: async (documentId, {asker}) =>
      passages.filter(({document, readers = 'everybody'}) => document.id === documentId && mayRead(readers, asker)),
    isEmpty: async () => passages.length === 0,
    documents: async () => passages.map(({document}) => document),
    async close() {},
  };
}

/** A passage of a report, with one figure. */
export const reportPassage: KeptPassage = {
  id: 'report.md#3',
  document: {id: 'report.md', title: 'Annual report', url: 'https://example.com/report'},
  headings: ['Results', 'Fourth quarter'],
  text: 'Revenue in Q4 was **12.4 million** euros, 8 % more than in Q3.',
};
