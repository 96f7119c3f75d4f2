/** Finds the words for an element's language, and renders it anew when the page changes its language. */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {de} from '../translations/de.ts';
import {en} from '../translations/en.ts';
import type {Words} from '../translations/words.ts';

const translations = new Map<string, Words>([
  ['en', en],
  ['de', de],
]);

/** Adds a language, or replaces one. */
export function addTranslation(words: Words): void {
  translations.set(words.language.toLowerCase(), words);
}

/** The words of `de-CH`, else of `de`, else English; with some of them replaced where a site wants its own. */
export function wordsFor(language: string, own: Partial<Words> = {}): Words {
  const asked = language.toLowerCase();
  const words = translations.get(asked) ?? translations.get(asked.split('-')[0] ?? '') ?? en;
  return Object.keys(own).length === 0 ? words : {...words, ...own};
}

export class LocalizeController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #observer: MutationObserver | undefined;
  #made: {language: string; own: Partial<Words> | undefined; words: Words} | undefined;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#observer = new MutationObserver(() => this.#host.requestUpdate());
    this.#observer.observe(document.documentElement, {attributeFilter: ['lang', 'dir']});
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  /** The same object until the language or the site's own words change. */
  words(own?: Partial<Words>): Words {
    const language = this.#language();
    if (this.#made?.language !== language || this.#made.own !== own) {
      this.#made = {language, own, words: wordsFor(language, own)};
    }
    return this.#made.words;
  }

  /** The nearest `lang`, also outside of the shadow roots around the element; else the browser's. */
  #language(): string {
    for (let element: Element | null = this.#host; element;) {
      const language = element.closest('[lang]')?.getAttribute('lang');
      if (language) return language;
      const root = element.getRootNode();
      element = root instanceof ShadowRoot ? root.host : null;
    }
    return typeof navigator === 'object' ? navigator.language : 'en';
  }
}
