/** Renders growing Markdown into the element that the directive is on: keeps the text that is there and appends new text. */
import {noChange} from 'lit';
import {Directive, directive, PartType} from 'lit/directive.js';
import type {ElementPart, PartInfo} from 'lit/directive.js';
import {type Mark, type Marks, MarkdownView, type Renderers} from '../../markdown/index.ts';
import type {Words} from '../../translations/words.ts';
import {Caret, findEnd} from './caret.ts';

export interface PlacedMark extends Mark {
  /** Its position in the text. */
  readonly at: number;
}

export interface TextMarks {
  /** In the order of the text. */
  readonly placed: readonly PlacedMark[];
  /** What reads marks. */
  readonly create: () => Marks;
}

export interface MarkdownLook {
  /** Whether more text may follow. */
  readonly growing: boolean;
  readonly words: Words;
  /** Whether formulas between dollar signs are set. */
  readonly math: boolean;
  readonly renderers?: Renderers | undefined;
  /** The marks in the text. More may follow if it is growing. */
  readonly marks?: TextMarks | undefined;
}

/** A text of up to so many characters is rendered at once. */
const atOnce = 8000;

/** By the element that it renders into. */
const views = new WeakMap<Element, MarkdownView>();

/**
 * Renders the rest of all texts in a message at once: a page that moves the chat disconnects it for a moment. The texts
 * stay, and grow on afterwards.
 */
export function flushMarkdown(root: ParentNode): void {
  for (const element of root.querySelectorAll('.text')) views.get(element)?.flush();
}

class MarkdownDirective extends Directive {
  #view: MarkdownView | undefined;
  #shown = '';
  #marks: readonly PlacedMark[] = [];
  #language = '';
  #math = false;
  readonly #caret = new Caret();
  #ended = false;

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error('markdown() stands on an element, as an attribute would.');
  }

  override render(_text: string, _look: MarkdownLook): typeof noChange {
    return noChange;
  }

  override update(
    {element}: ElementPart,
    [text, {growing, words, math, renderers, marks}]: [string, MarkdownLook],
  ): typeof noChange {
    if (!(element instanceof HTMLElement)) return noChange;
    let view = this.#view;
    const placed = marks?.placed ?? [];
    // The language was loaded after this text was rendered: its buttons need the new words.
    const isTranslated = view !== undefined && words.language !== this.#language;
    const isAnother =
      isTranslated ||
      math !== this.#math ||
      !text.startsWith(this.#shown) ||
      !this.#marks.every((mark, index) => isSame(mark, placed[index])) ||
      (this.#ended && (text !== this.#shown || placed.length !== this.#marks.length));
    const isNew = !view || isAnother;
    if (!view || isAnother) {
      view?.destroy();
      element.replaceChildren();
      view = new MarkdownView(element, {
        words: words.markdown,
        math,
        renderers,
        onDraw: () => this.#caret.moveTo(this.#ended ? undefined : findEnd(element)),
      });
      this.#view = view;
      views.set(element, view);
      this.#language = words.language;
      this.#math = math;
      this.#shown = '';
      this.#marks = [];
      this.#ended = false;
    }
    for (const mark of placed.slice(this.#marks.length)) {
      this.#show(view, text.slice(0, mark.at));
      if (marks) view.mark(mark, marks.create);
    }
    this.#marks = placed;
    // White space at the end waits for more text: a mark that comes next stands before it.
    this.#show(view, growing ? text.trimEnd() : text);
    if (!growing && !this.#ended) {
      this.#ended = true;
      view.end();
    }
    // A stored text appears together with its message; only a long one is rendered in slices between frames.
    if (isNew && (this.#ended || isTranslated) && text.length <= atOnce) view.flush();
    return noChange;
  }

  #show(view: MarkdownView, text: string): void {
    if (text.length <= this.#shown.length) return;
    view.append(text.slice(this.#shown.length));
    this.#shown = text;
  }
}

const isSame = (one: PlacedMark, other: PlacedMark | undefined): boolean =>
  one.at === other?.at && one.label === other.label;

/** @example html`<div ${markdown(text, {growing: true, words, math: false})}></div>` */
export const markdown = directive(MarkdownDirective);
