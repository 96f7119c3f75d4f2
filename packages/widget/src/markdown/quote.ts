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

const alert = /^\[!([a-z]+)\][ \t]*$/;
const mayBeAlert = /^\[![a-z]*\]?[ \t]*$/i;

export class Quote implements Block {
  readonly #container: Container;
  #element: HTMLElement | undefined;
  #inside: Contents | undefined;
  /** Whether a line without `>` can continue the last line. */
  #text = false;
  #begun = false;

  constructor(container: Container) {
    this.#container = container;
  }

  line(line: string): boolean {
    if (isQuote(line)) {
      const own = unquote(line);
      const inside = this.#open();
      if (this.#begun || !this.#turnToAlert(own)) inside.line(own);
      this.#begun = true;
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
      if (!this.#begun && mayBeAlert.test(own)) return true;
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

  /** GitHub's alerts: a quote that begins with a line as `[!NOTE]`. */
  #turnToAlert(line: string): boolean {
    const titles: Readonly<Record<string, string>> = this.#container.context.words.alerts;
    const [, kind = ''] = alert.exec(line.toLowerCase()) ?? [];
    if (!Object.hasOwn(titles, kind) || !this.#element) return false;
    const title = make('p', 'alert-name');
    title.textContent = titles[kind] ?? '';
    this.#element.className = `alert ${kind}`;
    this.#element.append(title);
    return true;
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
