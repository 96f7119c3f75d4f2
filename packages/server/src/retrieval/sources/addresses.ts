/** The addresses of one site: in one spelling each, and without those that only a program would follow. Pure. */

const trackers = /^(?:utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|phpsessid|jsessionid|session_?id|sid)$/i;
const mostCharacters = 2_000;
/** A segment or a value that counts something: a number, a date, an id. */
const counted = /^(?:[\d.:_-]*\d[\d.:_-]*|[\da-f]{8,}|[\da-f-]{32,40})$/i;

/** Without its fragment, and without what is only there to track the visitor. Undefined if it is no address of a page. */
export function normalizeAddress(address: string): string | undefined {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  url.hash = '';
  url.username = '';
  url.password = '';
  url.pathname = url.pathname.replace(/;jsessionid=[^/]*/i, '').replaceAll(/\/{2,}/g, '/');
  for (const name of new Set(url.searchParams.keys())) if (trackers.test(name)) url.searchParams.delete(name);
  return url.href.replace(/\?$/, '');
}

export interface Site {
  readonly origin: string;
  /** Paths below it belong to the site; it ends in `/`. */
  readonly path: string;
}

/** The site that begins at an address: at its folder, or at the address itself if it looks like a folder. */
export function siteAt(address: string): Site {
  const {origin, pathname} = new URL(address);
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  const path = last === '' || last.includes('.') ? pathname.slice(0, pathname.length - last.length) : `${pathname}/`;
  return {origin, path};
}

/** The path below the site, without `/` at its start; undefined if it does not belong to the site. */
export function pathInSite(address: string, {origin, path}: Site): string | undefined {
  const url = new URL(address);
  if (url.origin !== origin) return undefined;
  if (`${url.pathname}/` === path) return '';
  return url.pathname.startsWith(path) ? url.pathname.slice(path.length) + url.search : undefined;
}

/** Why an address is suspicious by itself, as the end of “It was left out because …”; undefined if it is not. */
export function suspicionOf(address: string): string | undefined {
  const {pathname} = new URL(address);
  if (address.length > mostCharacters) return `its address has more than ${mostCharacters} characters`;
  if (/(\/[^/]+(?:\/[^/]+){0,3})\1\1/.test(`${pathname}/`)) return 'its path repeats itself';
  if (/\/(?:log-?out|sign-?out)\b/i.test(pathname)) return 'it signs out';
  if (
    /\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|m?js|map|json|xml|rss|atom|zip|gz|tgz|bz2|xz|7z|rar|exe|dmg|iso|deb|rpm|whl|jar|mp[34]|webm|mov|avi|wav|ogg|woff2?|ttf|eot|epub|ics)$/i.test(
      pathname,
    )
  ) {
    return 'it is no text';
  }
  return undefined;
}

/** What addresses have in common that differ only in what they count: calendars, pages of lists, sessions. */
export function shapeOf(address: string): string {
  const {pathname, searchParams} = new URL(address);
  const path = pathname
    .split('/')
    .map((segment) => (counted.test(segment) ? '#' : segment))
    .join('/');
  const names = [...new Set(searchParams.keys())].toSorted();
  return names.length === 0 ? path : `${path}?${names.join('&')}`;
}

/** Whether an address asks visitors to sign in. */
export function isLogin(address: string): boolean {
  return /\/(?:log-?in|sign-?in|sso|oauth2?|authorize)(?:[./?]|$)/i.test(new URL(address).pathname);
}
