/**
 * `bench:ingest`: reads the manuals into an index, as a folder and as a site on this machine, and reads them again when
 * nothing has changed. Writes INGEST.md.
 */
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {cpus, loadavg, tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {parseArgs} from 'node:util';
import {ingestAll} from '../../server/src/retrieval/ingest-all.ts';
import type {IngestResult, IngestSource} from '../../server/src/retrieval/ingest.ts';
import {downloadManuals} from './faq-523.ts';
import {collectPages, filesBelow, servePages} from './manual-pages.ts';
import {markdownTable} from './report.ts';

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
  const site = await servePages(pages);
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
