/** `bench:retrieval`: compares full-text searches and writes RESULTS.md. */
import {writeFile} from 'node:fs/promises';
import {arch, cpus, loadavg, platform} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {contestants, oursWithVectors} from './contestants.ts';
import {loadFaq523} from './faq-523.ts';
import {measure} from './measure.ts';
import {report, type Result} from './report.ts';

const {values} = parseArgs({
  options: {
    only: {type: 'string'},
    vectors: {type: 'boolean', default: false},
    out: {type: 'string', default: join(import.meta.dirname, 'RESULTS.md')},
  },
});
const folder = join(import.meta.dirname, '../../../tmp/faq-523');
const all = {...contestants, ...(values.vectors && {'ours + vectors': oursWithVectors(join(folder, 'vectors'))})};
const names = values.only?.split(',') ?? Object.keys(all);

const {chunks, questions} = loadFaq523(folder);
const results: Result[] = [];
for (const name of names) {
  const prepare = new Map(Object.entries(all)).get(name);
  if (!prepare) throw new Error(`There is no contestant “${name}”, only ${Object.keys(all).join(', ')}.`);
  const began = performance.now();
  const contestant = await prepare(chunks);
  console.log(`${name}: indexed in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const own = await measure(contestant, questions, 'own');
  const ofAll = await measure(contestant, questions, 'all');
  await contestant.close();
  console.log(`${name}: own @5 ${own.all.at5.toFixed(3)}, all @5 ${ofAll.all.at5.toFixed(3)}`);
  results.push({contestant: name, own, all: ofAll});
}

const load = loadavg()[0] ?? 0;
const machine =
  `Node ${process.versions.node} on ${platform()} ${arch()}, ${cpus().length} cores; ${load.toFixed(1)} programs wanted to ` +
  'run at the end. Shares are exact on every machine; times are those of a search beside these programs.';
const pages = new Set(chunks.map(({page}) => page)).size;
await writeFile(values.out, report({chunks: chunks.length, pages, results, machine}));
console.log(`Written: ${values.out}`);
