/** Addresses that somebody else has written. Pure. */

/** The address if it is one of the web, else nothing: models and documents write addresses, so it may be `javascript:`. */
export function readWebUrl(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:') ? parsed.href : undefined;
}

/** The address of a contact: of the web, or of mail, which may be written as `help@acme.example`. */
export function readContact(contact: string | undefined): string | undefined {
  const text = contact?.trim() ?? '';
  if (/^[^\s@:/?#]+@[^\s@:/?#]+$/.test(text)) return `mailto:${text}`;
  return URL.parse(text)?.protocol === 'mailto:' || URL.parse(text)?.protocol === 'tel:' ? text : readWebUrl(text);
}
