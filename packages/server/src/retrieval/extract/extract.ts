/** Reads a document of any format that we know. The code for HTML is loaded with the first such document. */
import {charsetOf, decodeText} from './charset.ts';
import {type Extracted, UnreadableDocument} from './extracted.ts';
import type {RawDocument} from './format.ts';
import type {HtmlPage} from './html.ts';
import {extractMarkdown} from './markdown.ts';
import {extractPdf} from './pdf.ts';
import {extractText} from './text.ts';

/**
 * An `HtmlPage` if the document is HTML.
 * @throws UnreadableDocument
 */
export async function extract({format, bytes, path, url, contentType}: RawDocument): Promise<Extracted | HtmlPage> {
  if (format === 'pdf') return extractPdf(bytes, path);
  if (format === 'docx') return (await import('./docx.ts')).extractDocx(bytes, path);
  const text = decodeText(bytes, charsetOf(contentType));
  if (text.includes('\0')) throw new UnreadableDocument('it is no text');
  if (format === 'html') return (await import('./html.ts')).extractHtml(text, url ?? path);
  if (format === 'markdown') return extractMarkdown(text, {path, hasAddress: url !== undefined});
  return extractText(text, path);
}
