/** Shows growing Markdown in the element that it stands on: what is there stays, what is new is appended. */
import {noChange} from 'lit';
import {AsyncDirective, directive} from 'lit/async-directive.js';
import type {ElementPart, PartInfo} from 'lit/async-directive.js';
import {PartType} from 'lit/directive.js';
import {MarkdownView} from '../../markdown/index.ts';
import type {Words} from '../../translations/words.ts';

export interface MarkdownLook {
  /** More may follow. */
  readonly growing: boolean;
  readonly words: Words;
  /** Whether formulas are set as such. */
  readonly math: boolean;
}

/** So many characters are shown in the same moment. */
const atOnce = 8000;

class MarkdownDirective extends AsyncDirective {
  #view: MarkdownView | undefined;
  #shown = '';
  #language = '';
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
    // The buttons in a text that is already there get the words of a language that has only now been loaded.
    const isTranslated = view !== undefined && words.language !== this.#language;
    const isAnother = isTranslated || !text.startsWith(this.#shown) || (this.#ended && text !== this.#shown);
    const isNew = !view || isAnother;
    if (!view || isAnother) {
      view?.destroy();
      element.replaceChildren();
      view = new MarkdownView(element, {words: words.markdown, math});
      this.#view = view;
      this.#language = words.language;
      this.#shown = '';
      this.#ended = false;
    }
    if (text.length > this.#shown.length) view.append(text.slice(this.#shown.length));
    this.#shown = text;
    if (!growing && !this.#ended) {
      this.#ended = true;
      view.end();
    }
    // A stored text is there when its message is; only a long one is left to the slices between frames.
    if (isNew && (this.#ended || isTranslated) && text.length <= atOnce) view.flush();
    return noChange;
  }

  /** A page that moves the chat disconnects it for a moment: the text stays as it is, and goes on growing after. */
  override disconnected(): void {
    this.#view?.flush();
  }
}

/** @example html`<div ${markdown(text, {growing: true, words, math: false})}></div>` */
export const markdown = directive(MarkdownDirective);
