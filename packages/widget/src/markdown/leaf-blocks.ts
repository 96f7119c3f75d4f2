/** Simple blocks that hold no other blocks: fenced and indented code, headings, rules. */
import {type Block, type Container, isBlank, make, makeHeading} from './block.ts';
import {CodeBlock} from './code.ts';
import {readHeading} from './grammar.ts';
import {InlineText} from './inline.ts';
import {inlineAnyPunctuation} from './marked.ts';

export class Fence implements Block {
  readonly #container: Container;
  #code: CodeBlock | undefined;
  #end = /$^/;
  #indent = 0;
  #done = false;

  constructor(container: Container) {
    this.#container = container;
  }

  line(written: string): boolean {
    if (this.#done) return false;
    const line = this.#code?.withoutMarks(written) ?? written;
    if (!this.#code) {
      const [, space = '', fence = '', info = ''] = /^( {0,3})(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
      this.#end = new RegExp(`^ {0,3}${fence}${fence.charAt(0)}* *$`);
      // marked removes the fence's indentation from its lines for backticks only.
      this.#indent = fence.startsWith('`') ? space.length : 0;
      this.#code = new CodeBlock(info.trim().replace(inlineAnyPunctuation, '$1'), this.#container);
    } else if (this.#end.test(line)) this.#done = true;
    else this.#code.push(this.#own(line));
    return true;
  }

  start(written: string): boolean {
    if (this.#done) return false;
    const line = this.#code?.withoutMarks(written) ?? written;
    this.#code?.show(/^ {0,3}(?:`+|~+) *$/.test(line) ? '' : this.#own(line));
    return true;
  }

  close(): void {
    this.#code?.close();
  }

  drop(): void {
    this.#code?.element.remove();
  }

  #own(line: string): string {
    return line.slice(Math.min(this.#indent, line.length - line.trimStart().length));
  }
}

export class Indented implements Block {
  readonly #container: Container;
  #code: CodeBlock | undefined;
  #blank: string[] = [];

  constructor(container: Container) {
    this.#container = container;
  }

  line(line: string): boolean {
    if (isBlank(line)) this.#blank.push(unindent(line));
    else if (isIndented(line)) {
      const code = this.#open();
      code.push(code.withoutMarks(unindent(line)));
    } else return false;
    return true;
  }

  start(line: string): boolean {
    if (isBlank(line)) this.#code?.show('');
    else if (isIndented(line)) {
      const code = this.#open();
      code.show(code.withoutMarks(unindent(line)));
    } else return false;
    return true;
  }

  close(): void {
    this.#code?.close();
  }

  drop(): void {
    this.#code?.element.remove();
  }

  #open(): CodeBlock {
    this.#code ??= new CodeBlock('', this.#container);
    // Blank lines belong to the code if more of it follows.
    for (const line of this.#blank.splice(0)) this.#code.push(line);
    return this.#code;
  }
}

export const isIndented = (line: string): boolean => /^(?: {4}| {0,3}\t)/.test(line) && !isBlank(line);
export const unindent = (line: string): string => line.replace(/^(?: {0,3}\t| {1,4})/, '');

export class Heading implements Block {
  readonly #container: Container;
  #element: HTMLElement | undefined;
  #text: InlineText | undefined;
  #done = false;

  constructor(container: Container) {
    this.#container = container;
  }

  line(line: string): boolean {
    if (this.#done) return false;
    this.#show(line, false);
    this.#done = true;
    return true;
  }

  start(line: string): boolean {
    if (this.#done) return false;
    if (line) this.#show(line, true);
    return true;
  }

  drop(): void {
    this.#element?.remove();
  }

  #show(line: string, growing: boolean): void {
    const {depth = 1, text = ''} = readHeading(line) ?? {};
    if (!this.#element || !this.#text) {
      this.#element = makeHeading(depth, this.#container.context);
      this.#text = new InlineText(this.#element, this.#container.context, this.#element);
      this.#container.box.append(this.#element);
    }
    this.#text.show(text, growing);
  }
}

export class Rule implements Block {
  readonly #container: Container;
  #done = false;

  constructor(container: Container) {
    this.#container = container;
  }

  line(): boolean {
    if (this.#done) return false;
    this.#container.box.append(make('hr'));
    this.#done = true;
    return true;
  }

  start(line: string): boolean {
    return !this.#done && line !== '';
  }
}
