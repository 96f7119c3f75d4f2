/** Character references (`&amp;`, `&#35;`) to characters, where marked leaves them to the HTML parser. Builds no elements. */

const common: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0'};
let reader: HTMLElement | undefined;

interface Policy {
  createHTML(html: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: {createHTML(html: string): string}): Policy;
}
/** The page's Trusted Types policy named `chatlet`. */
let policy: Policy | undefined;

/** Asks the browser, which has the table of 2231 names. Only the bare name ever gets there. */
function ask(reference: string): string {
  reader ??= document.implementation.createHTMLDocument().body;
  try {
    if ('setHTML' in reader && typeof reader.setHTML === 'function') reader.setHTML(reference);
    else {
      const types: PolicyFactory | undefined = Reflect.get(globalThis, 'trustedTypes');
      policy ??= types?.createPolicy('chatlet', {createHTML: (html) => html});
      Reflect.set(reader, 'innerHTML', policy ? policy.createHTML(reference) : reference);
    }
    return reader.textContent;
  } catch {
    // The page does not allow the policy: the reference stays as it was written.
    return reference;
  }
}

function numbered(code: number): string {
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\uFFFD' : String.fromCodePoint(code);
}

export function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z][a-zA-Z\d]{1,31}));/g,
    (reference, decimal: string | undefined, hex: string | undefined, name: string | undefined) =>
      name ? (common[name] ?? ask(reference)) : numbered(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
