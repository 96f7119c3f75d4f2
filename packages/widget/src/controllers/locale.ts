/** Finds the locale of an element (i18n). Knows no languages. */

/** The nearest element that matches, from `start` outwards and also outside of the shadow roots around it. */
export function findAround(start: HTMLElement, selector: string): Element | undefined {
  for (let element: Element | null = start; element;) {
    const found = element.closest(selector);
    if (found) return found;
    const root = element.getRootNode();
    element = root instanceof ShadowRoot ? root.host : null;
  }
  return undefined;
}

/** The nearest `lang`, or else the browser's language. */
export function localeOf(host: HTMLElement): string {
  const language = findAround(host, '[lang]')?.getAttribute('lang');
  return language || (typeof navigator === 'object' ? navigator.language : 'en');
}
