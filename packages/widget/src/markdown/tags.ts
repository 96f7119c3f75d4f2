/** Raw HTML in a message: which tags stand, and how their attributes are cleaned. Everything else is dropped. */
import {decode} from './entities.ts';
import type {Page} from './page.ts';

const names = (list: string): ReadonlySet<string> => new Set(list.split(' '));

export const allowed = names(
  'abbr b bdi br cite code del details dfn em hr i ins kbd mark pre q rp rt ruby s samp small strong sub summary sup u var wbr',
);
/** Tags without content. */
export const single = names('br hr wbr');
/** Tags whose content goes with them. */
export const dropped = names(
  'script style template iframe object noscript noembed noframes svg math title textarea select xmp audio video canvas',
);
const attributes = ['open', 'title', 'dir', 'lang', 'cite', 'datetime'];

export interface Tag {
  readonly name: string;
  readonly closes: boolean;
  /** Whether it has attributes. */
  readonly rich: boolean;
}

/** Reads one tag; comments and the like have no name. */
export function readTag(raw: string): Tag {
  const [, slash, name = '', rest = ''] = /^<(\/?)([a-z][a-z\d-]*)([^]*?)\/?>$/i.exec(raw) ?? [];
  return {name: name.toLowerCase(), closes: slash === '/', rich: rest.trim() !== ''};
}

/**
 * Gives an element the attributes that DOMPurify leaves of its tag. The element stands at once and bare, its name
 * from the constant list above; DOMPurify is loaded when the first tag with attributes appears.
 */
export function purify(raw: string, page: Page): (element: HTMLElement) => void {
  return (element) => page.later(clean(raw, element));
}

async function clean(raw: string, element: HTMLElement): Promise<void> {
  // DOMPurify gets an element, not a text: nothing is parsed, which needs no Trusted Types policy, and a style
  // attribute does not offend the page's content security policy.
  const copy = document.createElement(element.localName);
  for (const [, name = '', , double, single, bare] of raw.matchAll(attribute)) {
    if (attributes.includes(name.toLowerCase())) copy.setAttribute(name, decode(double ?? single ?? bare ?? ''));
  }
  if (!copy.attributes.length) return;
  const {default: DOMPurify} = await import('dompurify');
  DOMPurify.sanitize(copy, {
    ALLOWED_TAGS: [...allowed],
    ALLOWED_ATTR: attributes,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    IN_PLACE: true,
    TRUSTED_TYPES_POLICY: null,
  });
  for (const {name, value} of copy.attributes) element.setAttribute(name, value);
}
const attribute = /\s([a-z][\w-]*)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/gi;
