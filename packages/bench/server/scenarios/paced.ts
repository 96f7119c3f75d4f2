/** Tokens at the pace of real models: CPU, time to the first token, and whether all tokens arrived in time. */
import {type JobWish, interleaved, measure, warmUp, withContestants} from '../bench.ts';
import {type Values, digits, medians, problemsOf, times} from '../findings.ts';
import {type Scenario, fewer} from './scenario.ts';

interface Pace {
  readonly name: string;
  readonly title: string;
  readonly note: string;
  readonly streams: number;
  readonly rate: number;
  readonly tokens: number;
  readonly ramp: number;
  /** Answers one after the other in each stream. */
  readonly turns: number;
  /** The most rounds, for scenarios that take long. */
  readonly rounds?: number;
  /** Cut at the end of the measured time, because they would not end by themselves. */
  readonly overload?: true;
}

/** Short answers, as fast as they are read: they warm up a server before it is measured. */
export const warmingJob = (answers: number): JobWish => ({
  streams: 20,
  answers,
  ramp: 0,
  answer: {tokens: 20, rate: 0},
});

function jobOf({streams, rate, tokens, ramp, turns, overload}: Pace) {
  const answerTime = (tokens / rate) * 1000;
  // The counted time begins when all streams run, and ends before the first of them ends.
  const window = [ramp + 500, answerTime * turns] as const;
  return {
    streams,
    answers: streams * turns,
    ramp,
    answer: {tokens, rate},
    window,
    ...(overload ? {cutAfter: window[1]} : {}),
  } satisfies JobWish;
}

function paced(pace: Pace): Scenario {
  const {name, title, note, streams, rate, rounds = Infinity} = pace;
  return {
    name,
    async run(bench, names) {
      return withContestants(bench, streams < 1000 ? names : fewer(names), async (contestants) => {
        const job = jobOf(pace);
        const {window} = job;
        const due = ((window[1] - window[0]) / 1000) * streams * rate;
        for (const contestant of contestants) {
          await warmUp(bench, contestant, warmingJob);
          // Single tokens take other paths through a server's code than bursts: the first run is not measured.
          await measure(bench, contestant, job);
        }
        const all = await interleaved(
          bench,
          contestants,
          (contestant) => measure(bench, contestant, job),
          Math.min(bench.rounds, rounds),
        );
        const cpu = medians(all, ({cpuPerToken}) => cpuPerToken);
        const p50 = medians(all, ({firstTokenP50}) => firstTokenP50);
        const p99 = medians(all, ({firstTokenP99}) => firstTokenP99);
        const busy = medians(all, (measured) => measured.busy);
        const delivered = medians(all, ({windowTokens}) => windowTokens / due);
        const failed = Object.fromEntries(
          [...all].map(([contestant, measured]) => [
            contestant,
            measured.flatMap(({problems}) => Object.values(problems)).reduce((sum, count) => sum + count, 0),
          ]),
        );
        const added: Values = Object.fromEntries(
          contestants.map(({name: who}) => [who, (p50[who] ?? Number.NaN) - (p50.direct ?? Number.NaN)]),
        );
        return {
          values: {
            [`${name}.cpuPerToken`]: cpu,
            [`${name}.firstTokenP99`]: p99,
            [`${name}.firstTokenAdded`]: added,
            [`${name}.delivered`]: delivered,
            [`${name}.failed`]: failed,
          },
          tables: [
            {
              title,
              note,
              columns: [
                '',
                'CPU µs/token',
                '× pass',
                'core busy %',
                'delivered %',
                'first token p50 ms',
                'added ms',
                'p99 ms',
                'problems',
              ],
              rows: contestants.map(({name: who}) => [
                who,
                digits(cpu[who]),
                times(cpu, who, 'pass'),
                digits((busy[who] ?? Number.NaN) * 100),
                digits((delivered[who] ?? Number.NaN) * 100),
                digits(p50[who]),
                digits(added[who]),
                digits(p99[who]),
                problemsOf(all.get(who)),
              ]),
            },
          ],
        };
      });
    },
  };
}

const hundredFastPace: Pace = {
  name: '100x50',
  title: '100 streams of 50 tokens a second',
  note: 'Answers of 100 tokens, two one after the other in each stream.',
  streams: 100,
  rate: 50,
  tokens: 100,
  ramp: 2000,
  turns: 2,
};

export const hundredFast: Scenario = paced(hundredFastPace);

export const hundredFastJob: JobWish = jobOf(hundredFastPace);

export const thousandSlow: Scenario = paced({
  name: '1000x10',
  title: '1 000 streams of 10 tokens a second',
  note: 'Answers of 40 tokens, two one after the other in each stream; opened over 4 s, to spread the work evenly.',
  streams: 1000,
  rate: 10,
  tokens: 40,
  ramp: 4000,
  turns: 2,
});

export const overload: Scenario = paced({
  name: 'overload',
  title: 'Overload: 1 000 streams of 50 tokens a second',
  note: 'More than one core can relay. All text that arrives must be right; open answers are cut off at the end of the counted time.',
  streams: 1000,
  rate: 50,
  tokens: 350,
  ramp: 3000,
  turns: 1,
  rounds: 1,
  overload: true,
});
