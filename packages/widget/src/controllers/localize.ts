/**
 * Gives its host the words of its locale (i18n), and renders it again when the page changes its language or when a
 * translation has been loaded. Knows no languages: the registry in translations/ does.
 */
import type {ReactiveController, ReactiveControllerHost} from 'lit';
import {directionOf, loadTranslation, subscribeToTranslations, wordsFor} from '../translations/index.ts';
import {replaceWords} from '../translations/own-words.ts';
import type {ServerWords} from '../translations/own-words.ts';
import {findAround, localeOf} from './locale.ts';
import type {OwnWords, Words} from '../translations/words.ts';

interface OfOthers {
  readonly server?: ServerWords | undefined;
  readonly page?: OwnWords | undefined;
}

export class LocalizeController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #observer: MutationObserver | undefined;
  #unsubscribe: (() => void) | undefined;
  #locale: string | undefined;
  #merged: (OfOthers & {translation: Words; words: Words}) | undefined;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    const update = () => this.#host.requestUpdate();
    this.#observer = new MutationObserver(update);
    this.#observer.observe(document.documentElement, {attributeFilter: ['lang', 'dir']});
    // Code that brings words and defines an element does both at once. Lit gives such an element in its first update what it
    // had before it was defined, and would undo what the host has set in the meantime: the host waits for that.
    this.#unsubscribe = subscribeToTranslations(() => queueMicrotask(update));
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
    this.#unsubscribe?.();
    // A translation that could not be loaded is tried again when the host comes back.
    this.#locale = undefined;
  }

  /** The words of the locale, with others in place of some of them. Returns the same object until one of these changes. */
  words({server, page}: OfOthers = {}): Words {
    const locale = localeOf(this.#host);
    if (locale !== this.#locale) {
      this.#locale = locale;
      void loadTranslation(locale);
    }
    const translation = wordsFor(locale);
    const merged = this.#merged;
    if (merged?.translation === translation && merged.server === server && merged.page === page) return merged.words;
    const words = replaceWords(translation, server, page);
    this.#merged = {translation, server, page, words};
    return words;
  }

  /** The direction of the text around the host, unless its words are in a language that the page sets none for. */
  direction({language}: Words): 'ltr' | 'rtl' | undefined {
    const nearest = findAround(this.#host, '[lang], [dir]');
    return nearest?.hasAttribute('dir') ? undefined : directionOf(language);
  }
}
