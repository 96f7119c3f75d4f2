/** Writes the outcome of a run for readers: a table by folder, and each mutant that no test notices. */
import type {Verdict} from './judge.ts';
import type {Drawn, Folder} from './sample.ts';

export interface Tried {
  readonly mutant: Drawn;
  readonly verdict: Verdict | {readonly is: 'equivalent'; readonly reason: string};
}

interface Score {
  readonly mutants: number;
  readonly killed: number;
  readonly refused: number;
  readonly equivalent: number;
  readonly survived: number;
}

/** Of all mutants that can be noticed, at least so many must be, in percent. */
export const bars = {all: 95, folder: 90};

export function scoreOf(tried: readonly Tried[]): Score {
  const count = (is: Tried['verdict']['is']) => tried.filter(({verdict}) => verdict.is === is).length;
  return {
    mutants: tried.length,
    killed: count('killed'),
    refused: count('refused'),
    equivalent: count('equivalent'),
    survived: count('survived'),
  };
}

/** The share of mutants that tests, types or lint notice. */
export const noticed = ({mutants, equivalent, survived}: Score) =>
  share(mutants - equivalent - survived, mutants - equivalent);

const killedOnly = ({mutants, equivalent, killed}: Score) => share(killed, mutants - equivalent);

/** A folder without countable mutants has nothing to notice and is full. */
const share = (part: number, whole: number) => (whole === 0 ? 100 : (100 * part) / whole);

const byFolder = (tried: readonly Tried[]) => Map.groupBy(tried, ({mutant}) => mutant.folder);

/** The bars that are missed, in words. The bar for all holds for a whole sample alone. */
export function missedBars(tried: readonly Tried[], {whole}: {whole: boolean}): readonly string[] {
  const missed = (name: string, some: readonly Tried[], bar: number) => {
    const percent = noticed(scoreOf(some));
    return percent < bar ? [`${name}: ${percent.toFixed(1)} % are noticed, and it should be ${bar} %.`] : [];
  };
  const folders = [...byFolder(tried)].flatMap(([folder, some]) => missed(folder, some, bars.folder));
  return [...folders, ...(whole ? missed('all', tried, bars.all) : [])];
}

/** The outcome in one line. */
export function inWords(tried: readonly Tried[]): string {
  const score = scoreOf(tried);
  const countable = score.mutants - score.equivalent;
  return `${countable - score.survived} of ${countable} noticed (${noticed(score).toFixed(1)} %), ${score.killed} by tests`;
}

export function table(tried: readonly Tried[]): string {
  const row = (name: string, some: readonly Tried[]) => {
    const score = scoreOf(some);
    const percents = [killedOnly(score), noticed(score)].map((percent) => `${Math.floor(percent)} %`);
    const counts = [score.mutants, score.killed, score.refused, score.equivalent, score.survived];
    return `| ${[name, ...counts, ...percents].join(' | ')} |`;
  };
  const folders: readonly [Folder, readonly Tried[]][] = [...byFolder(tried)];
  return [
    '| folder | mutants | killed by tests | refused by types or lint | equivalent | survived | by tests | noticed |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    ...folders.map(([folder, some]) => row(folder, some)),
    row('**all**', tried),
  ].join('\n');
}

export interface Run {
  readonly seed: number;
  readonly commit: string;
  readonly tried: readonly Tried[];
}

/** The page that is committed. */
export function page({seed, commit, tried}: Run): string {
  const list = (is: Tried['verdict']['is'], note: (one: Tried) => string) =>
    tried
      .filter(({verdict}) => verdict.is === is)
      .map((one) => `- ${placeOf(one.mutant)}${note(one)}`)
      .join('\n') || 'None.';
  return `# How much the tests notice

Written by \`npm run test:mutation -- --seed ${seed}\` at ${commit}. A mutant is one small mistake in a source: a
condition negated, a statement dropped, a constant off by one. The tests should notice each. At least ${bars.all} % of all and
${bars.folder} % in each folder must be noticed; equivalent ones, which change nothing that anybody could notice, do not count.

${table(tried)}

Half of the sample is spread over the folders equally, half by their lines. For each mutant the nearest tests run first,
then the package's own, then those of the packages that use it. End-to-end tests do not run here.

## Survived

${list('survived', () => '')}

## Refused by types or lint, and noticed by no test

${list('refused', ({verdict}) => (verdict.is === 'refused' ? ` (${verdict.by})` : ''))}

## Equivalent

${list('equivalent', ({verdict}) => (verdict.is === 'equivalent' ? `: ${verdict.reason}` : ''))}
`;
}

export const placeOf = ({path, line, within, change}: Drawn) =>
  `${path}:${line}${within === '' ? '' : `, ${within}`}: \`${change.replaceAll('`', "'")}\``;
