/**
 * Whether a page is in a section of a site.
 * @param section the URL of a page or folder, or its path from `/` on any host
 */
export function isBelow(url: string, section: string): boolean {
  const place = section.startsWith('/') ? pathOf(url) : url;
  if (place === undefined || !place.startsWith(section)) return false;
  const rest = place.slice(section.length);
  return rest === '' || section.endsWith('/') || /^[/?#]/.test(rest);
}

function pathOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  return parsed ? parsed.pathname + parsed.search : undefined;
}
