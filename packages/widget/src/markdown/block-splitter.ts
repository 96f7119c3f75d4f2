/** Blocks one after another: finds where a block starts and ends, and gives it its lines. Builds no DOM itself. */
import {
  type Block,
  type Inside,
  isBlank,
  isFence,
  isHeading,
  isHtml,
  isQuote,
  isRule,
  isUnclear,
  make,
  type Place,
} from './block.ts';
import type {Target} from './grammar.ts';
import {Html} from './html.ts';
import {List} from './list.ts';
import {blockList} from './marked.ts';
import type {MessageContext} from './message-context.ts';
import {Fence, Heading, Indented, isIndented, Quote, Rule} from './leaf-blocks.ts';
import {TextBlock} from './text.ts';
import {OffscreenBoxes} from './offscreen-boxes.ts';

/**
 * A long message goes on in parts of about this many characters, a screen of a phone: boxes that the browser leaves out
 * while they are off the screen, so that a frame costs what is seen and not what was said.
 */
const partSize = 1500;

/** Quotes and lists nest this deep; deeper ones are text. */
const deepest = 32;

type Kind = 'code' | 'fence' | 'heading' | 'rule' | 'quote' | 'list' | 'html' | 'text';

interface Next {
  readonly kind: Kind;
  readonly block: Block;
  /** How the parts were before it. */
  readonly part: HTMLElement | undefined;
  readonly partIsFull: boolean;
}

export class BlockSplitter implements Place, Inside {
  readonly context: MessageContext;
  readonly top: boolean;
  readonly depth: number;
  readonly #spaced: (() => void) | undefined;
  readonly #boxes: (Element | DocumentFragment)[];
  #open: Block | undefined;
  /** A block of which only a part of its first line is there. */
  #next: Next | undefined;
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
    spaced?: () => void,
  ) {
    this.context = context;
    this.#boxes = [element];
    this.top = top;
    this.depth = depth;
    this.#spaced = spaced;
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

  inside(element: Element, top: boolean, spaced?: () => void): Inside {
    return new BlockSplitter(this.context, element, top, this.depth + 1, spaced);
  }

  enter(box: Element): void {
    if (this.#boxes.length < deepest) this.#boxes.push(box);
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
    this.#take(line);
    this.#size += line.length + 1;
  }

  #take(line: string): void {
    if (this.#open?.line(line)) {
      this.#forget();
      return;
    }
    this.#open?.close?.();
    this.#open = undefined;
    if (isBlank(line)) {
      this.#forget();
      this.#blank = this.#filled;
      return;
    }
    if (this.#blank) this.#spaced?.();
    this.#blank = false;
    this.#filled = true;
    const kind = this.#kind(line);
    if (this.#next?.kind !== kind) this.#forget();
    this.#open = (this.#next ?? this.#begin(kind)).block;
    this.#next = undefined;
    if (this.#isLong()) this.#size = 0;
    this.#first = false;
    this.#open.line(line);
  }

  start(line: string): void {
    if (this.#open?.start(line)) {
      this.#forget();
      return;
    }
    this.settle();
    if (isUnclear(line) || (!this.#next && isFence(line))) {
      this.#next?.block.start('');
      return;
    }
    const kind = this.#kind(line);
    if (this.#next?.kind !== kind) {
      this.#forget();
      this.#next = this.#begin(kind);
    }
    if (kind !== 'fence' && kind !== 'html' && kind !== 'rule') this.#next?.block.start(line);
  }

  settle(): void {
    this.#open?.settle?.();
  }

  close(): void {
    this.#forget();
    this.#open?.close?.();
    this.#open = undefined;
  }

  lazy(): boolean {
    return this.#open?.lazy?.() ?? false;
  }

  #forget(): void {
    if (!this.#next) return;
    const {block: guessed, part, partIsFull} = this.#next;
    this.#next = undefined;
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

  #begin(kind: Kind): Next {
    const before = {part: this.#part, partIsFull: this.#partIsFull};
    this.#partIsFull ||= this.#isLong();
    return {kind, block: this.#make(kind), ...before};
  }

  #kind(line: string): Kind {
    if (isIndented(line)) return 'code';
    if (isFence(line)) return 'fence';
    if (isHeading(line)) return 'heading';
    if (isRule(line)) return 'rule';
    if (this.depth < deepest) {
      if (isQuote(line)) return 'quote';
      if (blockList.test(`${line}\n`)) return 'list';
    }
    return isHtml(line) ? 'html' : 'text';
  }

  #make(kind: Kind): Block {
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
