/** The interface of a block, and the tests of single lines that several blocks share. */
import type {Target} from './grammar.ts';
import {blockHeading, blockHr, blockParagraph, inlineTag, otherHtmlBegin} from './marked.ts';
import type {MessageContext} from './message-context.ts';
import {allowedTags, headingTag} from './tags.ts';

/** A block that takes lines. Nodes of its complete lines stay in the DOM. */
export interface Block {
  /** Takes a complete line. Returns `false` if the block ended before this line. Every block takes its first line. */
  line(line: string): boolean;
  /**
   * Shows the beginning of the next line, and returns whether it looks like a line of this block. For `''` only complete
   * lines are shown.
   */
  start(line: string): boolean;
  /** No line will follow. */
  close?(): void;
  /** Most likely no line will follow, because another block is already being shown. */
  settle?(): void;
  /** Removes a block that has no complete line. */
  drop?(): void;
  /** Whether a line of plain text would continue a paragraph in this block. */
  lazy?(): boolean;
}

/** A container of blocks (the message, a list item, a quote), as the blocks in it see it. */
export interface Container {
  readonly context: MessageContext;
  /** `false` in a list item: its paragraphs are read by other rules. */
  readonly top: boolean;
  readonly depth: number;
  /** The parent of the next element. */
  readonly box: Element | DocumentFragment;
  /** Raw HTML opened an element: the following blocks go into it. */
  enter(box: Element): void;
  /** Raw HTML closed the innermost open element of this name, if there is one. */
  leave(name: string): void;
  /** Whether the next element goes into an element of raw HTML. */
  readonly inTag: boolean;
  /** Reads lines again: raw HTML that began in the first one has not closed, so it is text. */
  readAsText(lines: readonly string[]): void;
  /** The list item, if this is one and has no block yet. */
  readonly lead: HTMLElement | undefined;
  /** Creates a container within an element of this one: a list item if `turnLoose` is given, otherwise a quote. */
  nest(element: Element, turnLoose?: () => void): Contents;
  define(label: string, target: Target): void;
}

/** A container, as the list or quote around it sees it. */
export interface Contents {
  line(line: string): void;
  start(line: string): void;
  settle(): void;
  close(): void;
  lazy(): boolean;
}

export const isBlank = (line: string): boolean => /^[ \t]*$/.test(line);

/** Whether the beginning of a line consists of marks only, so that any block may follow. */
export function isUnclear(line: string): boolean {
  const text = line.trim();
  if (!/^[-*_+=#>|:~`.)\d \t]*$|^<[^>]*$|^\[[^\]]*(?:\]:?)?$/.test(text)) return false;
  return text.length <= 48 || /^[-*_=|: \t]*$/.test(text);
}

const mayInterrupt = /^ {0,3}[-_*#>`~+<\d]/;
/** The beginning of a footnote, with its label. */
export const footnote = /^ {0,3}\[(\^[^\s[\]]+)\]:[ \t]*/;

/** Whether a line ends the paragraph before it. */
export function interrupts(line: string, top: boolean): boolean {
  if (!mayInterrupt.test(line)) return footnote.test(line);
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
/** Whether a line begins with a comment, script, style or an allowed tag of a block, or is a single allowed tag. */
export function isHtml(line: string): boolean {
  const [start, slash, name] = /^ {0,3}<(\/?)(?:([a-z][a-z\d-]*)|!--)/i.exec(line) ?? [];
  if (start === undefined) return false;
  const isAllowed = !name || allowedTags.has(name.toLowerCase()) || (!slash && /^(?:script|style)$/i.test(name));
  return isAllowed && (otherHtmlBegin.test(line) || inlineTag.exec(line.trim())?.[0] === line.trim());
}
export const isQuote = (line: string): boolean => /^ {0,3}>/.test(line);
export const isFence = (line: string): boolean => /^ {0,3}(?:`{3,}[^`]*|~{3,}.*)$/.test(line);

/** Replaces leading tabs by the spaces that they stand for. */
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

/** The elements that blocks create. */
type Name =
  | ('blockquote' | 'button' | 'code' | 'div' | 'hr' | 'input' | 'li' | 'ol' | 'p' | 'pre' | 'span' | 'ul')
  | ('h1' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6')
  | ('table' | 'tbody' | 'td' | 'th' | 'thead' | 'tr');

export function make<Tag extends Name>(name: Tag, className = ''): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(name);
  if (className) element.className = className;
  return element;
}

export function makeButton(className: string, text: string): HTMLButtonElement {
  const button = make('button', className);
  button.type = 'button';
  button.textContent = text;
  return button;
}

/** The bar above code, and the corner of a table, with a button that copies them. */
export function makeBar(name: 'code' | 'table', {words, listen}: MessageContext, language = ''): HTMLElement {
  const bar = make('div', `${name}-bar`);
  const copy = makeButton('copy', name === 'code' ? words.copyCode : words.copyTable);
  // Several buttons of a message have the same text.
  if (language) copy.setAttribute('aria-label', `${words.copyCode}, ${language}`);
  bar.append(copy);
  listen();
  return bar;
}

/**
 * A heading. Screen readers are told a level below the heading that it belongs to, so that none is left out when a message
 * begins with `###`.
 */
export function makeHeading(depth: number, {outline}: MessageContext): HTMLElement {
  while ((outline.at(-1) ?? 0) >= depth) outline.pop();
  outline.push(depth);
  const heading = make(headingTag(depth));
  const level = Math.min(outline.length + 2, 6);
  if (heading.localName !== `h${level}`) heading.setAttribute('aria-level', String(level));
  return heading;
}
