/** Cleans the attributes of a raw tag with DOMPurify. Loaded when the first tag with attributes appears. */
import DOMPurify from 'dompurify';

const attributes = ['open', 'title', 'dir', 'lang', 'cite', 'datetime'];
const attribute = /\s([a-z][\w-]*)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/gi;

/**
 * Gives the element what may stay of the attributes that its tag was written with. `decode` is handed over because a
 * module that is loaded later makes bundlers put what it shares with the others into a file of its own.
 */
export function purify(raw: string, element: HTMLElement, decode: (text: string) => string): void {
  // DOMPurify gets an element, not a text: nothing is parsed, which needs no Trusted Types policy, and a style
  // attribute does not offend the page's content security policy.
  const copy = document.createElement(element.localName);
  for (const [, name = '', , double, single, bare] of raw.matchAll(attribute)) {
    if (attributes.includes(name.toLowerCase())) copy.setAttribute(name, decode(double ?? single ?? bare ?? ''));
  }
  DOMPurify.sanitize(copy, {
    ALLOWED_TAGS: [copy.localName],
    ALLOWED_ATTR: attributes,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    IN_PLACE: true,
    TRUSTED_TYPES_POLICY: null,
  });
  for (const {name, value} of copy.attributes) element.setAttribute(name, value);
}
