/** `bench:server`: compares the backends and writes RESULTS.md. */
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {compareWithCommit, comparisonNames} from './against.ts';
import {startBench, withContestants} from './bench.ts';
import {type ContestantName, contestantNames} from './contestants.ts';
import type {Findings} from './findings.ts';
import {report} from './report.ts';
import {faults} from './scenarios/faults.ts';
import {flatOut} from './scenarios/flat-out.ts';
import {leaving} from './scenarios/leaving.ts';
import {lists} from './scenarios/lists.ts';
import {memory} from './scenarios/memory.ts';
import {hundredFast, overload, thousandSlow} from './scenarios/paced.ts';
import {firstToken, requests} from './scenarios/requests.ts';
import {usedByOthers} from './processes.ts';
import type {Scenario} from './scenarios/scenario.ts';
import {stalling} from './scenarios/stalling.ts';
import {storing} from './scenarios/storing.ts';

const scenarios: readonly Scenario[] = [
  flatOut,
  hundredFast,
  thousandSlow,
  overload,
  requests,
  firstToken,
  memory,
  leaving,
  stalling,
  faults,
  storing,
  lists,
];

const help = `npm run bench:server -- [--only a,b] [--contestants a,b] [--rounds n] [--steady ms] [--streams n] [--out FILE]

  --only          ${scenarios.map(({name}) => name).join(', ')}
  --contestants   ${contestantNames.join(', ')}
  --rounds        how often each measurement is repeated, overload but once (3)
  --steady        milliseconds that a flat-out measurement lasts (2500)
  --streams       streams held where memory is weighed (5000)
  --out           where the result is written; RESULTS.md when everything was measured, else only the terminal
  --against       a commit: instead of the field, our server as it was there is measured, in pairs, with a 95 % interval
                  of the ratio; --only takes ${comparisonNames.join(', ')} (flat, 100x50)
  --pairs         pairs in a block, with --against (3)
  --blocks        blocks of pairs, each with new processes, with --against (3)
`;

const {values: options} = parseArgs({
  options: {
    only: {type: 'string'},
    contestants: {type: 'string'},
    rounds: {type: 'string', default: '3'},
    steady: {type: 'string', default: '2500'},
    streams: {type: 'string', default: '5000'},
    out: {type: 'string'},
    against: {type: 'string'},
    pairs: {type: 'string', default: '3'},
    blocks: {type: 'string', default: '3'},
    help: {type: 'boolean', short: 'h', default: false},
  },
});

function chosen<T extends string>(list: string | undefined, all: readonly T[]): readonly T[] {
  if (list === undefined) return all;
  const wanted = list.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !all.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(', ')}. There are ${all.join(', ')}.`);
  return all.filter((name) => wanted.includes(name));
}

/** Whether our server already has the path of a contestant. */
async function answers(name: ContestantName, bench: Awaited<ReturnType<typeof startBench>>): Promise<boolean> {
  return withContestants(bench, [name], async ([contestant]) => {
    if (!contestant) return false;
    const spec = {seed: bench.seeds(1), tokens: 3, rate: 0, think: 0, behaviour: 'answer'} as const;
    const outcome = await bench.load.ask('one', {target: contestant.target, spec});
    if (!outcome.isWhole)
      bench.say(`${name} is left out: ${JSON.stringify(outcome)} ${contestant.server?.said() ?? ''}`);
    return outcome.isWhole;
  });
}

async function main(): Promise<void> {
  if (options.help) {
    console.log(help);
    return;
  }
  if (!existsSync(new URL('../../server/dist/cli.js', import.meta.url))) {
    throw new Error('Our server is not built. Run `pnpm exec tsc -b` first.');
  }
  if (options.against !== undefined) {
    const text = await compareWithCommit({
      ref: options.against,
      ...(options.only !== undefined && {only: options.only}),
      pairs: Number(options.pairs),
      blocks: Number(options.blocks),
      steady: Number(options.steady),
    });
    console.log(text);
    if (options.out !== undefined) await writeFile(options.out, text);
    return;
  }
  const only = chosen(
    options.only,
    scenarios.map(({name}) => name),
  );
  // Without storage, or with a bad list of models, our server is compared only with itself, in scenarios of their own.
  const usual = contestantNames.filter((name) => name !== 'ours-no-store' && !name.startsWith('ours-list-'));
  const before = await usedByOthers();
  const findings: Findings[] = [];
  const names: ContestantName[] = [];
  const bench = await startBench({
    rounds: Number(options.rounds),
    steady: Number(options.steady),
    manyStreams: Number(options.streams),
  });
  try {
    const wanted = options.contestants === undefined ? usual : chosen(options.contestants, contestantNames);
    for (const name of wanted) if (await answers(name, bench)) names.push(name);
    for (const scenario of scenarios) {
      if (!only.includes(scenario.name)) continue;
      bench.say(scenario.name);
      findings.push(await scenario.run(bench, names));
    }
  } finally {
    await bench.end();
  }
  const asked = process.argv.slice(2).join(' ');
  const text = report({
    command: `npm run bench:server${asked && ` -- ${asked}`}`,
    names,
    findings,
    others: [before, await usedByOthers()],
  });
  console.log(text);
  const everything = options.only === undefined && options.contestants === undefined;
  const out = options.out ?? (everything ? fileURLToPath(new URL('./RESULTS.md', import.meta.url)) : undefined);
  if (out !== undefined) await writeFile(out, text);
}

await main();
