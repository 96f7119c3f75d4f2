/** Turns outcomes into medians, ratios and verdicts, and these into Markdown. Knows no browser. */
import type {Outcome, Scenario, Values} from './scenario.ts';
import {growthExponent, median} from './statistics.ts';
import type {Target} from './targets.ts';

/** Scenario, then contestant, then one outcome a round. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, readonly Outcome[]>>;

/** A contestant's numbers in a scenario over all rounds. */
export interface Summary {
  readonly values: Values;
  readonly lowest: Values;
  readonly highest: Values;
  readonly unfinished?: Extract<Outcome, {status: 'unfinished'}>;
}

export function summarise(outcomes: readonly Outcome[]): Summary {
  const unfinished = outcomes.find((outcome) => outcome.status === 'unfinished');
  const all = (unfinished ? [unfinished] : outcomes).map((outcome) => withDerived(outcome.values));
  const keys = [...new Set(all.flatMap((values) => Object.keys(values)))];
  const of = (pick: (numbers: readonly number[]) => number): Values =>
    Object.fromEntries(keys.map((key) => [key, pick(all.map((values) => values[key] ?? Number.NaN))]));
  return {
    values: of(median),
    lowest: of((numbers) => Math.min(...numbers)),
    highest: of((numbers) => Math.max(...numbers)),
    ...(unfinished && {unfinished}),
  };
}

/** The numbers of one run, with those that are computed from them. */
function withDerived(values: Values): Values {
  const growth = Object.entries(values).flatMap(([key, value]) => {
    const tokens = /^cpuMs(\d+)$/.exec(key)?.[1];
    return tokens === undefined ? [] : [[Number(tokens), value] as const];
  });
  const {cpuMs, layoutMs, styleMs} = values;
  return {
    ...values,
    // Chromium's own script time leaves out the microtasks of a stream's reader, so it is not used here.
    ...(cpuMs !== undefined && layoutMs !== undefined && styleMs !== undefined && {restMs: cpuMs - layoutMs - styleMs}),
    ...(growth.length > 1 && {exponent: growthExponent(growth)}),
  };
}

function numberText(value: number | undefined, digits = 0): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  return value.toFixed(digits);
}

function ratioText(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(value < 0.1 ? 3 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

export function scenarioTable(scenario: Scenario, outcomes: ReadonlyMap<string, readonly Outcome[]>): string {
  const [main] = scenario.columns;
  if (!main) throw new Error(`${scenario.name} shows nothing.`);
  const isGrowth = scenario.name.startsWith('growth');
  const ours = summariesOf(outcomes);
  const smd = ours.get('smd')?.values[main.key];
  const rows = [...ours].map(([name, {values, lowest, highest, unfinished}]) => {
    const cells = scenario.columns.map(({key, digits}) => {
      const text = numberText(values[key], digits);
      if (unfinished) return text === '–' ? text : `> ${text}`;
      return key === main.key
        ? `${text} (${numberText(lowest[key], digits)}–${numberText(highest[key], digits)})`
        : text;
    });
    const value = values[main.key];
    const ratio = smd === undefined || value === undefined ? '–' : `${unfinished ? '> ' : ''}${ratioText(value / smd)}`;
    const label = unfinished ? `${name} (> ${unfinished.afterMs / 1000} s, ${unfinished.reached})` : name;
    const last = isGrowth ? numberText(values['exponent'], 2) : ratio;
    return [label, ...cells, last];
  });
  const head = [
    'contestant',
    ...scenario.columns.map(({label}) => label),
    isGrowth ? 'exponent' : `${main.label} × smd`,
  ];
  return `### ${scenario.name}\n\n${scenario.about}\n\n${table(head, rows)}\n`;
}

function summariesOf(outcomes: ReadonlyMap<string, readonly Outcome[]>): ReadonlyMap<string, Summary> {
  return new Map([...outcomes].map(([name, list]) => [name, summarise(list)] as const));
}

export interface Verdict {
  readonly target: Target;
  readonly measured: string;
  readonly result: 'pass' | 'miss' | 'not measured';
}

export function judge(target: Target, results: Results): Verdict {
  const outcomes = results.get(target.scenario);
  const ours = outcomes && summariesOf(outcomes).get(target.of ?? 'ours');
  const value = ours?.values[target.value];
  if (!ours || value === undefined || Number.isNaN(value))
    return {target, measured: '–', result: ours?.unfinished ? 'miss' : 'not measured'};
  if (ours.unfinished) return {target, measured: `> ${ours.unfinished.afterMs / 1000} s`, result: 'miss'};
  if (target.against === undefined) return judgeAlone(target, value);

  const other = outcomes && summariesOf(outcomes).get(target.against);
  const otherValue = other?.values[target.value];
  if (!other || (otherValue === undefined && !other.unfinished)) return {target, measured: '–', result: 'not measured'};
  // A contestant that did not finish would have needed more: the ratio is then an upper bound.
  const bound = other.unfinished ? '≤ ' : '';
  if (otherValue === undefined)
    return {target, measured: `${numberText(value, 1)} against ${other.unfinished?.reached}`, result: 'pass'};
  if (target.plus !== undefined) {
    const passed = value <= otherValue * target.limit + target.plus;
    return {
      target,
      measured: `${numberText(value, 1)} against ${numberText(otherValue, 1)}`,
      result: passed ? 'pass' : 'miss',
    };
  }
  if (target.within) {
    const highest = other.highest[target.value] ?? Number.NaN;
    const measured = `${numberText(value, 2)} against ${numberText(otherValue, 2)}, at most ${numberText(highest, 2)}`;
    return {target, measured, result: value <= highest ? 'pass' : 'miss'};
  }
  const ratio = value / otherValue;
  return {target, measured: `${bound}${ratioText(ratio)}`, result: ratio <= target.limit ? 'pass' : 'miss'};
}

function judgeAlone(target: Target, value: number): Verdict {
  const passed = target.atLeast ? value >= target.limit : value <= target.limit;
  const measured = target.atLeast ? (value >= 1 ? 'yes' : 'no') : numberText(value, 2);
  return {target, measured, result: passed ? 'pass' : 'miss'};
}

function limitText({limit, against, plus, atLeast, within}: Target): string {
  if (within) return `a round of ${against}`;
  if (atLeast) return 'yes';
  if (against === undefined) return `≤ ${limit}`;
  if (plus !== undefined) return plus > 0 ? `≤ ${against} + ${numberText(plus)} ms` : `≤ ${against}`;
  return `≤ ${limit} × ${against}`;
}

export function verdictTable(targets: readonly Target[], results: Results): string {
  const rows = targets
    .map((target) => judge(target, results))
    .filter(({target}) => results.has(target.scenario))
    .map(({target, measured, result}) => [
      target.what,
      limitText(target),
      measured,
      result === 'miss' ? '**miss**' : result,
    ]);
  return table(['what', 'target', 'measured', ''], rows);
}
