/** The targets that our server has to meet, each a comparison within one run. */
import type {ContestantName} from './contestants.ts';
import {type Values, digits, ratio} from './findings.ts';

export interface Verdict {
  readonly number: number;
  readonly what: string;
  readonly value: string;
  readonly target: string;
  readonly verdict: 'pass' | 'miss' | 'not measured';
}

type AllValues = Readonly<Record<string, Values>>;

interface Bar {
  readonly number: number;
  readonly what: string;
  readonly target: string;
  readonly value: (values: AllValues) => number;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit: '×' | 'ms' | 'MB' | '%' | '';
}

const against =
  (measure: string, reference: ContestantName, ours: ContestantName) =>
  (values: AllValues): number =>
    ratio(values[measure], ours, reference);

function barsFor(ours: ContestantName): readonly Bar[] {
  const most = (number: number, what: string, measure: string, reference: ContestantName, atMost: number): Bar => ({
    number,
    what,
    target: `≤ ${atMost} × ${reference}`,
    value: against(measure, reference, ours),
    atMost,
    unit: '×',
  });
  const plain = (measure: string) => (values: AllValues) => values[measure]?.[ours] ?? Number.NaN;
  return [
    most(1, 'CPU/token, flat out', 'flat.cpuPerToken', 'raw-http', 0.75),
    most(1, 'CPU/token, flat out', 'flat.cpuPerToken', 'pass', 1.7),
    most(1, 'CPU/token, flat out', 'flat.cpuPerToken', 'express-ai-sdk', 0.08),
    most(2, 'CPU/token, 100 × 50', '100x50.cpuPerToken', 'pass', 1.3),
    most(2, 'CPU/token, 1 000 × 10', '1000x10.cpuPerToken', 'pass', 1.3),
    most(2, 'CPU/token, 100 × 50', '100x50.cpuPerToken', 'express-ai-sdk', 0.35),
    most(2, 'CPU/token, 1 000 × 10', '1000x10.cpuPerToken', 'express-ai-sdk', 0.35),
    most(3, 'CPU/request, one token', 'requests.cpuPerAnswer', 'pass', 3),
    most(3, 'CPU/request, one token', 'requests.cpuPerAnswer', 'express-ai-sdk', 0.1),
    most(4, 'added time to the first token, 1 × 50', 'first-token.added', 'pass', 2),
    most(4, 'added time to the first token, 1 × 50', 'first-token.added', 'express-openai', 1),
    most(4, 'added time to the first token, 100 × 50', '100x50.firstTokenAdded', 'pass', 2),
    most(4, 'added time to the first token, 100 × 50', '100x50.firstTokenAdded', 'express-openai', 1),
    most(5, 'first token p99, 100 × 50', '100x50.firstTokenP99', 'pass', 2.5),
    most(5, 'first token p99, 1 000 × 10', '1000x10.firstTokenP99', 'pass', 2.5),
    {
      number: 6,
      what: 'delivered, 1 000 × 10',
      target: '≥ 99 % of what was due',
      value: (values) => (values['1000x10.delivered']?.[ours] ?? Number.NaN) * 100,
      atLeast: 99,
      unit: '%',
    },
    {
      number: 6,
      what: 'delivered, overload',
      target: '≥ 0.8 × pass',
      value: against('overload.delivered', 'pass', ours),
      atLeast: 0.8,
      unit: '×',
    },
    {
      number: 6,
      what: 'streams corrupt or failed, 1 000 × 10 and overload',
      target: '0',
      value: (values) => plain('1000x10.failed')(values) + plain('overload.failed')(values),
      atMost: 0,
      unit: '',
    },
    most(7, 'RSS per idle stream', 'memory.idle', 'pass', 1.3),
    most(7, 'RSS per active stream', 'memory.active', 'pass', 1.3),
    most(7, 'RSS per idle stream', 'memory.idle', 'express-ai-sdk', 0.2),
    most(8, 'upstream free after leaving mid-answer', 'leaving.mid-answer', 'pass', 3),
    most(8, 'upstream free after leaving while it thinks', 'leaving.thinking', 'pass', 3),
    most(8, 'upstream free after a stalled reader left', 'leaving.stalled', 'pass', 3),
    {
      number: 9,
      what: 'stalled reader, pulled between half and end',
      target: '0 MB',
      value: plain('stall.growth'),
      atMost: 0.1,
      unit: 'MB',
    },
    {
      number: 9,
      what: 'stalled reader, RSS above pass',
      target: '≤ 10 MB',
      value: (values) => plain('stall.rss')(values) - (values['stall.rss']?.pass ?? Number.NaN),
      atMost: 10,
      unit: 'MB',
    },
    {
      number: 10,
      what: 'faults answered as they must be, and alive',
      target: '4 of 4',
      value: plain('faults.right'),
      atLeast: 4,
      unit: '',
    },
  ];
}

const storingBars: readonly Bar[] = [
  {
    number: 11,
    what: 'durable turns a second',
    target: '≥ 0.9 × bare SQLite',
    value: against('storing.writes', 'raw-http', 'ours'),
    atLeast: 0.9,
    unit: '×',
  },
  {
    number: 11,
    what: 'lists a second',
    target: '≥ 0.6 × bare SQLite',
    value: against('storing.lists', 'raw-http', 'ours'),
    atLeast: 0.6,
    unit: '×',
  },
  {
    number: 11,
    what: 'acknowledged writes lost in 10 kills',
    target: '0',
    value: (values) => values['storing.lost']?.ours ?? Number.NaN,
    atMost: 0,
    unit: '',
  },
  {
    number: 11,
    what: 'CPU/token with storage on',
    target: '≤ 1.1 × off',
    value: against('storing.cpuPerToken', 'ours-no-store', 'ours'),
    atMost: 1.1,
    unit: '×',
  },
];

/** A question whose model is known never waits for a list. */
const listBars: readonly Bar[] = (['ours-list-hangs', 'ours-list-errs', 'ours-list-lies'] as const).map((name) => ({
  number: 13,
  what: `first token p99, 100 × 50, ${name}`,
  target: '≤ 1.2 × ours, or 20 ms more',
  value: ({'lists.firstTokenP99': p99 = {}}) => {
    const {ours = Number.NaN, [name]: own = Number.NaN} = p99;
    return own / Math.max(ours * 1.2, ours + 20);
  },
  atMost: 1,
  unit: '×' as const,
}));

/** What the Responses API costs more than chat completions. */
const responsesBars: readonly Bar[] = [
  ['CPU/token, flat out', 'flat.cpuPerToken'] as const,
  ['CPU/token, 100 × 50', '100x50.cpuPerToken'] as const,
].map(([what, measure]) => ({
  number: 12,
  what,
  target: '≤ 1.3 × ours-v1',
  value: against(measure, 'ours-v1', 'ours-responses'),
  atMost: 1.3,
  unit: '×',
}));

export function verdicts(values: AllValues, ours: ContestantName): readonly Verdict[] {
  const bars =
    ours === 'ours-responses'
      ? responsesBars
      : [...barsFor(ours), ...(ours === 'ours' ? [...storingBars, ...listBars] : [])];
  return bars.map(({number, what, target, value, atMost = Infinity, atLeast = -Infinity, unit}) => {
    const measured = value(values);
    const verdict = Number.isNaN(measured)
      ? 'not measured'
      : measured <= atMost && measured >= atLeast
        ? 'pass'
        : 'miss';
    const shown = measured === Infinity ? 'never' : `${digits(measured)}${unit && ` ${unit}`}`;
    return {number, what, target, value: Number.isNaN(measured) ? '–' : shown, verdict};
  });
}
