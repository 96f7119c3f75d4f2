/**
 * `bench:ingest`: reads the manuals into an index, as a folder and as a site on this machine, and reads them again when
 * nothing has changed. Writes INGEST.md.
 */
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {cpus, loadavg, tmpdir} from 'node:os';
import {basename, dirname, join, relative} from 'node:path';
import {parseArgs} from 'node:util';
import {ingestAll} from '../../server/src/retrieval/ingest-all.ts';
import type {IngestResult, IngestSource} from '../../server/src/retrieval/ingest.ts';
import {downloadManuals} from './faq-523.ts';
import {markdownTable} from './report.ts';

/** The pages of faq-523, by product; what is only an index, a list of changes or generated is no page of it. */
const products: readonly (readonly [name: string, folder: string, ending: string, not: RegExp])[] = [
  ['perl', 'perl', '.pod', /perltoc\.pod$|\/perlfaq\.pod$|perl5\d+delta|perldelta\.pod$/],
  ['python', 'doc/python3.11/html', '.html', /genindex|search|whatsnew|changelog|_static|contents\.html|py-modindex/],
  ['sqlite', 'doc/sqlite3', '.html', /releaselog|changes\.html|c3ref|requirements|matrix|docid|keyword_index|sitemap/],
  ['git', 'doc/git-doc', '.html', /RelNotes/],
];

/** Manuals of Perl come as POD, which perl itself writes as HTML. */
const podToHtml = `
  use Pod::Simple::XHTML;
  while (my ($in, $out) = splice @ARGV, 0, 2) {
    my $writer = Pod::Simple::XHTML->new;
    $writer->index(1);
    open my $file, '>:encoding(UTF-8)', $out or die;
    $writer->output_fh($file);
    $writer->parse_file($in);
  }
`;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map(({parentPath, name}) => join(parentPath, name));
}

/** Copies the pages into a folder, once. */
function collectPages(share: string, target: string): number {
  if (!existsSync(target)) {
    for (const [product, folder, ending, not] of products) {
      const pods: string[] = [];
      for (const file of filesBelow(join(share, folder))) {
        if (!file.endsWith(ending) || not.test(file)) continue;
        const copy = join(target, product, relative(join(share, folder), file).replace(/\.pod$/, '.html'));
        mkdirSync(dirname(copy), {recursive: true});
        if (ending === '.pod') pods.push(file, copy);
        else cpSync(file, copy);
      }
      if (pods.length > 0) execFileSync('perl', ['-e', podToHtml, ...pods]);
    }
  }
  return filesBelow(target).length;
}

/** The folder as a site with a sitemap and validators. */
async function serve(folder: string) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    const file = join(folder, path);
    if (path === '/sitemap.xml') {
      const urls = filesBelow(folder).map((each) => `<url><loc>${origin}/${relative(folder, each)}</loc></url>`);
      response.end(`<urlset>${urls.join('')}</urlset>`);
      return;
    }
    if (!existsSync(file) || !statSync(file).isFile()) {
      response
        .writeHead(path === '/' ? 200 : 404, {'content-type': 'text/html'})
        .end('<title>Manuals</title><p>All of them.');
      return;
    }
    const etag = `"${statSync(file).size}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, {'content-type': 'text/html', etag}).end(readFileSync(file));
  });
  server.listen({port: 0, host: '127.0.0.1'});
  await once(server, 'listening');
  const address = server.address();
  const origin = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  return {origin, close: () => server.close()};
}

interface Reading extends IngestResult {
  /** Milliseconds of all threads. */
  readonly cpu: number;
}

async function read(path: string, source: IngestSource): Promise<Reading> {
  const before = process.cpuUsage();
  for await (const outcome of ingestAll([source], {path, signal: new AbortController().signal})) {
    if ('error' in outcome) throw outcome.error;
    const {user, system} = process.cpuUsage(before);
    return {...outcome.result, cpu: (user + system) / 1_000};
  }
  throw new Error('Nothing was read.');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

const {values} = parseArgs({options: {out: {type: 'string', default: join(import.meta.dirname, 'INGEST.md')}}});
const cache = join(import.meta.dirname, '../../../tmp/faq-523');
const pages = join(cache, 'pages');
const count = collectPages(downloadManuals(cache), pages);
const megabytes = filesBelow(pages).reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
const folder = mkdtempSync(join(tmpdir(), 'chatlet-bench-'));
const rows: string[][] = [];
const add = (what: string, {milliseconds, cpu, added, unchanged, chunks, leftOut}: Reading, size: number) => {
  rows.push([
    what,
    seconds(milliseconds),
    seconds(cpu),
    String(added),
    String(unchanged),
    String(chunks),
    String(leftOut.length),
    `${Math.round(size)} MB`,
  ]);
  console.log(rows.at(-1)?.join(' | '));
};
const peak = () => process.resourceUsage().maxRSS / 1_024;
try {
  const manuals: IngestSource = {id: 'manuals', target: pages, readers: 'everybody'};
  const index = join(folder, 'folder.db');
  const first = await read(index, manuals);
  add('the folder', first, peak());
  for (const {id, why} of first.leftOut.slice(0, 10)) console.log(`  ${basename(id)}: ${why}`);
  const peakOfFolder = peak();
  const again = await read(index, manuals);
  add('the folder again', again, peak());
  const site = await serve(pages);
  const source: IngestSource = {id: 'site', target: `${site.origin}/`, readers: 'everybody', limits: {interval: 0}};
  add('a site on this machine', await read(join(folder, 'site.db'), source), peak());
  add('the site again', await read(join(folder, 'site.db'), source), peak());
  site.close();
  const targets: readonly (readonly [string, string, string, boolean])[] = [
    ['the folder', seconds(first.milliseconds), '≤ 20 s', first.milliseconds <= 20_000],
    ['again, with nothing changed', seconds(again.milliseconds), '≤ 2 s', again.milliseconds <= 2_000],
    ['memory of the process', `${Math.round(peakOfFolder)} MB`, '≤ 400 MB', peakOfFolder <= 400],
  ];
  const machine = `Node ${process.versions.node}, ${cpus().length} cores; ${(loadavg()[0] ?? 0).toFixed(1)} programs wanted to run at the end.`;
  await writeFile(
    values.out,
    `${[
      '# How long documents take to be read',
      '```sh\nnpm run bench:ingest\n```',
      `${count} pages of the manuals of Perl, Python, SQLite and Git, ${Math.round(megabytes)} MB of HTML. Memory is the highest of the process up to then, with its threads.`,
      machine,
      '## Targets',
      markdownTable(
        ['', 'measured', 'target', ''],
        targets.map(([what, measured, target, isMet]) => [what, measured, target, isMet ? '✓' : 'missed']),
      ),
      '## All runs',
      markdownTable(['', 'time', 'of processors', 'new', 'as before', 'chunks', 'left out', 'memory'], rows),
      'Time is of the clock, beside all other programs; the time of processors is what the run itself needed, of both together. ' +
        'The site is asked without a pause here, a real one ten times a second at most.',
    ].join('\n\n')}\n`,
  );
} finally {
  rmSync(folder, {recursive: true, force: true});
}
