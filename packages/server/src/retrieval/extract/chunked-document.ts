/** A document as an index takes it: read, and split into chunks. */
import {createHash} from 'node:crypto';
import {splitIntoChunks} from '../chunks.ts';
import type {Chunk} from '../document-index.ts';
import {extract} from './extract.ts';
import type {RawDocument} from './format.ts';
import type {Extracted} from './extracted.ts';
import type {HtmlPage} from './html.ts';

export interface ChunkedDocument extends Omit<Extracted, 'parts'> {
  readonly chunks: readonly Chunk[];
  /** Of the title and the chunks, with `hashVersion` before it. */
  readonly hash: string;
  /** Only of HTML. */
  readonly page?: Omit<HtmlPage, keyof Extracted>;
}

/** Changes if the same document would give other chunks than before, so that it is read again although it is the same. */
export const hashVersion = '2';

/** @throws UnreadableDocument */
export async function chunkDocument(raw: RawDocument): Promise<ChunkedDocument> {
  const {title, language, updatedAt, parts, ...page} = await extract(raw);
  const chunks = parts.flatMap(({markdown, page: number}) => splitIntoChunks(markdown, {title, page: number}));
  const hash = createHash('sha256')
    .update(JSON.stringify([title, chunks]))
    .digest('base64url');
  return {
    title,
    ...(language !== undefined && {language}),
    ...(updatedAt !== undefined && {updatedAt}),
    chunks,
    hash: `${hashVersion}:${hash}`,
    ...('links' in page && {page}),
  };
}
