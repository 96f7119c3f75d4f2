/**
 * The inline text of one paragraph, heading, list item or cell while it grows: emphasis, links, code, images.
 *
 * Each frame reads the text again, because a new character can change how earlier ones are read. So that a frame costs
 * no more than its new text, a long text is cut into stretches: the text before the last cut is settled and is never
 * read again. Knows no blocks.
 */
import {type InlineToken, labelKey, readInline} from './grammar.ts';
import {completeInline} from './incomplete-inline.ts';
import {addPiece, toPieces} from './inline-tokens.ts';
import type {MessageContext, PendingReference, PlacedMark} from './message-context.ts';
import {draw, type Drawn, findDrawn, patch, type Piece} from './nodes.ts';

/**
 * The most characters that are read at once. A cut is made between two words, with no span open. If there is no such
 * place (emphasis that is longer than this, or thousands of stray marks), it is made between two words all the same:
 * that keeps the cost of any input linear, and is why a span of emphasis cannot be longer.
 */
const stretchLength = 1024;

/** A character that marked left in plain text, and that a later character may still turn into syntax. */
const mayStillPair = /[`~]|(?<!\s)\*|\*(?!\s)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|<(?!\s)|\[(?![^[\]]*\][^([:])/u;
/** A link with as much of its address as is there. Nothing can be cut within it. */
const linkWithAddress = /!?\[[^[\]]*\]\(<?[^\s()<>]*/y;

/** Returns the next position behind `from` at which a cut does not change how either half is read. */
function findCut(text: string, from: number, {targets, math}: MessageContext): number | undefined {
  if (text.length - from <= stretchLength) return undefined;
  linkWithAddress.lastIndex = from;
  const link = linkWithAddress.exec(text)?.[0].length ?? 0;
  let length = link > stretchLength ? stretchLength + link : stretchLength;
  if (text.length - from <= length) return undefined;
  // The time that marked needs to pair many marks grows with the square of the length.
  const marks = text.slice(from, from + length).match(/[*_~]/g)?.length ?? 0;
  if (marks > length / 8) length = stretchLength / 4;
  const stretch = text.slice(from, from + length);
  const cut = findSettledCut(readInline(stretch, targets, math)) ?? findLastWord(stretch, length - 64) ?? length;
  return from + cut;
}

/** Returns the beginning of the last word that is in plain text, or of the last link, that has nothing open before it. */
function findSettledCut(tokens: readonly InlineToken[]): number | undefined {
  let at = 0;
  let cut: number | undefined;
  for (const token of tokens) {
    const {raw} = token;
    if (token.type === 'text') {
      const open = mayStillPair.exec(raw)?.index;
      const word = findLastWord(raw, open ?? raw.length);
      if (word !== undefined) cut = at + word;
      if (open !== undefined) break;
    } else if (isOpen(token)) break;
    else if (at && (token.type === 'image' || (token.type === 'link' && !token.autolink))) cut = at;
    at += raw.length;
  }
  return cut;
}

/** Whether later text can change how this token is read. */
function isOpen(token: InlineToken): boolean {
  if (token.type === 'text') return mayStillPair.test(token.raw);
  return token.type === 'html' || ('tokens' in token && token.tokens.some(isOpen));
}

/** Two words, or two letters of a script that may have no spaces between words. */
const betweenWords = /^(?:\S\s\S|[^][^\0-\x7f][^\0-\x7f])$/u;

/** Returns the beginning of the last word at or before `end`, behind a single white space and outside of brackets. */
function findLastWord(text: string, end: number): number | undefined {
  let at = Math.min(end, text.length - 1);
  while (at > 1) {
    if (betweenWords.test(text.slice(at - 2, at + 1))) {
      const bracket = text.lastIndexOf('[', at - 1);
      if (bracket === -1 || text.indexOf(']', bracket) < at) return at;
      at = bracket;
    } else at--;
  }
  return undefined;
}

/** Whether brackets are left that a later definition may turn into a link. */
const mayRefer = (piece: Piece): boolean =>
  typeof piece === 'string' ? piece.includes('[') : [...piece.inside, piece.attributes['alt'] ?? ''].some(mayRefer);

export class InlineText implements PendingReference {
  readonly #context: MessageContext;
  readonly #parent: Element;
  readonly #block: HTMLElement;
  /** The text without marks, and the marks. */
  #text = '';
  #marks: readonly PlacedMark[] = [];
  /** The text that is shown, with a mark behind it if it is complete. */
  #shown = '';
  /** How much of the text is settled, and its pieces. */
  #cut = 0;
  #settled: readonly Piece[] = [];
  /** Everything that is shown. */
  #pieces: readonly Piece[] | undefined;
  /** The nodes of these pieces. Most texts never change, so nodes are looked up at the first change. */
  #drawn: Drawn[] | undefined;

  /** The text is drawn into `parent`, and its direction is set on `block`. */
  constructor(parent: Element, context: MessageContext, block: HTMLElement) {
    this.#parent = parent;
    this.#context = context;
    this.#block = block;
  }

  /** Shows `text`. The end of a `growing` one is shown as it will most likely look. */
  show(text: string, growing: boolean): void {
    const key = growing ? text : `${text}\0`;
    if (key === this.#shown) return;
    this.#shown = key;
    const {marks, text: words} = this.#context.marks?.take(text) ?? {text, marks: this.#marks};
    if (!words.startsWith(this.#text.slice(0, this.#cut))) this.#unsettle();
    this.#text = words;
    this.#marks = marks;
    this.#draw(growing);
    if (!growing && this.#pieces?.some(mayRefer)) this.#awaitDefinitions();
  }

  /** A reference got its definition: the text is read again, and only the link changes. */
  redraw(): void {
    this.#unsettle();
    this.#draw(false);
  }

  #unsettle(): void {
    this.#settled = [];
    this.#cut = 0;
  }

  #draw(growing: boolean): void {
    const {targets, math} = this.#context;
    for (let cut = this.#findCut(); cut; cut = this.#findCut()) {
      this.#settled = this.#withSettled(
        this.#withMarks(readInline(this.#text.slice(this.#cut, cut), targets, math), cut),
      );
      this.#cut = cut;
    }
    const rest = this.#text.slice(this.#cut);
    const tokens = readInline(growing ? completeInline(rest, math) : rest, targets, math);
    const pieces = this.#withSettled(this.#withMarks(tokens), growing);
    // The direction is set before the first text: if it changes, the browser visits every child.
    const direction = directionOf(pieces);
    if (!direction) {
      if (!growing) this.#block.removeAttribute('dir');
    } else if (!this.#pieces || this.#block.dir !== direction) this.#block.dir = direction;
    if (this.#pieces) patch(this.#parent, (this.#drawn ??= findDrawn(this.#parent, this.#pieces)), pieces);
    else draw(this.#parent, pieces);
    this.#pieces = pieces;
  }

  #findCut(): number | undefined {
    return findCut(this.#text, this.#cut, this.#context);
  }

  /** Puts the marks behind the last cut, up to `end`, between the tokens of the text there. */
  #withMarks(tokens: readonly InlineToken[], end = Infinity): readonly InlineToken[] {
    const marks = this.#marks.filter(({at}) => at <= end && (at > this.#cut || !this.#cut));
    return (marks.length && this.#context.marks?.put(tokens, marks, this.#cut)) || tokens;
  }

  /** The settled pieces, and those of the tokens behind them. */
  #withSettled(tokens: readonly InlineToken[], growing = false): readonly Piece[] {
    const pieces = toPieces(tokens, this.#context, growing);
    if (!this.#settled.length) return pieces;
    const all = [...this.#settled];
    for (const piece of pieces) addPiece(all, piece);
    return all;
  }

  #awaitDefinitions(): void {
    const {pending, targets} = this.#context;
    for (const [, label = ''] of this.#text.matchAll(/\[((?:\\[^]|[^[\]\\])+)\]/g)) {
      const key = labelKey(label);
      if (key in targets) continue;
      const all = pending.get(key) ?? new Set();
      pending.set(key, all.add(this));
    }
  }
}

const letter = /\p{L}/u;
const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * The direction of the first letter, as `dir=auto` finds it. An attribute that is set once costs nothing, but the browser
 * looks through a whole `dir=auto` element for each node that is added.
 */
function directionOf(pieces: readonly Piece[]): 'ltr' | 'rtl' | undefined {
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      const first = letter.exec(piece)?.[0];
      if (first) return rightToLeft.test(first) ? 'rtl' : 'ltr';
    } else if (!('dir' in piece.attributes)) {
      const inside = directionOf(piece.inside);
      if (inside) return inside;
    }
  }
  return undefined;
}
