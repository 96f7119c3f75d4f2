/**
 * Writes a tree of HTML as Markdown: headings with their ids, paragraphs, lists, definitions, tables, code. Text stays as
 * the page shows it, because an answer quotes it: no emphasis, no targets of links, no escapes inside a line. No HTML is
 * left that came from tags.
 */
import {escapeBlocks} from './extracted.ts';
import {
  type Element,
  type Node,
  attribute,
  childrenOf,
  findElement,
  isElement,
  isText,
  plainTextOf,
  rawTextOf,
} from './html-tree.ts';

export interface WriteOptions {
  readonly leftOut: ReadonlySet<Element>;
}

export function writeMarkdown(root: Element, {leftOut}: WriteOptions): string {
  const page: Page = {leftOut, headingLevel: 0, definitionDepth: 0, anchor: undefined};
  return writeBlocks(root, page).join('\n\n');
}

/** What the writers of all blocks of a page share. */
interface Page {
  readonly leftOut: ReadonlySet<Element>;
  /** The level of the last heading. */
  headingLevel: number;
  definitionDepth: number;
  /** The last id that was passed since the last text: it is the place of what comes next. */
  anchor: string | undefined;
}

const blockTags: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form ' +
    'h1 h2 h3 h4 h5 h6 header hgroup hr legend li main ol p pre section summary table tbody td tfoot th thead tr ul'
  ).split(' '),
);
const codeTags: ReadonlySet<string> = new Set(['code', 'kbd', 'samp', 'tt']);
/** Elements in a cell that no row of a Markdown table can hold. */
const tooLargeForCell: ReadonlySet<string> = new Set('table pre h1 h2 h3 h4 h5 h6'.split(' '));

function writeBlocks(root: Element, page: Page): string[] {
  const blocks: string[] = [];
  let line = '';
  const endLine = () => {
    const text = tidyLine(line);
    line = '';
    if (text !== '') blocks.push(escapeBlocks(text));
  };
  const add = (...more: readonly string[]) => {
    endLine();
    blocks.push(...more.filter((block) => block !== ''));
  };
  const visit = (node: Node): void => {
    if (isText(node)) {
      line += node.value.replaceAll(/\s+/g, ' ');
      if (/\S/.test(node.value)) page.anchor = undefined;
      return;
    }
    if (!isElement(node) || page.leftOut.has(node)) return;
    noteAnchor(node, page);
    const {tagName} = node;
    if (!blockTags.has(tagName)) {
      const inline = writeInline(node, page);
      if (inline === undefined) {
        for (const child of childrenOf(node)) visit(child);
      } else {
        line += inline;
        if (inline.trim() !== '') page.anchor = undefined;
      }
      return;
    }
    endLine();
    if (/^h[1-6]$/.test(tagName)) {
      page.headingLevel = Number(tagName[1]);
      add(writeHeading(node, page.headingLevel, page));
    } else if (tagName === 'pre') add(writeCode(node, page));
    else if (tagName === 'ul' || tagName === 'ol') add(writeList(node, page));
    else if (tagName === 'dl') add(...writeDefinitions(node, page));
    else if (tagName === 'dt') add(writeTerm(node, page));
    else if (tagName === 'table') add(...writeTable(node, page));
    else if (tagName === 'blockquote') add(prefixLines(writeBlocks(node, page).join('\n\n'), '> '));
    else if (tagName === 'summary' || tagName === 'caption' || isAllBold(node, page)) add(bold(writeLine(node, page)));
    else for (const child of childrenOf(node)) visit(child);
    endLine();
  };
  for (const child of childrenOf(root)) visit(child);
  endLine();
  return blocks;
}

/** Text of an element that has no blocks in it; undefined if its children are to be written in its place. */
function writeInline(element: Element, page: Page): string | undefined {
  const {tagName} = element;
  if (tagName === 'br') return '\n';
  if (tagName === 'wbr') return '';
  if (tagName === 'img') return ` ${attribute(element, 'alt') ?? ''} `;
  if (codeTags.has(tagName) && !findElement(element, ({tagName: tag}) => blockTags.has(tag))) {
    return inlineCode(rawTextOf(element, (each) => page.leftOut.has(each)));
  }
  if (tagName === 'math') {
    const tex = findElement(element, ({tagName: tag}) => tag === 'annotation');
    return tex ? `$${plainTextOf(tex)}$` : plainTextOf(element);
  }
  if (tagName === 'sup') {
    const text = plainTextOf(element);
    // A power. A link is a footnote's number, and says nothing without the page.
    if (/^[-+\w]+$/.test(text)) return findElement(element, (each) => each.tagName === 'a') ? '' : `^${text}`;
  }
  if (tagName === 'a') {
    const [, scheme, address = ''] = /^(mailto|tel):([^?]+)/i.exec(attribute(element, 'href') ?? '') ?? [];
    const text = plainTextOf(element);
    if (scheme !== undefined && text !== '' && !text.includes(address)) return `${text} (${address})`;
  }
  return undefined;
}

/** All of an element in one line. */
function writeLine(element: Element, page: Page): string {
  return writeBlocks(element, page).join(' ').replaceAll(/\s+/g, ' ').trim();
}

function writeHeading(element: Element, level: number, page: Page): string {
  const inner = findElement(element, (each) => anchorOf(each) !== undefined);
  const anchor = anchorOf(element) ?? (inner && anchorOf(inner)) ?? page.anchor;
  const text = writeLine(element, page);
  page.anchor = undefined;
  if (text === '') return '';
  return `${'#'.repeat(Math.min(level, 6))} ${text}${anchor === undefined ? '' : ` {#${anchor}}`}`;
}

/** A term with an id of its own is a heading: references are written so. */
function writeTerm(element: Element, page: Page): string {
  const anchor = anchorOf(element);
  if (anchor === undefined) return bold(writeLine(element, page));
  return writeHeading(element, Math.min(6, Math.max(page.headingLevel, 1) + page.definitionDepth), page);
}

function writeDefinitions(element: Element, page: Page): readonly string[] {
  page.definitionDepth++;
  const blocks = childrenOf(element).flatMap((child) => {
    if (!isElement(child) || page.leftOut.has(child)) return [];
    noteAnchor(child, page);
    return child.tagName === 'dt' ? [writeTerm(child, page)] : writeBlocks(child, page);
  });
  page.definitionDepth--;
  return blocks;
}

/** A fence is longer than any in the code, so that the code stands in it byte for byte. */
function writeCode(element: Element, page: Page): string {
  page.anchor = undefined;
  const code = rawTextOf(element, (each) => page.leftOut.has(each)).replaceAll(/\r\n?/g, '\n');
  if (code.trim() === '') return '';
  const fence = '`'.repeat(Math.max(3, longestRun(code, '`') + 1));
  return `${fence}${languageOfCode(element)}\n${code.replace(/\n+$/, '')}\n${fence}`;
}

/** From `language-js`, `lang-js`, Sphinx's `highlight-js` or `data-lang`, on the element, its parents or its `<code>`. */
function languageOfCode(element: Element): string {
  const code = findElement(element, ({tagName}) => tagName === 'code');
  const {parentNode: parent} = element;
  const around =
    parent && isElement(parent)
      ? [parent, ...(parent.parentNode && isElement(parent.parentNode) ? [parent.parentNode] : [])]
      : [];
  for (const each of [element, ...(code ? [code] : []), ...around]) {
    const named = attribute(each, 'data-lang') ?? attribute(each, 'data-language');
    const language =
      named ?? /(?:^|\s)(?:language|lang|highlight)-([\w+#.-]+)/.exec(attribute(each, 'class') ?? '')?.[1];
    if (language !== undefined && /^(?!default$|none$|text$|source$)[\w+#.-]+$/.test(language)) return language;
  }
  return '';
}

function writeList(element: Element, page: Page): string {
  let number = Number(attribute(element, 'start') ?? 1) || 1;
  const items: string[] = [];
  for (const child of childrenOf(element)) {
    if (!isElement(child) || page.leftOut.has(child)) continue;
    noteAnchor(child, page);
    const blocks =
      child.tagName === 'ul' || child.tagName === 'ol' ? [writeList(child, page)] : writeBlocks(child, page);
    if (blocks.length === 0) continue;
    const marker = element.tagName === 'ol' ? `${number++}. ` : '- ';
    items.push(marker + indent(blocks.join('\n\n'), marker.length));
  }
  return items.join('\n');
}

/** A table of data as GFM, each row with as many cells as the widest. Anything else in a table is there for its look. */
function writeTable(element: Element, page: Page): readonly string[] {
  const rows = rowsOf(element, page);
  const columns = Math.max(0, ...rows.map(({cells}) => cells.length));
  const hasHeader = rows.some(({cells}) => cells.some((cell) => cell?.tagName === 'th'));
  const isLayout =
    columns < 2 || (rows.length < 2 && !hasHeader) || findElement(element, ({tagName}) => tooLargeForCell.has(tagName));
  if (isLayout) return writeCells(element, page);
  const caption = childrenOf(element)
    .filter(isElement)
    .find(({tagName}) => tagName === 'caption');
  const texts = rows.map(({cells}) => Array.from({length: columns}, (_, column) => writeCell(cells[column], page)));
  const headed = rows[0] !== undefined && (rows[0].isHead || rows[0].cells.every((cell) => cell?.tagName !== 'td'));
  const [header = [], ...body] = headed ? texts : [Array.from({length: columns}, () => ''), ...texts];
  const lines = [header, header.map(() => '---'), ...body.filter((cells) => cells.some((cell) => cell !== ''))];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return [...(caption ? [bold(writeLine(caption, page))] : []), table];
}

/** The blocks of a table whose cells are no data, row by row. */
function writeCells(element: Element, page: Page): readonly string[] {
  return childrenOf(element).flatMap((child) => {
    if (!isElement(child) || page.leftOut.has(child)) return [];
    noteAnchor(child, page);
    const isPart = /^(?:thead|tbody|tfoot|tr)$/.test(child.tagName);
    return isPart ? writeCells(child, page) : writeBlocks(child, page);
  });
}

interface Row {
  /** Undefined where a cell of the row is missing. */
  readonly cells: (Element | undefined)[];
  readonly isHead: boolean;
}

/** Cells that a wide one covers. */
const mostSpan = 100;

function rowsOf(table: Element, page: Page): readonly Row[] {
  const rows: Row[] = [];
  /** Cells that reach down into later rows. */
  const reaching: {cell: Element; column: number; left: number}[] = [];
  const visit = (element: Element, isHead: boolean) => {
    for (const child of childrenOf(element)) {
      if (!isElement(child) || page.leftOut.has(child)) continue;
      if (child.tagName !== 'tr') {
        if (/^t(?:head|body|foot)$/.test(child.tagName)) visit(child, child.tagName === 'thead');
        continue;
      }
      const cells: (Element | undefined)[] = [];
      for (const reach of reaching) {
        if (reach.left-- > 0) cells[reach.column] = reach.cell;
      }
      let column = 0;
      for (const cell of childrenOf(child)) {
        if (!isElement(cell) || page.leftOut.has(cell) || !/^t[dh]$/.test(cell.tagName)) continue;
        while (cells[column]) column++;
        cells[column] = cell;
        const down = Math.min(mostSpan, Number(attribute(cell, 'rowspan') ?? 1) || 1);
        if (down > 1) reaching.push({cell, column, left: down - 1});
        column += Math.max(1, Math.min(mostSpan, Number(attribute(cell, 'colspan') ?? 1) || 1));
      }
      if (cells.length > 0) rows.push({cells: Array.from(cells), isHead});
    }
  };
  visit(table, false);
  return rows;
}

function writeCell(cell: Element | undefined, page: Page): string {
  return cell ? writeLine(cell, page).replaceAll('|', String.raw`\|`) : '';
}

/** Whether all text of a paragraph is bold: pages without headings use it as one. */
function isAllBold(element: Element, page: Page): boolean {
  if (element.tagName !== 'p') return false;
  const [only, more] = childrenOf(element).filter((child) =>
    isText(child) ? /\S/.test(child.value) : isElement(child) && !page.leftOut.has(child),
  );
  return (
    only !== undefined && more === undefined && isElement(only) && (only.tagName === 'b' || only.tagName === 'strong')
  );
}

function bold(text: string): string {
  return text === '' || text.includes('**') ? text : `**${text}**`;
}

function inlineCode(raw: string): string {
  const text = raw.replaceAll(/\s+/g, ' ');
  if (text.trim() === '') return text;
  const fence = '`'.repeat(longestRun(text, '`') + 1);
  const gap = /^`|`$/.test(text.trim()) ? ' ' : '';
  const [before = '', after = ''] = [/^\s/.exec(text)?.[0], /\s$/.exec(text)?.[0]];
  return `${before}${fence}${gap}${text.trim()}${gap}${fence}${after}`;
}

function longestRun(text: string, character: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(new RegExp(`${character}+`, 'g'))) longest = Math.max(longest, run.length);
  return longest;
}

/** White space as browsers show it. Lines that a `<br>` ended stay lines. */
function tidyLine(text: string): string {
  return text
    .split('\n')
    .map((each) => each.replaceAll(/\s+/g, ' ').trim())
    .filter((each) => each !== '')
    .join('\n');
}

/** All lines but the first are moved right; an empty line stays empty. */
function indent(text: string, by: number): string {
  return text.replaceAll(/\n(?!\n|$)/g, `\n${' '.repeat(by)}`);
}

function prefixLines(text: string, prefix: string): string {
  return text === '' ? '' : text.replaceAll(/^/gm, prefix);
}

function noteAnchor(element: Element, page: Page): void {
  page.anchor = anchorOf(element) ?? page.anchor;
}

function anchorOf(element: Element): string | undefined {
  const id = attribute(element, 'id') ?? (element.tagName === 'a' ? attribute(element, 'name') : undefined);
  return id !== undefined && /^[^\s{}]+$/.test(id) ? id : undefined;
}
