/** A list. Follows the steps of marked's list tokenizer, but takes one line at a time. */
import {
  type Block,
  type Container,
  type Contents,
  expandTabs,
  isBlank,
  isFence,
  isHeading,
  isRule,
  isUnclear,
  make,
} from './block.ts';
import {blockLheading, otherHtmlBegin, otherNestedBlockMarker, otherNestedContainerMarkers} from './marked.ts';
import {itemsPerBox, OffscreenBoxes} from './offscreen-boxes.ts';
import {withIndex} from './with-index.ts';

/** A line begins an item, goes on with the last item, or ends the list. */
type LineRole = 'item' | 'more' | 'end';

/**
 * Whether a block begins on this line that ends a paragraph. The line is indented less than `indent`. Quotes and lists
 * nest: another block may begin behind their mark.
 */
function startsBlock(line: string, indent: number): 'block' | 'nest' | undefined {
  const space = /^ */.exec(line)?.[0].length ?? 0;
  if (space > Math.max(0, Math.min(3, indent - 1))) return undefined;
  const text = line.slice(space);
  if (/^(?:```|~~~|#{1,6}(?:\s|$))/.test(text) || otherHtmlBegin.test(text)) return 'block';
  if (/^(?:>|(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$))/.test(text)) return 'nest';
  return isRule(text) ? 'block' : undefined;
}

interface Item {
  readonly element: HTMLLIElement;
  readonly inside: Contents;
  /** The column of its content. */
  readonly indent: number;
  /** Its last line, from that column on. */
  last: string;
  blank: boolean;
  /** Whether its last line continued a paragraph without indentation. */
  lazy: boolean;
  /** Whether it has more than one line. */
  long: boolean;
  /** Whether it began with two blank lines, so that no further line can belong to it. */
  closed: boolean;
  /** Blank lines that belong to it if more text follows. */
  heldBlanks: string[];
}

/** Whether the item's last line is text that a line without indentation can continue. */
function mayContinue({indent, last, lazy, long}: Item): boolean {
  let text = last;
  if (!long && !last.includes('\t')) {
    let mark = otherNestedBlockMarker.exec(text);
    while (mark && !isRule(text)) {
      text = text.slice(mark[0].length);
      mark = otherNestedBlockMarker.exec(text);
    }
    if (!text.trim()) return false;
  }
  if (text.replaceAll('\t', '    ').search(/[^ ]/) >= 4) return false;
  if (startsBlock(text, indent) === 'block' || isRule(text)) return false;
  const inner = last.replace(otherNestedContainerMarkers, '');
  return lazy || !(isFence(inner) || isHeading(inner) || isRule(inner));
}

export class List implements Block {
  readonly #container: Container;
  /**
   * The list's elements, mostly one. A long list goes on in further elements: the browser looks at all items of an element
   * for each new item, and it skips full elements that are off the screen.
   */
  readonly #lists: HTMLElement[] = [];
  readonly #boxes = new OffscreenBoxes(2);
  /** The number of the first item, or NaN in a list without numbers. */
  #number = Number.NaN;
  #loose = false;
  #marker = /$^/;
  #item: Item | undefined;
  /** An item with an incomplete first line. */
  #guess: Item | undefined;

  constructor(container: Container) {
    this.#container = container;
  }

  line(line: string): boolean {
    const role = this.#roleOf(line);
    if (role === 'end') return false;
    if (role === 'item') this.#beginItem(line);
    else if (this.#item) this.#continueItem(this.#item, line);
    return true;
  }

  start(line: string): boolean {
    const item = this.#item;
    if (line === '' || (isUnclear(line) && this.#lists.length)) {
      (this.#guess ?? item)?.inside.start('');
      return true;
    }
    const role = this.#roleOf(line);
    if (role === 'item') {
      item?.inside.settle();
      this.#learnMarker(line);
      const content = readItemLine(line, this.#marker);
      if (!this.#guess && isUnclear(content.text)) return true;
      this.#guess ??= this.#addItem(line, content);
      this.#guess.inside.start(content.text);
      return true;
    }
    this.#dropGuess();
    if (role === 'end' || !item) {
      item?.inside.start('');
      return false;
    }
    for (const blank of item.heldBlanks.splice(0)) item.inside.line(blank);
    item.inside.start(this.#own(item, line).text);
    return true;
  }

  settle(): void {
    this.#item?.inside.settle();
  }

  close(): void {
    this.#dropGuess();
    this.#item?.inside.close();
  }

  drop(): void {
    for (const list of this.#lists) list.remove();
  }

  lazy(): boolean {
    return this.#item !== undefined && !this.#item.blank && this.#item.inside.lazy();
  }

  #dropGuess(): void {
    if (!this.#guess) return;
    this.#guess.element.remove();
    this.#guess = undefined;
    if (this.#lists.length > 1 && !this.#lists.at(-1)?.childElementCount) {
      this.#lists.pop()?.remove();
      this.#boxes.drop();
    }
  }

  #roleOf(line: string): LineRole {
    const item = this.#item;
    if (!item) return 'item';
    if (item.closed || (!isBlank(line) && startsBlock(line, item.indent))) return this.#isItem(line) ? 'item' : 'end';
    if (isBlank(line)) return 'more';
    if (expandIndent(line).search(/[^ ]/) >= item.indent) return 'more';
    // A line with too little indentation can only continue a paragraph.
    return !item.blank && mayContinue(item) ? 'more' : 'end';
  }

  #isItem(line: string): boolean {
    return this.#marker.test(line) && !isRule(line);
  }

  /** Returns the line as the item reads it. It is `lazy` if it continues a paragraph without indentation. */
  #own(item: Item, line: string): {text: string; lazy: boolean} {
    const text = expandIndent(line);
    if (isBlank(line) || text.search(/[^ ]/) >= item.indent) return {text: text.slice(item.indent), lazy: false};
    const underline = /^ {0,3}(?:=+|-+) *$/.test(line) && blockLheading.test(`${item.last}\n${line}`);
    return {text: underline ? `    ${text.replace(/^ {0,3}/, '')}` : line, lazy: true};
  }

  #continueItem(item: Item, line: string): void {
    const {text, lazy} = this.#own(item, line);
    if (isBlank(line)) {
      if (item.blank && !item.long) item.closed = true;
      item.heldBlanks.push(text);
    } else {
      for (const blank of item.heldBlanks.splice(0)) item.inside.line(blank);
      item.inside.line(text);
    }
    item.long = true;
    item.lazy = lazy;
    item.blank = isBlank(line);
    item.last = expandIndent(line).slice(item.indent);
  }

  #beginItem(line: string): void {
    const before = this.#item;
    if (before) {
      if (before.heldBlanks.length || before.closed) this.#turnLoose();
      for (const blank of before.heldBlanks) before.inside.line(blank);
      before.inside.close();
    }
    this.#learnMarker(line);
    const content = readItemLine(line, this.#marker);
    const item = this.#guess ?? this.#addItem(line, content);
    this.#guess = undefined;
    this.#item = item;
    if (this.#lists.length > 1 && item.element.parentElement?.childElementCount === 1) this.#updateClasses();
    item.inside.line(content.text);
  }

  #addItem(line: string, {text, indent, last}: ItemLine): Item {
    let list = this.#lists.at(-1);
    if (!list || list.childElementCount === itemsPerBox) {
      if (!list) this.#number = Number.parseInt(line, 10);
      list = this.#createList(this.#number + this.#lists.length * itemsPerBox);
      if (this.#lists.push(list) > 1) this.#updateClasses();
      this.#container.box.append(list);
      this.#boxes.add(list);
    }
    const element = make('li');
    list.append(element);
    return {
      element,
      inside: this.#container.nest(element, () => this.#turnLoose()),
      indent,
      last,
      blank: isBlank(text),
      lazy: false,
      long: false,
      closed: false,
      heldBlanks: [],
    };
  }

  /** Creates an ordered list that begins with `number`, or an unordered one if it is NaN. */
  #createList(number: number): HTMLElement {
    if (Number.isNaN(number)) return make('ul');
    const list = make('ol');
    if (number !== 1) list.start = number;
    return list;
  }

  /** All items have the marker of the first one. */
  #learnMarker(line: string): void {
    if (this.#lists.length) return;
    const marker = /^ {0,3}([*+-]|\d{1,9}[.)])/.exec(line)?.[1] ?? '-';
    this.#marker = new RegExp(`^( {0,3}${marker.length > 1 ? '\\d{1,9}' : ''}\\${marker.slice(-1)})([ \\t].*)?$`);
  }

  /** Makes the list loose. Only classes change. */
  #turnLoose(): void {
    if (this.#loose) return;
    this.#loose = true;
    this.#updateClasses();
  }

  #updateClasses(): void {
    const last = this.#lists.length - 1;
    for (const [index, list] of withIndex(this.#lists)) {
      // An element is full if a complete line has begun an item behind it.
      const full = index < last && (index < last - 1 || !this.#guess);
      list.classList.toggle('loose', this.#loose);
      list.classList.toggle('more', index > 0);
      list.classList.toggle('full', full);
    }
  }
}

const expandIndent = (line: string): string => line.replace(/^ *\t[ \t]*/, (space) => expandTabs(space));

/** The first line of an item: the text behind its marker, with (`last`) and without its indentation, and its column. */
interface ItemLine {
  readonly last: string;
  readonly indent: number;
  readonly text: string;
}

function readItemLine(line: string, marker: RegExp): ItemLine {
  const [, own = '-', rest = ''] = marker.exec(line) ?? [];
  const last = rest.includes('\t') ? rest.replace(/^[ \t]+/, (space) => expandTabs(space, own.length)) : rest;
  if (isBlank(last)) return {last, indent: own.length + 1, text: ''};
  const space = last.search(/[^ ]/);
  const column = space > 4 ? 1 : space;
  return {last, indent: own.length + column, text: last.slice(column)};
}
