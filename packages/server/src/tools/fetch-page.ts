/**
 * A tool that reads one page: its article as Markdown, of HTML, Markdown, text, PDF and DOCX. The address is often the
 * model's own, and may carry what it has read; so the visitor sees it first, except on sites that the operator lists.
 */
import {ChatError} from '@chatlet/protocol';
import {z} from 'zod';
import type {Tool} from '../engine/tool.ts';
import type {Chunk} from '../retrieval/document-index.ts';
import type {ChunkedDocument} from '../retrieval/extract/chunked-document.ts';
import {formatOfType} from '../retrieval/extract/format.ts';
import {UnreadableDocument} from '../retrieval/extract/extracted.ts';
import {openExtractionThreads} from '../retrieval/extract/threads.ts';
import {version} from '../version.ts';
import {defineTool} from './define-tool.ts';
import {type GuardOptions, createGuardedFetch, redirects} from './guard.ts';
import type {Rule} from './rules.ts';
import {untrusted} from './untrusted.ts';

/** Which pages the tool may read. */
export interface FetchPageOptions {
  /**
   * Addresses of sites whose pages are read without asking the visitor. Their origins count, and may lie in the
   * operator's own network.
   */
  readonly sites?: readonly string[];
  /** What happens to pages of all other sites, which must be public: the visitor is asked by default. */
  readonly others?: Rule;
  /** Bounds of a request; 5 MB and 15 s by default. */
  readonly guard?: Omit<GuardOptions, 'allow'>;
}

/** Redirects from one listed site to another. */
const mostRedirects = 5;
const headers = {
  accept: 'text/html,text/markdown,text/plain,application/pdf;q=0.9,*/*;q=0.1',
  'user-agent': `chatlet/${version}`,
};

/** @throws ChatError `invalid-request` if a site is no address */
export function fetchPage({sites = [], others = 'asked', guard: bounds}: FetchPageOptions = {}): Tool {
  const listed = new Set(sites.map(toOrigin));
  const guard = createGuardedFetch({maxBytes: 5_000_000, timeout: 15_000, ...bounds, allow: sites});
  const threads = openExtractionThreads({size: 1, timeout: 15_000});
  const isListed = (address: string) => listed.has(URL.parse(address)?.origin ?? '');

  /** A listed site may lead to other ones, with what the model has put into its address. */
  const followListed = async (address: string, signal: AbortSignal): Promise<Response> => {
    let current = address;
    for (let step = 0; step <= mostRedirects; step++) {
      const response = await guard.fetch(current, {headers, redirect: 'manual', signal});
      const location = redirects.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return response;
      await response.body?.cancel();
      const next = URL.parse(location, current)?.href;
      if (next === undefined || !isListed(next)) {
        throw new ChatError('forbidden', `The page has moved to ${next ?? location}, which is another site.`);
      }
      current = next;
    }
    throw new ChatError('forbidden', 'The page redirects too often.');
  };

  const made = defineTool({
    name: 'fetch-page',
    description:
      'Reads one page of the web, as Markdown. Use it for an address that the user names, or that you have found and need in full.',
    input: z.object({url: z.string().min(1).max(2000).describe('The whole address, with https://')}),
    annotations: {readOnlyHint: true},
    needsApproval: ({url}) => others === 'asked' && !isListed(url),
    async run({url}, {signal}) {
      if (others === 'refused' && !isListed(url)) {
        throw new ChatError('forbidden', `Only pages of these sites can be read: ${[...listed].join(', ') || 'none'}.`);
      }
      const response =
        isListed(url) && others !== 'allowed'
          ? await followListed(url, signal)
          : await guard.fetch(url, {headers, signal});
      const raw = await readBody(response);
      const document = await threads.read(raw).catch((cause: unknown) => {
        if (!(cause instanceof UnreadableDocument)) throw cause;
        throw new ChatError('provider-error', `The page cannot be read: ${cause.message}.`, {cause});
      });
      return printPage(document, response.url);
    },
  });
  return {
    ...made,
    async close() {
      await Promise.all([guard.close(), threads.close()]);
    },
  };
}

function toOrigin(site: string): string {
  const url = URL.parse(site);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  throw new ChatError('invalid-request', `The site "${site}" must be an address that begins with http:// or https://.`);
}

async function readBody(response: Response) {
  const contentType = response.headers.get('content-type') ?? '';
  const path = new URL(response.url).pathname;
  const format = formatOfType(contentType, path);
  if (!response.ok || !format) {
    await response.body?.cancel();
    const reason = response.ok
      ? `The page is ${contentType || 'of no known type'}, which cannot be read.`
      : `The page answered with an error (${response.status}).`;
    throw new ChatError('provider-error', reason);
  }
  return {format, bytes: await response.bytes(), path, url: response.url, contentType};
}

const emptinesses: Readonly<Record<string, string>> = {
  'needs-javascript': 'The page shows nothing without JavaScript.',
  login: 'The page asks for a login.',
  'not-found': 'The page says that it was not found.',
  'no-text': 'The page has no text.',
};

function printPage({title, updatedAt, chunks, page}: ChunkedDocument, url: string): object {
  const text = printChunks(chunks) || (emptinesses[page?.emptiness ?? 'no-text'] ?? '');
  const moved = page?.movedTo !== undefined && {movedTo: page.movedTo};
  return {note: untrusted, url, title, ...(updatedAt !== undefined && {updatedAt}), ...moved, text};
}

/** The text with its headings, which chunks hold apart from it. */
function printChunks(chunks: readonly Chunk[]): string {
  let above: readonly string[] = [];
  const parts = chunks.map(({headings, text}) => {
    const same = headings.findIndex((heading, level) => heading !== above[level]);
    const fresh =
      same < 0 ? [] : headings.slice(same).map((heading, i) => `${'#'.repeat(Math.min(6, same + i + 2))} ${heading}`);
    above = headings;
    return [...fresh, text].join('\n\n');
  });
  return parts.join('\n\n');
}
