/** Cleans the attributes of a raw tag with DOMPurify. Loaded when the first tag with attributes appears. */
import DOMPurify from 'dompurify';

const attributes = ['open', 'title', 'dir', 'lang', 'cite', 'datetime'];
const attribute = /\s([a-z][\w-]*)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/gi;

/**
 * Gives the element the safe ones of its tag's attributes. `decode` is passed in because a shared import would become a
 * file of its own in every build.
 */
export function purify(raw: string, element: HTMLElement, decode: (text: string) => string): void {
  // DOMPurify gets an element and not a text, so nothing is parsed: that needs no Trusted Types policy, and a style
  // attribute cannot violate the page's content security policy.
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
