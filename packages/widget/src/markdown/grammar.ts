/**
 * The grammar: marked's rules (GFM), asked for one block or one run of inline text at a time.
 * Knows no DOM and keeps nothing between two calls.
 */
import * as marked from './marked.ts';

/** Where a reference leads. */
export interface Target {
  readonly href: string;
  readonly title: string | null | undefined;
}
/** Definitions by their normalised label. Made without a prototype, so that no label can reach one. */
export type Targets = Record<string, Target>;

export const noTargets = (): Targets => Object.create(null);

/** What inline text is made of. `raw` is how it was written. */
interface Token<Type extends string> {
  readonly type: Type;
  readonly raw: string;
}
interface TextToken<Type extends string> extends Token<Type> {
  readonly text: string;
}
interface SpanToken<Type extends string> extends Token<Type> {
  readonly tokens: readonly InlineToken[];
}
export interface Link extends SpanToken<'link'>, Target {
  readonly text: string;
  /** Whether it is an address that stands in the text by itself. */
  readonly autolink?: boolean;
}
export interface Image extends SpanToken<'image'>, Target {}
/** A formula, where math is on. */
export interface Formula extends TextToken<'math'> {
  readonly display: boolean;
}
export type InlineToken =
  | (TextToken<'text'> | TextToken<'escape'> | TextToken<'codespan'> | Token<'br'> | Token<'html'>)
  | (SpanToken<'strong'> | SpanToken<'em'> | SpanToken<'del'> | Link | Image | Formula);

/** A formula between `$`, `$$`, `\\(` or `\\[`. */
export const formula =
  /^\$\$([^$]+)\$\$|^\$(?![\s$])((?:\\.|[^$\\\n])*?[^\s$\\])\$(?!\d)|^\\\(([^]+?)\\\)|^\\\[([^]+?)\\\]/;

const formulas = {
  start: /\$|\\[([]/,
  read(source: string): Formula | undefined {
    const [raw, block1, inline1, inline2, block2] = formula.exec(source) ?? [];
    if (raw === undefined) return undefined;
    const display = block1 ?? block2;
    return {type: 'math', raw, text: display ?? inline1 ?? inline2 ?? '', display: display !== undefined};
  },
};

/** What could mean anything in inline text. */
const marks = /[\\`*_~<[@]|:\/\/|www\.| {2}\n/i;

/** Reads text as emphasis, links, code and the rest. */
export function readInline(source: string, targets: Targets, math: boolean): readonly InlineToken[] {
  // Most cells, items and short lines are words alone: marked says so, too, after trying all its rules.
  if (source && !math && !marks.test(source)) return [{type: 'text', raw: source, text: source}];
  return marked.readInline(source, targets, math ? formulas : undefined);
}

export interface Heading {
  readonly depth: 1 | 2 | 3 | 4 | 5 | 6;
  readonly text: string;
}
/** By marked's rules a heading is at most six deep. */
export const readHeading = (line: string) => marked.readHeading(`${line}\n`) as Heading | undefined;

export interface Cell {
  readonly text: string;
  readonly align: 'left' | 'center' | 'right' | null;
}
interface Header {
  readonly header: readonly Cell[];
}
export const readTable = (source: string): Header | undefined => marked.readTable(source);
/** The cells of a row; as many as are there when nothing is known of its columns. */
export const readRow = (row: string, columns: readonly Cell[]): readonly Cell[] =>
  marked
    .splitCells(row, columns.length)
    .map((text: string, index: number) => ({text, align: columns[index]?.align ?? null}));

interface Definition extends Target {
  readonly raw: string;
  /** The key under which its label is filed. */
  readonly tag: string;
}
/** The definition that a text starts with. */
export const readDefinition = (source: string): Definition | undefined => marked.readDef(`${source}\n`);

export const labelKey: (label: string) => string = marked.normalizeLabel;

export interface TableOrHeading {
  readonly before: string;
  readonly raw: string;
  /** What it is, if it is no table. */
  readonly heading: Heading | undefined;
}

/** The table or underlined heading that lines of text end with. In a list item (`top` false) each line stands alone. */
export function readTableOrHeading(source: string, top: boolean): TableOrHeading | undefined {
  for (let at = 0; at < source.length;) {
    const rest = `${source.slice(at)}\n`;
    const table = marked.readTable(rest);
    const heading = table ? undefined : (marked.readLheading(rest) as (Heading & {readonly raw: string}) | undefined);
    const raw: string | undefined = (table ?? heading)?.raw;
    if (raw === undefined) at += (top ? (marked.blockParagraph.exec(rest)?.[0].length ?? 0) : rest.indexOf('\n')) + 1;
    else if (at + raw.length < source.length) at += raw.length + 1;
    else return {before: source.slice(0, Math.max(0, at - 1)), raw, heading};
  }
  return undefined;
}
