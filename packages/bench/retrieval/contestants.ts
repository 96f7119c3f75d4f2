/** Full-text searches over the same chunks. Each gets them once, and then questions with the products to search in. */
import {DatabaseSync} from 'node:sqlite';
import MiniSearch from 'minisearch';
import type {Embedder} from '../../server/src/engine/embedder.ts';
import {embedMissing} from '../../server/src/retrieval/embed-chunks.ts';
import {sqliteIndex} from '../../server/src/retrieval/index/sqlite.ts';
import type {SourceDocument} from '../../server/src/retrieval/document-index.ts';
import {cachingEmbedder} from './embeddings.ts';
import {type BenchChunk, type Product, products} from './faq-523.ts';

const {signal} = new AbortController();

export interface SearchRequest {
  readonly text: string;
  readonly products: readonly Product[];
  readonly limit: number;
  /** Chunks before and after each that is found; only our index gives any. */
  readonly neighbours?: number;
}

export interface Contestant {
  /** Best first. */
  search(request: SearchRequest): Promise<readonly BenchChunk[]>;
  close(): Promise<void>;
}

export type Prepare = (chunks: readonly BenchChunk[]) => Promise<Contestant>;

export const contestants: Readonly<Record<string, Prepare>> = {
  'FTS5 unicode61': async (chunks) => fts5(chunks),
  minisearch: async (chunks) => minisearch(chunks),
  ours: (chunks) => ours(chunks),
};

/** Our index with vectors of a small model. The model needs 40 minutes of CPU for all chunks, once. */
export function oursWithVectors(cache: string): Prepare {
  return async (chunks) => ours(chunks, await cachingEmbedder(cache));
}

/** FTS5 as its manual shows it: the default tokenizer, any of the words, ranked as it ranks. */
function fts5(chunks: readonly BenchChunk[]): Contestant {
  const db = new DatabaseSync(':memory:');
  db.exec('create virtual table chunks using fts5 (product unindexed, title, headings, text)');
  const insert = db.prepare('insert into chunks (rowid, product, title, headings, text) values (?, ?, ?, ?, ?)');
  db.exec('begin');
  for (const [i, {product, title, headings, text}] of chunks.entries()) {
    insert.run(i, product, title, headings.join(' > '), text);
  }
  db.exec('commit');
  const find = db.prepare(`
    select rowid from chunks where chunks match ? and product in (select value from json_each(?)) order by rank limit ?
  `);
  return {
    async search({text, products: asked, limit}) {
      const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
      const rows = find.all(words.map((word) => `"${word}"`).join(' OR '), JSON.stringify(asked), limit);
      return rows.flatMap(({rowid}) => chunks[Number(rowid)] ?? []);
    },
    async close() {
      db.close();
    },
  };
}

/** With its defaults: any of the words, BM25+. */
function minisearch(chunks: readonly BenchChunk[]): Contestant {
  const index = new MiniSearch({fields: ['title', 'headings', 'text']});
  index.addAll(chunks.map(({title, headings, text}, id) => ({id, title, headings: headings.join(' > '), text})));
  return {
    async search({text, products: asked, limit}) {
      const filter = ({id}: {readonly id: unknown}) => {
        const chunk = chunks[Number(id)];
        return chunk !== undefined && asked.includes(chunk.product);
      };
      return index
        .search(text, {filter})
        .slice(0, limit)
        .flatMap(({id}) => chunks[Number(id)] ?? []);
    },
    async close() {
      index.removeAll();
    },
  };
}

/** The index of our server in memory, each product a source. */
async function ours(chunks: readonly BenchChunk[], embedder?: Embedder): Promise<Contestant> {
  const index = sqliteIndex({path: ':memory:'});
  for (const id of products) await index.setSource({id, target: `/${id}`, readers: 'everybody'});
  const pages = Map.groupBy(chunks, ({page}) => page);
  await index.put(
    Array.from(pages, ([id, own]) => {
      const [{product = products[0], title = ''} = {}] = own;
      const document: SourceDocument = {id, source: product, title, language: 'en', hash: ''};
      return {document, chunks: own.map(({headings, text}) => ({headings, text}))};
    }),
  );
  if (embedder) await embedMissing({index, embedder, signal});
  return {
    async search({text, products: asked, limit, neighbours}) {
      const [vector] = embedder ? await embedder.embed([text], {signal}) : [];
      const embedding = vector && {model: embedder?.model ?? '', vector};
      const found = await index.search(text, {sources: asked, limit, neighbours, embedding});
      return found.flatMap(({id}) => {
        const place = id.lastIndexOf('#');
        return pages.get(id.slice(0, place))?.[Number(id.slice(place + 1))] ?? [];
      });
    },
    close: () => index.close(),
  };
}
