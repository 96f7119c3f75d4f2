/** The tools of all scenarios: the upstream, the load generator, and measuring a job. Knows no scenario. */
import {type Contestant, type ContestantName, startContestant} from './contestants.ts';
import type {AnswerSpec} from './answer-text.ts';
import type {Job, JobResult, LoadAnswers} from './load.ts';
import {type Running, startAnsweringServer, startHelper} from './processes.ts';
import type {UpstreamAnswers} from './upstream.ts';

export interface Bench {
  readonly upstream: Running<UpstreamAnswers> & {readonly url: string};
  readonly load: Running<LoadAnswers>;
  /** How often each measurement is repeated. */
  readonly rounds: number;
  /** Milliseconds that a steady measurement lasts. */
  readonly steady: number;
  /** Streams that are held at once to measure memory. */
  readonly manyStreams: number;
  /** Reserves so many unused seeds and returns the first. */
  seeds(count: number): number;
  /** Prints a line for the person at the terminal. */
  say(line: string): void;
  end(): Promise<void>;
}

export type BenchOptions = Pick<Bench, 'rounds' | 'steady' | 'manyStreams'>;

export async function startBench(options: BenchOptions): Promise<Bench> {
  const upstream = await startAnsweringServer<UpstreamAnswers>(new URL('./upstream.ts', import.meta.url));
  const load = startHelper<LoadAnswers>(new URL('./load.ts', import.meta.url));
  let seed = 1;
  return {
    ...options,
    upstream,
    load,
    seeds(count) {
      const first = seed;
      seed += count;
      return first;
    },
    say: (line) => console.error(line),
    async end() {
      await Promise.all([upstream.end(), load.end()]);
    },
  };
}

/** Runs with new contestants, and ends them in any case. */
export async function withContestants<T>(
  bench: Bench,
  names: readonly ContestantName[],
  use: (contestants: readonly Contestant[]) => Promise<T>,
): Promise<T> {
  const started: Contestant[] = [];
  try {
    for (const name of names) started.push(await startContestant(name, {upstreamUrl: bench.upstream.url}));
    return await use(started);
  } finally {
    await Promise.all(started.map((contestant) => contestant.end()));
  }
}

export interface Measured extends JobResult {
  /** Microseconds of the server's CPU. */
  readonly cpuPerToken: number;
  readonly cpuPerAnswer: number;
  /** Share of the server's core that was used. */
  readonly busy: number;
}

export type JobWish = Omit<Job, 'target' | 'firstSeed' | 'answer'> & {
  readonly answer: Partial<Omit<AnswerSpec, 'seed'>> & Pick<AnswerSpec, 'tokens' | 'rate'>;
};

export const plainAnswer = {think: 0, behaviour: 'answer'} as const;

/** Runs a job and measures the CPU that the server used for all of it, from the first question to the last token. */
export async function measure(bench: Bench, {target, server}: Contestant, wish: JobWish): Promise<Measured> {
  const before = await server?.ask('used');
  const result = await bench.load.ask('run', {
    ...wish,
    target,
    answer: {...plainAnswer, ...wish.answer},
    firstSeed: bench.seeds(wish.answers),
  });
  const after = await server?.ask('used');
  await bench.upstream.ask('forget', 0);
  const cpu = before && after ? after.cpu - before.cpu : Number.NaN;
  return {
    ...result,
    cpuPerToken: cpu / result.tokens,
    cpuPerAnswer: cpu / result.answers,
    busy: cpu / 1e6 / result.seconds,
  };
}

/**
 * Asks for answers for a while. The first thousands of answers also cost the compilation of the server's code, which
 * runs on other threads and is over after a minute. Returns how many answers a second the server gives then.
 */
export async function warmUp(bench: Bench, contestant: Contestant, job: (answers: number) => JobWish): Promise<number> {
  const deadline = performance.now() + 8 * bench.steady;
  let answers = 10;
  let perSecond = 0;
  do {
    const measured = await measure(bench, contestant, job(answers));
    perSecond = measured.answers / measured.seconds;
    // As many as half a second takes: enough to measure, and never much longer than planned.
    answers = Math.max(10, Math.min(2 * answers, Math.round(perSecond / 2)));
  } while (performance.now() < deadline);
  return perSecond;
}

/**
 * Waits until all servers are idle, for a minute at most. After an overload a server still has a backlog when its
 * readers have gone, and would take CPU time from the next one on the core that they share.
 */
async function atRest(contestants: readonly Contestant[]): Promise<void> {
  const used = async () => {
    const each = await Promise.all(contestants.map(async ({server}) => server?.ask('used')));
    return each.reduce((sum, one) => sum + (one?.cpu ?? 0), 0);
  };
  let before = await used();
  await until(async () => {
    await sleep(restInterval);
    const now = await used();
    const isResting = now - before < 0.1 * restInterval * 1000;
    before = now;
    return isResting;
  }, 60_000);
}

/** Servers are idle if they use less than a tenth of a core over so many milliseconds. */
const restInterval = 200;

/** Measures the contestants in turns, so that other load on the machine affects all alike. */
export async function interleaved(
  bench: Bench,
  contestants: readonly Contestant[],
  once: (contestant: Contestant) => Promise<Measured>,
  rounds: number = bench.rounds,
): Promise<Map<ContestantName, Measured[]>> {
  const all = new Map<ContestantName, Measured[]>(contestants.map(({name}) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < contestants.length; at += 1) {
      const contestant = contestants[(at + round) % contestants.length];
      if (!contestant) continue;
      await atRest(contestants);
      const measured = await once(contestant);
      all.get(contestant.name)?.push(measured);
      const problems = Object.entries(measured.problems).map(([problem, times]) => `${times} × ${problem}`);
      bench.say(
        `  ${contestant.name.padEnd(15)} ${measured.cpuPerToken.toFixed(1)} µs/token, ${measured.cpuPerAnswer.toFixed(0)} µs/answer, ` +
          `busy ${(measured.busy * 100).toFixed(0)} %, first token ${measured.firstTokenP50.toFixed(1)} ms` +
          (problems.length === 0 ? '' : `  PROBLEMS: ${problems.join(', ')}`),
      );
    }
  }
  return all;
}

export const sleep = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Waits until a condition holds; false if it does not within so many milliseconds. */
export async function until(holds: () => Promise<boolean>, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}
