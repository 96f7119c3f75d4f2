/**
 * Inline text that grows: emphasis, links, code, images. Reads a long text in settled stretches, so that a frame costs
 * what arrived in it. Knows no blocks.
 */
import {type InlineToken, labelKey, readInline} from './grammar.ts';
import {completeInline} from './incomplete-inline.ts';
import {draw, type Drawn, findDrawn, patch, type Piece} from './nodes.ts';
import type {MessageContext, PendingReference} from './message-context.ts';
import {toPieces} from './inline-tokens.ts';

/**
 * How much text is read at once. What is longer is cut at a place where nothing is open, and where there is none
 * (a span longer than this, or thousands of stray delimiters) at a word: that keeps the cost of any input linear.
 */
const stretchSize = 1024;

/** A character that may still pair with a later one, as marked left it in plain text. */
const mayStillPair = /[`~]|(?<!\s)\*|\*(?!\s)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|<(?!\s)|\[(?![^[\]]*\][^([:])/u;
/** A link whose address is still running: it has no place to be cut. */
const linkWithOpenAddress = /!?\[[^[\]]*\]\(<?[^\s()<>]*/y;

/** Where the text from `from` on can be cut so that both sides read alone as they read together. 0: not yet. */
function findCut(text: string, from: number, context: MessageContext): number {
  let size = stretchSize;
  if (text.length - from <= size) return 0;
  linkWithOpenAddress.lastIndex = from;
  const link = linkWithOpenAddress.exec(text)?.[0].length ?? 0;
  if (link > stretchSize) size += link;
  if (text.length - from <= size) return 0;
  // Where every few characters could open something, marked's search for what closes it takes the square of the size.
  const marks = text.slice(from, from + size).match(/[*_~]/g)?.length ?? 0;
  if (marks > size / 8) size = stretchSize / 4;
  const part = text.slice(from, from + size);
  return (
    from + (findSettledCut(readInline(part, context.targets, context.math)) || findLastWord(part, size - 64) || size)
  );
}

/** The last word that starts in plain text, with nothing open before it. */
function findSettledCut(tokens: readonly InlineToken[]): number {
  let at = 0;
  let cut = 0;
  for (const token of tokens) {
    const {raw} = token;
    if (token.type === 'text') {
      const found = mayStillPair.exec(raw)?.index;
      const word = findLastWord(raw, found ?? raw.length);
      if (word) cut = at + word;
      if (found !== undefined) break;
    } else if (isOpen(token)) break;
    at += raw.length;
  }
  return cut;
}

function isOpen(token: InlineToken): boolean {
  if (token.type === 'text') return mayStillPair.test(token.raw);
  return token.type === 'html' || ('tokens' in token && token.tokens.some(isOpen));
}

/** The start of the last word at or before `end`: one white space stands before it, and it is in no brackets. */
function findLastWord(text: string, end: number): number {
  let at = Math.min(end, text.length - 1);
  while (at > 1) {
    if (/^\S\s\S/.test(text.slice(at - 2, at + 1))) {
      const bracket = text.lastIndexOf('[', at - 1);
      if (bracket === -1 || text.indexOf(']', bracket) < at) return at;
      at = bracket;
    } else at--;
  }
  return 0;
}

/** Whether brackets are left that a definition may yet make a link of. */
const mayRefer = (piece: Piece): boolean =>
  typeof piece === 'string' ? piece.includes('[') : [...piece.inside, piece.attributes['alt'] ?? ''].some(mayRefer);

export class InlineText implements PendingReference {
  readonly #context: MessageContext;
  readonly #parent: Element;
  readonly #block: HTMLElement;
  #pieces: readonly Piece[] | undefined;
  /** Where they are in the page; looked up when they change for the first time. */
  #drawn: Drawn[] | undefined;
  /** What stands for the settled stretches. */
  #settled: readonly Piece[] = [];
  #cuts: number[] = [];
  #text = '';
  #shown = '';

  /** `block` is what takes the direction of the text. */
  constructor(parent: Element, context: MessageContext, block: HTMLElement) {
    this.#parent = parent;
    this.#context = context;
    this.#block = block;
  }

  /** Shows `text`; while it is `growing`, its end as what it will most likely become. */
  show(text: string, growing: boolean): void {
    const key = growing ? text : `${text}\0`;
    if (key === this.#shown) return;
    this.#shown = key;
    if (!text.startsWith(this.#text.slice(0, this.#cuts.at(-1) ?? 0))) this.#reset();
    this.#text = text;
    this.#draw(growing);
    if (!growing && this.#pieces?.some(mayRefer)) this.#await();
  }

  /** A reference got its definition: the same text is read again, and only the link is new. */
  redraw(): void {
    this.#reset();
    this.#draw(false);
  }

  #reset(): void {
    this.#settled = [];
    this.#cuts = [];
  }

  #draw(growing: boolean): void {
    const {targets, math} = this.#context;
    let from = this.#cuts.at(-1) ?? 0;
    for (let cut = findCut(this.#text, from, this.#context); cut; cut = findCut(this.#text, from, this.#context)) {
      this.#settled = joinPieces(
        this.#settled,
        toPieces(readInline(this.#text.slice(from, cut), targets, math), this.#context),
      );
      this.#cuts.push(cut);
      from = cut;
    }
    const rest = from ? this.#text.slice(from) : this.#text;
    const tokens = readInline(growing ? completeInline(rest, math) : rest, targets, math);
    const pieces = joinPieces(this.#settled, toPieces(tokens, this.#context, growing));
    const direction = directionOf(pieces);
    // Before anything is in it: the browser tells all that is.
    if (!direction) {
      if (!growing) this.#block.removeAttribute('dir');
    } else if (!this.#pieces || this.#block.dir !== direction) this.#block.dir = direction;
    if (this.#pieces) patch(this.#parent, (this.#drawn ??= findDrawn(this.#parent, this.#pieces)), pieces);
    else draw(this.#parent, pieces);
    this.#pieces = pieces;
  }

  #await(): void {
    const {pending, targets} = this.#context;
    for (const [, label] of this.#text.matchAll(/\[((?:\\[^]|[^[\]\\])+)\]/g)) {
      const key = labelKey(label ?? '');
      if (key in targets) continue;
      const all = pending.get(key);
      if (all) all.add(this);
      else pending.set(key, new Set([this]));
    }
  }
}

/**
 * The direction of the first letter that has one, as `dir=auto` finds it. An attribute that is set once costs nothing,
 * while the browser looks through a whole `dir=auto` element for each node that comes.
 */
function directionOf(pieces: readonly Piece[]): 'ltr' | 'rtl' | undefined {
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      const inside = 'dir' in piece.attributes ? undefined : directionOf(piece.inside);
      if (inside) return inside;
      continue;
    }
    const letter = anyLetter.exec(piece)?.[0];
    if (letter) return rightToLeft.test(letter) ? 'rtl' : 'ltr';
  }
  return undefined;
}
const anyLetter = /\p{L}/u;
const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

function joinPieces(before: readonly Piece[], after: readonly Piece[]): readonly Piece[] {
  if (before.length === 0) return after;
  const last = before.at(-1);
  const [first, ...rest] = after;
  if (typeof last === 'string' && typeof first === 'string') return [...before.slice(0, -1), last + first, ...rest];
  return [...before, ...after];
}
