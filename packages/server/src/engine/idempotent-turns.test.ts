/** One name, one turn: who reads it, who has left, what is forgotten. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import type {UnsavedTurn, UnsavedTurns} from './unsaved-turns.ts';
import {createIdempotentTurns} from './idempotent-turns.ts';

const says = (delta: string): ChatEvent => ({type: 'text-delta', delta});
const ends: ChatEvent = {type: 'message-end', reason: 'stop'};

/** Turns whose answers come by a script; counts how many were begun. */
function turnsBy(script: (signal: AbortSignal) => AsyncIterable<readonly ChatEvent[]>): UnsavedTurns & {begun: number} {
  const model = {id: 'm', name: 'M'};
  const provider = {id: 'p', models: async () => [model], answer: () => script(new AbortController().signal)};
  const turns = {
    begun: 0,
    async start(): Promise<UnsavedTurn> {
      turns.begun++;
      return {
        answerId: `msg_${turns.begun}`,
        createdAt: '2026-01-01T00:00:00.000Z',
        model: {asked: 'm', model, provider, upstreamId: 'm'},
        read: ({signal}) => script(signal),
      };
    },
    shutDown: async () => {},
    ending: new AbortController().signal,
  };
  return turns;
}

const ask = {messages: [], options: {}, idempotencyKey: 'a-name'};
const staying = new AbortController();
const report = (error: unknown) => assert.fail(String(error));

async function read(turn: UnsavedTurn, signal: AbortSignal = staying.signal): Promise<string> {
  let text = '';
  for await (const batch of turn.read({signal})) {
    for (const event of batch) if (event.type === 'text-delta') text += event.delta;
  }
  return text;
}

suite('turns with one name', () => {
  test('are one, of one owner', async () => {
    const turns = turnsBy(async function* () {
      yield [says('a')];
      yield [says('b'), ends];
    });
    const named = createIdempotentTurns(turns, {report});
    const [first, second] = await Promise.all([named.start('ada', ask), named.start('ada', ask)]);
    assert.deepEqual(await Promise.all([read(first), read(second)]), ['ab', 'ab']);
    assert.equal(await read(await named.start('ada', ask)), 'ab');
    assert.equal(turns.begun, 1);
    await named.start('bob', ask);
    await named.start('ada', {messages: [], options: {}});
    assert.equal(turns.begun, 3);
  });

  test('are read no faster than the fastest reader reads', async () => {
    let given = 0;
    const turns = turnsBy(async function* () {
      for (; given < 100; given++) yield [says('x')];
      yield [ends];
    });
    const turn = await createIdempotentTurns(turns, {report}).start('ada', ask);
    const slow = turn.read({signal: staying.signal})[Symbol.asyncIterator]();
    await slow.next();
    await slow.next();
    assert.ok(given < 5, `${given} were read ahead.`);
    assert.equal(await read(turn), 'x'.repeat(100));
  });

  test('go on for a while without readers, then let the upstream go and are forgotten', async () => {
    const aborted = Promise.withResolvers<void>();
    const turns = turnsBy(async function* (signal) {
      yield [says('a')];
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}));
      aborted.resolve();
      yield [{type: 'message-end', reason: 'stopped'}];
    });
    const named = createIdempotentTurns(turns, {report, patience: 20});
    const turn = await named.start('ada', ask);
    const leaving = new AbortController();
    for await (const _ of turn.read(leaving)) leaving.abort();
    // Somebody is back in time; nothing is let go while they read.
    const back = turn.read({signal: staying.signal})[Symbol.asyncIterator]();
    assert.deepEqual((await back.next()).value, [says('a')]);
    await back.return?.();
    await aborted.promise;
    await read(turn);
    await named.start('ada', ask);
    assert.equal(turns.begun, 2);
  });

  test('are forgotten after their time, and the oldest when they are too many or too long', async () => {
    let now = 0;
    const turns = turnsBy(async function* () {
      yield [says('12345'), ends];
    });
    const named = createIdempotentTurns(turns, {report, keepFor: 100, keepAtMost: 3, keepLength: 12, now: () => now});
    const asked = async (idempotencyKey: string) => {
      const before = turns.begun;
      await read(await named.start('ada', {...ask, idempotencyKey}));
      return turns.begun > before ? 'begun' : 'kept';
    };
    assert.deepEqual([await asked('a'), await asked('b'), await asked('a')], ['begun', 'begun', 'kept']);
    // Fifteen characters are more than twelve: the oldest goes when the next comes.
    assert.deepEqual([await asked('c'), await asked('d'), await asked('a')], ['begun', 'begun', 'begun']);
    now = 101;
    assert.deepEqual([await asked('e'), await asked('d')], ['begun', 'begun']);
  });

  test('that break end for all who read them, are told of, and may be tried again', async () => {
    const goOn = Promise.withResolvers<void>();
    const turns = turnsBy(async function* () {
      yield [says('a')];
      await goOn.promise;
      throw new Error('No.');
    });
    const reports: unknown[] = [];
    const named = createIdempotentTurns(turns, {report: (error, context) => reports.push([String(error), context])});
    const turn = await named.start('ada', ask);
    const readings = [read(turn), read(turn)];
    goOn.resolve();
    assert.deepEqual(await Promise.all(readings), ['a', 'a']);
    assert.deepEqual(reports, [['Error: No.', {answerId: 'msg_1'}]]);
    await named.start('ada', ask);
    assert.equal(turns.begun, 2);
  });

  test('that cannot begin may be tried again', async () => {
    const turns = turnsBy(async function* () {
      yield [ends];
    });
    const {start} = turns;
    turns.start = async () => {
      throw new Error('No.');
    };
    const named = createIdempotentTurns(turns, {report});
    await assert.rejects(named.start('ada', ask), /No\./);
    turns.start = start;
    await read(await named.start('ada', ask));
    assert.equal(turns.begun, 1);
  });
});
