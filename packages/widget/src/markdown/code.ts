/**
 * A code block: a bar with language and copy button, and lines in boxes, so that the layout for a new line is limited to
 * its own box. Knows no Markdown.
 */
import {type Container, make, makeBar} from './block.ts';
import {decodeEntities} from './entities.ts';
import type {MessageContext} from './message-context.ts';
import {linesPerBox, OffscreenBoxes} from './offscreen-boxes.ts';

export class CodeBlock {
  readonly element: HTMLElement;
  readonly #code: HTMLElement;
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

  constructor(info: string, {context, box}: Container) {
    this.#context = context;
    this.#language = decodeEntities(/^\S*/.exec(info)?.[0] ?? '');
    const bar = makeBar('code', context);
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

  push(line: string): void {
    this.#ready += `${line}\n`;
    if (++this.#lines % linesPerBox === 0) {
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
    this.#context.highlight(this.#code, this.#language);
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
