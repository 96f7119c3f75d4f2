/** Character references (`&amp;`, `&#35;`) to characters, where marked leaves them to the HTML parser. Builds no elements. */

const common: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0'};
let parser: HTMLElement | undefined;

interface Policy {
  createHTML(html: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: {createHTML(html: string): string}): Policy;
}
/** The page's Trusted Types policy named `chatlet`. */
let policy: Policy | undefined;

/** Asks the browser, which has the table of 2231 names. Only the bare name ever gets there. */
function askBrowser(reference: string): string {
  parser ??= document.implementation.createHTMLDocument().body;
  try {
    if ('setHTML' in parser && typeof parser.setHTML === 'function') parser.setHTML(reference);
    else {
      const types: PolicyFactory | undefined = Reflect.get(globalThis, 'trustedTypes');
      policy ??= types?.createPolicy('chatlet', {createHTML: (html) => html});
      Reflect.set(parser, 'innerHTML', policy ? policy.createHTML(reference) : reference);
    }
    return parser.textContent;
  } catch {
    // The page does not allow the policy: the reference stays as it was written.
    return reference;
  }
}

function fromCodePoint(code: number): string {
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\uFFFD' : String.fromCodePoint(code);
}

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z][a-zA-Z\d]{1,31}));/g,
    (reference, decimal: string | undefined, hex: string | undefined, name: string | undefined) =>
      name ? (common[name] ?? askBrowser(reference)) : fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
