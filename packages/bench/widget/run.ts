/**
 * Runs the contestants against each other in one real browser and says which targets are met.
 *
 * Contestants take turns round by round, so that other load on the machine affects all of them. The report has medians,
 * and ratios of medians of the same run.
 */
import {cpus, loadavg} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {startAnswerServer} from './answer-server.ts';
import {bundlePages} from './bundles.ts';
import {Chromium} from './chromium.ts';
import {isWished, readCommandLine, usage, type Wishes} from './command-line.ts';
import {contestants, installedVersion, type Contestant} from './contestants.ts';
import {profileInto} from './profiles.ts';
import {scenarioTable, verdictTable, type Results} from './report.ts';
import type {Bed, Outcome, Scenario} from './scenario.ts';
import {scenarios} from './scenarios.ts';
import {startSite} from './site.ts';
import {targets} from './targets.ts';

async function main(): Promise<void> {
  const wishes = readCommandLine(process.argv.slice(2));
  if (wishes.list) {
    console.log(`${usage}\n\n${scenarios.map(({name, about}) => `  ${name.padEnd(22)} ${about}`).join('\n')}`);
    return;
  }
  const chosen = scenarios.filter(({name}) => isWished(name, wishes.only));
  if (chosen.length === 0) throw new Error(`No scenario of that name.\n\n${usage}`);
  const taking = contestants.filter(({name}) => isWished(name, wishes.contestants));

  const pages = await bundlePages(
    taking.filter(({kind}) => kind !== 'site').map(({name}) => name),
    {names: wishes.profile === undefined ? 'short' : 'readable'},
  );
  const server = await startAnswerServer(pages);
  const site = await startSite();
  const chromium = new Chromium();
  try {
    const bed: Bed = {
      chromium,
      server,
      site,
      ...(wishes.profile !== undefined && {around: profileInto(wishes.profile)}),
    };
    const version = await chromium.version();
    const loadBefore = loadNow();
    const results = new Map<string, ReadonlyMap<string, readonly Outcome[]>>();
    for (const scenario of chosen) {
      results.set(scenario.name, await runScenario(scenario, {taking, wishes, bed}));
      console.log(`\n${scenarioTable(scenario, results.get(scenario.name) ?? new Map())}`);
    }
    console.log(`\n${verdictTable(targets, results)}`);
    const isWhole = chosen.length === scenarios.length && !wishes.contestants && wishes.profile === undefined;
    const file = wishes.results ?? (isWhole ? new URL('RESULTS.md', import.meta.url) : undefined);
    if (file !== undefined)
      await writeFile(file, resultsFile({results, chosen, version, load: [loadBefore, loadNow()]}));
  } finally {
    await chromium.close();
    await server.close();
    await site.close();
  }
}

async function runScenario(
  scenario: Scenario,
  {taking, wishes, bed}: {taking: readonly Contestant[]; wishes: Wishes; bed: Bed},
): Promise<ReadonlyMap<string, readonly Outcome[]>> {
  const here = taking.filter(({name}) => scenario.contestants.includes(name));
  const outcomes = new Map<string, Outcome[]>(here.map(({name}) => [name, []]));
  const rounds = Math.min(wishes.rounds, scenario.mostRounds ?? wishes.rounds);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of here) {
      const list = outcomes.get(contestant.name) ?? [];
      // A contestant that did not finish once is not run again: the bound stands.
      if (list.some(({status}) => status === 'unfinished')) continue;
      const outcome = await scenario.run(contestant, bed);
      list.push(outcome);
      console.error(`${scenario.name} ${round + 1}/${rounds} ${contestant.name} ${shortly(scenario, outcome)}`);
    }
  }
  return outcomes;
}

function shortly(scenario: Scenario, outcome: Outcome): string {
  const values = scenario.columns
    .map(({key, label}) => `${label} ${outcome.values[key]?.toFixed(1) ?? '–'}`)
    .join(', ');
  return outcome.status === 'unfinished' ? `> ${outcome.afterMs / 1000} s: ${outcome.reached}` : values;
}

function resultsFile({
  results,
  chosen,
  version,
  load,
}: {
  results: Results;
  chosen: readonly Scenario[];
  version: string;
  load: readonly string[];
}): string {
  const here = new Set([...results.values()].flatMap((outcomes) => [...outcomes.keys()]));
  const took = contestants.filter(({name}) => here.has(name));
  const who = took.map(({name, packages, how}) => {
    const versions = packages.map((used) => `${used} ${installedVersion(used)}`).join(', ');
    return `- **${name}**: ${how}${versions ? ` (${versions})` : ''}`;
  });
  const command = `node --conditions=@chatlet/source packages/bench/widget/run.ts ${process.argv.slice(2).join(' ')}`;
  return `# Results

Made by \`${command}\` on ${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'a processor without a name'}, Chromium ${version}, Node ${process.version}.
Medians (with the lowest and the highest round); ratios are of medians of this run. CPU is the main thread's own clock.
Tasks that wanted a core, in the mean of a minute: ${load.join(' before the run, ')} after it.

## Targets

${verdictTable(targets, results)}

## Contestants

${who.join('\n')}

## Measured

${chosen.map((scenario) => scenarioTable(scenario, results.get(scenario.name) ?? new Map())).join('\n')}`;
}

/** The machine's load average of one minute. */
function loadNow(): string {
  return loadavg()[0]?.toFixed(1) ?? '–';
}

await main();
