import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, createServer} from 'node:http';
import {after, suite, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import type {SourceDocument} from '../document-index.ts';
import {openExtractionThreads} from '../extract/threads.ts';
import type {Finding} from './finding.ts';
import {type SiteReading, readSite} from './site.ts';
import {page, startTrapSite} from './testing/trap-site.ts';

const threads = openExtractionThreads();
after(() => threads.close());

async function crawl(target: string, options: Partial<SiteReading> = {}): Promise<readonly Finding[]> {
  const reading: SiteReading = {
    source: 'site',
    target,
    known: new Map(),
    read: threads.read,
    readers: threads.size,
    signal: new AbortController().signal,
    ...options,
    limits: {interval: 0, ...options.limits},
  };
  const findings: Finding[] = [];
  for await (const finding of readSite(reading)) findings.push(finding);
  return findings;
}

type Answer = readonly [status: number, headers: Readonly<Record<string, string>>, body?: string | Buffer | undefined];

/** A site with these pages. A page is text, or decides for itself. */
async function startSite(pages: Readonly<Record<string, string | ((request: IncomingMessage) => Answer)>>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = pages[request.url ?? ''];
    const [status, headers, body = ''] =
      typeof answer === 'function' ? answer(request) : [answer === undefined ? 404 : 200, {}, answer];
    response.writeHead(status, {'content-type': 'text/html', ...headers}).end(body);
  });
  server.listen({port: 0, host: '127.0.0.1'});
  await once(server, 'listening');
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function idsOf(findings: readonly Finding[], type: Finding['type'], origin: string): readonly string[] {
  return findings
    .flatMap((each) => {
      if (each.type !== type) return [];
      const id = each.type === 'read' ? each.document.id : each.id;
      return [id.replace(origin, '')];
    })
    .toSorted();
}

suite('a site of traps', async () => {
  const site = await startTrapSite();
  after(() => site[Symbol.asyncDispose]());
  const findings = await crawl(`${site.origin}/`, {limits: {depth: 4, alike: 3, pageTime: 4_000}});
  const fates = new Map(
    findings.map((each) =>
      each.type === 'read' ? [each.document.id, 'read'] : [each.id, each.type === 'left-out' ? each.why : each.type],
    ),
  );
  for (const [name, {path, fate, judged = path, neverAsked = []}] of Object.entries(site.traps)) {
    test(`${name} is ${fate === 'read' ? 'read' : 'named and not followed'}`, () => {
      const found = judged === undefined ? undefined : fates.get(URL.parse(judged, site.origin)?.href ?? judged);
      if (fate === 'read') assert.equal(found, 'read');
      else if (fate !== 'nothing') assert.match(found ?? 'nothing', fate);
      for (const each of neverAsked) assert.equal(site.asked.get(each), undefined);
    });
  }

  test('no request leaves the site', () => assert.equal(site.reachedNeighbour(), 0));

  test('texts are read in their true charset', () => {
    const titles = findings.flatMap((each) => (each.type === 'read' ? [each.document.title] : []));
    assert.deepEqual(titles.filter((title) => title.startsWith('Caf')).toSorted(), [
      'Café in Latin-1',
      'Café in UTF-8',
    ]);
  });

  test('no page is asked for twice, unless it was busy or is the first', () => {
    const twice = [...site.asked].filter(([, times]) => times > 1).map(([path, times]) => `${path} ${times}`);
    assert.deepEqual(twice.toSorted(), ['/ 2', '/busy 3']);
  });

  test('what fails today stays as it was, and what is gone does not', () => {
    const passing = findings.flatMap((each) =>
      each.type === 'left-out' && each.isPassing ? [each.id.replace(site.origin, '')] : [],
    );
    assert.deepEqual(passing.toSorted(), [
      '/breaks-off',
      '/busy',
      '/drip',
      '/fails',
      '/headers',
      '/no-gzip',
      '/silent',
    ]);
  });
});

suite('a site with a sitemap', () => {
  const entry = (url: string) => `<url><loc>${url}</loc><lastmod>2024-02-29</lastmod></url>`;

  test('the sitemap is followed, also packed and in several files, and links are not', async () => {
    const maps: Record<string, string> = {};
    await using site = await startSite({
      '/robots.txt': () => [200, {}, `Sitemap: ${maps['index']}`],
      '/maps.xml': () => [200, {}, maps['maps']],
      '/one.xml.gz': () => [200, {}, gzipSync(maps['one'] ?? '')],
      '/bomb.xml.gz': () => [200, {}, gzipSync(Buffer.alloc(60_000_000))],
      '/': page('Start', '<a href=/linked>x</a>'),
      '/a?b=1&c=2': page('A'),
      '/linked': page('Linked'),
    });
    maps['index'] = `${site.origin}/maps.xml`;
    const parts = ['/maps.xml', '/one.xml.gz', '/bomb.xml.gz', '/missing.xml'].map(
      (path) => `<sitemap><loc>${site.origin}${path}</loc></sitemap>`,
    );
    maps['maps'] =
      `<?xml version="1.0"?><sitemapindex>${parts.join('')}<sitemap><loc>http://169.254.169.254/map.xml</loc></sitemap></sitemapindex>`;
    maps['one'] = `<urlset>${entry(`${site.origin}/a?b=1&amp;c=2`)}${entry('http://169.254.169.254/x')}</urlset>`;
    const findings = await crawl(`${site.origin}/`);
    assert.deepEqual(idsOf(findings, 'read', site.origin), ['/', '/a?b=1&c=2']);
    assert.deepEqual(idsOf(findings, 'left-out', site.origin), ['http://169.254.169.254/x']);
    const a = findings.find((each) => each.type === 'read' && each.document.title === 'A');
    assert.equal(a?.type === 'read' && a.document.updatedAt, '2024-02-29T00:00:00.000Z');
  });
});

suite('the bounds of a site', () => {
  const links = (paths: readonly string[]) => page('Start', paths.map((path) => `<a href=${path}>x</a>`).join(' '));

  test('a path is the site, and patterns choose among its pages', async () => {
    await using site = await startSite({
      '/guide/': links(['a', 'sub/b', 'sub/c', '/blog/d']),
      '/guide/a': page('A'),
      '/guide/sub/b': page('B'),
      '/guide/sub/c': page('C'),
      '/blog/d': page('D'),
    });
    const all = await crawl(`${site.origin}/guide/`);
    assert.deepEqual(idsOf(all, 'read', site.origin), ['/guide/', '/guide/a', '/guide/sub/b', '/guide/sub/c']);
    assert.deepEqual(idsOf(all, 'left-out', site.origin), ['/blog/d']);
    const some = await crawl(`${site.origin}/guide/`, {exclude: ['sub/c']});
    assert.deepEqual(idsOf(some, 'read', site.origin), ['/guide/', '/guide/a', '/guide/sub/b']);
  });

  test('pages beyond the limit stay as they were', async () => {
    await using site = await startSite({
      '/': links(['/a', '/b', '/c']),
      '/a': page('A'),
      '/b': page('B'),
      '/c': page('C'),
    });
    const findings = await crawl(`${site.origin}/`, {limits: {pages: 3}});
    assert.deepEqual(idsOf(findings, 'read', site.origin), ['/', '/a', '/b']);
    const [left] = findings.filter((each) => each.type === 'left-out');
    assert.deepEqual(left, {
      type: 'left-out',
      id: `${site.origin}/c`,
      why: 'there are more than 3 pages',
      isPassing: true,
      from: `${site.origin}/`,
    });
  });

  test('requests keep the distance that robots.txt asks for', async () => {
    const times: number[] = [];
    const timed = (text: string) => () => {
      times.push(performance.now());
      return [200, {}, text] as const;
    };
    await using site = await startSite({
      '/robots.txt': 'User-agent: *\nCrawl-delay: 0.2',
      '/': timed(links(['/a', '/b'])),
      '/a': timed(page('A')),
      '/b': timed(page('B')),
    });
    await crawl(`${site.origin}/`);
    assert.equal(times.length, 4);
    for (const [i, time] of times.slice(1).entries()) assert.ok(time - (times[i] ?? 0) > 150, String(times));
  });

  test('a site whose robots.txt fails or forbids its first page is not read', async () => {
    await using failing = await startSite({'/robots.txt': () => [500, {}], '/': page('A')});
    await assert.rejects(crawl(`${failing.origin}/`), /robots\.txt answers 500/);
    await using closed = await startSite({'/robots.txt': 'User-agent: *\nDisallow: /', '/': page('A')});
    await assert.rejects(crawl(`${closed.origin}/`), /forbids/);
    assert.deepEqual([...failing.asked, ...closed.asked], ['/robots.txt', '/robots.txt']);
  });

  test('the first page may redirect to where the site really is', async () => {
    await using site = await startSite({
      '/': () => [301, {location: '/en/'}],
      '/en/': links(['a', '/de/']),
      '/en/a': page('A'),
      '/de/': page('D'),
    });
    assert.deepEqual(idsOf(await crawl(site.origin), 'read', site.origin), ['/en/', '/en/a']);
    await using gone = await startSite({});
    await assert.rejects(crawl(gone.origin), /answers 404/);
  });

  test('the first page may not lead to a private address that nobody typed', async () => {
    await using other = await startSite({'/': page('Secret')});
    await using site = await startSite({'/': () => [301, {location: other.origin}]});
    await assert.rejects(crawl(site.origin), /may not be asked/);
    assert.deepEqual(other.asked, []);
  });

  test('an abort ends the run with its reason', async () => {
    await using site = await startSite({'/': links(['/a']), '/a': page('A')});
    const reason = new Error('enough');
    await assert.rejects(crawl(site.origin, {signal: AbortSignal.abort(reason)}), reason);
  });
});

suite('a site that was read before', () => {
  test('pages that have not changed are not sent again', async () => {
    const validators: string[] = [];
    await using site = await startSite({
      '/': page('Start', '<a href=/a>x</a> <a href=/b>x</a>'),
      '/a': ({headers}) => {
        validators.push(`${headers['if-none-match']} ${headers['if-modified-since']}`);
        return headers['if-none-match'] === '"1"'
          ? [304, {}]
          : [200, {etag: '"1"', 'last-modified': 'Thu, 29 Feb 2024 10:00:00 GMT'}, page('A')];
      },
      '/b': () => [302, {location: '/a'}],
    });
    const first = await crawl(site.origin);
    const known = new Map(
      first.flatMap((each) =>
        each.type === 'read' ? [[each.document.id, each.document] satisfies [string, SourceDocument]] : [],
      ),
    );
    assert.equal(known.get(`${site.origin}/a`)?.updatedAt, '2024-02-29T10:00:00.000Z');
    const second = await crawl(site.origin, {known});
    assert.deepEqual([idsOf(second, 'unchanged', site.origin), idsOf(second, 'gone', site.origin)], [['/a'], ['/b']]);
    assert.deepEqual(validators, ['undefined undefined', '"1" Thu, 29 Feb 2024 10:00:00 GMT']);
  });
});
