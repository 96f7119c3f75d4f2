/**
 * Compares the weights of our downloads with the limits in budgets.json, and prints how much is left of each. Needs the
 * packages compiled and the script tag bundled.
 */
import {readFileSync} from 'node:fs';
import {measures} from './measures.ts';

export interface Budget {
  readonly name: string;
  /** The files that are counted, in words. */
  readonly counts: string;
  readonly measure: string;
  readonly unit: string;
  readonly limit: number;
}

interface Verdict {
  readonly state: 'fits' | 'near' | 'over';
  readonly lines: readonly string[];
}

/** A budget that is fuller than this would stop the next feature and not the one that filled it, so it warns in time. */
const full = 0.95;

const written = (value: number) => value.toLocaleString('en').replaceAll(',', ' ');

export function judge({name, counts, unit, limit}: Budget, value: number): Verdict {
  const measured = `${name}: ${written(value)} of ${written(limit)} ${unit}`;
  if (value > limit) {
    const lines = [
      `✖ ${measured}, ${written(value - limit)} over (${counts}).`,
      '  To stay below it: load what is rarely needed when it is needed, by import().',
      `  To raise it: set its limit in budgets.json to ${written(roomyLimit(value))}, in a commit that says what the ${unit} buy.`,
    ];
    return {state: 'over', lines};
  }
  return {state: value > limit * full ? 'near' : 'fits', lines: [`✔ ${measured}, ${written(limit - value)} left`]};
}

/** The next limit in round figures that leaves the head-room. */
function roomyLimit(value: number): number {
  const needed = value / full;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(needed)) - 2);
  return Math.ceil(needed / step) * step;
}

/** The lines to print for all budgets, and whether all are kept. */
export function judgeAll(budgets: readonly Budget[], values: ReadonlyMap<string, number>) {
  const verdicts = budgets.map((budget) => {
    const value = values.get(budget.measure);
    if (value === undefined) throw new Error(`budgets.json: nothing measures ${budget.measure} (${budget.name}).`);
    return judge(budget, value);
  });
  const near = budgets.filter((_, index) => verdicts[index]?.state === 'near').map(({name}) => name);
  const lines = verdicts.flatMap((verdict) => verdict.lines);
  if (near.length > 0) {
    const percent = Math.round((1 - full) * 100);
    lines.push(
      `! Less than ${percent} % left: ${near.join(', ')}. Make room, or raise the limit, before the next feature needs it.`,
    );
  }
  return {lines, kept: verdicts.every(({state}) => state !== 'over')};
}

if (import.meta.main) {
  const budgets = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8')) as readonly Budget[];
  const {lines, kept} = judgeAll(budgets, await measures());
  console.log(lines.join('\n'));
  process.exitCode = kept ? 0 : 1;
}
