/** The cost of a request without its tokens, and the time that the server adds to the first token. */
import {type JobWish, interleaved, measure, warmUp, withContestants} from '../bench.ts';
import {type Values, digits, medians, problemsOf, times} from '../findings.ts';
import {type Scenario, servers} from './scenario.ts';

const short = (answers: number): JobWish => ({streams: 8, answers, ramp: 0, answer: {tokens: 1, rate: 0}});

export const requests: Scenario = {
  name: 'requests',
  async run(bench, names) {
    return withContestants(bench, servers(names), async (contestants) => {
      const countOf = new Map<string, number>();
      for (const contestant of contestants) {
        const fitting = Math.round(((await warmUp(bench, contestant, short)) * bench.steady) / 1000);
        countOf.set(contestant.name, Math.min(10_000, Math.max(100, fitting)));
      }
      const all = await interleaved(bench, contestants, (contestant) =>
        measure(bench, contestant, short(countOf.get(contestant.name) ?? 200)),
      );
      const cpu = medians(all, ({cpuPerAnswer}) => cpuPerAnswer);
      const rate = medians(all, ({answers, seconds}) => answers / seconds);
      return {
        values: {'requests.cpuPerAnswer': cpu},
        tables: [
          {
            title: 'Answers of one token',
            note: '8 at a time, one after the other, over kept-alive connections.',
            columns: ['', 'CPU µs/request', '× pass', 'requests/s', 'problems'],
            rows: contestants.map(({name}) => [
              name,
              digits(cpu[name]),
              times(cpu, name, 'pass'),
              digits(rate[name]),
              problemsOf(all.get(name)),
            ]),
          },
        ],
      };
    });
  },
};

export const firstToken: Scenario = {
  name: 'first-token',
  async run(bench, names) {
    return withContestants(bench, names, async (contestants) => {
      for (const contestant of contestants) await warmUp(bench, contestant, short);
      const job: JobWish = {streams: 1, answers: 60, ramp: 0, answer: {tokens: 2, rate: 50}};
      const all = await interleaved(bench, contestants, (contestant) => measure(bench, contestant, job));
      const p50 = medians(all, ({firstTokenP50}) => firstTokenP50);
      const added: Values = Object.fromEntries(
        contestants.map(({name}) => [name, (p50[name] ?? Number.NaN) - (p50.direct ?? Number.NaN)]),
      );
      return {
        values: {'first-token.added': added},
        tables: [
          {
            title: 'Time to the first token, one stream at a time',
            note: 'Added: above the time without a server in between (`direct`).',
            columns: ['', 'p50 ms', 'added ms', '× what pass adds', 'problems'],
            rows: contestants.map(({name}) => [
              name,
              digits(p50[name]),
              digits(added[name]),
              name === 'direct' ? '–' : times(added, name, 'pass'),
              problemsOf(all.get(name)),
            ]),
          },
        ],
      };
    });
  },
};
