/**
 * The grammar: gives types to the part of marked that reads one block or one run of inline text (GFM), and adds formulas.
 * Knows no DOM and keeps nothing between two calls.
 */
import * as marked from './marked.ts';

/** The target of a link or reference. */
export interface Target {
  readonly href: string;
  readonly title: string | null | undefined;
}
/** A reference with an address that begins like this means the footnote of this number. */
export const noteScheme = 'chatlet-note:';
/** Definitions by their normalised label. The object has no prototype, so no label can reach one. */
export type Targets = Record<string, Target>;

export const noTargets = (): Targets => Object.create(null);

/** A token of inline text. `raw` is its source. */
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
  /** Whether it is a bare address in the text. */
  readonly autolink?: boolean;
}
export interface Image extends SpanToken<'image'>, Target {}
/** A formula, if math is on. */
export interface Formula extends TextToken<'math'> {
  readonly display: boolean;
}
/** A mark, which `readInline` never returns. */
interface MarkToken extends Token<'mark'> {
  readonly index: number;
}
export type InlineToken =
  | (TextToken<'text'> | TextToken<'escape'> | TextToken<'codespan'> | Token<'br'> | Token<'html'>)
  | MarkToken
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

/** The source of a formula, and TeX's small spaces. They are shown as they are written if math is off. */
export const sourceOfFormula = /^\$\$[^$]+\$\$|^\\\([^]+?\\\)|^\\\[[^]+?\\\]|^\\[,;]/;
const mayHoldFormula = /\$\$|\\[([,;]/;

const sources = {
  start: mayHoldFormula,
  read(source: string): TextToken<'text'> | undefined {
    const [raw] = sourceOfFormula.exec(source) ?? [];
    return raw === undefined ? undefined : {type: 'text', raw, text: raw};
  },
};

/** Characters that can begin a construct of inline text. */
const marks = /[\\`*_~<[@]|:\/\/|www\.| {2}\n/i;

/** Reads inline text. */
export function readInline(source: string, targets: Targets, math: boolean): readonly InlineToken[] {
  // Most cells, items and short lines are plain words. marked would say so, too, after it has tried all its rules.
  if (source && !math && !marks.test(source)) return [{type: 'text', raw: source, text: source}];
  return marked.readInline(source, targets, math ? formulas : mayHoldFormula.test(source) ? sources : undefined);
}

export interface Heading {
  readonly depth: 1 | 2 | 3 | 4 | 5 | 6;
  readonly text: string;
}
/** The heading on a line. marked's rules allow six levels. */
export const readHeading = (line: string) => marked.readHeading(`${line}\n`) as Heading | undefined;

export interface Cell {
  readonly text: string;
  readonly align: 'left' | 'center' | 'right' | null;
}
interface Header {
  readonly header: readonly Cell[];
}
export const readTable = (source: string): Header | undefined => marked.readTable(source);
/** The cells of a row: one for each column, or all that are there if `columns` is empty. */
export const readRow = (row: string, columns: readonly Cell[]): readonly Cell[] =>
  marked
    .splitCells(row, columns.length)
    .map((text: string, index: number) => ({text, align: columns[index]?.align ?? null}));

interface Definition extends Target {
  readonly raw: string;
  /** Its normalised label. */
  readonly tag: string;
}
/** The definition at the beginning of a text. */
export const readDefinition = (source: string): Definition | undefined => marked.readDef(`${source}\n`);

export const labelKey: (label: string) => string = marked.normalizeLabel;

export interface TableOrHeading {
  readonly before: string;
  readonly raw: string;
  /** The heading; without one it is a table. */
  readonly heading: Heading | undefined;
}

/** Finds the table or underlined heading at the end of lines of text. In a list item (`top` is false) each line is read alone. */
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
