/** The targets of the streaming engine: a number, or a comparison with a contestant of the same run. */

export interface Target {
  readonly what: string;
  readonly scenario: string;
  /** The contestant that it is about; our engine by default. */
  readonly of?: string;
  readonly value: string;
  readonly limit: number;
  /** The contestant to compare with; absent if the limit is for the value itself. */
  readonly against?: string;
  /** So many milliseconds are allowed on top of the contestant's. */
  readonly plus?: number;
  /** Whether it has to be no higher than the highest round of the other contestant. */
  readonly within?: true;
  /** Whether more is better, as in "yes". */
  readonly atLeast?: true;
}

/** One value of a scenario against several contestants. */
function against(
  limits: Readonly<Record<string, number>>,
  target: Omit<Target, 'limit' | 'against'>,
): readonly Target[] {
  return Object.entries(limits).map(([name, limit]) => ({...target, against: name, limit}));
}

const growthNames = {mixed: 'mixed', fence: 'one fence', list: 'one list', table: 'one table'} as const;
const frameMs = 1000 / 60;

export const targets: readonly Target[] = [
  ...against(
    {smd: 1.2, streamdown: 0.35, 'deep-chat': 0.01},
    {what: 'flat out, 8k mixed, CPU', scenario: 'flat-8k', value: 'cpuMs'},
  ),
  ...against({smd: 1, streamdown: 0.4}, {what: 'flat out, 50k mixed, CPU', scenario: 'flat-50k', value: 'cpuMs'}),
  ...against({smd: 1.5}, {what: 'one code fence of 8k tokens, CPU', scenario: 'code-8k', value: 'cpuMs'}),
  ...Object.entries(growthNames).flatMap(([kind, label]): readonly Target[] => [
    {what: `growth 2k to 50k at once, ${label}`, scenario: `growth-${kind}`, value: 'exponent', limit: 1.05},
    {
      what: `growth 2k to 50k, 200 tokens a frame, ${label}`,
      scenario: `growth-frames-${kind}`,
      value: 'exponent',
      limit: 1.05,
    },
  ]),
  ...against({smd: 0.3}, {what: 'longest task, 50k flat out, CPU', scenario: 'tasks-50k', value: 'longestCpuMs'}),
  {what: 'layouts a frame, 50k flat out', scenario: 'tasks-50k', value: 'layoutsPerFrame', limit: 1},
  {what: 'layouts a frame, 1000 tokens a second', scenario: 'paced-8k', value: 'layoutsPerFrame', limit: 1},
  ...against(
    {smd: 0.9, streamdown: 0.55},
    {what: '8k at 1000 tokens a second, CPU', scenario: 'paced-8k', value: 'cpuMs'},
  ),
  {what: '8k at 1000 tokens a second, tasks over 50 ms', scenario: 'paced-8k', value: 'over50Ms', limit: 0},
  {what: '8k at 1000 tokens a second, late frames %', scenario: 'paced-8k', value: 'latePercent', limit: 2},
  {what: 'lag after the last token, ms', scenario: 'paced-8k', value: 'lagMs', against: 'smd', limit: 1, plus: frameMs},
  ...against(
    {smd: 1, streamdown: 0.5},
    {what: 'typing at 1000 tokens a second, key to paint p98', scenario: 'typing', value: 'p98Ms'},
  ),
  ...against(
    {smd: 0.5, 'deep-chat': 0.35, streamdown: 0.1},
    {what: 'history of 1000, shown', scenario: 'history-1000', value: 'shownMs'},
  ),
  ...against(
    {smd: 0.5, 'deep-chat': 0.35, streamdown: 0.1},
    {what: 'history of 1000, CPU', scenario: 'history-1000', value: 'cpuMs'},
  ),
  ...against({'deep-chat': 1}, {what: 'history of 1000, JS heap', scenario: 'history-1000', value: 'heapMb'}),
  {
    what: 'scrolling through it, late frames',
    scenario: 'history-1000',
    value: 'late',
    against: 'deep-chat',
    limit: 1,
    plus: 0,
  },
  ...(
    [
      ['follows', 'follows the end'],
      ['position', 'scrolled-up position holds'],
      ['selection', 'selection holds'],
      ['fence', 'selection in an open fence holds'],
      ['drag', 'drag begun mid-stream holds'],
    ] as const
  ).map(([value, what]): Target => ({what, scenario: 'behaviour', value, limit: 1, atLeast: true})),
  ...against(
    {smd: 1, 'element-before': 1},
    {what: 'whole chat, flat out, 8k mixed, CPU', scenario: 'flat-8k', of: 'ours-element', value: 'cpuMs'},
  ),
  ...against(
    {smd: 0.85},
    {what: 'whole chat, 8k at 1000 tokens a second, CPU', scenario: 'paced-8k', of: 'ours-element', value: 'cpuMs'},
  ),
  ...against(
    {smd: 0.3},
    {
      what: 'whole chat, history of 1000, CPU until shown',
      scenario: 'history-1000',
      of: 'ours-element',
      value: 'shownCpuMs',
    },
  ),
  ...against(
    {'element-before': 1},
    {what: 'whole chat, history of 1000, CPU', scenario: 'history-1000', of: 'ours-element', value: 'cpuMs'},
  ),
  ...(
    [
      ['the newest screen of 5000, CPU × that of 50', 'cpuOfFifty', 1.2],
      ['the longest task of the rest of 5000, CPU ms', 'longestCpuMs', 50],
    ] as const
  ).map(([what, value, limit]): Target => ({what, scenario: 'history-5000', of: 'ours-element', value, limit})),
  {
    what: 'find-in-page finds the first of 5000',
    scenario: 'history-5000',
    of: 'ours-element',
    value: 'found',
    limit: 1,
    atLeast: true,
  },
  ...against(
    {'deep-chat': 1},
    {what: 'history of 5000, JS heap', scenario: 'history-5000', of: 'ours-element', value: 'heapMb'},
  ),
  ...(
    [
      ['nodes after 500 answers × of the same when stored', 'nodesOfStored', 1.05],
      ['JS heap after 500 answers × of the same when stored', 'heapOfStored', 1.1],
      ['CPU of the second 250 answers × of the first', 'lateCpu', 1.1],
    ] as const
  ).map(([what, value, limit]): Target => ({what, scenario: 'session-500', of: 'ours-element', value, limit})),
  {
    what: 'our script tag before intent, CPU at a quarter of the speed',
    scenario: 'page-load',
    of: 'launcher-site',
    value: 'cpuMs',
    against: 'plain-site',
    limit: 1,
    plus: 15,
  },
  ...(
    [
      ['LCP with it, ms', 'lcpMs'],
      ['TBT with it, ms', 'tbtMs'],
    ] as const
  ).map(([what, value]): Target => ({
    what,
    scenario: 'page-load',
    of: 'launcher-site',
    value,
    against: 'plain-site',
    limit: 1,
    within: true,
  })),
  {what: 'CLS with it', scenario: 'page-load', of: 'launcher-site', value: 'cls', limit: 0},
  {what: 'scripts fetched with it', scenario: 'page-load', of: 'launcher-site', value: 'scripts', limit: 1},
  ...(
    [
      ['launcher', 0.4],
      ['inline', 0.8],
    ] as const
  ).map(([form, limit]): Target => ({
    what: `${form} usable, CPU/4 and slow 4G`,
    scenario: 'first-use',
    of: `${form}-site`,
    value: 'usableMs',
    against: 'deep-chat-site',
    limit,
  })),
  {what: 'weight of the engine, kB gzip', scenario: 'weight', value: 'gzip', limit: 20},
];
