/** Blocks one after another: finds where a block starts and ends, and gives it its lines. Builds no DOM itself. */
import {
  type Block,
  type Container,
  isBlank,
  isFence,
  isHeading,
  isHtml,
  isQuote,
  isRule,
  isUnclear,
  make,
  type Contents,
} from './block.ts';
import type {Target} from './grammar.ts';
import {Html} from './html.ts';
import {List} from './list.ts';
import {blockList} from './marked.ts';
import type {MessageContext} from './message-context.ts';
import {Fence, Heading, Indented, isIndented, Rule} from './leaf-blocks.ts';
import {Quote} from './quote.ts';
import {TextBlock} from './text.ts';
import {OffscreenBoxes} from './offscreen-boxes.ts';

/**
 * A long message goes on in parts of about this many characters, a screen of a phone: boxes that the browser leaves out
 * while they are off the screen, so that a frame costs what is seen and not what was said.
 */
const partSize = 1500;

/** Quotes and lists nest this deep; deeper ones are text. */
const deepestNesting = 32;

type Kind = 'code' | 'fence' | 'heading' | 'rule' | 'quote' | 'list' | 'html' | 'text';

interface GuessedBlock {
  readonly kind: Kind;
  readonly block: Block;
  /** How the parts were before it. */
  readonly part: HTMLElement | undefined;
  readonly partIsFull: boolean;
}

export class BlockSplitter implements Container, Contents {
  readonly context: MessageContext;
  readonly top: boolean;
  readonly depth: number;
  readonly #onBlankBetween: (() => void) | undefined;
  readonly #boxes: (Element | DocumentFragment)[];
  #open: Block | undefined;
  /** A block of which only a part of its first line is there. */
  #guess: GuessedBlock | undefined;
  /** Whether there was a block, and a blank line after it. */
  #filled = false;
  #blank = false;
  #first = true;
  /** Where blocks stand when the message has got long. */
  #part: HTMLElement | undefined;
  #parts: OffscreenBoxes | undefined;
  /** Characters of complete lines since the part began, and whether the next element begins another one. */
  #size = 0;
  #partIsFull = false;

  constructor(
    context: MessageContext,
    element: Element | DocumentFragment,
    top = true,
    depth = 0,
    onBlankBetween?: () => void,
  ) {
    this.context = context;
    this.#boxes = [element];
    this.top = top;
    this.depth = depth;
    this.#onBlankBetween = onBlankBetween;
  }

  get box(): Element | DocumentFragment {
    const box = this.#boxes.at(-1) as Element | DocumentFragment;
    if (this.#boxes.length > 1) return box;
    if (this.#partIsFull) {
      this.#partIsFull = false;
      this.#part = make('div', 'part');
      box.append(this.#part);
      (this.#parts ??= new OffscreenBoxes(4)).add(this.#part);
    }
    return this.#part ?? box;
  }

  nest(element: Element, top: boolean, onBlankBetween?: () => void): Contents {
    return new BlockSplitter(this.context, element, top, this.depth + 1, onBlankBetween);
  }

  enter(box: Element): void {
    if (this.#boxes.length < deepestNesting) this.#boxes.push(box);
  }

  leave(name: string): void {
    const index = this.#boxes.findLastIndex((box) => box instanceof Element && box.localName === name);
    if (index > 0) this.#boxes.length = index;
  }

  define(label: string, target: Target): void {
    const {targets, pending} = this.context;
    if (label in targets) return;
    targets[label] = target;
    for (const each of pending.get(label) ?? []) this.context.stale.add(each);
    pending.delete(label);
  }

  line(line: string): void {
    this.#giveToBlock(line);
    this.#size += line.length + 1;
  }

  #giveToBlock(line: string): void {
    if (this.#open?.line(line)) {
      this.#dropGuess();
      return;
    }
    this.#open?.close?.();
    this.#open = undefined;
    if (isBlank(line)) {
      this.#dropGuess();
      this.#blank = this.#filled;
      return;
    }
    if (this.#blank) this.#onBlankBetween?.();
    this.#blank = false;
    this.#filled = true;
    const kind = this.#kindOf(line);
    if (this.#guess?.kind !== kind) this.#dropGuess();
    this.#open = (this.#guess ?? this.#begin(kind)).block;
    this.#guess = undefined;
    if (this.#isLong()) this.#size = 0;
    this.#first = false;
    this.#open.line(line);
  }

  start(line: string): void {
    if (this.#open?.start(line)) {
      this.#dropGuess();
      return;
    }
    this.settle();
    if (isUnclear(line) || (!this.#guess && isFence(line))) {
      this.#guess?.block.start('');
      return;
    }
    const kind = this.#kindOf(line);
    if (this.#guess?.kind !== kind) {
      this.#dropGuess();
      this.#guess = this.#begin(kind);
    }
    if (kind !== 'fence' && kind !== 'html' && kind !== 'rule') this.#guess?.block.start(line);
  }

  settle(): void {
    this.#open?.settle?.();
  }

  close(): void {
    this.#dropGuess();
    this.#open?.close?.();
    this.#open = undefined;
  }

  lazy(): boolean {
    return this.#open?.lazy?.() ?? false;
  }

  #dropGuess(): void {
    if (!this.#guess) return;
    const {block: guessed, part, partIsFull} = this.#guess;
    this.#guess = undefined;
    guessed.drop?.();
    if (this.#part !== part) {
      this.#part?.remove();
      this.#parts?.drop();
    }
    this.#part = part;
    this.#partIsFull = partIsFull;
  }

  /** Whether the message has got so long that the next block begins another part. */
  #isLong(): boolean {
    return this.depth === 0 && this.#boxes.length === 1 && this.#size > partSize;
  }

  #begin(kind: Kind): GuessedBlock {
    const before = {part: this.#part, partIsFull: this.#partIsFull};
    this.#partIsFull ||= this.#isLong();
    return {kind, block: this.#create(kind), ...before};
  }

  #kindOf(line: string): Kind {
    if (isIndented(line)) return 'code';
    if (isFence(line)) return 'fence';
    if (isHeading(line)) return 'heading';
    if (isRule(line)) return 'rule';
    if (this.depth < deepestNesting) {
      if (isQuote(line)) return 'quote';
      if (blockList.test(`${line}\n`)) return 'list';
    }
    return isHtml(line) ? 'html' : 'text';
  }

  #create(kind: Kind): Block {
    switch (kind) {
      case 'code':
        return new Indented(this);
      case 'fence':
        return new Fence(this);
      case 'heading':
        return new Heading(this);
      case 'rule':
        return new Rule(this);
      case 'quote':
        return new Quote(this);
      case 'list':
        return new List(this);
      case 'html':
        return new Html(this);
      default:
        kind satisfies 'text';
        return new TextBlock(this, !this.top && this.#first && this.box instanceof HTMLElement ? this.box : undefined);
    }
  }
}
