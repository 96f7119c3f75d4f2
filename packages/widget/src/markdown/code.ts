/**
 * A code block: a bar with language and copy button, and lines in boxes, so that the layout for a new line is limited to
 * its own box. Knows no Markdown.
 */
import {type Container, make, makeBar, makeButton} from './block.ts';
import {decodeEntities} from './entities.ts';
import type {MessageContext, Renderer} from './message-context.ts';
import {create} from './nodes.ts';
import {linesPerBox, OffscreenBoxes} from './offscreen-boxes.ts';

/** Longer code is folded to 30 lines, see the style sheet: the newest ones while it grows, then the first ones. */
const foldedFrom = 40;

export class CodeBlock {
  readonly element: HTMLElement;
  readonly #code: HTMLElement;
  #unfold: HTMLButtonElement | undefined;
  readonly #language: string;
  readonly #context: MessageContext;
  readonly #boxes = new OffscreenBoxes(6);
  /** The text of the box that is not full. */
  #text: Text | undefined;
  /** Complete lines that are not in the DOM yet. */
  #ready = '';
  #lines = 0;
  /** The shown part of the unfinished line. */
  #tail = '';
  /** The indices of the marks in the code, which are shown behind it. */
  readonly #marks = new Set<number>();

  constructor(info: string, {context, box}: Container) {
    this.#context = context;
    this.#language = decodeEntities(/^\S*/.exec(info)?.[0] ?? '');
    const bar = makeBar('code', context, this.#language);
    const label = make('span');
    label.textContent = this.#language;
    bar.prepend(label);
    this.#code = make('code', this.#language && `language-${this.#language}`);
    const pre = make('pre');
    pre.tabIndex = 0;
    pre.append(this.#code);
    this.element = make('div', 'code');
    this.element.dir = 'ltr';
    this.element.append(bar, pre);
    box.append(this.element);
  }

  /** Takes the marks out of a line. */
  withoutMarks(line: string): string {
    const {text, marks} = this.#context.marks?.take(line) ?? {text: line, marks: []};
    for (const {index} of marks) this.#marks.add(index);
    return text;
  }

  push(line: string): void {
    this.#ready += `${line}\n`;
    if (++this.#lines === foldedFrom) {
      this.element.classList.add('folded', 'growing');
      this.#unfold = makeButton('unfold', '');
      this.element.append(this.#unfold);
    }
    if (this.#lines % linesPerBox === 0) {
      this.#write('');
      this.#text = undefined;
    }
  }

  /** Shows all complete lines and the beginning of the next one. */
  show(tail: string): void {
    if (this.#ready || tail !== this.#tail) this.#write(tail);
  }

  close(): void {
    this.show('');
    if (this.#marks.size) this.#showMarks();
    if (this.#unfold) {
      this.element.classList.remove('growing');
      this.#unfold.textContent = this.#context.words.showLines(this.#lines);
    }
    const {renderers} = this.#context;
    const renderer = Object.hasOwn(renderers, this.#language) ? renderers[this.#language] : undefined;
    if (renderer) this.#context.waitFor(this.#renderBy(renderer));
    else this.#context.highlight(this.#code, this.#language);
  }

  /** The page shows this language in its own way. The code stays if that fails, and as the source for the copy button. */
  async #renderBy(renderer: Renderer): Promise<void> {
    const container = make('div', 'rendered');
    await renderer(this.#code.textContent, container);
    for (const each of [this.#code.parentElement, this.#unfold]) each?.setAttribute('hidden', '');
    this.element.append(container);
  }

  #showMarks(): void {
    const paragraph = make('p');
    for (const index of this.#marks) {
      const shape = this.#context.marks?.shape(index);
      if (shape) paragraph.append(create(shape));
    }
    this.element.after(paragraph);
  }

  #write(tail: string): void {
    const now = this.#ready + tail;
    if (!this.#text) {
      if (!now) return;
      this.#text = document.createTextNode(now);
      const box = make('span', 'lines');
      box.append(this.#text);
      this.#code.append(box);
      this.#boxes.add(box);
    } else if (now.startsWith(this.#tail)) this.#text.appendData(now.slice(this.#tail.length));
    else this.#text.replaceData(this.#text.length - this.#tail.length, this.#tail.length, now);
    this.#ready = '';
    this.#tail = tail;
  }
}
