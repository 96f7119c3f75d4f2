/**
 * Lines that no other block takes: a paragraph, a heading underlined by its next line, a definition, or a table with a
 * first line that looks like text. marked decides between these each time a line arrives that can make a difference.
 */
import {
  type Block,
  type Container,
  footnote,
  interrupts,
  isBlank,
  isUnclear,
  make,
  makeButton,
  makeHeading,
} from './block.ts';
import {
  type Heading,
  labelKey,
  noteScheme,
  readDefinition,
  readTableOrHeading,
  type TableOrHeading,
} from './grammar.ts';
import {InlineText} from './inline.ts';
import {unindent} from './leaf-blocks.ts';
import {blockLheading} from './marked.ts';
import {Table} from './table.ts';

/** A line that can turn the lines before it into a heading or a table. */
const mayChangeText = /^[ \t]*[-=|:][-=|: \t]*$/;
const mayDefine = /^ {0,3}\[(?!\^)/;
const definition = /^ {0,3}\[(?!\^)(?:\\.|[^[\]\\])+\]:\s*(?:<[^<>\n]*>?|\S*)\s*(?:\s["'(][^]*)?$/;
const task = /^\[([ xX])\][ \t]+(?=\S)/;

/** Returns the text without the definitions at its beginning. */
function afterDefinitions(source: string): string {
  let rest = source;
  for (let found = readDefinition(rest); found && mayDefine.test(rest); found = readDefinition(rest))
    rest = rest.slice(found.raw.length + 1);
  return rest;
}

export class TextBlock implements Block {
  readonly #container: Container;
  /** The list item, if this is the first block in it. */
  readonly #lead: HTMLElement | undefined;
  /** Complete lines. */
  #source = '';
  #element: HTMLElement | undefined;
  #text: InlineText | undefined;
  /** The table that the lines have become, or the header that a first line is guessed to be. */
  #table: Table | undefined;
  #isTable = false;
  #done = false;

  constructor(container: Container) {
    this.#container = container;
    this.#lead = container.lead;
  }

  line(line: string): boolean {
    if (this.#isTable) return this.#table?.line(line) ?? false;
    if (
      this.#done ||
      (this.#source && (isBlank(line) || (interrupts(line, this.#container.top) && !this.#underlines(line))))
    )
      return false;
    this.#source += this.#source ? `\n${this.#container.top ? line : unindent(line)}` : line;
    if (mayChangeText.test(line) || mayDefine.test(this.#source)) this.#readAgain(false);
    return true;
  }

  start(line: string): boolean {
    if (this.#isTable) return this.#table?.start(line) ?? false;
    if (this.#done) return false;
    if (!this.#source && !line) return true;
    if (this.#source && !isUnclear(line) && interrupts(line, this.#container.top)) return false;
    const held = isUnclear(line) || mayChangeText.test(line);
    // Behind a definition follows its title, another definition, or a new paragraph.
    const defined = definition.test(this.#source) && !/\]:\s*$/.test(this.#source);
    if (defined && /^\s*["'(]/.test(line)) return true;
    this.#show(held ? this.#source : this.#source && !defined ? `${this.#source}\n${line}` : line, true);
    return true;
  }

  settle(): void {
    const text = this.#isTable || this.#done ? '' : afterDefinitions(this.#source);
    if (text) this.#show(text, false);
  }

  close(): void {
    if (this.#isTable) this.#table?.close();
    else if (!this.#done) {
      if (mayDefine.test(this.#source)) this.#readAgain(true);
      if (!this.#done && this.#source) this.#show(this.#source, false);
    }
  }

  drop(): void {
    this.#element?.remove();
    this.#table?.drop();
  }

  lazy(): boolean {
    return !this.#done && !this.#isTable && this.#source !== '';
  }

  /** Reads all lines again, because the newest one may turn them into something else. */
  #readAgain(last: boolean): void {
    const found = readTableOrHeading(afterDefinitions(this.#source), this.#container.top);
    this.#define(last || found !== undefined);
    if (found?.heading) this.#becomeHeading(found.heading);
    else if (found) this.#becomeTable(found);
  }

  /** Whether a line of dashes makes a heading of the lines before it, and is not a rule or a list item. */
  #underlines(line: string): boolean {
    if (!/^ {0,3}-+[ \t]*$/.test(line)) return false;
    const text = afterDefinitions(this.#source);
    return text !== '' && blockLheading.exec(`${text}\n${line}\n`)?.[0].length === text.length + line.length + 2;
  }

  /** Reads the definitions at the beginning of the text and removes them from it. */
  #define(last: boolean): void {
    for (let found = readDefinition(this.#source); found; found = readDefinition(this.#source)) {
      const rest = this.#source.slice(found.raw.length + 1);
      // If there is no title yet, the next line may bring it or its first part.
      if (!last && (!rest || (!found.title && /^\s*["'(]/.test(rest)))) return;
      this.#container.define(found.tag, found);
      this.#source = rest;
      this.#done = !rest;
      if (!rest) return this.#removeElement();
    }
  }

  #becomeTable({before, raw}: TableOrHeading): void {
    if (before) this.#show(before, false);
    else this.#removeElement();
    this.#table ??= new Table(this.#container);
    const [header, delimiter, ...rows] = raw.split('\n');
    this.#table.open(`${header}\n${delimiter}\n`);
    for (const row of rows) this.#table.line(row);
    this.#isTable = true;
  }

  /** Removes the paragraph: its text turned out to be a definition or a table. */
  #removeElement(): void {
    this.#element?.remove();
    this.#lead?.removeAttribute('dir');
    this.#lead?.removeAttribute('class');
  }

  #becomeHeading({depth, text}: Heading): void {
    const heading = makeHeading(depth, this.#container.context);
    // It may have looked like a task.
    this.#lead?.removeAttribute('class');
    if (this.#element) this.#element.replaceWith(heading);
    else this.#container.box.append(heading);
    this.#table?.drop();
    new InlineText(heading, this.#container.context, this.#lead ?? heading).show(text, false);
    this.#done = true;
  }

  #show(text: string, growing: boolean): void {
    if (growing && (definition.test(text) || (this.#lead && /^\[[ xX]?\]?[ \t]*$/.test(text)))) return;
    if (growing && !text.includes('\n') && /^ {0,3}\|/.test(text)) {
      this.#table ??= new Table(this.#container);
      this.#table.guess(text);
      return;
    }
    this.#table?.drop();
    this.#table = undefined;
    const [mark, box] = (this.#lead && task.exec(text)) || [];
    const [note, label = ''] = footnote.exec(text) ?? [];
    const words = text.slice((mark ?? note ?? '').length);
    if (!this.#element || !this.#text) {
      this.#element = make('p');
      if (mark) {
        this.#lead?.classList.add('task');
        this.#addCheckbox(this.#element, box !== ' ');
      } else if (note) this.#addNumber(this.#element, labelKey(label));
      // The first text of a list item sets the direction of the whole item, so that its marker is on the right side.
      this.#text = new InlineText(this.#element, this.#container.context, this.#lead ?? this.#element);
      this.#container.box.append(this.#element);
    }
    this.#text.show(words, growing);
  }

  /** The number of a footnote. Its references get the same. */
  #addNumber(element: HTMLElement, label: string): void {
    const {context} = this.#container;
    const number = context.notes.get(label) ?? context.notes.size + 1;
    context.notes.set(label, number);
    element.className = 'footnote';
    element.append(makeButton('footnote-number', `${number}`), ' ');
    context.listen();
    this.#container.define(label, {href: noteScheme + number, title: null});
  }

  #addCheckbox(element: Element, done: boolean): void {
    const input = make('input');
    input.type = 'checkbox';
    input.disabled = true;
    input.defaultChecked = done;
    const {taskDone, taskOpen} = this.#container.context.words;
    input.setAttribute('aria-label', done ? taskDone : taskOpen);
    element.append(input, ' ');
  }
}
