/**
 * How often an attack is tried: a small sample in `npm test`, all of it in `npm run test:full`, which sets CHATLET_RUNS and
 * CHATLET_SEED. The seed is printed, so that a run can be repeated. Knows no attack.
 */

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

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
