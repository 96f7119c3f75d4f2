/**
 * `bench:search-load`: whether answers flow on while a server searches and reads a site. Fifty answers are read at the pace
 * of a real model: first alone, then beside 20 searches a second, then beside these and a crawl of 1 100 pages on the
 * server's own thread. Writes SEARCH-LOAD.md.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {cpus, loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';
import {performance} from 'node:perf_hooks';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {readEvents} from '@chatlet/protocol';
import {startChatServer} from '../../e2e/src/chat-server.ts';
import {ingestAll} from '../../server/src/retrieval/ingest-all.ts';
import {questionFor} from '../server/answer-text.ts';
import {startAnsweringServer} from '../server/processes.ts';
import {downloadManuals, loadFaq523} from './faq-523.ts';
import {collectPages, servePages} from './manual-pages.ts';
import {markdownTable} from './report.ts';

const streams = 50;
/** Tokens a second of each. */
const rate = 50;
const searchesPerSecond = 20;
/** Seconds of a measurement. */
const length = 20;
/** The server reads its sources for the first time after this many seconds. */
const untilCrawl = 60;

interface Measured {
  readonly gaps: readonly number[];
  readonly searches: readonly number[];
  readonly failed: number;
}

const {values} = parseArgs({options: {out: {type: 'string', default: join(import.meta.dirname, 'SEARCH-LOAD.md')}}});
const cache = join(import.meta.dirname, '../../../tmp/faq-523');
const pages = join(cache, 'pages');
const count = collectPages(downloadManuals(cache), pages);
const {questions} = loadFaq523(cache);
const folder = mkdtempSync(join(tmpdir(), 'chatlet-bench-'));
const index = join(folder, 'index.db');
for await (const outcome of ingestAll([{id: 'manuals', target: pages, readers: 'everybody'}], {
  path: index,
  signal: new AbortController().signal,
})) {
  if ('error' in outcome) throw outcome.error;
}

const upstream = await startAnsweringServer(new URL('../server/upstream.ts', import.meta.url));
const site = await servePages(pages);
const server = await startChatServer({
  folder: join(folder, 'server'),
  config: {
    retrieval: {index, sources: [{id: 'site', target: `${site.origin}/`, every: '24h'}]},
    plans: [{name: 'default', answersAtOnce: 2 * streams, perMinute: 100_000, perHour: 1_000_000}],
  },
  env: {OPENAI_BASE_URL: `${upstream.url}/v1`, OPENAI_API_KEY: 'bench', CHATLET_MODEL: 'bench-model'},
});
const began = performance.now();
try {
  await measure({searches: false, seconds: 3});
  const alone = await measure({searches: false, seconds: length});
  const beside = await measure({searches: true, seconds: length});
  await sleep(Math.max(0, (untilCrawl + 2) * 1_000 - (performance.now() - began)));
  const before = site.served();
  const crawled = await measure({searches: true, seconds: length});
  const read = site.served() - before;
  const rows = [
    row('answers alone', alone),
    row(`beside ${searchesPerSecond} searches a second`, beside),
    row(`beside these and a crawl (${read} pages read)`, crawled),
  ];
  const [quiet, loaded] = [p99(alone.gaps), p99(crawled.gaps)];
  const most = Math.max(3 * quiet, quiet + 20);
  const verdict = loaded <= most && crawled.failed === 0 && read > 0 ? 'pass' : 'miss';
  const table = markdownTable(['', 'gap p50', 'gap p99', 'search p50', 'search p99', 'failed'], rows);
  console.log(table);
  await writeFile(
    values.out,
    `${[
      '# Whether answers flow on while the server searches and reads',
      '```sh\nnpm run bench:search-load\n```',
      `${streams} answers of ${rate} tokens a second are read for ${length} s; a gap is the time between two tokens of an ` +
        `answer. The index has the ${count} pages of four manuals, and the crawl reads the same pages from a site on this ` +
        'machine, without a pause between them as far as the server allows. Times are in milliseconds.',
      `Node ${process.versions.node}, ${cpus().length} cores; ${(loadavg()[0] ?? 0).toFixed(1)} programs wanted to run at the end.`,
      `Target: the p99 of gaps beside searches and the crawl is at most three times that of answers alone, or 20 ms more: ` +
        `${loaded.toFixed(1)} ms of ${most.toFixed(1)} ms, ${verdict}.`,
      table,
    ].join('\n\n')}\n`,
  );
} finally {
  await server[Symbol.asyncDispose]();
  await upstream.end();
  site.close();
  rmSync(folder, {recursive: true, force: true});
}

async function measure({searches, seconds}: {searches: boolean; seconds: number}): Promise<Measured> {
  const gaps: number[] = [];
  const times: number[] = [];
  let failed = 0;
  const ends = performance.now() + seconds * 1_000;
  const reading = Array.from({length: streams}, async (_, stream) => {
    await sleep((stream * 1_000) / streams);
    await readAnswer(stream, {tokens: (seconds - 1) * rate, gaps});
  });
  const searching = async () => {
    for (let turn = 0; performance.now() < ends; turn++) {
      const due = sleep(1_000 / searchesPerSecond);
      const text = questions[turn % questions.length]?.text ?? '';
      const startedAt = performance.now();
      void fetch(`${server.url}/api/search?q=${encodeURIComponent(text)}`)
        .then(async (response) => {
          await response.arrayBuffer();
          if (response.status !== 200) throw new Error(String(response.status));
          times.push(performance.now() - startedAt);
        })
        .catch(() => failed++);
      await due;
    }
  };
  await Promise.all([...reading, ...(searches ? [searching()] : [])]);
  return {gaps, searches: times, failed};
}

async function readAnswer(seed: number, {tokens, gaps}: {tokens: number; gaps: number[]}): Promise<void> {
  const text = questionFor({seed, tokens, rate, think: 0, behaviour: 'answer'});
  const response = await fetch(`${server.url}/api/chat`, {
    method: 'POST',
    headers: {'content-type': 'application/json', 'x-chat-protocol': 'chatlet'},
    body: JSON.stringify({message: {text}, model: 'bench-model', retrieval: false}),
  });
  if (!response.ok || !response.body) throw new Error(`Status ${response.status}: ${await response.text()}`);
  let last: number | undefined;
  for await (const events of readEvents(response.body, {headers: response.headers})) {
    if (!events.some(({type}) => type === 'text-delta')) continue;
    const at = performance.now();
    if (last !== undefined) gaps.push(at - last);
    last = at;
  }
}

function row(what: string, {gaps, searches, failed}: Measured): readonly string[] {
  const times =
    searches.length === 0 ? ['', ''] : [quantile(searches, 0.5), p99(searches)].map((time) => time.toFixed(1));
  return [what, quantile(gaps, 0.5).toFixed(1), p99(gaps).toFixed(1), ...times, String(failed)];
}

function p99(numbers: readonly number[]): number {
  return quantile(numbers, 0.99);
}

function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
}
