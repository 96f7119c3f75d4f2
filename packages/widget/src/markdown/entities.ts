/** Character references (`&amp;`, `&#35;`) to characters, where marked leaves them to the HTML parser. Builds no elements. */
import {policy} from './policy.ts';

const common: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0'};
const known = new Map<string, string>();
let reader: HTMLElement | undefined;

/** Asks the browser, which has the table of 2231 names. Only the bare name ever gets there. */
function ask(reference: string): string {
  reader ??= document.implementation.createHTMLDocument().body;
  try {
    if ('setHTML' in reader && typeof reader.setHTML === 'function') reader.setHTML(reference);
    else Reflect.set(reader, 'innerHTML', policy()?.createHTML(reference) ?? reference);
    return reader.textContent;
  } catch {
    // Trusted Types without our policy: the reference stays as it was written.
    return reference;
  }
}

function named(reference: string, name: string): string {
  const found = common[name] ?? known.get(name);
  if (found !== undefined) return found;
  const character = ask(reference);
  known.set(name, character);
  return character;
}

function numbered(code: number): string {
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\uFFFD' : String.fromCodePoint(code);
}

export function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z][a-zA-Z\d]{1,31}));/g,
    (reference, decimal: string | undefined, hex: string | undefined, name: string | undefined) =>
      name ? named(reference, name) : numbered(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
