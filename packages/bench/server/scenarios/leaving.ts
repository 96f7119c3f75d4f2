/** How soon the upstream is free after its reader has left, or after a stop if the answer outlives its reader. */
import {median} from '../../widget/statistics.ts';
import {type Bench, until, withContestants} from '../bench.ts';
import type {AnswerSpec} from '../answer-text.ts';
import type {Contestant} from '../contestants.ts';
import {type Findings, digits} from '../findings.ts';
import {ourHeaders} from '../ours.ts';
import {type Scenario, servers} from './scenario.ts';

type Moment = 'mid-answer' | 'thinking' | 'stalled';

const moments: readonly Moment[] = ['mid-answer', 'thinking', 'stalled'];

const specs: Readonly<Record<Moment, Omit<AnswerSpec, 'seed'>>> = {
  'mid-answer': {tokens: 100_000, rate: 100, think: 0, behaviour: 'answer'},
  thinking: {tokens: 10, rate: 10, think: 60_000, behaviour: 'answer'},
  stalled: {tokens: 200_000, rate: 0, think: 0, behaviour: 'answer', fat: 1024},
};

const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Milliseconds from leaving (or from the stop) until the upstream saw its connection close; undefined: never. */
async function leaveOnce(bench: Bench, contestant: Contestant, moment: Moment): Promise<number | undefined> {
  // Our answers are limited in length, and stored ones do not wait for readers: none may end before its reader leaves.
  const pace = contestant.name.startsWith('ours') && moment === 'stalled' ? {rate: 200} : {};
  const spec = {...specs[moment], ...pace, seed: bench.seeds(1)};
  const served = () => bench.upstream.ask('served', spec.seed);
  await bench.load.ask('begin', {target: contestant.target, spec, stall: moment === 'stalled'});
  const begun = await until(async () => {
    const seen = await bench.load.ask('seen', spec.seed);
    // A stored turn can be stopped only after its id has arrived.
    if (moment === 'thinking') return (await served()) !== undefined && (contestant.name !== 'ours' || !!seen.chatId);
    return seen.tokens >= (moment === 'stalled' ? 1 : 20);
  }, 10_000);
  if (!begun) throw new Error(`${contestant.name}: the answer did not begin`);
  if (moment === 'stalled' && spec.rate === 0) await untilStill(bench, spec.seed);
  let leftAt: number;
  if (contestant.name === 'ours') {
    // A stored turn goes on without readers, so it has to be stopped.
    const {chatId} = await bench.load.ask('seen', spec.seed);
    leftAt = now();
    const answer = await fetch(`${contestant.target.origin}/api/chat/${chatId}/stop`, {
      method: 'POST',
      headers: ourHeaders,
    });
    await answer.arrayBuffer();
    await until(async () => (await served())?.closedAt !== undefined, 3000);
    await bench.load.ask('leave', spec.seed);
  } else {
    leftAt = await bench.load.ask('leave', spec.seed);
    await until(async () => (await served())?.closedAt !== undefined, 3000);
  }
  const seen = await served();
  // If the upstream sent the whole answer, it was not stopped.
  return seen?.closedAt === undefined || seen.finished ? undefined : seen.closedAt - leftAt;
}

/** Waits until nothing more is read from the upstream because its reader has stopped. */
async function untilStill(bench: Bench, seed: number): Promise<void> {
  let last = -1;
  let stillSince = performance.now();
  await until(async () => {
    const bytes = (await bench.upstream.ask('served', seed))?.bytes ?? 0;
    if (bytes !== last) stillSince = performance.now();
    last = bytes;
    return performance.now() - stillSince > 300;
  }, 10_000);
}

/** Whether a stored turn goes on to its end after its reader has left. */
async function goesOn(bench: Bench, contestant: Contestant): Promise<boolean> {
  const spec: AnswerSpec = {seed: bench.seeds(1), tokens: 100, rate: 100, think: 0, behaviour: 'answer'};
  await bench.load.ask('begin', {target: contestant.target, spec, stall: false});
  await until(async () => (await bench.load.ask('seen', spec.seed)).tokens >= 20, 10_000);
  await bench.load.ask('leave', spec.seed);
  return until(async () => (await bench.upstream.ask('served', spec.seed))?.finished === true, 5000);
}

export const leaving: Scenario = {
  name: 'leaving',
  async run(bench, names): Promise<Findings> {
    return withContestants(bench, servers(names), async (contestants) => {
      const values: Record<string, Partial<Record<string, number>>> = {};
      const cells = new Map<string, string[]>(contestants.map(({name}) => [name, []]));
      for (const moment of moments) {
        for (const contestant of contestants) {
          await leaveOnce(bench, contestant, 'mid-answer');
          const took: (number | undefined)[] = [];
          for (let at = 0; at < 5; at += 1) took.push(await leaveOnce(bench, contestant, moment));
          const freed = took.filter((time) => time !== undefined);
          const all = freed.length === took.length;
          (values[`leaving.${moment}`] ??= {})[contestant.name] = all ? median(freed) : Infinity;
          cells
            .get(contestant.name)
            ?.push(all ? digits(median(freed)) : freed.length === 0 ? 'never' : `${freed.length} of ${took.length}`);
        }
        bench.say(`  ${moment}: ${contestants.map(({name}) => `${name} ${cells.get(name)?.at(-1)}`).join(', ')}`);
      }
      const ours = contestants.find(({name}) => name === 'ours');
      const survives = ours && (await goesOn(bench, ours));
      const openAfter: Record<string, string> = {};
      for (const contestant of contestants) openAfter[contestant.name] = await idleAfterAll(bench, contestant);
      return {
        values,
        tables: [
          {
            title: 'The upstream is free again',
            note: 'Milliseconds from the moment the reader leaves until the upstream sees its connection close, medians of 5; for `ours` from `POST …/stop`, because stored answers outlive their readers. Last column: ms until the upstream had no open answers after 50 readers left at once.',
            columns: ['', ...moments, '50 at once'],
            rows: contestants.map(({name}) => [name, ...(cells.get(name) ?? []), openAfter[name] ?? '–']),
          },
        ],
        ...(survives === undefined
          ? {}
          : {remarks: [`A stored answer whose reader leaves goes on to its end: ${survives ? 'yes' : 'NO'}.`]}),
      };
    });
  },
};

async function idleAfterAll(bench: Bench, {name, target}: Contestant): Promise<string> {
  if (name === 'ours') return '–';
  await until(async () => (await bench.upstream.ask('open')) === 0, 5000);
  await bench.load.ask('hold', {
    target,
    streams: 50,
    answer: specs['mid-answer'],
    firstSeed: bench.seeds(50),
    patience: 10_000,
  });
  const leftAt = now();
  await bench.load.ask('release');
  const free = await until(async () => (await bench.upstream.ask('open')) === 0, 3000);
  return free ? digits(now() - leftAt) : 'never';
}
