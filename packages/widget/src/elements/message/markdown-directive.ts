/** Shows growing Markdown in the element that it stands on: what is there stays, what is new is appended. */
import {noChange} from 'lit';
import {AsyncDirective, directive} from 'lit/async-directive.js';
import type {ElementPart, PartInfo} from 'lit/async-directive.js';
import {PartType} from 'lit/directive.js';
import {MarkdownView} from '../../markdown/index.ts';
import type {MarkdownWords} from '../../markdown/index.ts';

export interface MarkdownLook {
  /** More may follow. */
  readonly growing: boolean;
  readonly words: MarkdownWords;
  /** Whether formulas are set as such. */
  readonly math: boolean;
}

/** So many characters are shown in the same moment. */
const atOnce = 8000;

class MarkdownDirective extends AsyncDirective {
  #view: MarkdownView | undefined;
  #shown = '';
  #ended = false;

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error('markdown() stands on an element, as an attribute would.');
  }

  override render(_text: string, _look: MarkdownLook): typeof noChange {
    return noChange;
  }

  override update({element}: ElementPart, [text, {growing, words, math}]: [string, MarkdownLook]): typeof noChange {
    if (!(element instanceof HTMLElement)) return noChange;
    let view = this.#view;
    const isAnother = !view || !text.startsWith(this.#shown) || (this.#ended && text !== this.#shown);
    if (!view || isAnother) {
      view?.destroy();
      element.replaceChildren();
      view = new MarkdownView(element, {words, math});
      this.#view = view;
      this.#shown = '';
      this.#ended = false;
    }
    if (text.length > this.#shown.length) view.append(text.slice(this.#shown.length));
    this.#shown = text;
    if (!growing && !this.#ended) {
      this.#ended = true;
      view.end();
      // What is stored is there when its message is; only a long one is left to the slices between frames.
      if (isAnother && text.length <= atOnce) view.flush();
    }
    return noChange;
  }

  /** A page that moves the chat disconnects it for a moment: the text stays as it is, and goes on growing after. */
  override disconnected(): void {
    this.#view?.flush();
  }
}

/** @example html`<div ${markdown(text, {growing: true, words, math: false})}></div>` */
export const markdown = directive(MarkdownDirective);
