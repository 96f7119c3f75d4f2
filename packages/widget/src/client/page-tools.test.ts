/** Functions of the page and a server that is a script: what a function may do wrong, and what the server is told. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type ChatEvent, pageToolLimits} from '@chatlet/protocol';
import {browserEnvironment} from './environment.ts';
import {followTurn} from './follow-turn.ts';
import type {FollowCalls, PageTool} from './page-tool.ts';
import {createPageTools} from './page-tools.ts';
import type {ChatTransport, SentReply} from './transport.ts';

const base = {name: 'look', description: 'Looks.', annotations: {readOnlyHint: true}};

const started: ChatEvent = {type: 'message-start', messageId: 'msg_1', chatId: 'chat_1', model: ''};
const waits: readonly ChatEvent[] = [
  {type: 'tool-call', callId: 'call_1', name: 'look', input: {}},
  {
    type: 'tool-wait',
    callId: 'call_1',
    wait: {ask: 'page', definition: 'x', expiresAt: new Date(Date.now() + 60_000).toISOString()},
  },
  {type: 'message-end', reason: 'tool-calls'},
];

/** The callbacks that wait, by their milliseconds. */
const timers = new Map<number, () => void>();

/** Follows a turn in which the model calls `look`. Returns what the server was told, without the definitions. */
async function run(
  tool: Partial<PageTool> & Pick<PageTool, 'run'>,
  {
    signal = new AbortController().signal,
    take = async () => {},
  }: {signal?: AbortSignal; take?: (sent: SentReply) => Promise<void>} = {},
) {
  const told: unknown[] = [];
  const transport: ChatTransport = {
    async *send() {
      yield {events: [], chatId: `chat_${crypto.randomUUID()}`};
      yield {events: [started, ...waits]};
    },
    async *resume() {
      yield {events: [started, {type: 'message-end', reason: 'stop'}]};
    },
    async answerTool(_, __, sent) {
      await take(sent);
      const {pageTools: _definitions, ...rest} = sent;
      told.push(rest);
    },
  };
  const follow: FollowCalls = {
    transport,
    followTurn,
    begin: {request: {trigger: 'send', messages: []}},
    environment: {
      ...browserEnvironment(),
      after(milliseconds, callback) {
        timers.set(milliseconds, callback);
        return browserEnvironment().after(milliseconds, callback);
      },
    },
    storage: {get: () => undefined, set() {}, clear() {}},
    onConnection() {},
    onRefusal() {},
    onGoesOn() {},
    onFree() {},
  };
  const events: ChatEvent[] = [];
  for await (const batch of createPageTools(() => [{...base, ...tool}]).follow(follow, {signal})) events.push(...batch);
  return {told, events, result: told.at(-1) as {readonly output?: unknown; readonly error?: string}};
}

suite('the result of a function of the page', () => {
  test('is told after a claim, under the same claim, and the answer goes on', async () => {
    const {told, events} = await run({run: async () => ({cart: ['tea']})});
    const [claim, result] = told as [{claim: string}, object];
    assert.deepEqual(Object.keys(claim), ['claim']);
    assert.deepEqual(result, {claim: claim.claim, output: {cart: ['tea']}});
    assert.deepEqual(
      events.slice(-3).map(({type}) => type),
      ['tool-result', 'message-start', 'message-end'],
    );
  });

  test('is told as a sentence if there is none: thrown, endless, taken away, no JSON, or not as described', async () => {
    const failed = async (...asked: Parameters<typeof run>) => (await run(...asked)).result.error;
    assert.equal(
      await failed({
        run: () => {
          throw new Error('No cart.');
        },
      }),
      'The function failed: No cart.',
    );
    assert.equal(await failed({run: () => Promise.reject('gone')}), 'The function failed: gone');
    assert.match((await failed({run: () => 10n})) ?? '', /^The function failed: .*BigInt/);
    const circle: {self?: object} = {};
    circle.self = circle;
    assert.match((await failed({run: () => circle})) ?? '', /^The function failed: .*circular/i);
    assert.equal(
      await failed({run: () => ({count: 'many'}), outputSchema: {properties: {count: {type: 'number'}}}}),
      'The function gave a result that does not fit: count must be number.',
    );
    assert.equal(
      await failed({run: () => 1, inputSchema: {type: 'object', required: ['article']}}),
      'The input does not fit: the value lacks article.',
    );
    const gone = new AbortController();
    const taken = failed({
      signal: gone.signal,
      run: () => {
        gone.abort();
        return new Promise(() => {});
      },
    });
    assert.equal(await taken, 'The page has taken the function away.');

    let signal: AbortSignal | undefined;
    const endless = failed({
      run(_, context) {
        ({signal} = context);
        setImmediate(() => timers.get(pageToolLimits.time)?.());
        return new Promise(() => {});
      },
    });
    assert.equal(await endless, 'It took longer than 60 s.');
    assert.ok(signal?.aborted);
  });

  test('is cut if it is long, null if there is none, and the function gets a copy of the input', async () => {
    assert.match(
      String((await run({run: () => 'x'.repeat(1e7)})).result.output),
      /^x{39900}\n… \(cut: it has 10000000/,
    );
    const long = await run({run: () => Array.from({length: 1e5}, () => 'xx')});
    assert.match(String(long.result.output), /^\["xx",[^]* \(cut: it has 500001 characters\)$/);
    assert.deepEqual((await run({run: () => undefined})).result.output, null);
  });

  test('that the server did not get is sent again, and none is sent for a call that another page runs', async () => {
    let failures = 1;
    const {told} = await run(
      {run: () => 1},
      {
        async take(sent) {
          if ('output' in sent && failures-- > 0) throw new ChatError('network');
        },
      },
    );
    assert.equal(told.length, 2);
    const ran: unknown[] = [];
    const other = await run(
      {run: () => ran.push(1)},
      {
        take: () => Promise.reject(new ChatError('conflict')),
      },
    );
    assert.deepEqual([ran, other.told, other.events.at(-1)?.type], [[], [], 'message-end']);
  });

  test('of a function that the visitor stops is a sentence, and the turn is not followed any more', async () => {
    const stop = new AbortController();
    const told: SentReply[] = [];
    const stopped = run(
      {
        run: () => {
          stop.abort(new Error('stop'));
          return new Promise(() => {});
        },
      },
      {signal: stop.signal, take: async (sent) => void told.push(sent)},
    );
    await assert.rejects(stopped, /stop/);
    assert.ok('error' in (told.at(-1) ?? {}) && JSON.stringify(told.at(-1)).includes('It was stopped.'));
  });
});
