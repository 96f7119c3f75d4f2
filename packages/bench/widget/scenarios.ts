/**
 * The measurements: each scenario runs one contestant once and returns numbers. Knows the pages' contract and the
 * browser; knows neither rounds nor targets.
 */
import {setTimeout as pause} from 'node:timers/promises';
import type {Answer, SentAnswer} from './answer-server.ts';
import {weigh} from './bundles.ts';
import type {BenchPage} from './chromium.ts';
import type {Contestant} from './contestants.ts';
import {firstUse, pageLoad} from './loading.ts';
import {history, longHistory, session} from './long-chats.ts';
import type {Streamed} from './pages/contract.ts';
import {
  callBench,
  ignoreCutShort,
  inTime,
  lateFrames,
  lazily,
  patienceMs,
  withPage,
  type Bed,
  type Column,
  type Outcome,
  type Scenario,
  type Values,
} from './scenario.ts';
import {percentile, seededRandom} from './statistics.ts';
import {writeText, type TextKind} from './texts.ts';

const everybody = ['ours', 'smd', 'smd-frame', 'marked-frame', 'streamdown', 'deep-chat', 'floor-pre'];
const engines = everybody.filter((name) => name !== 'deep-chat');
/** With our whole chat, now and before, for scenarios in which it differs from the engine alone. */
const everybodyAndElement = ['ours', 'ours-element', 'element-before', ...everybody.slice(1)];

/** Ends a run that took too long and asks the page how far it came. */
async function giveUp(page: BenchPage, {sent, answer}: {sent: SentAnswer; answer: Answer}): Promise<string> {
  sent.cut();
  const asked = callBench(page, (bench) => bench.shown());
  asked.catch(ignoreCutShort);
  let shown: number | undefined;
  // A page that hangs may go on in its next task with text that it has already read, so one end is not always enough.
  for (let attempt = 0; attempt < 5 && shown === undefined; attempt++) {
    await inTime(page.endHangingScript(), 1000);
    shown = await inTime(asked, 1500);
  }
  return shown === undefined ? 'no answer' : `${Math.round((100 * shown) / answer.text.visible.length)} % shown`;
}

async function streamOnce(
  contestant: Contestant,
  bed: Bed,
  {answer, label, perFrame = 0, traced = false}: {answer: Answer; label: string; perFrame?: number; traced?: boolean},
): Promise<Outcome> {
  const {path, sent} = bed.server.lay(answer);
  return withPage<Outcome>(bed, {contestant, query: `answer=${path}&per-frame=${perFrame}`, label}, async (page) => {
    const finishTasks = traced ? await page.watchTasks() : undefined;
    const before = await page.measures();
    const streaming = callBench(page, (bench) => bench.stream());
    streaming.catch(ignoreCutShort);
    const streamed = await inTime(streaming, patienceMs);
    const spent = {...(await page.measuresSince(before))};
    if (!streamed) {
      return {status: 'unfinished', afterMs: patienceMs, reached: await giveUp(page, {sent, answer}), values: spent};
    }
    const tasks = await finishTasks?.();
    return {status: 'finished', values: {...spent, ...tasks, ...streamValues(streamed, sent, answer)}};
  });
}

function streamValues(streamed: Streamed, sent: SentAnswer, answer: Answer): Values {
  const frames = streamed.frameIntervals.length + 1;
  return {
    frames,
    late: lateFrames(streamed.frameIntervals),
    latePercent: (100 * lateFrames(streamed.frameIntervals)) / frames,
    lagMs: streamed.shownAt - (sent.lastTokenAt ?? Number.NaN),
    settleMs: Math.max(0, streamed.settledAt - streamed.shownAt),
    longTasks: streamed.longTasks.length,
    shownPercent: (100 * streamed.shown) / answer.text.visible.length,
  };
}

const cpuColumns: readonly Column[] = [
  {key: 'cpuMs', label: 'CPU ms'},
  {key: 'layoutMs', label: 'of it layout'},
  {key: 'styleMs', label: 'style'},
  {key: 'restMs', label: 'script, paint, rest'},
  {key: 'layouts', label: 'layouts'},
  {key: 'frames', label: 'frames'},
];
const taskColumns: readonly Column[] = [
  {key: 'longestCpuMs', label: 'longest task, CPU ms'},
  {key: 'longestMs', label: 'longest task, wall ms'},
  {key: 'layoutsPerFrame', label: 'layouts in a frame', digits: 2},
];
const lagColumns: readonly Column[] = [{key: 'lagMs', label: 'last token → shown ms'}];

function flat(
  name: string,
  {kind, tokens, by, about}: {kind: TextKind; tokens: number; by: readonly string[]; about: string},
): Scenario {
  const text = lazily(() => writeText(kind, tokens));
  return {
    name,
    about,
    contestants: by,
    columns: [...cpuColumns, ...lagColumns],
    run: (contestant, bed) => streamOnce(contestant, bed, {answer: {text: text(), pace: 'flat'}, label: name}),
  };
}

const longText = lazily(() => writeText('mixed', 50_000));
const tasks50k: Scenario = {
  name: 'tasks-50k',
  about:
    '50k tokens of mixed Markdown at once: the longest task, and layouts in a frame that has any (traced, so apart from the CPU of flat-50k)',
  contestants: engines,
  columns: [
    ...taskColumns,
    {key: 'over50Ms', label: 'tasks > 50 ms CPU'},
    {key: 'longTasks', label: 'long tasks, wall'},
  ],
  run: (contestant, bed) =>
    streamOnce(contestant, bed, {answer: {text: longText(), pace: 'flat'}, label: 'tasks-50k', traced: true}),
};

const pacedText = lazily(() => writeText('mixed', 8000));
const paced: Scenario = {
  name: 'paced-8k',
  about: '8k tokens of mixed Markdown at 1000 tokens a second',
  contestants: everybodyAndElement,
  columns: [
    ...cpuColumns,
    {key: 'latePercent', label: 'late frames %', digits: 1},
    {key: 'over16Ms', label: 'tasks > 16.7 ms CPU'},
    {key: 'over50Ms', label: '> 50 ms CPU'},
    ...taskColumns,
    ...lagColumns,
  ],
  run: (contestant, bed) =>
    streamOnce(contestant, bed, {answer: {text: pacedText(), pace: 1000}, label: 'paced-8k', traced: true}),
};

const typingText = lazily(() => writeText('mixed', 6000));
const typedKeys = 110;
const typing: Scenario = {
  name: 'typing',
  about: `${typedKeys} keys typed while 6k tokens stream at 1000 tokens a second: from the key to the painted frame`,
  contestants: everybody,
  columns: [
    {key: 'p98Ms', label: 'p98 ms', digits: 1},
    {key: 'p50Ms', label: 'p50 ms', digits: 1},
    {key: 'worstMs', label: 'worst ms', digits: 1},
  ],
  async run(contestant, bed) {
    const answer: Answer = {text: typingText(), pace: 1000};
    const {path, sent} = bed.server.lay(answer);
    return withPage<Outcome>(bed, {contestant, query: `answer=${path}`, label: 'typing'}, async (page) => {
      await callBench(page, (bench) => {
        bench.watchKeys();
        bench.focusComposer();
      });
      const streaming = callBench(page, (bench) => bench.stream());
      streaming.catch(ignoreCutShort);
      const chance = seededRandom(11);
      await pause(300);
      await callBenchInTime(page, 2000);
      for (let typed = 0; typed < typedKeys; typed++) {
        page.pressKey('abcdefghij'.charAt(typed % 10));
        await pause(36 + chance() * 24);
      }
      const painted = page.page.waitForFunction(`window.bench.keys().length >= ${typedKeys}`, undefined, {
        timeout: 5000,
      });
      await painted.catch(ignoreCutShort);
      const keys = await inTime(
        callBench(page, (bench) => bench.keys()),
        5000,
      );
      if (!keys || keys.length < typedKeys) {
        const reached = `${keys?.length ?? 0} of ${typedKeys} keys painted`;
        await giveUp(page, {sent, answer});
        return {status: 'unfinished', afterMs: 11_000, reached, values: {}};
      }
      return {
        status: 'finished',
        values: {p50Ms: percentile(keys, 0.5), p98Ms: percentile(keys, 0.98), worstMs: percentile(keys, 1)},
      };
    });
  },
};

/** Gives the focus back to a chat that lost it when it was asked, as by sending a message. */
async function callBenchInTime(page: BenchPage, milliseconds: number): Promise<void> {
  await inTime(
    callBench(page, (bench) => bench.focusComposer()),
    milliseconds,
  );
}

const growthSizes = [2000, 8000, 50_000] as const;
function growth(kind: TextKind, fed: 'flat' | 'frames'): Scenario {
  const texts = lazily(() => growthSizes.map((tokens) => writeText(kind, tokens)));
  const name = fed === 'flat' ? `growth-${kind}` : `growth-frames-${kind}`;
  const how = fed === 'flat' ? 'at once' : '200 tokens a frame';
  return {
    name,
    about: `CPU ms for 2k, 8k and 50k tokens of ${kind === 'mixed' ? 'mixed Markdown' : `one ${kind}`}, ${how}`,
    contestants: ['ours', 'smd'],
    mostRounds: 3,
    columns: growthSizes.map((tokens) => ({key: `cpuMs${tokens}`, label: `${tokens / 1000}k`})),
    async run(contestant, bed) {
      const values: Record<string, number> = {};
      for (const [index, text] of texts().entries()) {
        const outcome = await streamOnce(contestant, bed, {
          answer: {text, pace: 'flat'},
          label: `${name}-${growthSizes[index]}`,
          perFrame: fed === 'flat' ? 0 : 200,
        });
        if (outcome.status === 'unfinished') return outcome;
        values[`cpuMs${growthSizes[index]}`] = outcome.values['cpuMs'] ?? Number.NaN;
      }
      return {status: 'finished', values};
    },
  };
}

const behaviourText = lazily(() => writeText('mixed', 1500, 3));
const behaviourFence = lazily(() => writeText('fence', 1500));
/** 1 is yes, 0 is no, so that a median over rounds is yes only if most rounds were. */
const behaviour: Scenario = {
  name: 'behaviour',
  about: 'Actions of a reader while 1500 tokens stream at 300 a second, from 30 % on (1 is yes)',
  contestants: everybodyAndElement,
  mostRounds: 1,
  columns: [
    {key: 'follows', label: 'follows the end'},
    {key: 'position', label: 'scrolled-up position holds'},
    {key: 'selection', label: 'selection holds'},
    {key: 'fence', label: 'selection in an open fence holds'},
    {key: 'drag', label: 'drag begun mid-stream holds'},
  ],
  async run(contestant, bed) {
    const scrolled = await actMidStream(contestant, bed, {
      answer: {text: behaviourText(), pace: 300},
      where: 'answer',
      act: doubleClick,
    });
    const fence = await actMidStream(contestant, bed, {
      answer: {text: behaviourFence(), pace: 300},
      where: 'fence',
      act: doubleClick,
    });
    const drag = await actMidStream(contestant, bed, {
      answer: {text: behaviourText(), pace: 300},
      where: 'answer',
      act: dragFrom,
    });
    const follows = await followsTheEnd(contestant, bed);
    return {
      status: 'finished',
      values: {
        follows: Number(follows),
        position: Number(scrolled.positionHeld),
        selection: Number(scrolled.selectionHeld),
        fence: Number(fence.selectionHeld),
        drag: Number(drag.selectionHeld),
      },
    };
  },
};

type Act = (page: BenchPage, word: {left: number; top: number; right: number; bottom: number}) => Promise<void>;

const doubleClick: Act = async ({page}, word) => {
  await page.mouse.dblclick((word.left + word.right) / 2, (word.top + word.bottom) / 2);
};

/** Slowly, so that many tokens arrive between the button's going down and up. */
const dragFrom: Act = async ({page}, word) => {
  const [x, y] = [word.left + 1, (word.top + word.bottom) / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 20; step++) {
    await page.mouse.move(x + step * 9, y + step * 3);
    await pause(40);
  }
  await page.mouse.up();
};

interface Held {
  readonly status: Outcome['status'];
  readonly positionHeld: boolean;
  readonly selectionHeld: boolean;
}

async function actMidStream(
  contestant: Contestant,
  bed: Bed,
  {answer, where, act}: {answer: Answer; where: 'answer' | 'fence'; act: Act},
): Promise<Held> {
  const {path, sent} = bed.server.lay(answer);
  const lost = {status: 'finished', positionHeld: false, selectionHeld: false} as const;
  return withPage<Held>(bed, {contestant, query: `answer=${path}`, label: 'behaviour'}, async (page) => {
    const streaming = callBench(page, (bench) => bench.stream());
    streaming.catch(ignoreCutShort);
    const reached = `window.bench.shown() > ${0.3 * answer.text.visible.length}`;
    await page.page.waitForFunction(reached, undefined, {timeout: patienceMs});
    const before = await callBench(page, (bench) => bench.scrollTop());
    await page.page.mouse.move(200, 300);
    await page.page.mouse.wheel(0, -420);
    await pause(500);
    const position = await callBench(page, (bench) => bench.scrollTop());
    const word = await callBench(
      page,
      where === 'fence' ? (bench) => bench.findWord('fence') : (bench) => bench.findWord('answer'),
    );
    if (!word) return lost;
    await act(page, word);
    const selected = await callBench(page, (bench) => bench.selection());
    if (!(await inTime(streaming, patienceMs))) {
      sent.cut();
      return {...lost, status: 'unfinished'};
    }
    const after = await callBench(page, (bench) => bench.scrollTop());
    const kept = await callBench(page, (bench) => bench.selection());
    return {
      status: 'finished',
      positionHeld: position < before && Math.abs(after - position) <= 2,
      selectionHeld: selected.trim() !== '' && kept === selected,
    };
  });
}

async function followsTheEnd(contestant: Contestant, bed: Bed): Promise<boolean> {
  const {path} = bed.server.lay({text: behaviourText(), pace: 600});
  const {followed} = await withPage<{status: Outcome['status']; followed: boolean}>(
    bed,
    {contestant, query: `answer=${path}`, label: 'follows'},
    async (page) => {
      const streaming = callBench(page, (bench) => bench.stream());
      streaming.catch(ignoreCutShort);
      if (!(await inTime(streaming, patienceMs))) return {status: 'unfinished', followed: false};
      await pause(300);
      const distance = await callBench(page, (bench) => bench.distanceToEnd());
      return {status: 'finished', followed: distance < 12};
    },
  );
  return followed;
}

const weight: Scenario = {
  name: 'weight',
  about:
    'What a page loads to show one streamed answer, minified, in kB (an engine with its own Markdown parser, or the whole widget)',
  contestants: ['ours', 'smd', 'marked-frame', 'streamdown', 'deep-chat'],
  mostRounds: 1,
  columns: [
    {key: 'gzip', label: 'gzip', digits: 1},
    {key: 'brotli', label: 'brotli', digits: 1},
    {key: 'minified', label: 'minified', digits: 1},
    {key: 'later', label: 'gzip of what is loaded when needed', digits: 1},
  ],
  async run(contestant) {
    const found = await weigh(`./weights/${contestant.name}.ts`);
    return {
      status: 'finished',
      values: {
        gzip: found.gzip / 1000,
        brotli: found.brotli / 1000,
        minified: found.minified / 1000,
        later: found.later.reduce((sum, size) => sum + size, 0) / 1000,
      },
    };
  },
};

export const scenarios: readonly Scenario[] = [
  flat('flat-8k', {kind: 'mixed', tokens: 8000, by: everybodyAndElement, about: '8k tokens of mixed Markdown at once'}),
  flat('flat-50k', {kind: 'mixed', tokens: 50_000, by: engines, about: '50k tokens of mixed Markdown at once'}),
  tasks50k,
  flat('code-8k', {kind: 'fence', tokens: 8000, by: engines, about: 'one code fence of 8k tokens at once'}),
  paced,
  typing,
  history(everybodyAndElement),
  longHistory(5000),
  session(500),
  pageLoad,
  firstUse,
  behaviour,
  ...(['flat', 'frames'] as const).flatMap((fed) =>
    (['mixed', 'fence', 'list', 'table'] as const).map((kind) => growth(kind, fed)),
  ),
  weight,
];
