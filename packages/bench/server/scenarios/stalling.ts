/** A reader stops reading an answer of 100 MB: how much is read from the upstream, and how much the server holds. */
import {sleep, until, withContestants} from '../bench.ts';
import {type Values, digits} from '../findings.ts';
import {type Scenario, fewer, servers} from './scenario.ts';

const megabyte = 1024 * 1024;

export const stalling: Scenario = {
  name: 'stall',
  async run(bench, names) {
    const rss: Partial<Record<string, number>> = {};
    const growth: Partial<Record<string, number>> = {};
    const rows: string[][] = [];
    for (const name of servers(fewer(names))) {
      await withContestants(bench, [name], async ([contestant]) => {
        const {server, target} = contestant ?? {};
        if (!server || !target) return;
        await bench.load.ask('run', {
          target,
          streams: 4,
          answers: 20,
          ramp: 0,
          answer: {tokens: 1000, rate: 0, think: 0, behaviour: 'answer'},
          firstSeed: bench.seeds(20),
        });
        const before = await server.ask('used');
        const spec = {seed: bench.seeds(1), tokens: 85_000, rate: 0, think: 0, behaviour: 'answer', fat: 1024} as const;
        await bench.load.ask('begin', {target, spec, stall: true});
        await until(async () => (await bench.load.ask('seen', spec.seed)).tokens > 0, 10_000);
        let most = before.rss;
        const watch = async (milliseconds: number) => {
          for (let at = 0; at < milliseconds; at += 100) {
            await sleep(100);
            most = Math.max(most, (await server.ask('used')).rss);
          }
          return ((await bench.upstream.ask('served', spec.seed))?.bytes ?? 0) / megabyte;
        };
        const half = await watch(3000);
        const end = await watch(3000);
        rss[name] = (most - before.rss) / megabyte;
        growth[name] = end - half;
        await bench.load.ask('resume', spec.seed);
        const outcome = await Promise.race([bench.load.ask('ended', spec.seed), sleep(15_000)]);
        if (!outcome) await bench.load.ask('leave', spec.seed);
        const words = !outcome
          ? 'not within 15 s'
          : outcome.isWhole
            ? 'whole'
            : `${outcome.tokens} of ${spec.tokens} tokens${outcome.error ? `, error event: ${outcome.error}` : ''}${outcome.saidEnd ? ', ended' : ''}${outcome.isWrong ? ', wrong text' : ''}${outcome.broken ? `, ${outcome.broken}` : ''}`;
        rows.push([name, digits(half), digits(end), digits(rss[name]), words]);
        bench.say(`  ${rows.at(-1)?.join('  ')}`);
      });
    }
    const values: Readonly<Record<string, Values>> = {'stall.rss': rss, 'stall.growth': growth};
    return {
      values,
      tables: [
        {
          title: 'A reader stalls',
          note: 'An answer of 100 MB, flat out; its reader stops after the first bytes for 6 s and then reads on. RSS: the maximum in those 6 s, above that of the warm process.',
          columns: ['', 'MB pulled after 3 s', 'after 6 s', 'RSS + MB', 'read on'],
          rows,
        },
      ],
    };
  },
};
