/**
 * Runs the contestants against each other in one real browser and says which targets are met.
 *
 * Contestants take turns round by round, so that other load on the machine affects all of them. The report has medians,
 * and ratios of medians of the same run.
 */
import {cpus} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {startAnswerServer} from './answer-server.ts';
import {bundlePages} from './bundles.ts';
import {Chromium} from './chromium.ts';
import {isWished, readCommandLine, usage, type Wishes} from './command-line.ts';
import {contestants, installedVersion, type Contestant} from './contestants.ts';
import {profileInto} from './profiles.ts';
import {scenarioTable, verdictTable, type Results} from './report.ts';
import {scenarios, type Bed, type Outcome, type Scenario} from './scenarios.ts';
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
    taking.map(({name}) => name),
    {names: wishes.profile === undefined ? 'short' : 'readable'},
  );
  const server = await startAnswerServer(pages);
  const chromium = new Chromium();
  try {
    const bed: Bed = {chromium, server, ...(wishes.profile !== undefined && {around: profileInto(wishes.profile)})};
    const version = await chromium.version();
    const results = new Map<string, ReadonlyMap<string, readonly Outcome[]>>();
    for (const scenario of chosen) {
      results.set(scenario.name, await runScenario(scenario, {taking, wishes, bed}));
      console.log(`\n${scenarioTable(scenario, results.get(scenario.name) ?? new Map())}`);
    }
    console.log(`\n${verdictTable(targets, results)}`);
    if (chosen.length === scenarios.length && !wishes.contestants && wishes.profile === undefined) {
      await writeFile(new URL('RESULTS.md', import.meta.url), resultsFile({results, chosen, version, wishes}));
    }
  } finally {
    await chromium.close();
    await server.close();
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
  wishes,
}: {
  results: Results;
  chosen: readonly Scenario[];
  version: string;
  wishes: Wishes;
}): string {
  const who = contestants.map(({name, packages, how}) => {
    const versions = packages.map((used) => `${used} ${installedVersion(used)}`).join(', ');
    return `- **${name}**: ${how}${versions ? ` (${versions})` : ''}`;
  });
  const command = `node --conditions=@chatlet/source packages/bench/widget/run.ts --rounds ${wishes.rounds}`;
  return `# Results

Made by \`${command}\` on ${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'a processor without a name'}, Chromium ${version}, Node ${process.version}.
Medians (with the lowest and the highest round); ratios are of medians of this run. CPU is the main thread's own clock.

## Targets

${verdictTable(targets, results)}

## Contestants

${who.join('\n')}

## Measured

${chosen.map((scenario) => scenarioTable(scenario, results.get(scenario.name) ?? new Map())).join('\n')}`;
}

await main();
