/** The findings of scenarios: numbers by contestant for the targets, and tables for people. Knows no scenario. */
import {median} from '../widget/statistics.ts';
import type {Measured} from './bench.ts';
import type {ContestantName} from './contestants.ts';

export type Values = Readonly<Partial<Record<ContestantName, number>>>;

export interface Table {
  readonly title: string;
  /** How it was measured, in a sentence or two. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Findings {
  /** Numbers by the name of the measurement, such as `flat.cpuPerToken`. */
  readonly values: Readonly<Record<string, Values>>;
  readonly tables: readonly Table[];
  /** Remarks for readers of the targets. */
  readonly remarks?: readonly string[];
}

/** The median of one number over the rounds, for each contestant. */
export function medians(all: ReadonlyMap<ContestantName, readonly Measured[]>, of: (it: Measured) => number): Values {
  return Object.fromEntries([...all].map(([name, measured]) => [name, median(measured.map(of))]));
}

/** `a` in units of `b`, both of the same run. */
export function ratio(values: Values | undefined, a: ContestantName, b: ContestantName): number {
  return (values?.[a] ?? Number.NaN) / (values?.[b] ?? Number.NaN);
}

/** At most three significant digits; people read no more. */
export function digits(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
}

/** A contestant's number as a multiple of the reference's. */
export function times(values: Values, name: ContestantName, reference: ContestantName): string {
  const value = ratio(values, name, reference);
  return Number.isNaN(value) ? '–' : `${digits(value)} ×`;
}

/** Everything that went wrong over all rounds, or `none`. */
export function problemsOf(measured: readonly Measured[] | undefined): string {
  const all: Record<string, number> = {};
  for (const {problems} of measured ?? []) {
    for (const [problem, count] of Object.entries(problems)) all[problem] = (all[problem] ?? 0) + count;
  }
  const words = Object.entries(all).map(([problem, count]) => `${count} × ${problem}`);
  return words.length === 0 ? 'none' : words.join(', ');
}
