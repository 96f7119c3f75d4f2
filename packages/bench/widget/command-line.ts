/** The command line of the benchmark. */
import {parseArgs} from 'node:util';

export interface Wishes {
  readonly only: readonly string[] | undefined;
  readonly contestants: readonly string[] | undefined;
  readonly rounds: number;
  /** A folder for CPU profiles; names stay readable in the bundles then. */
  readonly profile: string | undefined;
  /** The file for the results; RESULTS.md for a run of everything. */
  readonly results: string | undefined;
  readonly list: boolean;
}

export const usage = `node --conditions=@chatlet/source packages/bench/widget/run.ts [options]

  --only a,b         these scenarios (a name, or its beginning followed by *)
  --contestants a,b  these contestants, where the scenario knows them
  --rounds n         how often each contestant runs in turn (default 5)
  --profile folder   writes a CPU profile of each run and prints where the time goes
  --results file     writes the results of this run to a file
  --list             names the scenarios and ends

A run of all scenarios writes RESULTS.md beside this file; a part of them is printed only, unless it has --results.`;

export function readCommandLine(args: readonly string[]): Wishes {
  const {values} = parseArgs({
    args: [...args],
    options: {
      only: {type: 'string'},
      contestants: {type: 'string'},
      rounds: {type: 'string', default: '5'},
      profile: {type: 'string'},
      results: {type: 'string'},
      list: {type: 'boolean', default: false},
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new RangeError('--rounds is 1 to 100.');
  return {
    only: values.only?.split(','),
    contestants: values.contestants?.split(','),
    rounds,
    profile: values.profile,
    results: values.results,
    list: values.list,
  };
}

/** Whether a name is among the chosen ones, which may end in `*`. */
export function isWished(name: string, wished: readonly string[] | undefined): boolean {
  if (!wished) return true;
  return wished.some((wish) => (wish.endsWith('*') ? name.startsWith(wish.slice(0, -1)) : name === wish));
}
