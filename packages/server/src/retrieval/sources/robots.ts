/** What a site's robots.txt says to us (RFC 9309), and where its sitemaps are. */
import {ChatError} from '@chatlet/protocol';
import robotsModule from 'robots-parser';
import type {GuardedFetch} from '../../tools/guard.ts';

/** The package exports this function itself, and types that say otherwise. */
const robotsParser = robotsModule as unknown as typeof robotsModule.default;

export interface Robots {
  allows(url: string): boolean;
  /** Milliseconds between requests, if it asks for any. */
  readonly delay?: number;
  readonly sitemaps: readonly string[];
}

/** The name that robots.txt and the tag `robots` may call us by. */
export const robotName = 'chatlet';
/** Bytes of a robots.txt that are read (RFC 9309, 2.5). */
const mostBytes = 500_000;
const longestDelay = 30_000;

/** @throws ChatError if the site has a robots.txt and does not give it: then nothing of the site may be read */
export async function readRobots(origin: string, guard: GuardedFetch, signal: AbortSignal): Promise<Robots> {
  const address = new URL('/robots.txt', origin).href;
  const response = await guard.fetch(address, {headers: {'user-agent': robotName}, signal});
  if (response.status >= 500) {
    await response.body?.cancel();
    throw new ChatError(
      'provider-unavailable',
      `${address} answers ${response.status}, so nothing of the site may be read.`,
    );
  }
  const text = response.ok ? (await response.text()).slice(0, mostBytes) : '';
  if (!response.ok) await response.body?.cancel();
  const rules = robotsParser(address, text);
  const seconds = rules.getCrawlDelay(robotName);
  return {
    allows: (url) => rules.isAllowed(url, robotName) !== false,
    ...(seconds !== undefined && seconds > 0 && {delay: Math.min(longestDelay, seconds * 1_000)}),
    sitemaps: rules.getSitemaps(),
  };
}
