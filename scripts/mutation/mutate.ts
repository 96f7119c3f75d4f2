/**
 * Breaks the product in small ways, one at a time and in copies of the tree, and counts how often a test notices.
 *
 *     npm run test:mutation                                          # the whole sample; a run that was ended goes on
 *     npm run test:mutation -- --folder protocol                     # its part of the whole sample
 *     npm run test:mutation -- --folder protocol --count 5 --seed 7  # a sample of its own
 *     npm run test:mutation -- --fresh                               # forgets the verdicts so far
 */
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {commitOf} from '../tree.ts';
import {makeCopy} from './copy.ts';
import {type Verdict, createJudge} from './judge.ts';
import {createNets} from './nearest-tests.ts';
import {equivalentTo, openResults, readEquivalents} from './results.ts';
import {type Drawn, drawSample, folderNames, isFolder} from './sample.ts';
import {type Tried, inWords, missedBars, page, placeOf, table} from './table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const wholeCount = 150;

const {values} = parseArgs({
  options: {
    folder: {type: 'string', multiple: true, default: []},
    count: {type: 'string'},
    seed: {type: 'string', default: process.env['CHATLET_SEED'] ?? '20261129'},
    fresh: {type: 'boolean', default: false},
  },
});

const unknown = values.folder.filter((name) => !isFolder(name));
const count = Number(values.count ?? wholeCount);
const seed = Number(values.seed);
if (unknown.length > 0 || !Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  console.error(`--folder is one of ${folderNames.join(', ')}; --count and --seed are whole numbers.`);
  process.exit(2);
}

const chosen = values.folder.length > 0 ? values.folder.filter((name) => isFolder(name)) : folderNames;
const isWhole = values.count === undefined;
const whole = drawSample(root, {count, seed, among: isWhole ? folderNames : chosen});
const sample = whole.filter(({folder}) => chosen.includes(folder));
const equivalents = readEquivalents();
const results = openResults(root, {fresh: values.fresh});
const waiting = sample.filter((mutant) => !equivalentTo(mutant, equivalents) && !results.get(mutant));
console.log(`Seed ${seed}: ${sample.length} mutants, ${waiting.length} to try.`);
try {
  await tryAll(waiting);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\nThe verdicts so far are kept.`);
  process.exit(1);
}

const tried = sample.flatMap(verdictOf);
console.log(`\n${table(tried)}\n`);
for (const {mutant, verdict} of tried) {
  if (verdict.is === 'survived') console.log(`survived: ${placeOf(mutant)}\n  ${entryFor(mutant)}`);
}
const all = whole.flatMap(verdictOf);
const isComplete = all.length === whole.length;
const missed = missedBars(isComplete ? all : tried, {whole: isComplete});
for (const line of missed) console.log(line);
if (isWhole && isComplete) {
  writeFileSync(join(root, 'docs/mutation.md'), page({seed, commit: commitOf(root), tried: all}));
  execFileSync('pnpm', ['exec', 'oxfmt', 'docs/mutation.md'], {cwd: root, shell: process.platform === 'win32'});
  console.log('Written: docs/mutation.md');
} else if (isWhole)
  console.log(`${all.length} of ${whole.length} are tried. docs/mutation.md is written when all are.`);
console.log(`Result: ${inWords(tried)}`);
process.exit(missed.length > 0 ? 1 : 0);

function verdictOf(mutant: Drawn): readonly Tried[] {
  const known = equivalentTo(mutant, equivalents);
  if (known) return [{mutant, verdict: {is: 'equivalent', reason: known.reason}}];
  const verdict = results.get(mutant);
  return verdict ? [{mutant, verdict}] : [];
}

/** One copy for each core; each takes the next mutant when it is ready. */
async function tryAll(mutants: readonly Drawn[]): Promise<void> {
  const judge = createJudge(createNets(root));
  const queue = [...mutants];
  const workers = Math.min(availableParallelism(), queue.length);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const work = async () => {
    const copy = makeCopy(root);
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const started = performance.now();
      const verdict = await judge(mutant, copy);
      results.set(mutant, verdict);
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`${wordsFor(verdict)} ${placeOf(mutant)} (${seconds} s)`);
      if (verdict.is === 'killed') console.log(`           ${verdict.by}`);
    }
  };
  await Promise.all(Array.from({length: workers}, work));
}

function wordsFor(verdict: Verdict): string {
  switch (verdict.is) {
    case 'killed':
      return '✔ killed  ';
    case 'refused':
      return `! ${verdict.by.padEnd(8)}`;
    case 'survived':
      return '✖ survived';
    default:
      return verdict satisfies never;
  }
}

/** An entry for equivalent.json, to be given a reason. */
function entryFor({path, within, change}: Drawn): string {
  return JSON.stringify({path, within, change, reason: ''});
}
