/** What every scenario is. */
import type {Bench} from '../bench.ts';
import type {ContestantName} from '../contestants.ts';
import type {Findings} from '../findings.ts';

export interface Scenario {
  /** What `--only` takes. */
  readonly name: string;
  run(bench: Bench, names: readonly ContestantName[]): Promise<Findings>;
}

/** Contestants that are servers: `direct` costs no CPU and holds no memory that could be weighed. */
export function servers(names: readonly ContestantName[]): readonly ContestantName[] {
  return names.filter((name) => name !== 'direct');
}

/** Where a measurement takes long, only those that a target or its reading needs. */
export function fewer(names: readonly ContestantName[]): readonly ContestantName[] {
  return names.filter((name) => name !== 'raw-best' && name !== 'express-openai');
}
