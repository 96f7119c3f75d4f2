/** The shape of a scenario. */
import type {Bench} from '../bench.ts';
import type {ContestantName} from '../contestants.ts';
import type {Findings} from '../findings.ts';

export interface Scenario {
  /** The name for `--only`. */
  readonly name: string;
  run(bench: Bench, names: readonly ContestantName[]): Promise<Findings>;
}

/** Contestants that are servers. `direct` has no CPU time and no memory to measure. */
export function servers(names: readonly ContestantName[]): readonly ContestantName[] {
  return names.filter((name) => name !== 'direct');
}

/** For long measurements: only the contestants that a target or its explanation needs. */
export function fewer(names: readonly ContestantName[]): readonly ContestantName[] {
  return names.filter((name) => name !== 'raw-best' && name !== 'express-openai');
}
