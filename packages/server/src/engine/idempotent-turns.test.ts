/** Turns with an idempotency key: shared by readers, abandoned, and forgotten. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {ChatEvent} from '@chatlet/protocol';
import type {UnsavedTurn, UnsavedTurns} from './unsaved-turns.ts';
import {createIdempotentTurns} from './idempotent-turns.ts';

const says = (delta: string): ChatEvent => ({type: 'text-delta', delta});
const ends: ChatEvent = {type: 'message-end', reason: 'stop'};

/** Turns with scripted answers; counts the turns that were begun. */
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
    stopAll: async () => 0,
    forget() {},
    shutDown: async () => {},
    ending: new AbortController().signal,
  };
  return turns;
}

const ask = {messages: [], options: {}, idempotencyKey: 'a-key'};
const staying = new AbortController();
const report = (error: unknown) => assert.fail(String(error));

async function read(turn: UnsavedTurn, signal: AbortSignal = staying.signal): Promise<string> {
  let text = '';
  for await (const batch of turn.read({signal})) {
    for (const event of batch) if (event.type === 'text-delta') text += event.delta;
  }
  return text;
}

suite('turns with the same idempotency key', () => {
  test('are one turn for one owner', async () => {
    const turns = turnsBy(async function* () {
      yield [says('a')];
      yield [says('b'), ends];
    });
    const keyed = createIdempotentTurns(turns, {report});
    const [first, second] = await Promise.all([keyed.start('ada', ask), keyed.start('ada', ask)]);
    assert.deepEqual(await Promise.all([read(first), read(second)]), ['ab', 'ab']);
    assert.equal(await read(await keyed.start('ada', ask)), 'ab');
    assert.equal(turns.begun, 1);
    await keyed.start('bob', ask);
    await keyed.start('ada', {messages: [], options: {}});
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

  test('go on for a while without readers, then abort the upstream and are forgotten', async () => {
    const aborted = Promise.withResolvers<void>();
    const turns = turnsBy(async function* (signal) {
      yield [says('a')];
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}));
      aborted.resolve();
      yield [{type: 'message-end', reason: 'stopped'}];
    });
    const keyed = createIdempotentTurns(turns, {report, patience: 20});
    const turn = await keyed.start('ada', ask);
    const leaving = new AbortController();
    for await (const _ of turn.read(leaving)) leaving.abort();
    // A new reader comes in time; while it reads, the upstream goes on.
    const back = turn.read({signal: staying.signal})[Symbol.asyncIterator]();
    assert.deepEqual((await back.next()).value, [says('a')]);
    await back.return?.();
    await aborted.promise;
    await read(turn);
    await keyed.start('ada', ask);
    assert.equal(turns.begun, 2);
  });

  test('are forgotten after some time, and the oldest of too many or too long ones first', async () => {
    let now = 0;
    const turns = turnsBy(async function* () {
      yield [says('12345'), ends];
    });
    const keyed = createIdempotentTurns(turns, {report, keepFor: 100, keepAtMost: 3, keepLength: 12, now: () => now});
    const asked = async (idempotencyKey: string) => {
      const before = turns.begun;
      await read(await keyed.start('ada', {...ask, idempotencyKey}));
      return turns.begun > before ? 'begun' : 'kept';
    };
    assert.deepEqual([await asked('a'), await asked('b'), await asked('a')], ['begun', 'begun', 'kept']);
    // Fifteen characters are more than twelve, so the next turn drops the oldest one.
    assert.deepEqual([await asked('c'), await asked('d'), await asked('a')], ['begun', 'begun', 'begun']);
    now = 101;
    assert.deepEqual([await asked('e'), await asked('d')], ['begun', 'begun']);
  });

  test('end for all readers if they break, are reported, and may be tried again', async () => {
    const goOn = Promise.withResolvers<void>();
    const turns = turnsBy(async function* () {
      yield [says('a')];
      await goOn.promise;
      throw new Error('No.');
    });
    const reports: unknown[] = [];
    const keyed = createIdempotentTurns(turns, {report: (error, context) => reports.push([String(error), context])});
    const turn = await keyed.start('ada', ask);
    const readings = [read(turn), read(turn)];
    goOn.resolve();
    assert.deepEqual(await Promise.all(readings), ['a', 'a']);
    assert.deepEqual(reports, [['Error: No.', {answerId: 'msg_1'}]]);
    await keyed.start('ada', ask);
    assert.equal(turns.begun, 2);
  });

  test('may be tried again if they cannot begin', async () => {
    const turns = turnsBy(async function* () {
      yield [ends];
    });
    const {start} = turns;
    turns.start = async () => {
      throw new Error('No.');
    };
    const keyed = createIdempotentTurns(turns, {report});
    await assert.rejects(keyed.start('ada', ask), /No\./);
    turns.start = start;
    await read(await keyed.start('ada', ask));
    assert.equal(turns.begun, 1);
  });

  test('M-6: leave no timer behind after they have been read to their end', async (t) => {
    t.mock.timers.enable({apis: ['setTimeout']});
    let signal: AbortSignal | undefined;
    const turns = turnsBy(async function* (given) {
      signal = given;
      yield [says('a')];
      yield [ends];
    });
    const turn = await createIdempotentTurns(turns, {report, patience: 20}).start('ada', ask);
    assert.equal(await read(turn), 'a');
    t.mock.timers.tick(20);
    assert.equal(signal?.aborted, false);
  });
});
