/** A list: items that come one after another. Takes marked's own walk over the lines of a list one line at a time. */
import {
  type Block,
  expandTabs,
  type Inside,
  isBlank,
  isFence,
  isHeading,
  isRule,
  isUnclear,
  make,
  type Place,
} from './block.ts';
import {blockLheading, otherHtmlBegin, otherNestedBlockMarker, otherNestedContainerMarkers} from './marked.ts';
import {OffscreenBoxes} from './offscreen-boxes.ts';

/** Items in one element. The style sheet knows this number, too. */
const partItems = 64;

/** What a line is to the item before it. */
type Part = 'item' | 'more' | 'end';

/**
 * Whether a block starts on this line that no paragraph goes on into, when it is indented less than `indent`; one that
 * nests starts with a mark, behind which something else may start.
 */
function starts(line: string, indent: number): 'block' | 'nest' | undefined {
  const space = /^ */.exec(line)?.[0].length ?? 0;
  if (space > Math.max(0, Math.min(3, indent - 1))) return undefined;
  const text = line.slice(space);
  if (/^(?:```|~~~|#{1,6}(?:\s|$))/.test(text) || otherHtmlBegin.test(text)) return 'block';
  if (/^(?:>|(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$))/.test(text)) return 'nest';
  return isRule(text) ? 'block' : undefined;
}

interface Item {
  readonly element: HTMLLIElement;
  readonly inside: Inside;
  /** The column where its content starts. */
  readonly indent: number;
  /** The last line, from that column on. */
  last: string;
  blank: boolean;
  /** Whether the last line continued a paragraph without being indented. */
  lazy: boolean;
  /** Whether more than the first line is there. */
  long: boolean;
  /** Began with two blank lines: nothing more can belong to it. */
  over: boolean;
  /** Blank lines that belong to it only if more follows. */
  held: string[];
}

export class List implements Block {
  readonly #place: Place;
  /**
   * The list itself. A long one goes on in further lists: the browser looks at all items of a list for each one that
   * comes, and what is full and off the screen can be left out.
   */
  readonly #parts: (HTMLUListElement | HTMLOListElement)[] = [];
  readonly #trail = new OffscreenBoxes(2);
  #loose = false;
  #mark = /$^/;
  #item: Item | undefined;
  /** An item of which only a part of its first line is there. */
  #next: Item | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  line(line: string): boolean {
    const part = this.#part(line);
    if (part === 'end') return false;
    if (part === 'item') this.#begin(line);
    else if (this.#item) this.#go(this.#item, line);
    return true;
  }

  start(line: string): boolean {
    const item = this.#item;
    if (line === '' || (isUnclear(line) && this.#parts.length)) {
      (this.#next ?? item)?.inside.start('');
      return true;
    }
    const part = this.#part(line);
    if (part === 'item') {
      item?.inside.settle();
      this.#learn(line);
      const content = contentOf(line, this.#mark);
      if (!this.#next && isUnclear(content.text)) return true;
      this.#next ??= this.#make(line, content);
      this.#next.inside.start(content.text);
      return true;
    }
    this.#forget();
    if (part === 'end' || !item) {
      item?.inside.start('');
      return false;
    }
    for (const blank of item.held.splice(0)) item.inside.line(blank);
    item.inside.start(this.#own(item, line).text);
    return true;
  }

  settle(): void {
    this.#item?.inside.settle();
  }

  close(): void {
    this.#forget();
    this.#item?.inside.close();
  }

  drop(): void {
    for (const part of this.#parts) part.remove();
  }

  lazy(): boolean {
    return this.#item !== undefined && !this.#item.blank && this.#item.inside.lazy();
  }

  #forget(): void {
    if (!this.#next) return;
    this.#next.element.remove();
    this.#next = undefined;
    if (this.#parts.length > 1 && !this.#parts.at(-1)?.childElementCount) {
      this.#parts.pop()?.remove();
      this.#trail.drop();
    }
  }

  #part(line: string): Part {
    const item = this.#item;
    if (!item) return 'item';
    const {indent, last} = item;
    if (item.over || (!isBlank(line) && starts(line, indent))) return this.#isItem(line) ? 'item' : 'end';
    if (isBlank(line)) return 'more';
    const text = align(line);
    if (text.search(/[^ ]/) >= indent) return 'more';
    // Too little indentation: only a paragraph goes on.
    if (item.blank) return 'end';
    let before = last;
    if (!item.long && !last.includes('\t')) {
      let mark = otherNestedBlockMarker.exec(before);
      while (mark && !isRule(before)) {
        before = before.slice(mark[0].length);
        mark = otherNestedBlockMarker.exec(before);
      }
      if (!before.trim()) return 'end';
    }
    if (before.replaceAll('\t', '    ').search(/[^ ]/) >= 4) return 'end';
    if (starts(before, indent) === 'block' || isRule(before)) return 'end';
    if (!item.lazy) {
      const inner = last.replace(otherNestedContainerMarkers, '');
      if (isFence(inner) || isHeading(inner) || isRule(inner)) return 'end';
    }
    return 'more';
  }

  #isItem(line: string): boolean {
    return this.#mark.test(line) && !isRule(line);
  }

  /** The part of a line that belongs into the item, and whether it is there only as the text of a paragraph. */
  #own(item: Item, line: string): {text: string; lazy: boolean} {
    const text = align(line);
    if (isBlank(line) || text.search(/[^ ]/) >= item.indent) return {text: text.slice(item.indent), lazy: false};
    const underline = /^ {0,3}(?:=+|-+) *$/.test(line) && blockLheading.test(`${item.last}\n${line}`);
    return {text: underline ? `    ${text.replace(/^ {0,3}/, '')}` : line, lazy: true};
  }

  #go(item: Item, line: string): void {
    const {text, lazy} = this.#own(item, line);
    if (isBlank(line)) {
      if (item.blank && !item.long) item.over = true;
      item.held.push(text);
    } else {
      for (const blank of item.held.splice(0)) item.inside.line(blank);
      item.inside.line(text);
    }
    item.long = true;
    item.lazy = lazy;
    item.blank = isBlank(line);
    item.last = align(line).slice(item.indent);
  }

  #begin(line: string): void {
    const before = this.#item;
    if (before) {
      if (before.held.length || before.over) this.#space();
      for (const blank of before.held) before.inside.line(blank);
      before.inside.close();
    }
    this.#learn(line);
    const content = contentOf(line, this.#mark);
    const item = this.#next ?? this.#make(line, content);
    this.#next = undefined;
    this.#item = item;
    if (this.#parts.length > 1 && item.element.parentElement?.childElementCount === 1) this.#dress();
    item.inside.line(content.text);
  }

  #make(line: string, {text, indent, last}: Content): Item {
    let part = this.#parts.at(-1);
    if (!part || part.childElementCount === partItems) {
      const number = Number.parseInt(line, 10);
      const first = this.#parts[0];
      part = Number.isNaN(number) ? make('ul') : make('ol');
      if (part instanceof HTMLOListElement) {
        const start = first instanceof HTMLOListElement ? first.start + this.#parts.length * partItems : number;
        if (start !== 1) part.start = start;
      }
      if (this.#parts.push(part) > 1) this.#dress();
      this.#place.box.append(part);
      this.#trail.add(part);
    }
    const element = make('li');
    part.append(element);
    return {
      element,
      inside: this.#place.inside(element, false, () => this.#space()),
      indent,
      last,
      blank: isBlank(text),
      lazy: false,
      long: false,
      over: false,
      held: [],
    };
  }

  /** The first item tells which mark all the others have. */
  #learn(line: string): void {
    if (this.#parts.length) return;
    const mark = /^ {0,3}([*+-]|\d{1,9}[.)])/.exec(line)?.[1] ?? '-';
    this.#mark = new RegExp(`^( {0,3}${mark.length > 1 ? '\\d{1,9}' : ''}\\${mark.slice(-1)})([ \\t].*)?$`);
  }

  /** The list is loose from now on; its nodes stay as they are. */
  #space(): void {
    if (this.#loose) return;
    this.#loose = true;
    this.#dress();
  }

  #dress(): void {
    const last = this.#parts.length - 1;
    for (const [index, part] of this.#parts.entries()) {
      // A part is full when an item after it is sure.
      const full = index < last && (index < last - 1 || !this.#next);
      part.classList.toggle('loose', this.#loose);
      part.classList.toggle('more', index > 0);
      part.classList.toggle('full', full);
    }
  }
}

const align = (line: string): string => line.replace(/^ *\t[ \t]*/, (space) => expandTabs(space));

/** The first line of an item: what stands behind its mark, at which column, and the text in it. */
interface Content {
  readonly last: string;
  readonly indent: number;
  readonly text: string;
}

function contentOf(line: string, mark: RegExp): Content {
  const [, own = '-', rest = ''] = mark.exec(line) ?? [];
  const last = rest.includes('\t') ? rest.replace(/^[ \t]+/, (space) => expandTabs(space, own.length)) : rest;
  if (isBlank(last)) return {last, indent: own.length + 1, text: ''};
  const space = last.search(/[^ ]/);
  const column = space > 4 ? 1 : space;
  return {last, indent: own.length + column, text: last.slice(column)};
}
