/** Decodes character references (`&amp;`, `&#35;`), which marked leaves to the HTML parser. */

const common: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0'};
let parser: HTMLElement | undefined;

/** A browser may have these: the types of the DOM do not know them yet. */
interface Parser {
  setHTML?(html: string): void;
  innerHTML: unknown;
}
interface Policy {
  createHTML(html: string): unknown;
}
interface Page {
  readonly document: Document;
  readonly trustedTypes?: {createPolicy(name: string, rules: {createHTML(html: string): string}): Policy};
}
/** The page's Trusted Types policy named `chatlet`. */
let policy: Policy | undefined;

/** Asks the browser, which has the table of 2231 names. Only a single reference is ever parsed as HTML. */
function askBrowser(reference: string): string {
  parser ??= document.implementation.createHTMLDocument().body;
  const {trustedTypes}: Page = globalThis;
  const element: Parser = parser;
  try {
    if (element.setHTML) element.setHTML(reference);
    else {
      policy ??= trustedTypes?.createPolicy('chatlet', {createHTML: (html) => html});
      element.innerHTML = policy?.createHTML(reference) ?? reference;
    }
    const {textContent} = parser;
    // The parser takes the longest name that it knows, and leaves the rest: `&copyright;` becomes `©right;`.
    return textContent.endsWith(';') && textContent !== ';' ? reference : textContent;
  } catch {
    // The page does not allow the policy. The reference stays as it was written.
    return reference;
  }
}

const fromCodePoint = (code: number): string =>
  code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\uFFFD' : String.fromCodePoint(code);

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z][a-z\d]{1,31}));/gi,
    (reference, decimal: string | undefined, hex: string | undefined, name: string | undefined) =>
      name ? (common[name] ?? askBrowser(reference)) : fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
