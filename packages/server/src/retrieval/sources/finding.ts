/** What a source says about its documents, one at a time, and what it needs to know for that. */
import type {SourceDocument} from '../document-index.ts';
import type {ChunkedDocument} from '../extract/chunked-document.ts';
import {hashVersion} from '../extract/chunked-document.ts';
import type {RawDocument} from '../extract/format.ts';

export type Finding =
  /** Read. Its hash tells whether it is another than before. */
  | {readonly type: 'read'; readonly document: SourceDocument; readonly chunks: ChunkedDocument['chunks']}
  /** Not read, because its validators are the same as before. */
  | {readonly type: 'unchanged'; readonly id: string}
  /** Neither read nor kept from before, and no reason to tell anybody. */
  | {readonly type: 'gone'; readonly id: string}
  | LeftOut;

export interface LeftOut {
  readonly type: 'left-out';
  readonly id: string;
  /** The end of the sentence “It was left out because …”. */
  readonly why: string;
  /** Whether it may come back by itself. Until then it stays as it was before. */
  readonly isPassing: boolean;
  /** The document that leads to it, and is to be read again for its sake even if it has not changed. */
  readonly from?: string;
}

/** What a source knows of a document besides its content. */
interface Known extends Pick<SourceDocument, 'id' | 'source'> {
  readonly url?: string | undefined;
  /** When it was last changed, if the document itself does not say it. */
  readonly updatedAt?: string | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** The finding of a document that was read. */
export function toFinding(read: ChunkedDocument, {id, source, url, etag, lastModified, ...known}: Known): Finding {
  const {title, language, hash, chunks, updatedAt = known.updatedAt} = read;
  const document: SourceDocument = {
    id,
    source,
    title,
    ...(url !== undefined && {url}),
    ...(language !== undefined && {language}),
    ...(updatedAt !== undefined && {updatedAt}),
    hash,
    ...(etag !== undefined && {etag}),
    ...(lastModified !== undefined && {lastModified}),
  };
  return {type: 'read', document, chunks};
}

export interface SourceReading {
  readonly source: string;
  /** Documents of the source as they are in the index, by id. */
  readonly known: ReadonlyMap<string, SourceDocument>;
  /** @throws UnreadableDocument */
  readonly read: (raw: RawDocument) => Promise<ChunkedDocument>;
  /** Documents that may be read at the same time. */
  readonly readers: number;
  /** Patterns of paths from the source's root, as `guide/**`. Without any, all paths are included. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Hears how many documents there are, as far as is known by now. */
  readonly onTotal?: ((total: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** What is in the index, if it was read by this version and is comparable. */
export function comparable(known: SourceDocument | undefined): SourceDocument | undefined {
  return known?.hash.startsWith(`${hashVersion}:`) ? known : undefined;
}

/** Whether patterns let a path pass, which has no `/` at its start. */
export function matchesPatterns(
  path: string,
  {include = [], exclude = []}: Pick<SourceReading, 'include' | 'exclude'>,
): boolean {
  const fits = (pattern: string) => patternToRegExp(pattern).test(path);
  return (include.length === 0 || include.some(fits)) && !exclude.some(fits);
}

/** `*` is anything but `/`, `**` is anything, `?` is one character. A folder's name matches all in it. */
function patternToRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/^\.?\//, '')
    .replace(/\/$/, '')
    .replaceAll(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (found) => {
      if (found.startsWith('**')) return found.endsWith('/') ? '(?:.*/)?' : '.*';
      return found === '*' ? '[^/]*' : found === '?' ? '[^/]' : `\\${found}`;
    });
  return new RegExp(`^${source}(?:/.*)?$`);
}
