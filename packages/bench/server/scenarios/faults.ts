/** How a contestant shows its reader the faults of an upstream. */
import {withContestants} from '../bench.ts';
import type {AnswerSpec, Behaviour} from '../answer-text.ts';
import type {Contestant} from '../contestants.ts';
import type {Outcome} from '../load.ts';
import {type Scenario, servers} from './scenario.ts';

const behaviours: readonly (readonly [Behaviour, string])[] = [
  ['die', 'upstream dies at 20 of 40'],
  ['garbage', 'broken event at 20 of 40'],
  ['too-many', '429, Retry-After 7'],
  ['split', 'characters cut in two'],
];

const tokens = 40;

/** Whether the contestant behaves as target 10 asks. */
function isRight(behaviour: Behaviour, outcome: Outcome): boolean {
  const {status, retryAfter, isWhole, saidEnd, error, broken, isWrong} = outcome;
  switch (behaviour) {
    case 'die':
      return !isWrong && error !== undefined && !saidEnd;
    case 'garbage':
    case 'split':
      return isWhole && saidEnd && error === undefined && broken === undefined;
    case 'too-many':
      return status === 429 && retryAfter === '7';
    case 'answer':
    case 'hang':
      return isWhole;
    default:
      return behaviour satisfies never;
  }
}

function words(outcome: Outcome): string {
  const {status, retryAfter, tokens: seen, isWhole, isWrong, saidEnd, error, errorRetryAfter, broken} = outcome;
  if (status !== 200) return `HTTP ${status}${retryAfter ? `, Retry-After ${retryAfter}` : ', no Retry-After'}`;
  return [
    isWhole ? 'all tokens' : `${seen} tokens`,
    ...(isWrong ? ['WRONG TEXT'] : []),
    ...(error === undefined
      ? []
      : [`error event${errorRetryAfter === undefined ? '' : `, retryAfter ${errorRetryAfter}`}`]),
    ...(saidEnd ? ['says it is complete'] : []),
    ...(broken === undefined ? [] : [`connection broken (${broken})`]),
    ...(!saidEnd && error === undefined && broken === undefined ? ['ends without a word'] : []),
  ].join(', ');
}

export const faults: Scenario = {
  name: 'faults',
  async run(bench, names) {
    return withContestants(bench, servers(names), async (contestants) => {
      const right: Partial<Record<string, number>> = {};
      const rows: string[][] = [];
      for (const contestant of contestants) {
        const row: string[] = [contestant.name];
        right[contestant.name] = 0;
        for (const [behaviour] of behaviours) {
          const outcome = await ask(contestant, behaviour);
          const attempts = (await bench.upstream.ask('served', outcome.seed))?.attempts ?? 0;
          right[contestant.name] = (right[contestant.name] ?? 0) + (isRight(behaviour, outcome.outcome) ? 1 : 0);
          row.push(words(outcome.outcome) + (attempts > 1 ? ` (after ${attempts} tries)` : ''));
        }
        const alive =
          contestant.server?.isAlive() === true && isRight('split', (await ask(contestant, 'answer')).outcome);
        if (!alive) right[contestant.name] = -1;
        row.push(alive ? 'yes' : 'NO');
        rows.push(row);
        bench.say(`  ${row.join('  |  ')}`);
      }
      return {
        values: {'faults.right': right},
        tables: [
          {
            title: 'Faults',
            note: `As the reader of an answer of ${tokens} tokens sees them.`,
            columns: ['', ...behaviours.map(([, title]) => title), 'answers afterwards'],
            rows,
          },
        ],
      };
    });

    async function ask({target}: Contestant, behaviour: Behaviour): Promise<{seed: number; outcome: Outcome}> {
      const spec: AnswerSpec = {seed: bench.seeds(1), tokens, rate: 0, think: 0, behaviour};
      return {seed: spec.seed, outcome: await bench.load.ask('one', {target, spec})};
    }
  },
};
