/**
 * The grammar: marked's lexer (GFM), asked one block or one run of inline text at a time.
 * Knows no DOM and keeps nothing between two calls.
 */
import {Lexer, type MarkedOptions, type MarkedToken, type Token, type Tokens} from 'marked';

/** Where a reference leads. */
export interface Target {
  readonly href: string;
  readonly title: string;
}
/** Definitions by their normalised label. Made without a prototype, so that no label can reach one. */
export type Targets = Record<string, Target>;

export const {gfm: block} = Lexer.rules.block;
export const {gfm: inline} = Lexer.rules.inline;

// The constructor gives `options` a tokenizer of its own: a page that configures the marked it shares with us
// does not change what we read.
const options: MarkedOptions = {gfm: true};
const lexer = new Lexer(options);

export const {other} = (options.tokenizer as NonNullable<typeof options.tokenizer>).rules;

/** A formula, where math is on. */
export interface Formula {
  readonly type: 'math';
  readonly raw: string;
  readonly text: string;
  readonly display: boolean;
}
export type InlineToken = MarkedToken | Formula;

/** A formula between `$`, `$$`, `\\(` or `\\[`. */
export const formula =
  /^\$\$([^$]+)\$\$|^\$(?![\s$])((?:\\.|[^$\\\n])*?[^\s$\\])\$(?!\d)|^\\\(([^]+?)\\\)|^\\\[([^]+?)\\\]/;

let mathLexer: Lexer | undefined;

function withMath(): Lexer {
  const read = (source: string): Tokens.Generic | undefined => {
    const [raw, block1, inline1, inline2, block2] = formula.exec(source) ?? [];
    if (raw === undefined) return undefined;
    const display = block1 ?? block2;
    return {type: 'math', raw, text: display ?? inline1 ?? inline2 ?? '', display: display !== undefined};
  };
  return (mathLexer ??= new Lexer({
    gfm: true,
    extensions: {renderers: {}, childTokens: {}, inline: [read], startInline: [(source) => source.search(/\$|\\[([]/)]},
  }));
}

function fresh(targets: Targets, reader = lexer): void {
  reader.inlineQueue = [];
  reader.tokens.links = targets;
  Object.assign(reader.state, {inLink: false, inRawBlock: false, linkEmitted: false, lastToken: undefined});
}

export const noTargets = (): Targets => Object.create(null);

/** marked's tokens as the kinds that there are: of those that extensions make, formulas alone. */
export const known = (tokens: readonly Token[] | undefined): readonly InlineToken[] => (tokens ?? []) as InlineToken[];

/** Reads lines as blocks. In a list item (`top` false) marked reads what would be a paragraph as text. */
export function readBlocks(source: string, top: boolean): readonly InlineToken[] {
  fresh(noTargets());
  lexer.state.top = top;
  return known(lexer.blockTokens(source, []));
}

/** What could mean anything in inline text. */
const marks = /[\\`*_~<[@]|:\/\/|www\.| {2}\n/i;

/** Reads text as emphasis, links, code and the rest. */
export function readInline(source: string, targets: Targets, math: boolean): readonly InlineToken[] {
  // Most cells, items and short lines are words alone: marked says so, too, after trying all its rules.
  if (source && !math && !marks.test(source)) return [{type: 'text', raw: source, text: source, escaped: false}];
  const reader = math ? withMath() : lexer;
  fresh(targets, reader);
  return known(reader.inlineTokens(source));
}

export function readHeading(line: string): Tokens.Heading | undefined {
  fresh(noTargets());
  return options.tokenizer?.heading(`${line}\n`);
}

export function readTable(source: string): Tokens.Table | undefined {
  fresh(noTargets());
  return options.tokenizer?.table(source);
}

/** The key under which marked files a reference label. */
export const labelKey = (label: string): string =>
  label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase().toLowerCase();
