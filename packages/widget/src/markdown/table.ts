/** A table. Rows are only ever added. A first line that starts with `|` is shown as the header that it will most likely be. */
import {type Block, type Container, isBlank, make, makeBar} from './block.ts';
import {type Cell, readRow, readTable} from './grammar.ts';
import {InlineText} from './inline.ts';
import {blockTable} from './marked.ts';
import {itemsPerBox, OffscreenBoxes} from './offscreen-boxes.ts';
import {withIndex} from './with-index.ts';

class Row {
  readonly element = make('tr');
  readonly #cells: {readonly element: HTMLElement; readonly text: InlineText}[] = [];

  show(cells: readonly Cell[], kind: 'th' | 'td', container: Container, growing: boolean): void {
    for (const [index, {text, align}] of withIndex(cells)) {
      let cell = this.#cells[index];
      if (!cell) {
        const element = make(kind);
        cell = {element, text: new InlineText(element, container.context, element)};
        this.#cells.push(cell);
        this.element.append(element);
      }
      if (align && cell.element.getAttribute('align') !== align) {
        // `dir` is set again after `align`: the order of attributes does not depend on when the alignment arrived.
        cell.element.removeAttribute('dir');
        cell.element.setAttribute('align', align);
      }
      cell.text.show(text, growing);
    }
    for (const {element} of this.#cells.splice(cells.length)) element.remove();
  }
}

const delimiter = /^[ \t|:-]*$/;

export class Table implements Block {
  readonly #container: Container;
  readonly #element = make('div', 'table');
  readonly #table = make('table');
  readonly #header = new Row();
  readonly #boxes = new OffscreenBoxes(2);
  /** A row with an incomplete line. */
  #guess: Row | undefined;
  /** The cells of the header. Empty until the delimiter row is there. */
  #columns: readonly Cell[] = [];

  constructor(container: Container) {
    this.#container = container;
    const scroller = make('div', 'table-scroll');
    scroller.tabIndex = 0;
    const head = make('thead');
    head.append(this.#header.element);
    this.#table.append(head);
    scroller.append(this.#table);
    this.#element.append(makeBar('table', container.context), scroller);
    container.box.append(this.#element);
  }

  /** Shows the header before its delimiter row is there. */
  guess(header: string): void {
    // The header is drawn again for each letter, which is too much for a very long line.
    if (header.length <= 2048) this.#header.show(readRow(header, []), 'th', this.#container, true);
  }

  /** Takes the first two lines, which are known to begin a table. */
  open(head: string): void {
    this.#columns = readTable(head)?.header ?? [];
    this.#header.show(this.#columns, 'th', this.#container, false);
    // The columns run in the direction of the first title that has one.
    const direction = this.#header.element.querySelector('[dir]')?.getAttribute('dir');
    if (direction === 'rtl') this.#element.dir = direction;
  }

  line(line: string): boolean {
    if (!this.#continues(line)) return false;
    this.#fillRow(this.#guess ?? this.#addRow(), line, false);
    this.#guess = undefined;
    return true;
  }

  start(line: string): boolean {
    if (line === '' || delimiter.test(line)) return true;
    if (!this.#continues(line)) {
      this.close();
      return false;
    }
    this.#guess ??= this.#addRow();
    this.#fillRow(this.#guess, line, true);
    return true;
  }

  close(): void {
    const body = this.#guess?.element.parentElement;
    this.#guess?.element.remove();
    this.#guess = undefined;
    if (!body || body.childElementCount) return;
    // The body has no other row: it goes, too.
    const before = body.previousElementSibling;
    body.remove();
    this.#boxes.drop();
    if (before?.localName === 'tbody' && this.#table.tBodies.length === 1) this.#element.className = 'table';
  }

  drop(): void {
    this.#element.remove();
  }

  #continues(line: string): boolean {
    if (isBlank(line)) return false;
    const source = `|a|\n|-|\n${line}\n`;
    return /^ {0,3}[|\p{L}]/u.test(line) || blockTable.exec(source)?.[0].length === source.length;
  }

  #addRow(): Row {
    let body = this.#table.tBodies.item(this.#table.tBodies.length - 1);
    if (!body || body.rows.length === itemsPerBox) {
      // The browser lays out a whole table for each new row. From the second body on, each row is a grid of its own.
      if (body) this.#element.classList.add('long');
      body = make('tbody');
      this.#table.append(body);
      this.#boxes.add(body);
    }
    const row = new Row();
    body.append(row.element);
    return row;
  }

  #fillRow(row: Row, line: string, growing: boolean): void {
    row.show(readRow(line, this.#columns), 'td', this.#container, growing);
  }
}
