/**
 * An index of documents in one SQLite file, searched by FTS5. Runs on the caller's thread: a search takes milliseconds and
 * an ingest minutes, so a server opens it by thread.ts.
 *
 * Chunks are stored once. The table of words is contentless: it holds only where each word stands. The key of a chunk
 * begins with the number of its source, so that a source is a range of keys and a search reads no other source. Chunks
 * of one document have keys in a row, so that neighbours are found by key.
 */
import {ChatError} from '@chatlet/protocol';
import type {Passage} from '../../engine/retriever.ts';
import {cacheStatements, numberIn, openConnection, type Row, textIn} from '../../stores/sqlite/database.ts';
import {explainSqliteError} from '../../stores/sqlite/sqlite-errors.ts';
import {inTransaction} from '../../stores/sqlite/transactions.ts';
import type {Chunk, DocumentIndex, IndexedSource, IndexSearchOptions, SourceDocument} from '../document-index.ts';
import {loadStemmers, type Stem, stemText} from '../stemmers.ts';
import {guessLanguage, spaceWords} from '../words.ts';
import {isBelow} from './below.ts';
import {findTerms, type Match, matchExpression} from './match-expression.ts';
import {chooseRare} from './rare-terms.ts';
import {hasOldWords, keysOfSource, replaceWords, setUp} from './schema.ts';
import {createVectorTable} from './vectors.ts';
import {type KeyedPassage, withNeighbours} from './neighbours.ts';
import {type Candidate, fuseRanks} from './rank-fusion.ts';

export interface SqliteIndexOptions {
  /** The file. If it does not exist it is created, with its folder. `:memory:` keeps nothing after `close`. */
  readonly path: string;
}

/** How much a word counts in the title, in the headings, and in the text. */
const weights = [0.1, 0.3, 1] as const;
/** The same while somebody types, who looks for a page by its name. */
const typingWeights = [4, 3, 1] as const;

/** How much more a passage counts that is in the visitor's section, and among how many passages it is looked for. */
const inSection = 1.5;
const preferredFrom = 1_000;

type WordsOfChunk = Pick<Chunk, 'headings' | 'text'> & {readonly title: string};

interface CandidateSearch {
  readonly sources: readonly number[];
  readonly typing: boolean;
  readonly limit: number;
}

/**
 * Opens the index. Several processes may read it while one writes.
 * @throws ChatError `internal` if the file is no database
 */
export function sqliteIndex({path}: SqliteIndexOptions): DocumentIndex {
  const db = openConnection(path, setUp);
  const sql = cacheStatements(db);
  const vectors = createVectorTable(sql);

  /** The result of `work`, as a promise even if it throws. */
  const attempt = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw explainSqliteError(error);
    }
  };

  const write = async <Result>(work: () => Result): Promise<Result> => attempt(() => inTransaction(db, work));

  const sourceNumber = (id: string): number => {
    const row = sql('select number from sources where id = ?').get(id);
    if (!row) throw new ChatError('not-found', `There is no source “${id}” in the index.`);
    return numberIn(row, 'number');
  };

  const removeChunks = (document: Row) => {
    const first = numberIn(document, 'first_chunk');
    const last = first + numberIn(document, 'chunk_count') - 1;
    sql('delete from words where rowid between ? and ?').run(first, last);
    sql('delete from chunks where key between ? and ?').run(first, last);
  };

  const removeDocument = (document: Row) => {
    removeChunks(document);
    sql('delete from documents where number = ?').run(numberIn(document, 'number'));
  };

  /** Writes text into the table of words, as words of this language. */
  const spaceStems = (text: string, stem: Stem | undefined): string => spaceWords(stem ? stemText(text, stem) : text);

  const putWords = (key: number, {title, headings, text}: WordsOfChunk, stem: Stem | undefined) => {
    sql('insert into words (rowid, title, headings, text) values (?, ?, ?, ?)').run(
      key,
      spaceStems(title, stem),
      spaceStems(headings.join('\n'), stem),
      spaceStems(text, stem),
    );
  };

  const putDocument = (document: SourceDocument, chunks: readonly Chunk[], stem: Stem | undefined) => {
    const source = sourceNumber(document.source);
    const before = sql('select * from documents where id = ?').get(document.id);
    if (before) removeDocument(before);
    const start = source * keysOfSource;
    const newest = sql('select max(key) as key from chunks where key between ? and ?').get(
      start,
      start + keysOfSource - 1,
    );
    const first = typeof newest?.['key'] === 'number' ? newest['key'] + 1 : start;
    const {lastInsertRowid: number} = sql(`
      insert into documents
        (id, source, first_chunk, chunk_count, title, url, language, updated_at, hash, etag, last_modified)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `).run(document.id, source, first, chunks.length, ...detailsOf(document));
    for (const [i, {headings, text, anchor, page}] of chunks.entries()) {
      sql('insert into chunks (key, document, headings, text, anchor, page) values (?, ?, ?, ?, ?, ?)').run(
        first + i,
        number,
        JSON.stringify(headings),
        text,
        anchor ?? null,
        page ?? null,
      );
      putWords(first + i, {title: document.title, headings, text}, stem);
    }
  };

  /** An index of an older version has other words for the same chunks. */
  const upgradeWords = async () => {
    if (!hasOldWords(db)) return;
    const stems = await loadStemmers(languages());
    inTransaction(db, () => {
      // Another process may have been faster.
      if (!hasOldWords(db)) return;
      replaceWords(db);
      const chunks = sql(`
        select key, title, headings, text, language from chunks join documents on documents.number = chunks.document
      `);
      for (const row of chunks.iterate()) {
        const words = {title: textIn(row, 'title'), headings: headingsIn(row), text: textIn(row, 'text')};
        putWords(numberIn(row, 'key'), words, stems.get(String(row['language'])));
      }
    });
  };

  /** Languages of the documents, commonest first. */
  const languages = () =>
    sql('select language from documents where language is not null group by language order by count(*) desc, language')
      .all()
      .map((row) => textIn(row, 'language'));

  const findCandidates = (match: Match, {sources, typing, limit}: CandidateSearch): readonly Candidate[] => {
    const [first, last] = [Math.min(...sources), Math.max(...sources)];
    const {count: inRange} =
      sql('select count(*) as count from sources where number between ? and ?').get(first, last) ?? {};
    // Most servers search all of their sources, and a look at each row takes a fifth of the time.
    const isWhole = inRange === new Set(sources).size;
    const within = `rowid between ? and ?${isWhole ? '' : ` and rowid / ${keysOfSource} in (select value from json_each(?))`}`;
    const range = [first * keysOfSource, (last + 1) * keysOfSource - 1, ...(isWhole ? [] : [JSON.stringify(sources)])];
    const count = (term: string): number =>
      numberIn(sql(`select count(*) as n from words where words match ? and ${within}`).get(term, ...range) ?? {}, 'n');
    const rare = match.allInHeadings ? match.terms : chooseRare(match.terms, {count, limit});
    const isRare = rare.length === match.terms.length ? [] : [matchExpression({...match, terms: rare}), ...range];
    // The plus keeps SQLite from looking for one candidate after the other.
    const among =
      isRare.length === 0 ? '' : `and +rowid in (select rowid from words where words match ? and ${within})`;
    return (
      sql(`
        select rowid as key, bm25(words, ${(typing ? typingWeights : weights).join(', ')}) as score from words
        where words match ? and ${within} ${among} order by score, rowid limit ?
      `)
        .all(matchExpression(match), ...range, ...isRare, limit)
        // FTS5 makes the best score the lowest.
        .map((row) => ({key: numberIn(row, 'key'), score: -numberIn(row, 'score')}))
    );
  };

  const preferSection = (candidates: readonly Candidate[], section: string): readonly Candidate[] => {
    const url = sql('select url from documents where number = (select document from chunks where key = ?)');
    return candidates
      .map(({key, score}) => {
        const row = url.get(key);
        return {
          key,
          score: typeof row?.['url'] === 'string' && isBelow(row['url'], section) ? score * inSection : score,
        };
      })
      .toSorted((a, b) => b.score - a.score);
  };

  const readPassages = (first: number, last: number): readonly KeyedPassage[] =>
    sql(`
      select key, first_chunk, chunks.headings, text, anchor, page, documents.id, title, url, updated_at, hash
      from chunks join documents on documents.number = chunks.document where key between ? and ? order by key
    `)
      .all(first, last)
      .map((row) => ({key: numberIn(row, 'key'), passage: passageIn(row)}));

  const search = (query: string, stems: Iterable<Stem>, options: IndexSearchOptions) => {
    const {sources, section, limit, neighbours = 0, typing = false, embedding} = options;
    const numbers = sources
      .map((id) => sql('select number from sources where id = ?').get(id))
      .flatMap((row) => (row ? [numberIn(row, 'number')] : []));
    const match = findTerms(query, {languages: languages(), stems, typing});
    if (numbers.length === 0) return [];
    const within = {sources: numbers, limit: Math.max(limit, section === undefined ? 0 : preferredFrom)};
    const byWords = match === undefined ? [] : findCandidates(match, {...within, typing});
    const found = embedding
      ? fuseRanks([
          {candidates: byWords, weight: 2},
          {candidates: vectors.search(embedding, within), weight: 1},
        ])
      : byWords;
    const ranked = section === undefined ? found : preferSection(found, section);
    const keys = ranked.slice(0, limit).map(({key}) => key);
    return withNeighbours(keys, neighbours, readPassages);
  };

  return {
    sources: () =>
      attempt(() =>
        sql('select id, target, readers from sources order by id')
          .all()
          .map((row): IndexedSource => ({
            id: textIn(row, 'id'),
            target: textIn(row, 'target'),
            readers: JSON.parse(textIn(row, 'readers')),
          })),
      ),
    setSource: ({id, target, readers}) =>
      attempt(() => {
        sql(`
          insert into sources (id, target, readers) values (?, ?, ?)
          on conflict (id) do update set target = excluded.target, readers = excluded.readers
        `).run(id, target, JSON.stringify(readers));
      }),
    removeSource: (id) =>
      write(() => {
        const row = sql('select number from sources where id = ?').get(id);
        if (!row) return;
        const number = numberIn(row, 'number');
        for (const document of sql('select * from documents where source = ?').all(number)) removeDocument(document);
        sql('delete from sources where number = ?').run(number);
      }),
    documents: (source) =>
      attempt(() =>
        sql(`
          select documents.*, sources.id as source_id from documents join sources on sources.number = documents.source
          where sources.id = ? order by documents.id
        `)
          .all(source)
          .map(documentIn),
      ),
    async put(documents) {
      const guessed = documents.map(({document, chunks}) => {
        const language = document.language ?? guessLanguage(chunks.map(({text}) => text).join('\n'));
        return {document: language === undefined ? document : {...document, language}, chunks};
      });
      const stems = await loadStemmers(guessed.flatMap(({document: {language}}) => language ?? []));
      await attempt(upgradeWords);
      return write(() => {
        for (const {document, chunks} of guessed) putDocument(document, chunks, stems.get(document.language ?? ''));
      });
    },
    touch: (documents) =>
      write(() => {
        for (const document of documents) {
          sql(`
            update documents set title = ?, url = ?, language = coalesce(?, language), updated_at = ?, hash = ?,
              etag = ?, last_modified = ? where id = ?
          `).run(...detailsOf(document), document.id);
        }
      }),
    remove: (documentIds) =>
      write(() => {
        for (const id of documentIds) {
          const document = sql('select * from documents where id = ?').get(id);
          if (document) removeDocument(document);
        }
      }),
    async search(query, options) {
      options.signal?.throwIfAborted();
      await attempt(upgradeWords);
      const stems = await loadStemmers(await attempt(languages));
      return attempt(() => search(query, stems.values(), options));
    },
    read: (documentId, {sources}) =>
      attempt(() => {
        const row = sql(`
          select first_chunk, chunk_count from documents join sources on sources.number = documents.source
          where documents.id = ? and sources.id in (select value from json_each(?))
        `).get(documentId, JSON.stringify(sources));
        if (!row) return [];
        const first = numberIn(row, 'first_chunk');
        return readPassages(first, first + numberIn(row, 'chunk_count') - 1).map(({passage}) => passage);
      }),
    chunksWithoutVector: (model, {limit, after = -1}) =>
      attempt(() =>
        sql(`
          select chunks.key, title, headings, text from chunks join documents on documents.number = chunks.document
          where chunks.key > ? and not exists (select 1 from vectors where vectors.key = chunks.key and model = ?)
          order by chunks.key limit ?
        `)
          .all(after, model, limit)
          .map((row) => ({
            key: numberIn(row, 'key'),
            text: [textIn(row, 'title'), ...headingsIn(row), textIn(row, 'text')].join('\n'),
          })),
      ),
    putVectors: (model, keyed) => write(() => vectors.put(model, keyed)),
    isEmpty: () => attempt(() => sql('select 1 from documents limit 1').get() === undefined),
    async close() {
      db.close();
    },
  };
}

/** The columns of a document that a new version of it may change, in the order of the statements. */
function detailsOf(document: SourceDocument): readonly (string | null)[] {
  const {title, url, language, updatedAt, hash, etag, lastModified} = document;
  return [title, url ?? null, language ?? null, updatedAt ?? null, hash, etag ?? null, lastModified ?? null];
}

function documentIn(row: Row): SourceDocument {
  return {
    id: textIn(row, 'id'),
    source: textIn(row, 'source_id'),
    title: textIn(row, 'title'),
    hash: textIn(row, 'hash'),
    ...textIf(row, 'url', 'url'),
    ...textIf(row, 'language', 'language'),
    ...textIf(row, 'updated_at', 'updatedAt'),
    ...textIf(row, 'etag', 'etag'),
    ...textIf(row, 'last_modified', 'lastModified'),
  };
}

function passageIn(row: Row): Passage {
  const id = textIn(row, 'id');
  const {page} = row;
  return {
    id: `${id}#${numberIn(row, 'key') - numberIn(row, 'first_chunk')}`,
    document: {
      id,
      title: textIn(row, 'title'),
      ...textIf(row, 'url', 'url'),
      ...textIf(row, 'updated_at', 'updatedAt'),
      hash: textIn(row, 'hash'),
    },
    headings: headingsIn(row),
    text: textIn(row, 'text'),
    ...textIf(row, 'anchor', 'anchor'),
    ...(typeof page === 'number' && {page}),
  };
}

function headingsIn(row: Row): readonly string[] {
  return JSON.parse(textIn(row, 'headings'));
}

/** A column as a field, unless it is null. */
function textIf<Name extends string>(row: Row, column: string, name: Name): {readonly [name in Name]?: string} {
  const value = row[column];
  const field: {[name in Name]?: string} = {};
  if (typeof value === 'string') field[name] = value;
  return field;
}
