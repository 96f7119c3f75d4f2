/** A scenario: what it is, and how it runs a contestant's page. Knows the pages' contract, no measurement. */
import {setTimeout as pause} from 'node:timers/promises';
import type {AnswerServer} from './answer-server.ts';
import type {BenchPage, Chromium} from './chromium.ts';
import type {Contestant} from './contestants.ts';
import type {Bench} from './pages/contract.ts';
import type {Site} from './site.ts';

export type Values = Readonly<Record<string, number>>;

/** A run that did not end in time has the numbers until then. */
export type Outcome =
  | {readonly status: 'finished'; readonly values: Values}
  | {readonly status: 'unfinished'; readonly afterMs: number; readonly reached: string; readonly values: Values};

export interface Column {
  readonly key: string;
  readonly label: string;
  readonly digits?: number;
}

export interface Bed {
  readonly chromium: Chromium;
  readonly server: AnswerServer;
  readonly site: Site;
  /** Called with a page before and after it is measured; used to profile. */
  readonly around?: (page: BenchPage, label: string) => Promise<() => Promise<void>>;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** The contestants if the command line names none. */
  readonly contestants: readonly string[];
  /** The most rounds, if runs are long or always give the same. */
  readonly mostRounds?: number;
  readonly columns: readonly Column[];
  run(contestant: Contestant, bed: Bed): Promise<Outcome>;
}

const frameMs = 1000 / 60;
/** The longest time that a run may take. */
export const patienceMs = 30_000;

/** A frame is late if it took more than one and a half frames. */
export function lateFrames(intervals: readonly number[]): number {
  return intervals.filter((interval) => interval > 1.5 * frameMs).length;
}

export async function withPage<T extends {readonly status: Outcome['status']}>(
  bed: Bed,
  {contestant, query, label}: {contestant: Contestant; query: string; label: string},
  use: (page: BenchPage) => Promise<T>,
): Promise<T> {
  const page = await bed.chromium.open(`${bed.server.origin}/pages/${contestant.name}?${query}`);
  let state: 'fine' | 'spoilt' = 'spoilt';
  try {
    await page.collectGarbage();
    const finish = await bed.around?.(page, `${label}-${contestant.name}`);
    const outcome = await use(page);
    if (outcome.status === 'finished') {
      await finish?.();
      state = 'fine';
    }
    return outcome;
  } finally {
    // A page that hangs does not close, and its trace goes on. Only a new browser ends both.
    await (state === 'fine' ? page.close() : bed.chromium.close());
  }
}

export function callBench<T>(page: BenchPage, call: (bench: Bench) => T | Promise<T>): Promise<T> {
  // The function travels to the page as source, so it may use nothing but its argument.
  return page.page.evaluate<T>(`(${String(call)})(window.bench)`);
}

export async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([work, pause(milliseconds, undefined, {signal: stop.signal}).catch(() => undefined)]);
  } finally {
    stop.abort();
  }
}

export function ignoreCutShort(): void {
  // A run that takes too long closes its page, and this promise fails. The outcome already says so.
}

export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
