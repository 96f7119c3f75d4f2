/**
 * Compares our server with itself at an earlier commit. Both are measured in turns, in pairs, and the
 * ratio of their CPU per token comes with its confidence interval, since the machine's own noise is often larger than a
 * change. Each block of pairs has processes of its own, because two processes of the same code differ too.
 */
import {type Bench, type JobWish, measure, startBench, warmUp} from './bench.ts';
import {type BuiltCommit, buildCommit} from './built-commit.ts';
import {ratioOfPairs} from './confidence.ts';
import {type Contestant, startContestant} from './contestants.ts';
import {digits} from './findings.ts';
import {markdownTable, surroundings} from './report.ts';
import {flatOutJob} from './scenarios/flat-out.ts';
import {hundredFastJob, warmingJob} from './scenarios/paced.ts';

export interface ComparisonOptions {
  /** A git commit, branch or tag. */
  readonly ref: string;
  /** Some of `comparisonNames`; flat and 100x50 by default. */
  readonly only?: string;
  /** Pairs of measurements in a block. */
  readonly pairs: number;
  /** Blocks of pairs, each with new processes. */
  readonly blocks: number;
  /** Milliseconds that a flat-out measurement lasts. */
  readonly steady: number;
}

interface Comparison {
  readonly name: 'ours' | 'ours-v1';
  readonly warming: (answers: number) => JobWish;
  /** @param answers how many fit into the time of a steady measurement */
  readonly job: (answers: number) => JobWish;
}

const comparisons: Readonly<Record<string, Comparison>> = {
  flat: {name: 'ours', warming: flatOutJob, job: flatOutJob},
  '100x50': {name: 'ours', warming: warmingJob, job: () => hundredFastJob},
  'v1-flat': {name: 'ours-v1', warming: flatOutJob, job: flatOutJob},
  'v1-100x50': {name: 'ours-v1', warming: warmingJob, job: () => hundredFastJob},
};

type Pair = readonly [before: number, now: number];

/** CPU per token of both servers, in pairs; the one that is measured first changes with each pair. */
async function pairsOf(
  bench: Bench,
  {name, warming, job}: Comparison,
  {before, count}: {readonly before: BuiltCommit; readonly count: number},
): Promise<readonly Pair[]> {
  const started: Contestant[] = [];
  try {
    for (const cli of [before.cli, undefined]) {
      started.push(await startContestant(name, {upstreamUrl: bench.upstream.url, ...(cli !== undefined && {cli})}));
    }
    const fitting: number[] = [];
    for (const contestant of started) {
      const perSecond = await warmUp(bench, contestant, warming);
      fitting.push(Math.min(2000, Math.max(20, Math.round((perSecond * bench.steady) / 1000))));
      await measure(bench, contestant, job(fitting.at(-1) ?? 20));
    }
    // Both do the same work in a pair.
    const wish = job(Math.min(...fitting));
    const pairs: Pair[] = [];
    for (let pair = 0; pair < count; pair += 1) {
      const costs = [Number.NaN, Number.NaN];
      for (const at of pair % 2 === 0 ? [0, 1] : [1, 0]) {
        const contestant = started[at];
        if (!contestant) continue;
        const {cpuPerToken, problems} = await measure(bench, contestant, wish);
        if (Object.keys(problems).length > 0) throw new Error(`Answers were wrong: ${JSON.stringify(problems)}`);
        costs[at] = cpuPerToken;
      }
      const [first = Number.NaN, second = Number.NaN] = costs;
      bench.say(`  before ${digits(first)}, now ${digits(second)} µs/token: ${digits(second / first)} ×`);
      pairs.push([first, second]);
    }
    return pairs;
  } finally {
    await Promise.all(started.map((contestant) => contestant.end()));
  }
}

function row(name: string, pairs: readonly Pair[]): readonly string[] {
  const {ratio, low, high} = ratioOfPairs(pairs);
  const middle = (at: 0 | 1) => digits(pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length);
  return [
    name,
    middle(0),
    middle(1),
    `${ratio.toFixed(3)} ×`,
    `${low.toFixed(3)} to ${high.toFixed(3)}`,
    `${pairs.length}`,
  ];
}

export const comparisonNames = Object.keys(comparisons);

/**
 * Measures the built server of the working tree against that of a commit. Resolves with the result as Markdown.
 *
 * @throws Error if the commit cannot be built, a name is unknown, or an answer is wrong
 */
export async function compareWithCommit({ref, only, pairs, blocks, steady}: ComparisonOptions): Promise<string> {
  const names = (only ?? 'flat,100x50').split(',').map((name) => name.trim());
  const chosen = names.map((name) => {
    const comparison = comparisons[name];
    if (!comparison) throw new Error(`Unknown: ${name}. There are ${comparisonNames.join(', ')}.`);
    return {title: name, comparison};
  });
  const before = await buildCommit(ref);
  const bench = await startBench({rounds: 1, steady, manyStreams: 0});
  const rows: (readonly string[])[] = [];
  try {
    for (const {title, comparison} of chosen) {
      bench.say(title);
      const measured: Pair[] = [];
      for (let block = 0; block < blocks; block += 1) {
        measured.push(...(await pairsOf(bench, comparison, {before, count: pairs})));
      }
      rows.push(row(title, measured));
    }
  } finally {
    await bench.end();
  }
  const columns = ['', 'before µs/token', 'now µs/token', 'ratio', '95 % interval', 'pairs'];
  return [
    `# Our server now, against ${before.commit.slice(0, 12)}`,
    surroundings(),
    'CPU of the server process, user and system, all threads. Pairs are measured in turns; the ratio is the geometric mean of the pairs.',
    markdownTable({columns, rows}),
    '',
  ].join('\n\n');
}
