/**
 * How often an attack is tried: a small sample in `npm test`, all of it in `npm run test:full`, which sets CHATLET_RUNS and
 * CHATLET_SEED. The seed is printed, so that a run can be repeated. Knows no attack.
 */
import {seededRandom} from '../../bench/widget/statistics.ts';

export interface Sampling {
  readonly runs: number;
  /** A number in [0, 1); the same sequence for the same seed. */
  readonly random: () => number;
  /** Prints the line that goes into the table of the full run. */
  tellResult(result: string): void;
}

export function sampling(attack: string, usualRuns: number): Sampling {
  const runs = Number(process.env['CHATLET_RUNS'] ?? usualRuns);
  const seed = Number(process.env['CHATLET_SEED'] ?? Date.now() % 1_000_000);
  console.log(`${attack}: ${runs} runs, CHATLET_SEED=${seed}`);
  return {runs, random: seededRandom(seed), tellResult: (result) => console.log(`Result: ${result}`)};
}
