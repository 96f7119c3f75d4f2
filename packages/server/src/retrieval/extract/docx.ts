/** Reads a Word document by way of HTML. */
import {type Extracted, UnreadableDocument, titleOfFile} from './extracted.ts';
import {extractHtml} from './html.ts';
import {loadOptional} from './optional-package.ts';

/** Bytes that the parts of a document may unpack to. */
const mostUnpacked = 200_000_000;

/** @throws UnreadableDocument if it is broken, unpacks to more than 200 MB or holds no text, or `mammoth` is missing */
export async function extractDocx(bytes: Uint8Array, path: string): Promise<Extracted> {
  const {default: mammoth} = await loadOptional('mammoth', () => import('mammoth'));
  if (unpackedSize(bytes) > mostUnpacked)
    throw new UnreadableDocument(`it unpacks to more than ${mostUnpacked / 1e6} MB`);
  const {value} = await mammoth.convertToHtml({buffer: Buffer.from(bytes)}).catch((cause: unknown) => {
    throw new UnreadableDocument('it is a broken Word document', {cause});
  });
  const {parts, title} = extractHtml(`<main>${value}</main>`, path);
  const heading = /^#{1,2} +(.+?)(?: \{#\S+\})?$/m.exec(parts[0]?.markdown ?? '')?.[1];
  if (parts.every(({markdown}) => markdown === '')) throw new UnreadableDocument('it holds no text');
  return {title: heading ?? (title === '' ? titleOfFile(path) : title), parts};
}

/** The sum of the sizes that the directory of a ZIP file states. */
function unpackedSize(bytes: Uint8Array): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entry = Buffer.from('PK\u0001\u0002', 'latin1');
  let size = 0;
  for (let at = view.indexOf(entry); at >= 0 && at + 28 <= view.length; at = view.indexOf(entry, at + 4)) {
    size += view.readUInt32LE(at + 24);
  }
  return size;
}
