/**
 * Gives its host the words of its locale (i18n), and renders it again when the page changes its language or when a
 * translation has been loaded. Knows no languages: the registry in translations/ does.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {loadTranslation, subscribeToTranslations, wordsFor} from '../translations/index.ts';
import {localeOf} from './locale.ts';
import type {Words} from '../translations/words.ts';

export class LocalizeController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #observer: MutationObserver | undefined;
  #unsubscribe: (() => void) | undefined;
  #locale: string | undefined;
  #merged: {translation: Words; own: Partial<Words> | undefined; words: Words} | undefined;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    const update = () => this.#host.requestUpdate();
    this.#observer = new MutationObserver(update);
    this.#observer.observe(document.documentElement, {attributeFilter: ['lang', 'dir']});
    this.#unsubscribe = subscribeToTranslations(update);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#unsubscribe?.();
    // A translation that could not be loaded is tried again when the host comes back.
    this.#locale = undefined;
  }

  /** The words of the locale, with `own` in place of some of them. Returns the same object until one of the two changes. */
  words(own?: Partial<Words>): Words {
    const locale = localeOf(this.#host);
    if (locale !== this.#locale) {
      this.#locale = locale;
      void loadTranslation(locale);
    }
    const translation = wordsFor(locale);
    if (this.#merged?.translation !== translation || this.#merged.own !== own) {
      this.#merged = {translation, own, words: own ? {...translation, ...own} : translation};
    }
    return this.#merged.words;
  }
}
