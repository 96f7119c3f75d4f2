/** Addresses that somebody else has written. Pure. */

/** The address if it is one of the web, else nothing: models and documents write addresses, so it may be `javascript:`. */
export function readWebUrl(url: string | undefined): string | undefined {
  const {protocol, href} = parse(url) ?? {};
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}

/** The address of a contact: of the web, of a telephone, or of mail, which may be written as `help@acme.example`. */
export function contactUrl(contact: string | undefined): string | undefined {
  const text = contact?.trim() ?? '';
  if (/^[^\s@:/?#]+@[^\s@:/?#]+$/.test(text)) return `mailto:${text}`;
  const {protocol} = parse(text) ?? {};
  return protocol === 'mailto:' || protocol === 'tel:' ? text : readWebUrl(text);
}

/** As `URL.parse`, which Chrome has from 126 on and Safari from 18 on. */
function parse(url = ''): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
