/** The interface to an index of documents. Every implementation passes `index/testing/document-index-contract.ts`. */
import type {Passage, Readers} from '../engine/retriever.ts';

/** Where documents come from: a site, a folder or a file. */
export interface IndexedSource {
  readonly id: string;
  /** The URL or the path, as the operator wrote it. */
  readonly target: string;
  readonly readers: Readers;
}

export interface SourceDocument {
  /** Its URL, or `SOURCE/path` of a file. Unique in the index. */
  readonly id: string;
  /** The id of its source. */
  readonly source: string;
  readonly title: string;
  /** Absent if it has no address that a visitor could open. */
  readonly url?: string;
  /** Primary language subtag of BCP 47, such as `en`. If absent, the index guesses it, which may fail. */
  readonly language?: string;
  /** When it was last changed, ISO 8601. */
  readonly updatedAt?: string;
  /** A hash of the content, which is indexed again only if this changes. */
  readonly hash: string;
  /** The validators of the response, for the next request. */
  readonly etag?: string;
  readonly lastModified?: string;
}

/** A piece of a document, before it is indexed. */
export interface Chunk {
  /** The headings above it, outermost first; empty before the first heading. */
  readonly headings: readonly string[];
  /** Markdown. */
  readonly text: string;
  /** The id of its heading on the page. */
  readonly anchor?: string;
  /** The page of a PDF, from 1. */
  readonly page?: number;
}

/** A text as a vector of numbers. Texts with a similar meaning have similar vectors, if one model has made both. */
export interface Embedding {
  readonly model: string;
  readonly vector: Float32Array;
}

/** A chunk that has no vector yet. */
export interface ChunkToEmbed {
  /** Its key in the index, until its document is put again. */
  readonly key: number;
  /** The title, the headings and the text. */
  readonly text: string;
}

export interface KeyedVector {
  readonly key: number;
  readonly vector: Float32Array;
}

export interface IndexSearchOptions {
  /** The ids of the sources to search. */
  readonly sources: readonly string[];
  /** A URL, or a path from `/`: passages of documents at it or below it are preferred. */
  readonly section?: string | undefined;
  /** The most passages, without neighbours. */
  readonly limit: number;
  /** Passages before and after each that was found, which are given with it; 0 by default. */
  readonly neighbours?: number | undefined;
  /** Whether the last word may be unfinished, and words in titles and headings count most. */
  readonly typing?: boolean | undefined;
  /** Of the query: passages with a similar meaning are found, too. Other models' vectors are left out. */
  readonly embedding?: Embedding | undefined;
  readonly signal?: AbortSignal;
}

export interface DocumentIndex {
  sources(): Promise<readonly IndexedSource[]>;
  /** Adds a source, or changes its target and readers. */
  setSource(source: IndexedSource): Promise<void>;
  /** Removes a source and its documents. */
  removeSource(id: string): Promise<void>;
  /** The documents of a source, without their chunks. */
  documents(source: string): Promise<readonly SourceDocument[]>;
  /**
   * Adds documents or replaces them with all their chunks, all at once or none.
   * @throws ChatError `not-found` if there is no such source
   */
  put(documents: readonly {readonly document: SourceDocument; readonly chunks: readonly Chunk[]}[]): Promise<void>;
  /** Changes what is known of documents whose content is the same as before. */
  touch(documents: readonly SourceDocument[]): Promise<void>;
  remove(documentIds: readonly string[]): Promise<void>;
  /**
   * Passages of these sources that fit the query, best first, each with its neighbours in the order of the document. No
   * passage is given twice.
   */
  search(query: string, options: IndexSearchOptions): Promise<readonly Passage[]>;
  /** All passages of a document, in its order; none if it is in none of these sources. */
  read(documentId: string, options: {readonly sources: readonly string[]}): Promise<readonly Passage[]>;
  /** Chunks that have no vector of this model, by key; only those behind the key `after`. */
  chunksWithoutVector(
    model: string,
    options: {readonly limit: number; readonly after?: number},
  ): Promise<readonly ChunkToEmbed[]>;
  /** Keeps vectors of chunks in place of those that they had. Searches find by them within five seconds. */
  putVectors(model: string, vectors: readonly KeyedVector[]): Promise<void>;
  /** Whether there is no document at all. */
  isEmpty(): Promise<boolean>;
  close(): Promise<void>;
}
