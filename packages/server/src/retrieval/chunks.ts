/**
 * Splits a document in Markdown into chunks at its headings. A chunk ends between blocks, a long text between sentences, a
 * long table between rows (each part with the table's head), a long code block between lines (each part with its
 * fence). The same text always gives the same chunks. Pure.
 */
import type {Chunk} from './document-index.ts';

export interface ChunkOptions {
  /** The document's title. A first heading that says the same is not repeated above each chunk. */
  readonly title?: string | undefined;
  /** The page of a PDF that the text is from, from 1. */
  readonly page?: number | undefined;
}

/** Characters of a chunk: about 300 tokens, so that twelve of them fit into a prompt. */
const chunkSize = 1_200;
/** Characters of a code block that is split. Shorter ones stay whole, even if the chunk becomes longer for it. */
const longestCode = 3 * chunkSize;

interface Block {
  readonly kind: 'text' | 'list' | 'code' | 'table';
  readonly text: string;
}

interface Section {
  readonly headings: readonly string[];
  readonly anchor?: string;
  readonly lines: string[];
}

/**
 * The chunks of a document. A heading may end in `{#id}`, which becomes the anchor of the chunks below it. Headings stand
 * in `headings` as plain text, and not in the text.
 */
export function splitIntoChunks(markdown: string, {title, page}: ChunkOptions = {}): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const {headings, anchor, lines} of splitSections(markdown.replaceAll(/\r\n?/g, '\n'), title)) {
    for (const text of packBlocks(splitBlocks(lines).flatMap(splitLongBlock))) {
      chunks.push({headings, text, ...(anchor !== undefined && {anchor}), ...(page !== undefined && {page})});
    }
  }
  return chunks;
}

function splitSections(markdown: string, title: string | undefined): readonly Section[] {
  let current: Section = {headings: [], lines: []};
  const sections = [current];
  /** The headings that are open, with their levels. */
  let open: readonly {readonly level: number; readonly text: string}[] = [];
  const begin = (level: number, heading: string) => {
    const [, words = '', anchor] = /^(.*?)\s*(?:\{#([^\s{}]+)\})?\s*$/s.exec(heading) ?? [];
    open = [...open.filter((above) => above.level < level), {level, text: plainText(words)}];
    const headings = open.map(({text}) => text).filter((text, i) => text !== '' && !(i === 0 && text === title));
    current = {headings, ...(anchor !== undefined && {anchor}), lines: []};
    sections.push(current);
  };
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
      current.lines.push(line);
      continue;
    }
    fence = openingFence(line);
    const heading = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$/.exec(line);
    const underline = /^ {0,3}(=+|-+)[ \t]*$/.exec(line)?.[1];
    const above = current.lines.at(-1) ?? '';
    if (heading) {
      begin(heading[1]?.length ?? 1, heading[2] ?? '');
    } else if (underline !== undefined && /^ {0,3}[\p{L}\p{N}`*_[]/u.test(above) && !isListItem(above)) {
      current.lines.pop();
      begin(underline.startsWith('=') ? 1 : 2, above.trim());
    } else {
      current.lines.push(line);
    }
  }
  return sections;
}

/** Blocks in order. Blank lines end a block, except in a list whose items are apart, and in code. */
function splitBlocks(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let i = 0;
  const take = (kind: Block['kind'], belongs: (line: string, next: string) => boolean) => {
    const start = i++;
    while (i < lines.length && belongs(lines[i] ?? '', lines[i + 1] ?? '')) i++;
    blocks.push({kind, text: lines.slice(start, i).join('\n').trimEnd()});
  };
  while (i < lines.length) {
    const line = lines[i] ?? '';
    const fence = openingFence(line);
    if (line.trim() === '') {
      i++;
    } else if (fence !== undefined) {
      let isOpen = true;
      take('code', (next) => {
        const belongs = isOpen;
        isOpen &&= !closesFence(next, fence);
        return belongs;
      });
    } else if (/^( {4}|\t)/.test(line)) {
      take(
        'code',
        (next, afterNext) => /^( {4}|\t)/.test(next) || (next.trim() === '' && /^( {4}|\t)/.test(afterNext)),
      );
    } else if (line.includes('|') && isTableRule(lines[i + 1] ?? '')) {
      take('table', (next) => next.includes('|'));
    } else if (isListItem(line)) {
      takeList();
    } else {
      take('text', (next) => next.trim() !== '' && openingFence(next) === undefined && !isListItem(next));
    }
  }
  return blocks;

  function takeList(): void {
    let inside: string | undefined;
    take('list', (next, afterNext) => {
      if (inside !== undefined) {
        if (closesFence(next, inside)) inside = undefined;
        return true;
      }
      const belongs =
        /^\s+\S/.test(next) || isListItem(next) || (next.trim() !== '' && openingFence(next) === undefined);
      if (belongs) inside = openingFence(next.trimStart());
      return belongs || (next.trim() === '' && (/^\s+\S/.test(afterNext) || isListItem(afterNext)));
    });
  }
}

function openingFence(line: string): string | undefined {
  return /^ {0,3}(`{3,}(?!.*`)|~{3,})/.exec(line)?.[1];
}

function closesFence(line: string, fence: string): boolean {
  const closing = line.trim();
  return closing.startsWith(fence) && closing === fence.charAt(0).repeat(closing.length);
}

function isTableRule(line: string): boolean {
  return /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(line) && line.includes('-');
}

function isListItem(line: string): boolean {
  return /^ {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+\S/.test(line);
}

/** Parts of a block that is longer than a chunk, each a block of its own. */
function splitLongBlock(block: Block): readonly Block[] {
  const {kind, text} = block;
  if (text.length <= (kind === 'code' ? longestCode : chunkSize)) return [block];
  if (kind === 'table') return splitTable(text);
  if (kind === 'code') return splitCode(text);
  if (kind === 'list') return splitList(text);
  return joinUpTo(splitSentences(text), '').map((part) => ({kind, text: part.trim()}));
}

function splitTable(text: string): readonly Block[] {
  const [head = '', rule = '', ...rows] = text.split('\n');
  const size = chunkSize - head.length - rule.length - 2;
  return joinUpTo(rows, '\n', size).map((part) => ({kind: 'table', text: [head, rule, part].join('\n')}));
}

function splitCode(text: string): readonly Block[] {
  const lines = text.split('\n');
  const fence = openingFence(lines[0] ?? '');
  if (fence === undefined) return joinUpTo(lines, '\n').map((part) => ({kind: 'code', text: part}));
  const [opening = ''] = lines;
  const body = lines.slice(1, closesFence(lines.at(-1) ?? '', fence) ? -1 : undefined);
  return joinUpTo(body, '\n').map((part) => ({kind: 'code', text: [opening, part, fence].join('\n')}));
}

/** A list between its outermost items; an item that is too long, between its blocks. */
function splitList(text: string): readonly Block[] {
  const items: string[][] = [];
  const indent = indentOf(text);
  let inside: string | undefined;
  for (const line of text.split('\n')) {
    if (inside === undefined && isListItem(line) && indentOf(line) <= indent) items.push([]);
    if (inside === undefined) inside = openingFence(line.trimStart());
    else if (closesFence(line, inside)) inside = undefined;
    items.at(-1)?.push(line);
  }
  const [only, ...more] = items;
  if (only && more.length === 0) {
    const [first = '', ...rest] = only;
    const below = splitBlocks(rest.map((line) => line.replace(/^(?: {1,4}|\t)/, '')));
    return [{kind: 'text' as const, text: first}, ...below].flatMap(splitLongBlock);
  }
  return joinUpTo(
    items.map((item) => item.join('\n')),
    '\n',
  ).flatMap((part): readonly Block[] => (part.length > chunkSize ? splitList(part) : [{kind: 'list', text: part}]));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Sentences with the space behind them; words, if a sentence is longer than a chunk; characters, if a word is. */
function splitSentences(text: string): readonly string[] {
  return text
    .split(/(?<=[.!?:;]["'”’)]?\s+)|(?<=[。！？；])/u)
    .flatMap((sentence) => (sentence.length > chunkSize ? sentence.split(/(?<=\s)/) : [sentence]))
    .flatMap((word) => (word.length > chunkSize ? (word.match(/.{1,500}/gsu) ?? []) : [word]));
}

/** Joins neighbours as long as they are not longer than `size` together. */
function joinUpTo(parts: readonly string[], separator: string, size: number = chunkSize): readonly string[] {
  const joined: string[] = [];
  let current: string | undefined;
  for (const part of parts) {
    if (current !== undefined && current.length + separator.length + part.length > size) {
      joined.push(current);
      current = undefined;
    }
    current = current === undefined ? part : current + separator + part;
  }
  return current === undefined ? joined : [...joined, current];
}

function packBlocks(blocks: readonly Block[]): readonly string[] {
  return joinUpTo(
    blocks.map(({text}) => text).filter((text) => text.trim() !== ''),
    '\n\n',
  );
}

/** One line of Markdown, such as a heading, as plain text. */
export function plainText(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replaceAll(/(\*\*|__|\*|~~)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replaceAll(/(?<![\p{L}\p{N}])_(?=\S)(.+?)(?<=\S)_(?![\p{L}\p{N}])/gu, '$1')
    .replaceAll('`', '')
    .trim();
}
