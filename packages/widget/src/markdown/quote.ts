/** A quote: takes lines with `>`, and lines without it that continue its last paragraph. */
import {
  type Block,
  type Container,
  type Contents,
  expandTabs,
  interrupts,
  isBlank,
  isQuote,
  isUnclear,
  make,
} from './block.ts';

export class Quote implements Block {
  readonly #container: Container;
  #element: HTMLElement | undefined;
  #inside: Contents | undefined;
  /** Whether a line without `>` can continue the last line. */
  #text = false;

  constructor(container: Container) {
    this.#container = container;
  }

  line(line: string): boolean {
    if (isQuote(line)) {
      const own = unquote(line);
      this.#open().line(own);
      this.#text = !isBlank(own);
      return true;
    }
    if (!this.#inside || !this.#continues(line)) return false;
    // A line without `>` never underlines a heading.
    this.#inside.line(line.replace(/^ {0,3}((?:=+|-+)[ \t]*)$/, '    $1'));
    return true;
  }

  start(line: string): boolean {
    if (isQuote(line)) {
      const own = unquote(line);
      if (this.#inside || !isUnclear(own)) this.#open().start(own);
      return true;
    }
    if (!this.#inside) return false;
    if (isUnclear(line)) this.#inside.start('');
    else if (this.#continues(line)) this.#inside.start(line);
    else {
      this.#inside.start('');
      return false;
    }
    return true;
  }

  settle(): void {
    this.#inside?.settle();
  }

  close(): void {
    this.#inside?.close();
  }

  drop(): void {
    this.#element?.remove();
  }

  lazy(): boolean {
    return this.#text && (this.#inside?.lazy() ?? false);
  }

  #open(): Contents {
    if (!this.#element || !this.#inside) {
      this.#element = make('blockquote');
      this.#container.box.append(this.#element);
      this.#inside = this.#container.nest(this.#element);
    }
    return this.#inside;
  }

  #continues(line: string): boolean {
    // By marked's rule for quotes, a list marker with nothing behind it begins a list.
    return (
      this.lazy() && !isBlank(line) && !interrupts(line, true) && !/^ {0,3}(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$)/.test(line)
    );
  }
}

function unquote(line: string): string {
  return line
    .replace(/^( {0,3}>)(\t[ \t]*)/, (_, mark: string, space: string) => mark + expandTabs(space, mark.length))
    .replace(/^ {0,3}>[ \t]?/, '');
}
