/** Reads a PDF page by page. What stands at the edge of most pages, such as a running title, is left out. */
import {type Extracted, UnreadableDocument, escapeBlocks, isoDate, titleOfFile} from './extracted.ts';
import {loadOptional} from './optional-package.ts';

const mostPages = 3_000;
/** The part of all pages that a line must stand on to be no text of any of them. */
const repeatedShare = 0.6;
const leastPagesWithEdges = 4;

/** @throws UnreadableDocument if it is encrypted or broken, or holds pictures of text alone, or `unpdf` is missing */
export async function extractPdf(bytes: Uint8Array, path: string): Promise<Extracted> {
  const {extractText, getDocumentProxy, getMeta} = await loadOptional('unpdf', () => import('unpdf'));
  const pdf = await getDocumentProxy(new Uint8Array(bytes), {verbosity: 0}).catch((cause: unknown) => {
    const isLocked = cause instanceof Error && cause.name === 'PasswordException';
    throw new UnreadableDocument(isLocked ? 'it needs a password' : 'it is a broken PDF', {cause});
  });
  try {
    if (pdf.numPages > mostPages) throw new UnreadableDocument(`it has more than ${mostPages} pages`);
    const {text} = await extractText(pdf, {mergePages: false});
    const pages = withoutEdges(text.map((page) => page.split('\n').map((line) => line.trimEnd())));
    const parts = pages
      .map((lines, i) => ({markdown: toParagraphs(lines), page: i + 1}))
      .filter(({markdown}) => markdown !== '');
    const [first] = parts;
    if (!first) throw new UnreadableDocument('it holds no text, only pictures');
    const {info} = await getMeta(pdf).catch(() => ({info: {}}));
    const named = textOf(info, 'Title');
    const updatedAt = isoDate(pdfDate(textOf(info, 'ModDate') ?? textOf(info, 'CreationDate')));
    return {
      title: named !== undefined && !/^untitled|\.\w{2,4}$/i.test(named) ? named : titleOfFile(path),
      ...(updatedAt !== undefined && {updatedAt}),
      parts,
    };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

function textOf(info: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = info[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** `D:20240131120000Z` as a date that JavaScript reads. */
function pdfDate(text: string | undefined): string | undefined {
  const [, year, month = '01', day = '01'] = /^(?:D:)?(\d{4})(\d{2})?(\d{2})?/.exec(text ?? '') ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

/** Removes first and last lines that most pages have, whatever numbers are in them. */
function withoutEdges(pages: readonly (readonly string[])[]): readonly (readonly string[])[] {
  if (pages.length < leastPagesWithEdges) return pages;
  const counts = new Map<string, number>();
  const shapeOf = (line: string | undefined) => line?.replaceAll(/\d+/g, '#').trim() ?? '';
  for (const lines of pages) {
    for (const shape of new Set([shapeOf(lines[0]), shapeOf(lines.at(-1))]))
      counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  const isEdge = (line: string | undefined) => (counts.get(shapeOf(line)) ?? 0) >= repeatedShare * pages.length;
  return pages.map((lines) =>
    lines.slice(isEdge(lines[0]) ? 1 : 0, lines.length > 1 && isEdge(lines.at(-1)) ? -1 : undefined),
  );
}

/** Lines of a page as paragraphs: a word that was broken at the end of a line is whole again. */
function toParagraphs(lines: readonly string[]): string {
  return escapeBlocks(lines.join('\n').replaceAll(/(\p{Ll})[-\u00ad]\n(?=\p{Ll})/gu, '$1'))
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
