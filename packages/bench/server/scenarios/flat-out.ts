/** CPU per token if tokens come as fast as they are read: the cost of relaying alone. */
import {type JobWish, interleaved, measure, warmUp, withContestants} from '../bench.ts';
import {digits, medians, problemsOf, times} from '../findings.ts';
import {type Scenario, servers} from './scenario.ts';

/** Ten streams of 2 000 tokens each, as fast as they are read. */
export const flatOutJob = (answers: number): JobWish => ({
  streams: 10,
  answers,
  ramp: 0,
  answer: {tokens: 2000, rate: 0},
});

export const flatOut: Scenario = {
  name: 'flat',
  async run(bench, names) {
    return withContestants(bench, servers(names), async (contestants) => {
      const answers = new Map<string, number>();
      for (const contestant of contestants) {
        const fitting = Math.round(((await warmUp(bench, contestant, flatOutJob)) * bench.steady) / 1000);
        answers.set(contestant.name, Math.min(2000, Math.max(20, fitting)));
      }
      const all = await interleaved(bench, contestants, (contestant) =>
        measure(bench, contestant, flatOutJob(answers.get(contestant.name) ?? 20)),
      );
      const cpu = medians(all, ({cpuPerToken}) => cpuPerToken);
      const rate = medians(all, ({tokens, seconds}) => tokens / seconds);
      return {
        values: {'flat.cpuPerToken': cpu},
        tables: [
          {
            title: 'Flat out',
            note: '10 streams of 2 000 tokens, as fast as they are read; the upstream writes each token as an HTTP chunk of its own.',
            columns: ['', 'CPU µs/token', '× pass', '× raw-http', 'tokens/s', 'problems'],
            rows: contestants.map(({name}) => [
              name,
              digits(cpu[name]),
              times(cpu, name, 'pass'),
              times(cpu, name, 'raw-http'),
              digits(rate[name]),
              problemsOf(all.get(name)),
            ]),
          },
        ],
      };
    });
  },
};
