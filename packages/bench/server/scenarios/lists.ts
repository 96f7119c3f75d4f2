/** Whether a question waits for a list of models that cannot be had. */
import {interleaved, measure, warmUp, withContestants} from '../bench.ts';
import type {ContestantName} from '../contestants.ts';
import {digits, medians, problemsOf, times} from '../findings.ts';
import {hundredFastJob, warmingJob} from './paced.ts';
import type {Scenario} from './scenario.ts';

const compared: readonly ContestantName[] = ['ours', 'ours-list-hangs', 'ours-list-errs', 'ours-list-lies'];

export const lists: Scenario = {
  name: 'lists',
  run: (bench) =>
    withContestants(bench, compared, async (contestants) => {
      for (const contestant of contestants) {
        await warmUp(bench, contestant, warmingJob);
        await measure(bench, contestant, hundredFastJob);
      }
      const all = await interleaved(bench, contestants, (contestant) => measure(bench, contestant, hundredFastJob));
      const p50 = medians(all, ({firstTokenP50}) => firstTokenP50);
      const p99 = medians(all, ({firstTokenP99}) => firstTokenP99);
      return {
        values: {'lists.firstTokenP99': p99},
        tables: [
          {
            title: 'Lists of models that hang, err or lie, at 100 streams of 50 tokens a second',
            note: 'Time to the first token; `ours` has a good list.',
            columns: ['', 'p50 ms', 'p99 ms', '× ours', 'problems'],
            rows: contestants.map(({name}) => [
              name,
              digits(p50[name]),
              digits(p99[name]),
              times(p99, name, 'ours'),
              problemsOf(all.get(name)),
            ]),
          },
        ],
      };
    }),
};
