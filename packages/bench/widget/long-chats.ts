/** Measurements of conversations with many messages: stored ones that are shown, and one that goes on for an hour. */
import type {BenchPage, Tasks} from './chromium.ts';
import {
  callBench,
  ignoreCutShort,
  inTime,
  lateFrames,
  patienceMs,
  withPage,
  type Bed,
  type Outcome,
  type Scenario,
} from './scenario.ts';
import type {Contestant} from './contestants.ts';
import {seededRandom} from './statistics.ts';
import {writeText} from './texts.ts';

/** Stands in the oldest answer alone. */
const needle = 'Incipit';

/** So many answers of 60 to 180 tokens, the oldest first. */
function storedAnswers(count: number): readonly string[] {
  const chance = seededRandom(5);
  const answers = Array.from(
    {length: count},
    (_, index) => writeText('mixed', 60 + Math.floor(chance() * 120), index + 1).markdown,
  );
  return answers.map((answer, index) => (index === 0 ? `${needle}\n\n${answer}` : answer));
}

interface Shown {
  readonly shownMs: number;
  /** Of the main thread, until the newest answer was painted. */
  readonly shownCpuMs: number;
  readonly cpuMs: number;
  readonly completeMs: number;
  readonly heapMb: number;
  /** After the newest answer was painted. */
  readonly tasks: Tasks | undefined;
}

/** Shows what is stored at `path`, and waits until all of it is in the page. Undefined if that takes too long. */
async function showStored(
  page: BenchPage,
  {path, traced = false}: {path: string; traced?: boolean},
): Promise<Shown | undefined> {
  const empty = await page.heapBytes();
  await page.page.evaluate(`window.bench.fetchHistory(${JSON.stringify(path)})`);
  const before = await page.measures();
  const showing = callBench(page, (bench) => bench.history());
  showing.catch(ignoreCutShort);
  const shownMs = await inTime(showing, 3 * patienceMs);
  const {cpuMs: shownCpuMs} = await page.measuresSince(before);
  if (shownMs === undefined) return undefined;
  const finishTasks = traced ? await page.watchTasks() : undefined;
  const completing = callBench(page, (bench) => bench.historyComplete());
  completing.catch(ignoreCutShort);
  const completeMs = await inTime(completing, 3 * patienceMs);
  if (completeMs === undefined) return undefined;
  const {cpuMs} = await page.measuresSince(before);
  const tasks = await finishTasks?.();
  return {shownMs, shownCpuMs, cpuMs, completeMs, tasks, heapMb: ((await page.heapBytes()) - empty) / 1e6};
}

function unfinished(reached: string): Outcome {
  return {status: 'unfinished', afterMs: 3 * patienceMs, reached, values: {}};
}

export function history(contestants: readonly string[]): Scenario {
  const answers = storedAnswers(1000);
  return {
    name: 'history-1000',
    about:
      '1000 stored answers of 60 to 180 tokens, shown, then scrolled through from the end to the top in 180 frames',
    contestants,
    columns: [
      {key: 'cpuMs', label: 'CPU ms'},
      {key: 'shownMs', label: 'newest shown after ms'},
      {key: 'shownCpuMs', label: 'CPU ms until then'},
      {key: 'completeMs', label: 'complete after ms'},
      {key: 'heapMb', label: 'JS heap MB', digits: 1},
      {key: 'late', label: 'late frames of 180 scrolled'},
      {key: 'scrollCpuMs', label: 'CPU ms scrolled'},
    ],
    async run(contestant, bed) {
      const path = bed.server.layJson(answers);
      return withPage<Outcome>(bed, {contestant, query: '', label: 'history'}, async (page) => {
        const shown = await showStored(page, {path});
        if (!shown) return unfinished('not complete');
        const {cpuMs, shownMs, shownCpuMs, completeMs, heapMb} = shown;
        const beforeScroll = await page.measures();
        const intervals = await callBench(page, (bench) => bench.scrollThrough(180));
        const {cpuMs: scrollCpuMs} = await page.measuresSince(beforeScroll);
        return {
          status: 'finished',
          values: {cpuMs, shownMs, shownCpuMs, completeMs, heapMb, late: lateFrames(intervals), scrollCpuMs},
        };
      });
    },
  };
}

/** A chat of so many stored answers against one of 50. */
export function longHistory(count: number): Scenario {
  return {
    name: `history-${count}`,
    about: `${count} stored answers: the newest screen against that of 50 stored answers, and what the rest costs afterwards`,
    contestants: ['ours-element', 'element-before', 'deep-chat'],
    mostRounds: 3,
    columns: [
      {key: 'heapMb', label: 'JS heap MB', digits: 1},
      {key: 'shownMs', label: 'newest shown after ms'},
      {key: 'shownOf50Ms', label: 'of 50'},
      {key: 'shownCpuMs', label: 'CPU ms until then'},
      {key: 'shownOf50CpuMs', label: 'of 50'},
      {key: 'cpuOfFifty', label: 'CPU × of 50', digits: 2},
      {key: 'cpuMs', label: 'CPU ms until complete'},
      {key: 'completeMs', label: 'complete after ms'},
      {key: 'longestCpuMs', label: 'longest task of the rest, CPU ms'},
      {key: 'found', label: 'find-in-page finds the first'},
    ],
    async run(contestant, bed) {
      const show = (answers: readonly string[]) => showOnce(contestant, bed, answers);
      const fifty = await show(storedAnswers(Math.min(50, count)));
      const all = fifty && (await show(storedAnswers(count)));
      if (!all) return unfinished('not complete');
      const {tasks, found, ...values} = all;
      return {
        status: 'finished',
        values: {
          ...values,
          found: Number(found),
          longestCpuMs: tasks?.longestCpuMs ?? Number.NaN,
          shownOf50Ms: fifty.shownMs,
          shownOf50CpuMs: fifty.shownCpuMs,
          cpuOfFifty: values.shownCpuMs / fifty.shownCpuMs,
        },
      };
    },
  };
}

async function showOnce(
  contestant: Contestant,
  bed: Bed,
  answers: readonly string[],
): Promise<(Shown & {found: boolean}) | undefined> {
  const path = bed.server.layJson(answers);
  const label = `history-${answers.length}`;
  const outcome = await withPage(bed, {contestant, query: '', label}, async (page) => {
    const shown = await showStored(page, {path, traced: true});
    if (!shown) return {status: 'unfinished' as const};
    const found = await page.page.evaluate<boolean>(`window.find(${JSON.stringify(needle)}, true, true)`);
    return {status: 'finished' as const, shown: {...shown, found}};
  });
  return outcome.status === 'finished' ? outcome.shown : undefined;
}

/**
 * So many questions with answers of 150 tokens one after the other, as in an hour at work. Compared with a new page that
 * shows the same conversation from what is stored: what is more than that is left over from the way there.
 */
export function session(count: number): Scenario {
  const question = 'A question';
  return {
    name: `session-${count}`,
    about: `${count} questions and their answers of 150 tokens, one after the other, against the same conversation from what is stored`,
    contestants: ['ours-element', 'element-before'],
    mostRounds: 1,
    columns: [
      {key: 'heapMb', label: 'JS heap MB', digits: 1},
      {key: 'storedHeapMb', label: 'of the stored', digits: 1},
      {key: 'heapOfStored', label: '× the stored', digits: 2},
      {key: 'nodes', label: 'nodes'},
      {key: 'storedNodes', label: 'of the stored'},
      {key: 'nodesOfStored', label: '× the stored', digits: 2},
      {key: 'lateNodes', label: 'nodes of the second half × of the first', digits: 2},
      {key: 'lateHeap', label: 'heap of the second half × of the first', digits: 2},
      {key: 'lateCpu', label: 'CPU of the second half × of the first', digits: 2},
    ],
    async run(contestant, bed) {
      const text = writeText('mixed', 150, 9);
      const asked = await askAll(contestant, bed, {path: bed.server.lay({text, pace: 'flat'}).path, count});
      const turns = Array.from({length: count}, () => ({question, answer: text.markdown}));
      const stored = await showAll(contestant, bed, bed.server.layJson(turns));
      if (!asked || !stored) return unfinished('not complete');
      const [first, second] = asked;
      const [heapMb, nodes] = [first.heapMb + second.heapMb, first.nodes + second.nodes];
      return {
        status: 'finished',
        values: {
          heapMb,
          nodes,
          storedHeapMb: stored.heapMb,
          storedNodes: stored.nodes,
          heapOfStored: heapMb / stored.heapMb,
          nodesOfStored: nodes / stored.nodes,
          lateNodes: second.nodes / first.nodes,
          lateHeap: second.heapMb / first.heapMb,
          lateCpu: second.cpuMs / first.cpuMs,
        },
      };
    },
  };
}

interface Growth {
  readonly cpuMs: number;
  readonly nodes: number;
  readonly heapMb: number;
}

/** What the page has more after `work`, with all garbage collected. */
async function growthBy(page: BenchPage, work: () => Promise<unknown>): Promise<Growth> {
  const heapBefore = await page.heapBytes();
  const before = await page.measures();
  await work();
  const {cpuMs} = await page.measuresSince(before);
  const heapMb = ((await page.heapBytes()) - heapBefore) / 1e6;
  const {nodes} = await page.measuresSince(before);
  return {cpuMs, nodes, heapMb};
}

async function askAll(
  contestant: Contestant,
  bed: Bed,
  {path, count}: {path: string; count: number},
): Promise<readonly [Growth, Growth] | undefined> {
  const outcome = await withPage(bed, {contestant, query: `answer=${path}`, label: 'session'}, async (page) => {
    // The code for answers is fetched with the first.
    await callBench(page, (bench) => bench.ask(1));
    const half = () => growthBy(page, () => page.page.evaluate(`window.bench.ask(${count / 2})`));
    return {status: 'finished' as const, halves: [await half(), await half()] as const};
  });
  return outcome.halves;
}

async function showAll(contestant: Contestant, bed: Bed, path: string): Promise<Growth | undefined> {
  const outcome = await withPage(bed, {contestant, query: '', label: 'session-stored'}, async (page) => {
    await page.page.evaluate(`window.bench.fetchHistory(${JSON.stringify(path)})`);
    const growth = await growthBy(page, async () => {
      await callBench(page, (bench) => bench.history());
      await callBench(page, (bench) => bench.historyComplete());
    });
    return {status: 'finished' as const, growth};
  });
  return outcome.growth;
}
