/** The memory of a stream in the server, while it waits and while it runs. */
import {sleep, plainAnswer, withContestants} from '../bench.ts';
import {type Values, digits, times} from '../findings.ts';
import {type Scenario, fewer, servers} from './scenario.ts';

export const memory: Scenario = {
  name: 'memory',
  async run(bench, names) {
    const idle: Partial<Record<string, number>> = {};
    const active: Partial<Record<string, number>> = {};
    const opened: Partial<Record<string, number>> = {};
    const compared = servers(fewer(names));
    for (const name of compared) {
      for (const kind of ['idle', 'active'] as const) {
        // A new process each time: memory is seldom given back to the system.
        await withContestants(bench, [name], async ([contestant]) => {
          const {server, target} = contestant ?? {};
          if (!server || !target) return;
          const warm = bench.seeds(200);
          await bench.load.ask('run', {
            target,
            streams: 10,
            answers: 200,
            ramp: 0,
            answer: {...plainAnswer, tokens: 20, rate: 0},
            firstSeed: warm,
          });
          const before = await server.ask('used');
          const streams = await bench.load.ask('hold', {
            target,
            streams: bench.manyStreams,
            answer:
              kind === 'idle'
                ? {tokens: 1, rate: 1, think: 0, behaviour: 'hang'}
                : {tokens: 10_000, rate: 1, think: 0, behaviour: 'answer'},
            firstSeed: bench.seeds(bench.manyStreams),
            patience: 45_000,
          });
          await sleep(3000);
          const after = await server.ask('used');
          const perStream = (after.rss - before.rss) / 1024 / streams;
          (kind === 'idle' ? idle : active)[name] = perStream;
          opened[name] = Math.min(opened[name] ?? Infinity, streams);
          bench.say(`  ${name.padEnd(15)} ${kind}: ${perStream.toFixed(1)} kB a stream, ${streams} streams`);
          await bench.load.ask('release');
        });
        await bench.upstream.ask('forget', 0);
      }
    }
    const idleValues: Values = idle;
    const activeValues: Values = active;
    return {
      values: {'memory.idle': idleValues, 'memory.active': activeValues, 'memory.opened': opened},
      tables: [
        {
          title: `Memory with ${bench.manyStreams} streams`,
          note: 'RSS per stream, above that of the warm process without streams, 3 s after all had their first token. Active: one token a second.',
          columns: ['', 'streams', 'idle kB', '× pass', 'active kB', '× pass'],
          rows: compared.map((name) => [
            name,
            digits(opened[name]),
            digits(idleValues[name]),
            times(idleValues, name, 'pass'),
            digits(activeValues[name]),
            times(activeValues, name, 'pass'),
          ]),
        },
      ],
    };
  },
};
