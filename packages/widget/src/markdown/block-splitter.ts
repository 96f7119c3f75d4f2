/** Splits lines into blocks: finds out when a block begins and ends, and gives it its lines. Creates no DOM but parts. */
import {
  type Block,
  type Container,
  type Contents,
  isBlank,
  isFence,
  isHeading,
  isHtml,
  isQuote,
  isRule,
  isUnclear,
  make,
} from './block.ts';
import type {Target} from './grammar.ts';
import {Html, mayBeDropped} from './html.ts';
import {Fence, Heading, Indented, isIndented, Rule} from './leaf-blocks.ts';
import {List} from './list.ts';
import {blockList} from './marked.ts';
import type {MessageContext} from './message-context.ts';
import {OffscreenBoxes} from './offscreen-boxes.ts';
import {Quote} from './quote.ts';
import {TextBlock} from './text.ts';

/**
 * A long message is split into parts of about this many characters, which is one screen of a phone. The browser skips parts
 * that are off the screen, so the cost of a frame does not depend on the length of the message.
 */
const partSize = 1500;

/** Quotes and lists can nest this deep. Deeper ones are text. */
const deepestNesting = 32;

type BlockType = new (container: Container) => Block;

/** A block with an incomplete first line, and the state of the parts before it. */
interface GuessedBlock {
  readonly block: Block;
  readonly part: HTMLElement | undefined;
  readonly partIsFull: boolean;
}

interface Nesting {
  readonly depth?: number;
  /** Called in a list item when a blank line separates two of its blocks. */
  readonly turnLoose?: (() => void) | undefined;
}

export class BlockSplitter implements Container, Contents {
  readonly context: MessageContext;
  readonly top: boolean;
  readonly depth: number;
  readonly #turnLoose: (() => void) | undefined;
  readonly #boxes: (Element | DocumentFragment)[];
  #open: Block | undefined;
  #guess: GuessedBlock | undefined;
  /** Whether there was a block, and then a blank line. */
  #filled = false;
  #blank = false;
  /** Whether lines are read again, as text. */
  #asText = false;
  /** The newest part of a long message. */
  #part: HTMLElement | undefined;
  #parts: OffscreenBoxes | undefined;
  /** Characters of complete lines since the part began, and whether the next element begins another one. */
  #size = 0;
  #partIsFull = false;

  constructor(context: MessageContext, box: Element | DocumentFragment, {depth = 0, turnLoose}: Nesting = {}) {
    this.context = context;
    this.#boxes = [box];
    this.top = !turnLoose;
    this.depth = depth;
    this.#turnLoose = turnLoose;
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

  get lead(): HTMLElement | undefined {
    const {box} = this;
    return !this.top && !this.#filled && box instanceof HTMLElement ? box : undefined;
  }

  get inTag(): boolean {
    return this.#boxes.length > 1;
  }

  nest(element: Element, turnLoose?: () => void): Contents {
    return new BlockSplitter(this.context, element, {depth: this.depth + 1, turnLoose});
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
    if (this.#closeOpen()) {
      this.#giveToBlock(line);
      return;
    }
    if (isBlank(line)) {
      this.#dropGuess();
      this.#blank = this.#filled;
      return;
    }
    if (this.#blank) this.#turnLoose?.();
    this.#blank = false;
    this.#open = this.#guessBlock(line);
    this.#guess = undefined;
    if (this.#isLong()) this.#size = 0;
    this.#filled = true;
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
    this.#guessBlock(line).start(line);
  }

  settle(): void {
    this.#open?.settle?.();
  }

  close(): void {
    this.#dropGuess();
    while (this.#closeOpen());
  }

  /** Closes the open block. Returns whether another one is open now, because its lines were read again. */
  #closeOpen(): boolean {
    const block = this.#open;
    this.#open = undefined;
    block?.close?.();
    return this.#open !== undefined;
  }

  readAsText(lines: readonly string[]): void {
    this.#asText = true;
    for (const line of lines) this.#giveToBlock(line);
    this.#asText = false;
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

  /** Returns the block that begins with this line: the guessed one if it is of the right type, or a new one. */
  #guessBlock(line: string): Block {
    const Type = this.#typeOf(line);
    if (!(this.#guess?.block instanceof Type)) {
      this.#dropGuess();
      const before = {part: this.#part, partIsFull: this.#partIsFull};
      this.#partIsFull ||= this.#isLong();
      this.#guess = {block: new Type(this), ...before};
    }
    return this.#guess.block;
  }

  #typeOf(line: string): BlockType {
    if (isIndented(line)) return Indented;
    if (isFence(line)) return Fence;
    if (isHeading(line)) return Heading;
    if (isRule(line)) return Rule;
    if (this.depth < deepestNesting) {
      if (isQuote(line)) return Quote;
      if (blockList.test(`${line}\n`)) return List;
    }
    return isHtml(line) && !(this.#asText && mayBeDropped(line)) ? Html : TextBlock;
  }
}
