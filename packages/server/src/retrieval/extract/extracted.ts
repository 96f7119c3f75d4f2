/** What is read out of a document, whatever its format. */

export interface Extracted {
  readonly title: string;
  /** Primary language subtag of BCP 47, such as `en`, if the document names one. */
  readonly language?: string;
  /** When the document says that it was last changed, ISO 8601. */
  readonly updatedAt?: string;
  /** In the order of reading. A document with pages has a part for each of them, any other has one. */
  readonly parts: readonly ExtractedPart[];
}

export interface ExtractedPart {
  /** A heading ends with ` {#id}` if a link can lead to it. */
  readonly markdown: string;
  /** The page of a PDF, from 1. */
  readonly page?: number;
}

/** A document that cannot be read. Its message ends the sentence “It was left out because …”. */
export class UnreadableDocument extends Error {}

/** Text with a backslash before what Markdown would take for a heading, the line below one, or a fence. */
export function escapeBlocks(text: string): string {
  return text.replaceAll(/^( {0,3})(?=#{1,6}(?:\s|$)|`{3}|~{3}|=+\s*$|-+\s*$)/gm, '$1\\');
}

/** The primary subtag of a language tag: `pt` of `pt-BR`. Undefined if it is no tag. */
export function primaryLanguage(tag: string | undefined): string | undefined {
  return /^\s*([a-z]{2,3})(?:[-_]|\s*$)/i.exec(tag ?? '')?.[1]?.toLowerCase();
}

/** A date as ISO 8601; undefined if it is none, or lies in the future. */
export function isoDate(text: string | undefined): string | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) || time > Date.now() + 86_400_000 ? undefined : new Date(time).toISOString();
}

/** The name of a file without its folder and ending, with spaces: `getting-started.md` is `getting started`. */
export function titleOfFile(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/(.)\.[^.]*$/, '$1');
  return name.replaceAll(/[-_]+/g, ' ');
}
