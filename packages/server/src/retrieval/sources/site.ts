/**
 * Reads the pages of one site: those of its sitemap, or else those that links lead to. It keeps to robots.txt and stays on
 * the one host, and it has bounds for the requests of a second, pages, bytes, links in a row and time. Every request goes
 * through the guard; redirects are requests of their own. What it leaves out, it names. Knows no index.
 */
import {randomUUID} from 'node:crypto';
import {setTimeout as wait} from 'node:timers/promises';
import {ChatError} from '@chatlet/protocol';
import {type GuardedFetch, createGuardedFetch} from '../../tools/guard.ts';
import {version} from '../../version.ts';
import type {ChunkedDocument} from '../extract/chunked-document.ts';
import {type Format, formatOfType} from '../extract/format.ts';
import {UnreadableDocument, isoDate} from '../extract/extracted.ts';
import {type Site, isLogin, normalizeAddress, pathInSite, shapeOf, siteAt, suspicionOf} from './addresses.ts';
import {type Finding, type SourceReading, comparable, matchesPatterns, toFinding} from './finding.ts';
import {inParallel} from './in-parallel.ts';
import {type Robots, readRobots, robotName} from './robots.ts';
import {readSitemaps} from './sitemap.ts';

export interface SiteReading extends SourceReading {
  /** The address that it begins at. Its folder is the site. */
  readonly target: string;
  readonly limits?: Partial<SiteLimits> | undefined;
}

export interface SiteLimits {
  /** Pages that are asked for; 5 000 by default. */
  readonly pages: number;
  /** Links in a row from the start; 15 by default. */
  readonly depth: number;
  /** Bytes of all pages; 2 GB by default. */
  readonly bytes: number;
  /** Milliseconds of the run; 2 h by default. */
  readonly time: number;
  /** Milliseconds of one page; 60 s by default, of which 10 s may pass without a byte. */
  readonly pageTime: number;
  /** Milliseconds between two requests; 100 by default, more if robots.txt asks for it. */
  readonly interval: number;
  /** Addresses that differ only in a number, a date or a query; 200 by default. */
  readonly alike: number;
}

const defaultLimits: SiteLimits = {
  pages: 5_000,
  depth: 15,
  bytes: 2_000_000_000,
  time: 7_200_000,
  pageTime: 60_000,
  interval: 100,
  alike: 200,
};

const userAgent = `${robotName}/${version}`;
const mostBytes: Readonly<Record<Format, number>> = {
  html: 5_000_000,
  markdown: 5_000_000,
  text: 5_000_000,
  pdf: 50_000_000,
  docx: 50_000_000,
};
const mostRedirects = 10;
const mostTries = 3;
const longestPause = 60_000;
const atOnce = 4;
/** Pages in a row that nobody answers for, after which the site counts as gone for today. */
const mostFailures = 10;

interface Visit {
  readonly address: string;
  /** Links from the start. */
  readonly depth: number;
  /** The redirects on the way to it. */
  readonly hops: readonly string[];
  /** The page that leads to it. */
  readonly from?: string;
  /** By the sitemap. */
  readonly updatedAt?: string;
}

/** @throws ChatError if the first page or robots.txt cannot be read */
export async function* readSite(reading: SiteReading): AsyncGenerator<Finding> {
  const {pageTime = defaultLimits.pageTime} = reading.limits ?? {};
  const guard = createGuardedFetch({
    allow: [reading.target],
    maxBytes: Math.max(...Object.values(mostBytes)),
    timeout: pageTime,
    idleTimeout: Math.min(10_000, pageTime),
  });
  try {
    yield* new Crawl(reading, guard).run();
  } finally {
    await guard.close();
  }
}

class Crawl {
  readonly #reading: SiteReading;
  readonly #guard: GuardedFetch;
  readonly #limits: SiteLimits;
  readonly #queue: Visit[] = [];
  /** Addresses that were queued or left out. */
  readonly #seen = new Set<string>();
  readonly #shapes = new Map<string, number>();
  /** The first page with each text, by hash. */
  readonly #texts = new Map<string, string>();
  /** Pages that were left out for the sake of another one. */
  readonly #yielded = new Set<string>();
  readonly #findings: Finding[] = [];
  readonly #until: number;
  #site: Site = {origin: '', path: ''};
  #robots: Robots = {allows: () => false, sitemaps: []};
  /** The hash of what the site answers for an address that does not exist. */
  #notFound: string | undefined;
  #hasSitemap = false;
  #nextRequest = 0;
  #interval: number;
  #pages = 0;
  #bytes = 0;
  #failures = 0;

  constructor(reading: SiteReading, guard: GuardedFetch) {
    this.#reading = reading;
    this.#guard = guard;
    this.#limits = {...defaultLimits, ...reading.limits};
    this.#interval = this.#limits.interval;
    this.#until = performance.now() + this.#limits.time;
  }

  async *run(): AsyncGenerator<Finding> {
    const {known, readers, signal} = this.#reading;
    const start = await this.#findStart();
    this.#notFound = await this.#readNotFound();
    this.#add(start, {depth: 0, hops: []});
    for (const {url, updatedAt} of await this.#readSitemaps()) {
      this.#hasSitemap =
        this.#add(url, {depth: 1, hops: [], ...(updatedAt !== undefined && {updatedAt})}) || this.#hasSitemap;
    }
    for (const id of known.keys()) this.#add(id, {depth: 1, hops: []});
    const next = () => (signal.aborted ? undefined : this.#queue.shift());
    const limit = this.#robots.delay === undefined ? Math.max(atOnce, readers) : 1;
    for await (const finding of inParallel(limit, next, (visit) => this.#visit(visit))) {
      if (finding) yield finding;
      yield* this.#findings.splice(0);
    }
    yield* this.#findings.splice(0);
    signal.throwIfAborted();
  }

  /**
   * Reads robots.txt, and follows redirects of the address that the operator typed: they say where the site really is.
   * @throws ChatError
   */
  async #findStart(): Promise<string> {
    let address = normalizeAddress(this.#reading.target);
    for (let left = mostRedirects; address !== undefined && left > 0; left--) {
      if (this.#site.origin !== new URL(address).origin) {
        this.#robots = await readRobots(new URL(address).origin, this.#guard, this.#reading.signal);
      }
      this.#site = siteAt(address);
      if (!this.#robots.allows(address))
        throw new ChatError('forbidden', `robots.txt of ${this.#site.origin} forbids ${address}.`);
      this.#interval = Math.max(this.#interval, this.#robots.delay ?? 0);
      const response = await this.#ask(address);
      await response.body?.cancel();
      const location = locationOf(response, address);
      if (location === undefined) {
        if (!response.ok) throw new ChatError('provider-unavailable', `${address} answers ${response.status}.`);
        return address;
      }
      if (isLogin(location)) throw new ChatError('forbidden', `${address} asks visitors to sign in.`);
      address = normalizeAddress(location);
    }
    throw new ChatError('invalid-request', `${this.#reading.target} leads to no page.`);
  }

  async #readNotFound(): Promise<string | undefined> {
    const address = new URL(`${this.#site.path}chatlet-${randomUUID()}`, this.#site.origin).href;
    if (!this.#robots.allows(address)) return undefined;
    const response = await this.#ask(address).catch(() => undefined);
    if (!response?.ok) {
      await response?.body?.cancel();
      return undefined;
    }
    const read = await this.#read(response, address).catch(() => undefined);
    return typeof read === 'object' ? read.document.hash : undefined;
  }

  async #readSitemaps() {
    const addresses =
      this.#robots.sitemaps.length > 0 ? this.#robots.sitemaps : [new URL('/sitemap.xml', this.#site.origin).href];
    const isOfSite = (address: string) => URL.parse(address)?.origin === this.#site.origin;
    return readSitemaps(addresses.filter(isOfSite), async (address) => {
      if (!isOfSite(address) || !this.#robots.allows(address)) return undefined;
      try {
        const response = await this.#ask(address);
        if (response.ok) return await readBytes(response, Infinity);
        await response.body?.cancel();
      } catch (error) {
        this.#reading.signal.throwIfAborted();
        this.#leaveOut(address, `the sitemap cannot be read: ${messageOf(error)}`, {isPassing: true});
      }
      return undefined;
    });
  }

  /** Queues an address, or leaves it out. Returns whether it will be visited. */
  #add(link: string, visit: Omit<Visit, 'address'>): boolean {
    const address = normalizeAddress(link);
    if (address === undefined || this.#seen.has(address)) return false;
    this.#seen.add(address);
    const refused = this.#refuse(address, visit);
    if (refused !== undefined) {
      this.#leaveOut(address, refused.why, {...refused, ...(visit.from !== undefined && {from: visit.from})});
      return false;
    }
    this.#pages++;
    this.#reading.onTotal?.(this.#pages);
    this.#queue.push({...visit, address});
    return true;
  }

  /** Why an address is not asked for at all. */
  #refuse(
    address: string,
    {depth, hops}: Omit<Visit, 'address'>,
  ): {readonly why: string; readonly isPassing?: boolean} | undefined {
    const {limits, site} = {limits: this.#limits, site: this.#site};
    const path = pathInSite(address, site);
    if (new URL(address).origin !== site.origin) return {why: 'it lies on another site'};
    if (path === undefined) return {why: `it lies outside of ${site.path}`};
    const suspicion = suspicionOf(address);
    if (suspicion !== undefined) return {why: suspicion};
    if (!matchesPatterns(path, this.#reading)) return {why: 'the patterns leave it out'};
    if (!this.#robots.allows(address)) return {why: 'robots.txt forbids it'};
    if (isLogin(address)) return {why: 'it asks visitors to sign in'};
    if (hops.length > mostRedirects) return {why: `more than ${mostRedirects} redirects lead to it`};
    if (depth > limits.depth) return {why: `more than ${limits.depth} links lead to it`};
    const shape = shapeOf(address);
    const alike = (this.#shapes.get(shape) ?? 0) + 1;
    this.#shapes.set(shape, alike);
    if (shape !== new URL(address).pathname && alike > limits.alike && !this.#reading.known.has(address)) {
      return {why: `there are more than ${limits.alike} addresses like ${shape}`};
    }
    if (this.#pages >= limits.pages) return {why: `there are more than ${limits.pages} pages`, isPassing: true};
    return undefined;
  }

  #leaveOut(
    id: string,
    why: string,
    {isPassing = false, from}: {readonly isPassing?: boolean; readonly from?: string} = {},
  ): void {
    this.#findings.push({type: 'left-out', id, why, isPassing, ...(from !== undefined && {from})});
  }

  async #visit(visit: Visit): Promise<Finding | undefined> {
    const {address, from} = visit;
    const leaveOut = (why: string, isPassing = false): Finding => ({
      type: 'left-out',
      id: address,
      why,
      isPassing,
      ...(from !== undefined && isPassing && {from}),
    });
    if (performance.now() > this.#until) return leaveOut('the time of the run is over', true);
    if (this.#bytes > this.#limits.bytes) return leaveOut('all pages together are too large', true);
    if (this.#failures > mostFailures) return leaveOut('the site answers no more', true);
    try {
      const before = comparable(this.#reading.known.get(address));
      const response = await this.#ask(address, before);
      this.#failures = 0;
      if (response.status === 304 && before) {
        this.#texts.set(before.hash, this.#texts.get(before.hash) ?? address);
        return {type: 'unchanged', id: address};
      }
      return await this.#receive(response, visit, leaveOut);
    } catch (error) {
      if (this.#reading.signal.aborted) return undefined;
      if (error instanceof UnreadableDocument) return leaveOut(error.message);
      const isRefused = error instanceof ChatError && (error.code === 'forbidden' || error.code === 'too-large');
      if (!isRefused) this.#failures++;
      return leaveOut(messageOf(error), !isRefused);
    }
  }

  async #receive(
    response: Response,
    visit: Visit,
    leaveOut: (why: string, isPassing?: boolean) => Finding,
  ): Promise<Finding | undefined> {
    const {address, depth} = visit;
    const location = locationOf(response, address);
    if (location !== undefined) {
      await response.body?.cancel();
      return this.#redirect(location, visit, leaveOut);
    }
    if (!response.ok) {
      await response.body?.cancel();
      const {status} = response;
      if (status === 401 || status === 407) return leaveOut('it asks visitors to sign in');
      return leaveOut(`the server answers ${status}`, status >= 500 || status === 429 || status === 408);
    }
    const robotsTag = (response.headers.get('x-robots-tag') ?? '').toLowerCase().split(/[\s,]+/);
    const read = await this.#read(response, address);
    if (typeof read === 'string') return leaveOut(read);
    const {document, etag, lastModified} = read;
    const {chunks, page, hash} = document;
    if (page?.movedTo !== undefined && normalizeAddress(page.movedTo) !== address)
      return this.#redirect(page.movedTo, visit, leaveOut);
    if (!this.#hasSitemap && !robotsTag.includes('nofollow')) {
      for (const link of page?.links ?? []) this.#add(link, {depth: depth + 1, hops: [], from: address});
    }
    if (page?.isNoIndex || robotsTag.some((rule) => rule === 'noindex' || rule === 'none'))
      return leaveOut('it says noindex');
    if (hash === this.#notFound || page?.emptiness === 'not-found')
      return leaveOut('it says that there is no such page');
    if (page?.emptiness === 'login') return leaveOut('it asks visitors to sign in');
    if (page?.emptiness === 'needs-javascript') return leaveOut('it needs JavaScript');
    if (chunks.length === 0) return leaveOut('it holds no text');
    const canonical = page?.canonical === undefined ? undefined : normalizeAddress(page.canonical);
    if (canonical !== undefined && canonical !== address && this.#yieldTo(canonical, visit))
      return leaveOut(`its canonical address is ${canonical}`);
    const twin = this.#texts.get(hash) ?? address;
    if (twin !== address) return leaveOut(`it has the text of ${twin}`);
    this.#texts.set(hash, address);
    const {source} = this.#reading;
    const updatedAt = visit.updatedAt ?? isoDate(lastModified);
    return toFinding(document, {id: address, source, url: address, updatedAt, etag, lastModified});
  }

  #redirect(location: string, visit: Visit, leaveOut: (why: string) => Finding): Finding | undefined {
    const {address, hops, depth, from} = visit;
    const target = normalizeAddress(location);
    if (target === undefined) return leaveOut(`it redirects to ${location}, which is no page`);
    if (isLogin(target)) return leaveOut('it asks visitors to sign in');
    if (target === address || hops.includes(target)) return leaveOut('it redirects in a circle');
    if (pathInSite(target, this.#site) === undefined)
      return leaveOut(`it redirects to ${target}, which lies outside of the site`);
    this.#add(target, {depth, hops: [...hops, address], ...(from !== undefined && {from})});
    return {type: 'gone', id: address};
  }

  /** Whether a page is left out for its canonical address. Two pages that name each other would both be gone. */
  #yieldTo(canonical: string, {address, depth}: Visit): boolean {
    if (pathInSite(canonical, this.#site) === undefined || this.#yielded.has(canonical)) return false;
    this.#yielded.add(address);
    this.#add(canonical, {depth: depth + 1, hops: [], from: address});
    return true;
  }

  /** Waits for its turn, asks, and asks again if the server is busy. */
  async #ask(address: string, before?: {readonly etag?: string; readonly lastModified?: string}): Promise<Response> {
    const {signal} = this.#reading;
    for (let tries = 1; ; tries++) {
      const now = performance.now();
      const turn = Math.max(now, this.#nextRequest);
      this.#nextRequest = turn + this.#interval;
      if (turn > now) await wait(turn - now, undefined, {signal});
      const response = await this.#guard.fetch(address, {
        headers: {
          'user-agent': userAgent,
          accept: 'text/html, application/xhtml+xml, text/markdown, text/plain, application/pdf, */*;q=0.1',
          ...(before?.etag !== undefined && {'if-none-match': before.etag}),
          ...(before?.lastModified !== undefined && {'if-modified-since': before.lastModified}),
        },
        redirect: 'manual',
        signal,
      });
      const isBusy = response.status === 429 || response.status === 503;
      if (!isBusy || tries === mostTries) return response;
      await response.body?.cancel();
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const pause = Math.min(longestPause, Number.isNaN(seconds) ? 1_000 * 2 ** tries : seconds * 1_000);
      this.#nextRequest = Math.max(this.#nextRequest, performance.now() + pause);
    }
  }

  /** Reads the document of a response; why it cannot be read, if it cannot. */
  async #read(
    response: Response,
    address: string,
  ): Promise<string | {readonly document: ChunkedDocument; readonly etag?: string; readonly lastModified?: string}> {
    const path = new URL(address).pathname;
    const contentType = response.headers.get('content-type') ?? 'text/html';
    const format = formatOfType(contentType, path);
    if (format === undefined) {
      await response.body?.cancel();
      return `documents of the type ${contentType.split(';', 1)[0]} cannot be read`;
    }
    const bytes = await readBytes(response, mostBytes[format]);
    this.#bytes += bytes.byteLength;
    const [etag, lastModified] = [response.headers.get('etag'), response.headers.get('last-modified')];
    return {
      document: await this.#reading.read({format, bytes, path, url: address, contentType}),
      ...(etag !== null && {etag}),
      ...(lastModified !== null && {lastModified}),
    };
  }
}

/** @throws ChatError `too-large` */
async function readBytes(response: Response, most: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > most) throw new ChatError('too-large', `it is larger than ${most / 1e6} MB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function locationOf(response: Response, address: string): string | undefined {
  if (response.status < 300 || response.status > 399 || response.status === 304) return undefined;
  const location = response.headers.get('location');
  return location === null ? undefined : (URL.parse(location, address)?.href ?? location);
}

function messageOf(error: unknown): string {
  if (error instanceof ChatError && error.code === 'too-large') return 'it is too large';
  const message = error instanceof Error ? error.message : String(error);
  // A sentence becomes the end of one.
  return message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()).replace(/\.$/, '');
}
