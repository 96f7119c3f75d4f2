/**
 * `soak`: runs our server for half an hour under all events of a chat at once: answers, stops, readers that leave, come
 * back or stall, and an upstream that fails. Shows whether memory grows.
 */
import {writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import type {AnswerSpec, Behaviour} from './answer-text.ts';
import {checkText} from './answer-text.ts';
import {type Bench, sleep, plainAnswer, startBench, until} from './bench.ts';
import type {Target} from './load.ts';
import {ourHeaders, startOurs} from './ours.ts';
import {markdownTable, surroundings} from './report.ts';

const {values: options} = parseArgs({
  options: {
    minutes: {type: 'string', default: '30'},
    streams: {type: 'string', default: '60'},
    out: {type: 'string', default: fileURLToPath(new URL('./SOAK.md', import.meta.url))},
  },
});

/** The fate of one chat. Returns a problem, or undefined. */
type Fate = (soak: Soak) => Promise<string | undefined>;

interface Soak {
  readonly bench: Bench;
  readonly target: Target;
  /** An integer below `limit`, from a sequence that is the same in every run. */
  readonly dice: (limit: number) => number;
}

const specOf = ({bench, dice}: Soak, part: Partial<AnswerSpec> = {}): AnswerSpec => ({
  ...plainAnswer,
  seed: bench.seeds(1),
  tokens: 20 + dice(300),
  rate: 20 + dice(100),
  ...part,
});

/** Reads an answer to its end. */
const reads: Fate = async (soak) => {
  const outcome = await soak.bench.load.ask('one', {target: soak.target, spec: specOf(soak, {think: soak.dice(300)})});
  return outcome.isWhole && outcome.saidEnd ? undefined : `reads: ${JSON.stringify(outcome)}`;
};

/** Reads everything as fast as it comes. */
const gulps: Fate = async (soak) => {
  const spec = specOf(soak, {tokens: 2000, rate: 0});
  const outcome = await soak.bench.load.ask('one', {target: soak.target, spec});
  return outcome.isWhole && outcome.saidEnd ? undefined : `gulps: ${JSON.stringify(outcome)}`;
};

async function begin({bench, target}: Soak, spec: AnswerSpec, {stall}: {stall: boolean}): Promise<string | undefined> {
  await bench.load.ask('begin', {target, spec, stall});
  await until(async () => (await bench.load.ask('seen', spec.seed)).tokens > 0, 10_000);
  return (await bench.load.ask('seen', spec.seed)).chatId;
}

const stops: Fate = async (soak) => {
  const {bench, target, dice} = soak;
  const spec = specOf(soak, {tokens: 5000});
  const chatId = await begin(soak, spec, {stall: false});
  await sleep(dice(1000));
  const response = await fetch(`${target.origin}/api/chat/${chatId}/stop`, {method: 'POST', headers: ourHeaders});
  await response.arrayBuffer();
  const outcome = await bench.load.ask('ended', spec.seed);
  const freed = await until(async () => (await bench.upstream.ask('served', spec.seed))?.closedAt !== undefined, 2000);
  return outcome?.saidEnd && !outcome.isWrong && freed ? undefined : `stops: ${JSON.stringify(outcome)} ${freed}`;
};

/** Leaves in the middle; the answer goes on to its end without a reader. */
const leaves: Fate = async (soak) => {
  const {bench, dice} = soak;
  const spec = specOf(soak);
  await begin(soak, spec, {stall: false});
  await sleep(dice(500));
  await bench.load.ask('leave', spec.seed);
  const wentOn = await until(async () => (await bench.upstream.ask('served', spec.seed))?.finished === true, 30_000);
  return wentOn ? undefined : 'leaves: the answer did not go on';
};

/** Leaves in the middle, comes back, and reads the whole answer from its first event. */
const resumes: Fate = async (soak) => {
  const {bench, target, dice} = soak;
  const spec = specOf(soak, {tokens: 150, rate: 50});
  const chatId = await begin(soak, spec, {stall: false});
  await sleep(dice(1000));
  await bench.load.ask('leave', spec.seed);
  const response = await fetch(`${target.origin}/api/chat/${chatId}/stream?after=0`, {headers: ourHeaders});
  const check = checkText(spec);
  for (const line of (await response.text()).split('\n')) {
    const [, json] = /^data: (\{.*)$/.exec(line) ?? [];
    const event: unknown = json === undefined ? undefined : JSON.parse(json);
    if (typeof event === 'object' && event && 'delta' in event) check.push(String(event.delta));
  }
  return check.isWhole() ? undefined : `resumes: HTTP ${response.status}, ${check.tokens} of ${spec.tokens} tokens`;
};

/** Stops reading for a while, then reads on. The answer is nearly as long as allowed. */
const stalls: Fate = async (soak) => {
  const {bench, dice} = soak;
  const spec = specOf(soak, {tokens: 900, rate: 0, fat: 1024});
  await begin(soak, spec, {stall: true});
  await sleep(1000 + dice(3000));
  await bench.load.ask('resume', spec.seed);
  const outcome = await bench.load.ask('ended', spec.seed);
  return outcome?.isWhole && outcome.saidEnd ? undefined : `stalls: ${JSON.stringify(outcome)}`;
};

/** The upstream fails in one of its ways. */
const fails: Fate = async (soak) => {
  const behaviour = (['die', 'garbage', 'too-many', 'split'] satisfies Behaviour[])[soak.dice(4)] ?? 'die';
  const spec = specOf(soak, {tokens: 40, rate: 0, behaviour});
  const outcome = await soak.bench.load.ask('one', {target: soak.target, spec});
  const isError = outcome.error !== undefined || outcome.status >= 400;
  const right = behaviour === 'die' || behaviour === 'too-many' ? isError : outcome.isWhole && outcome.saidEnd;
  return right && !outcome.isWrong ? undefined : `fails (${behaviour}): ${JSON.stringify(outcome)}`;
};

const fates: Readonly<Record<string, readonly [fate: Fate, weight: number]>> = {
  reads: [reads, 6],
  gulps: [gulps, 2],
  stops: [stops, 3],
  leaves: [leaves, 3],
  resumes: [resumes, 2],
  stalls: [stalls, 1],
  fails: [fails, 3],
};

const drawn = Object.entries(fates).flatMap(([name, [fate, weight]]) =>
  Array.from({length: weight}, (): readonly [string, Fate] => [name, fate]),
);

function seededDice(): (limit: number) => number {
  let state = 1;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

async function main(): Promise<void> {
  const minutes = Number(options.minutes);
  const bench = await startBench({rounds: 1, steady: 0, manyStreams: 0});
  const {server, end} = await startOurs({upstreamUrl: bench.upstream.url, nodeOptions: ['--expose-gc']});
  const target: Target = {origin: server.url, path: '/api/chat', body: 'chatlet', headers: ourHeaders};
  const soak: Soak = {bench, target, dice: seededDice()};
  const done: Record<string, number> = {};
  const wrong: Record<string, number> = {};
  const ending = new AbortController();
  const live = async (): Promise<void> => {
    while (!ending.signal.aborted && server.isAlive()) {
      const [name, fate] = drawn[soak.dice(drawn.length)] ?? ['reads', reads];
      const problem = await fate(soak).catch((error: unknown) => `${name}: ${String(error)}`);
      done[name] = (done[name] ?? 0) + 1;
      if (problem === undefined) continue;
      wrong[name] = (wrong[name] ?? 0) + 1;
      bench.say(`  ${problem}`);
    }
  };

  const rows: string[][] = [];
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
  const sample = async (minute: number): Promise<void> => {
    // Garbage is not growth.
    await server.ask('collect');
    const {rss, heapUsed, external, cpu} = await server.ask('used');
    const turns = Object.values(done).reduce((sum, count) => sum + count, 0);
    rows.push([
      String(minute),
      megabytes(rss),
      megabytes(heapUsed),
      megabytes(external),
      String((await server.ask('descriptors')) ?? '–'),
      String(await bench.upstream.ask('open')),
      String(turns),
      (cpu / 1e6).toFixed(1),
    ]);
    bench.say(rows.at(-1)?.join('\t') ?? '');
    // A chat may still ask for the outcome of newer ones.
    await bench.upstream.ask('forget', 60_000);
  };

  try {
    await sample(0);
    const lives = Array.from({length: Number(options.streams)}, live);
    for (let minute = 1; minute <= minutes && server.isAlive(); minute += 1) {
      await sleep(60_000);
      await sample(minute);
    }
    ending.abort();
    await Promise.all(lives);
    await until(async () => (await bench.upstream.ask('open')) === 0, 10_000);
    // The logs of ended turns stay readable for a while; after that they must be gone.
    await sleep(Math.min(90_000, minutes * 30_000));
    await sample(minutes + 1);
    const text = [
      '# Everything at once, for a while',
      `\`\`\`sh\nnpm run soak -- --minutes ${minutes} --streams ${options.streams}\n\`\`\``,
      surroundings(),
      `${options.streams} chats at any time, each with one fate after the other: ${Object.keys(fates).join(', ')}. Sampled every minute after a garbage collection; the last line is from a pause after all chats had ended.`,
      markdownTable({
        columns: [
          'minute',
          'RSS MB',
          'heap MB',
          'external MB',
          'descriptors',
          'open upstream',
          'turns so far',
          'CPU s',
        ],
        rows,
      }),
      markdownTable({
        columns: ['fate', 'times', 'went wrong'],
        rows: Object.keys(fates).map((name) => [name, String(done[name] ?? 0), String(wrong[name] ?? 0)]),
      }),
      `The server ${server.isAlive() ? 'was alive at the end' : 'DIED'}.`,
    ].join('\n\n');
    console.log(text);
    await writeFile(options.out, `${text}\n`);
  } finally {
    ending.abort();
    await end();
    await bench.end();
  }
}

await main();
