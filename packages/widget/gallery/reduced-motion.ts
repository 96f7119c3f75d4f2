/**
 * Makes this page as one of a visitor who asks for less motion. A page cannot ask the browser for that, so the conditions in
 * style sheets are made true, and scripts that ask are told so.
 */
const condition = /\(prefers-reduced-motion:\s*(reduce|no-preference)\)/;

/** Call it before the elements are defined. */
export function reduceMotion(): void {
  const replaceSync = Reflect.get(CSSStyleSheet.prototype, 'replaceSync');
  CSSStyleSheet.prototype.replaceSync = function replaced(text: string) {
    replaceSync.call(this, text);
    for (const rule of this.cssRules) apply(rule);
  };
  const ask = window.matchMedia.bind(window);
  window.matchMedia = (query) => ask(condition.test(query) ? mediaFor(query) : query);
}

function mediaFor(query: string): string {
  return condition.exec(query)?.[1] === 'reduce' ? 'all' : 'not all';
}

function apply(rule: CSSRule): void {
  if (rule instanceof CSSMediaRule && condition.test(rule.media.mediaText)) {
    rule.media.mediaText = mediaFor(rule.media.mediaText);
  }
  if (rule instanceof CSSGroupingRule) for (const inner of rule.cssRules) apply(inner);
}
