/** Which addresses a message may link to and load from. Knows no DOM but the page's own address. */

/** The base of relative addresses. A link that still has this origin is relative. */
const noBase = 'https://relative.invalid';

function parseUrl(href: string, base: string): URL | undefined {
  try {
    return new URL(href, base);
  } catch {
    return undefined;
  }
}

const isWeb = (protocol: string): boolean => protocol === 'http:' || protocol === 'https:';

export interface Link {
  readonly href: string;
  /** The host to tell. Empty if the text names it, or if there is none. */
  readonly host: string;
  /** Whether the text names another host, so that the real one is always shown behind it. */
  readonly misleads: boolean;
  readonly leaves: boolean;
}

/** An address with a host that can be read in one way only. The browser, which is slow, is asked about all others. */
const plainHost = /^https?:\/\/((?:[a-z\d]+(?:-[a-z\d]+)*\.)*[a-z]+)(?:[/?#]|$)/;

/** Returns the link, or nothing if its scheme is not http, https, mailto or tel. */
export function readLink(href: string, text: string): Link | undefined {
  const plain = plainHost.exec(href)?.[1];
  if (plain) return {href, ...tellHost(text, plain), leaves: true};
  const url = parseUrl(href, noBase);
  if (!url) return undefined;
  if (url.protocol === 'mailto:' || url.protocol === 'tel:') return {href, host: '', misleads: false, leaves: false};
  if (!isWeb(url.protocol)) return undefined;
  // `#section` leads to a heading of the message.
  if (url.origin === noBase) return {href, host: '', misleads: false, leaves: !href.startsWith('#')};
  if (url.username || url.password) return {href, host: url.host, misleads: true, leaves: true};
  return {href, ...tellHost(text, url.host), leaves: true};
}

function tellHost(text: string, host: string): {host: string; misleads: boolean} {
  if (namesHost(text, host)) return {host: '', misleads: false};
  const named = text.match(/[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu) ?? [];
  return {
    host,
    misleads: text.includes('//') || named.some((each) => withoutWww(each.toLowerCase()) !== withoutWww(host)),
  };
}

/** Whether the text of a link names this host: it is the host itself, or an address on it. */
function namesHost(text: string, host: string): boolean {
  const words = text.trim();
  if (/\s/.test(words) || !/[.:]/.test(words)) return words === host;
  const told = parseUrl(/^[a-z][a-z\d+.-]*:\/\//i.test(words) ? words : `https://${words}`, noBase);
  return told !== undefined && !told.username && withoutWww(told.host) === withoutWww(host);
}
const withoutWww = (host: string): string => host.replace(/^www\./, '');

export type ImagePermission = 'load' | 'ask' | 'never';

/** Whether an image may load now, after a click, or never, with its address and host. */
export function readImage(src: string, origins: readonly string[]): {may: ImagePermission; src: string; host: string} {
  const url = parseUrl(src, document.baseURI);
  const may = url ? imagePermission(url, origins) : 'never';
  return {may, src: (may === 'ask' && url?.href) || src, host: url?.host ?? ''};
}

function imagePermission(
  {protocol, origin, pathname, username, password}: URL,
  origins: readonly string[],
): ImagePermission {
  if (protocol === 'data:') return /^image\/(?:png|gif|jpeg|webp)[;,]/i.test(pathname) ? 'load' : 'never';
  if (!isWeb(protocol)) return 'never';
  const own = [parseUrl(document.baseURI, noBase)?.origin, location.origin, ...origins].includes(origin);
  return own && !username && !password ? 'load' : 'ask';
}
