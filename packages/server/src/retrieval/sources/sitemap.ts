/** Reads the sitemaps of a site (sitemaps.org), also indexes of sitemaps and packed ones. */
import {gunzipSync} from 'node:zlib';
import {decodeText} from '../extract/charset.ts';
import {isoDate} from '../extract/extracted.ts';

export interface SitemapEntry {
  readonly url: string;
  readonly updatedAt?: string;
}

const mostSitemaps = 50;
/** Bytes of one sitemap, and addresses in it, as the protocol limits them. */
const mostBytes = 52_428_800;
const mostAddresses = 50_000;

/**
 * The addresses in these sitemaps and in those that they name.
 * @param load gives the bytes of an address, or undefined if it has none or may not be asked
 */
export async function readSitemaps(
  addresses: readonly string[],
  load: (address: string) => Promise<Uint8Array | undefined>,
): Promise<readonly SitemapEntry[]> {
  const entries: SitemapEntry[] = [];
  const queue = [...new Set(addresses)];
  const seen = new Set(queue);
  for (let asked = 0; asked < mostSitemaps && entries.length < mostAddresses; asked++) {
    const address = queue.shift();
    if (address === undefined) break;
    const bytes = await load(address);
    const text = bytes && unpack(bytes);
    if (text === undefined) continue;
    const isIndex = /<sitemapindex[\s>]/.test(text);
    for (const [, block = ''] of text.matchAll(
      /<(?:\w+:)?(?:url|sitemap)(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?(?:url|sitemap)>/g,
    )) {
      const url = fieldOf(block, 'loc');
      if (url === undefined) continue;
      const updatedAt = isoDate(fieldOf(block, 'lastmod'));
      if (!isIndex) entries.push({url, ...(updatedAt !== undefined && {updatedAt})});
      else if (!seen.has(url)) queue.push(url);
      seen.add(url);
      if (entries.length >= mostAddresses) break;
    }
    // A sitemap of plain text has an address in each line.
    if (!text.includes('<'))
      for (const line of text.split(/\s+/)) if (/^https?:\/\//.test(line)) entries.push({url: line});
  }
  return entries;
}

function unpack(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return decodeText(bytes);
  try {
    return decodeText(gunzipSync(bytes, {maxOutputLength: mostBytes}));
  } catch {
    return undefined;
  }
}

const entities: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

function fieldOf(block: string, name: string): string | undefined {
  const raw = new RegExp(String.raw`<(?:\w+:)?${name}>\s*(?:<!\[CDATA\[)?\s*([^<\]]*?)\s*(?:\]\]>)?\s*</`).exec(
    block,
  )?.[1];
  return raw === ''
    ? undefined
    : raw?.replaceAll(/&(amp|lt|gt|quot|apos);/g, (whole, entity: string) => entities[entity] ?? whole);
}
