/** Raw HTML in a message: which tags stand, and how their attributes are cleaned. Everything else is dropped. */
import type {Page} from './page.ts';
import {policy} from './policy.ts';

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
  const own = policy();
  // A page that knows Trusted Types and lets us have no policy lets DOMPurify have none either.
  if (!own && 'trustedTypes' in globalThis) return;
  try {
    const {default: DOMPurify} = await import('dompurify');
    const fragment = DOMPurify.sanitize(raw, {
      ALLOWED_TAGS: [...allowed],
      ALLOWED_ATTR: attributes,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
      ...(own ? {TRUSTED_TYPES_POLICY: own} : {}),
    });
    for (const {name, value} of fragment.querySelector(element.localName)?.attributes ?? [])
      element.setAttribute(name, value);
  } catch {
    // DOMPurify did not load: the element stays bare.
  }
}
