/** Finds the locale of an element (i18n). Knows no languages. */

/** The nearest `lang`, also outside of the shadow roots around the element, or else the browser's language. */
export function localeOf(host: HTMLElement): string {
  for (let element: Element | null = host; element;) {
    const language = element.closest('[lang]')?.getAttribute('lang');
    if (language) return language;
    const root = element.getRootNode();
    element = root instanceof ShadowRoot ? root.host : null;
  }
  return typeof navigator === 'object' ? navigator.language : 'en';
}
