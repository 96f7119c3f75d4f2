/** What a block must be able to do, and the tests of single lines that several blocks share. Builds nothing. */
import type {Target} from './grammar.ts';
import {blockHeading, blockHr, blockParagraph, inlineTag, otherHtmlBegin} from './marked.ts';
import type {MessageContext} from './message-context.ts';

/** A block that takes lines. It only ever appends to the DOM what it is sure of. */
export interface Block {
  /** Takes a complete line; `false` when the block ended before it. The first line is always taken. */
  line(line: string): boolean;
  /** Shows the beginning of the next line, as long as it looks like its own. `''` shows what is complete. */
  start(line: string): boolean;
  /** No line will follow. */
  close?(): void;
  /** Most likely no line will follow: another block has begun to show. */
  settle?(): void;
  /** Takes back a block that has only seen the beginning of a line. */
  drop?(): void;
  /** Whether a line that looks like plain text would continue a paragraph in it. */
  lazy?(): boolean;
}

/** The place where blocks stand: the message, a list item, a quote. */
export interface Container {
  readonly context: MessageContext;
  /** Paragraphs of a list item read differently from those of the message. */
  readonly top: boolean;
  readonly depth: number;
  /** Where the next element goes. */
  readonly box: Element | DocumentFragment;
  /** Raw HTML opened a box: what follows stands in it. */
  enter(box: Element): void;
  /** Raw HTML closed the innermost open box of this name, if there is one. */
  leave(name: string): void;
  /** The list item that this is, as long as nothing is in it. */
  readonly lead: HTMLElement | undefined;
  /** A container within an element of this one. `turnLoose` makes it a list item. */
  nest(element: Element, turnLoose?: () => void): Contents;
  define(label: string, target: Target): void;
}

/** A place seen from the block that holds it. */
export interface Contents {
  line(line: string): void;
  start(line: string): void;
  settle(): void;
  close(): void;
  lazy(): boolean;
}

export const isBlank = (line: string): boolean => /^[ \t]*$/.test(line);

/** The beginning of a line that is marks only so far: it could become anything. */
export function isUnclear(line: string): boolean {
  const text = line.trim();
  if (!/^[-*_+=#>|:~`.)\d \t]*$|^<[^>]*$|^\[[^\]]*(?:\]:?)?$/.test(text)) return false;
  return text.length <= 48 || /^[-*_=|: \t]*$/.test(text);
}

const mayInterrupt = /^ {0,3}[-_*#>`~+<\d]/;

/** Whether a line ends the paragraph before it. */
export function interrupts(line: string, top: boolean): boolean {
  if (!mayInterrupt.test(line)) return false;
  if (top) return blockParagraph.exec(`x\n${line}\n`)?.[0].length === 1;
  return (
    isFence(line) ||
    isHeading(line) ||
    isRule(line) ||
    isQuote(line) ||
    /^ {0,3}(?:[*+-]|1[.)])[ \t]+[^ \t\n]/.test(line) ||
    isHtml(line)
  );
}

export const isHeading = (line: string): boolean => blockHeading.test(line);
export const isRule = (line: string): boolean => blockHr.test(line);
/** Whether a tag starts a block: one of those that blocks are made of, or any that is alone on its line. */
export const isHtml = (line: string): boolean =>
  otherHtmlBegin.test(line) || (/^ {0,3}</.test(line) && inlineTag.exec(line.trim())?.[0] === line.trim());
export const isQuote = (line: string): boolean => /^ {0,3}>/.test(line);
export const isFence = (line: string): boolean => /^ {0,3}(?:`{3,}[^`]*|~{3,}.*)$/.test(line);

/** Leading tabs as the spaces they stand for. */
export function expandTabs(space: string, column = 0): string {
  let at = column;
  let out = '';
  for (const character of space) {
    const width = character === '\t' ? 4 - (at % 4) : 1;
    out += character === '\t' ? ' '.repeat(width) : character;
    at += width;
  }
  return out;
}

/** The elements that blocks are made of. */
type Name =
  | ('blockquote' | 'button' | 'code' | 'div' | 'hr' | 'input' | 'li' | 'ol' | 'p' | 'pre' | 'span' | 'ul')
  | ('h1' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6')
  | ('table' | 'tbody' | 'td' | 'th' | 'thead' | 'tr');

export function make<Tag extends Name>(name: Tag, className = ''): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(name);
  if (className) element.className = className;
  return element;
}

/** The bar above code and tables, with a button that copies them. */
export function makeBar(name: 'code' | 'table', {words, listen}: MessageContext): HTMLElement {
  const bar = make('div', `${name}-bar`);
  const copy = make('button', 'copy');
  copy.type = 'button';
  copy.textContent = name === 'code' ? words.copyCode : words.copyTable;
  bar.append(copy);
  listen();
  return bar;
}
