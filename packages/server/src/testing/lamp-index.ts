/** An index with documents for everybody and one for the plan gold, and the keys of callers with and without that plan. */
import type {Retriever} from '../engine/retriever.ts';
import type {Chunk} from '../retrieval/document-index.ts';
import {sqliteIndex} from '../retrieval/index/sqlite.ts';
import {indexRetriever} from '../retrieval/retriever.ts';

export const goldAndDefault = {
  apiKeys: [
    {key: 'key-of-alice', plan: 'gold', account: 'alice'},
    {key: 'key-of-bob', plan: 'default', account: 'bob'},
  ],
  plans: [{name: 'gold'}, {name: 'default'}],
};

/** A page that everybody may read. */
export interface LampPage {
  /** Its path. */
  readonly id: string;
  readonly title: string;
  readonly updatedAt?: string;
  readonly chunks: readonly Chunk[];
}

/** A search in these pages, and in `/plans`, which the plan gold alone may read. */
export async function lampRetriever(...pages: readonly LampPage[]): Promise<Retriever> {
  const index = sqliteIndex({path: ':memory:'});
  await index.setSource({id: 'docs', target: '/docs', readers: 'everybody'});
  await index.setSource({id: 'inner', target: '/inner', readers: {plans: ['gold']}});
  const secret: LampPage = {id: '/plans', title: 'Secret lamp', chunks: [{headings: [], text: 'The secret lamp.'}]};
  const toDocument = (source: string, {chunks, ...page}: LampPage) => ({
    document: {...page, source, url: `https://x.example${page.id}`, hash: ''},
    chunks,
  });
  await index.put([...pages.map((page) => toDocument('docs', page)), toDocument('inner', secret)]);
  return indexRetriever(index);
}
