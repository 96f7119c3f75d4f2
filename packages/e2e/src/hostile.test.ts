/**
 * A stranger attacks the server with a hundred requests a second from one address. Visitors of other addresses notice
 * nothing, and nothing is left of it afterwards.
 */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {createInterface} from 'node:readline';
import {suite, test} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {readEvents} from '@chatlet/protocol';
import {type Exchange, delta, done, startUpstream} from '../../server/src/testing/upstream.ts';
import {type ChatServer, startChatServer} from './chat-server.ts';
import {sampling} from './sampling.ts';

/** Seconds of the attack in the full run, from which on the times are judged and not only told. */
const fullLength = 20;
/** Tokens of the good reader's answer and milliseconds between them. */
const tokens = 50;
const gap = 20;
const mostMemory = 400_000_000;

suite('a hostile address', () => {
  const {runs: seconds, random, tellResult} = sampling('seconds of hostile requests', 4);

  test('R-1, R-12, R-16, R-23: costs others nothing, whatever it sends a hundred times a second', async () => {
    const upstream = await startUpstream();
    const env = {
      OPENAI_BASE_URL: upstream.baseUrl,
      OPENAI_API_KEY: 'sk-test',
      CHATLET_ORIGINS: 'https://shop.example',
      CHATLET_TRUST_PROXY: '1',
    };
    await using server = await startChatServer({env});
    try {
      upstream.script(...Array.from({length: 10_000}, () => answer));
      await measure(server, 0.5);
      const quiet = await measure(server, seconds);
      const attack = await startAttack(server, {seconds, seed: Math.floor(random() * 1e6)});
      const attacked = await measure(server, seconds);
      const {outcomes} = await attack.ended;
      // What the strangers had begun ends by itself when they have left.
      await waitUntil(async () => (await upstream.connections()) === 0, 15_000, 'the upstream is asked no more');

      const said = `${seconds} s: health p99 ${quiet.health} → ${attacked.health} ms, gaps of tokens p99 ${quiet.gap} → ${attacked.gap} ms, ${Math.round(attacked.memory / 1e6)} MB`;
      tellResult(said);
      console.log(JSON.stringify(outcomes));
      assert.ok(attacked.memory < mostMemory, said);
      assert.equal(attacked.broken, 0, 'The good visitor got all of every answer.');
      assert.ok(attacked.answers > 0);
      for (const [name, statuses] of Object.entries(outcomes)) {
        assert.equal(statuses['500'], undefined, `${name} makes the server fail.`);
      }
      if (seconds < fullLength) return;
      for (const which of ['health', 'gap'] as const) {
        assert.ok(attacked[which] <= Math.max(3 * quiet[which], quiet[which] + 20), said);
      }
    } finally {
      await upstream.close();
    }
  });
});

/** Speaks for a second to the good visitor, floods those who ask for it, and repeats the rest. */
async function answer(exchange: Exchange): Promise<void> {
  const asked = JSON.stringify(exchange.body?.['messages'] ?? '');
  const isFlood = asked.includes('flood');
  const pieces = isFlood ? 200 : tokens;
  for (let piece = 0; piece < pieces; piece++) {
    await exchange.write(delta(isFlood ? 'x'.repeat(5000) : `word ${piece} `));
    if (!isFlood) await wait(gap);
  }
  exchange.end(done());
}

interface Measured {
  /** 99th percentiles in milliseconds. */
  readonly health: number;
  readonly gap: number;
  /** Bytes of the server's process at most. */
  readonly memory: number;
  readonly answers: number;
  /** Answers that did not come whole. */
  readonly broken: number;
}

/** For so many seconds a visitor asks again and again, and somebody asks whether the server is alive. */
async function measure(server: ChatServer, seconds: number): Promise<Measured> {
  const ends = performance.now() + seconds * 1000;
  const health: number[] = [];
  const gaps: number[] = [];
  let memory = 0;
  let answers = 0;
  let broken = 0;
  const asking = async () => {
    while (performance.now() < ends) {
      const began = performance.now();
      await (await fetch(`${server.url}/healthz`)).arrayBuffer();
      health.push(performance.now() - began);
      memory = Math.max(memory, await memoryOf(server.pid));
      await wait(25);
    }
  };
  const reading = async () => {
    while (performance.now() < ends) {
      answers++;
      if (!(await readAnswer(server, gaps))) broken++;
    }
  };
  await Promise.all([asking(), reading()]);
  return {health: p99(health), gap: p99(gaps), memory, answers, broken};
}

async function readAnswer({url}: ChatServer, gaps: number[]): Promise<boolean> {
  const headers = {
    'content-type': 'application/json',
    'x-chat-protocol': 'chatlet',
    origin: 'https://shop.example',
    'x-forwarded-for': '203.0.113.5',
    'x-chatlet-visitor': `v2.${'g'.repeat(43)}`,
  };
  const body = JSON.stringify({message: {text: 'Tell me.'}});
  const response = await fetch(`${url}/api/chat`, {method: 'POST', headers, body});
  assert.equal(response.status, 200, await (response.ok ? '' : response.text()));
  let last: number | undefined;
  let text = '';
  for await (const events of readEvents(response.body!, {headers: response.headers})) {
    if (!events.some(({type}) => type === 'text-delta')) continue;
    for (const event of events) if (event.type === 'text-delta') text += event.delta;
    if (last !== undefined) gaps.push(performance.now() - last);
    last = performance.now();
  }
  return text.endsWith(`word ${tokens - 1} `);
}

interface Outcomes {
  /** By attack and status; `none` if the connection closed without one. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Resolves when the attack begins. */
async function startAttack({url}: ChatServer, {seconds, seed}: {seconds: number; seed: number}) {
  const script = fileURLToPath(new URL('hostile-callers.ts', import.meta.url));
  const options = ['--conditions=@chatlet/source', script, url, `${seconds}`, `${seed}`];
  const child = spawn(process.execPath, options, {stdio: ['ignore', 'pipe', 'inherit']});
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'ready');
  const ended = lines.next().then(({value}): Outcomes => JSON.parse(value ?? ''));
  return {ended};
}

async function memoryOf(pid: number): Promise<number> {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    // Only Linux tells it there.
    return 0;
  }
}

function p99(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length * 0.99)] ?? 0) * 10) / 10;
}

async function waitUntil(isSo: () => Promise<boolean>, milliseconds: number, what: string): Promise<void> {
  const ends = performance.now() + milliseconds;
  while (!(await isSo())) {
    assert.ok(performance.now() < ends, `Not within ${milliseconds} ms: ${what}.`);
    await wait(50);
  }
}
