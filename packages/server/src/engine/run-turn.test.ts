/** A turn with a provider and a store of the test's own. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type ChatEvent, type EventBatches, type Message, textOf} from '@chatlet/protocol';
import type {Clock} from './clock.ts';
import type {Piece, UsageRecord} from './store.ts';
import {runTurn} from './run-turn.ts';
import {fakeClock} from './testing/fake-clock.ts';

interface Ran {
  readonly batches: (readonly ChatEvent[])[];
  readonly saved: Message[];
  readonly usage: UsageRecord[];
  readonly reported: unknown[];
}

const text = (delta: string): ChatEvent => ({type: 'text-delta', delta});
const end: ChatEvent = {type: 'message-end', reason: 'stop'};

async function run(
  answer: (signal: AbortSignal) => EventBatches,
  options: {
    signal?: AbortSignal;
    maxAnswerLength?: number;
    clock?: Clock;
    onBatch?: (batch: readonly ChatEvent[]) => void | Promise<void>;
    save?: (message: Message) => Promise<void>;
    append?: (take: () => Piece | undefined) => Promise<void>;
    keepUnsaved?: (answer: Message) => void;
  } = {},
): Promise<Ran> {
  const ran: Ran = {batches: [], saved: [], usage: [], reported: []};
  const {signal = new AbortController().signal, maxAnswerLength = 1_000} = options;
  const turn = {
    answerId: 'msg_1',
    chatId: 'chat_1',
    model: {
      asked: 'fast',
      upstreamId: 'upstream-model',
      model: {id: 'fast', name: 'Fast', pricing: {prompt: 1, completion: 2}},
      provider: {id: 'p', models: async () => [], answer: (_: unknown, o: {signal: AbortSignal}) => answer(o.signal)},
    },
    messages: [{role: 'user', parts: [{type: 'text', text: 'Hi'}]}],
    options: {},
    createdAt: '2026-01-01T00:00:00.000Z',
  } as const;
  const services = {
    save: async (message: Message) => {
      ran.saved.push(message);
      await options.save?.(message);
    },
    addUsage: async (record: UsageRecord) => void ran.usage.push(record),
    report: (error: unknown) => void ran.reported.push(error),
    maxAnswerLength,
    ...(options.append && {append: options.append}),
    ...(options.keepUnsaved && {keepUnsaved: options.keepUnsaved}),
    ...(options.clock && {clock: options.clock}),
  };
  for await (const batch of runTurn(turn, services, {signal})) {
    ran.batches.push(batch);
    await options.onBatch?.(batch);
  }
  return ran;
}

suite('a turn', () => {
  test('begins with message-start, keeps batches together, and is saved when it ends', async () => {
    const {batches, saved, usage} = await run(async function* () {
      yield [{type: 'message-start', messageId: 'upstream', model: 'upstream'}, text('a'), text('b')];
      yield [text('c'), {type: 'usage', promptTokens: 10, completionTokens: 20}, end];
    });
    assert.deepEqual(batches, [
      [{type: 'message-start', messageId: 'msg_1', model: 'fast', chatId: 'chat_1'}],
      [text('ab')],
      [text('c'), {type: 'usage', promptTokens: 10, completionTokens: 20}, end],
    ]);
    const [last, ...more] = saved;
    assert.deepEqual(more, []);
    assert.deepEqual([last?.id, last?.status, last && textOf(last), last?.model], ['msg_1', 'done', 'abc', 'fast']);
    const [{cost, estimated, promptTokens, completionTokens} = {}] = usage;
    assert.deepEqual(
      {cost, estimated, promptTokens, completionTokens},
      {
        cost: 0.05,
        estimated: false,
        promptTokens: 10,
        completionTokens: 20,
      },
    );
  });

  test('estimates its usage if the upstream told none, and marks it as estimated', async () => {
    const {batches, usage} = await run(async function* () {
      yield [text('one two three four'), end];
    });
    const counted = batches.at(-1)?.at(-2);
    assert.ok(counted?.type === 'usage' && counted.estimated && counted.completionTokens > 0);
    assert.equal(usage[0]?.estimated, true);
  });

  for (const [counted, figures, promptTokens] of [
    ['nothing', {promptTokens: 0, completionTokens: 0}, undefined],
    ['the question alone', {promptTokens: 25, completionTokens: 0}, 25],
  ] as const) {
    test(`estimates its completion tokens if the upstream counts ${counted}, stopped or not`, async () => {
      for (const stop of [false, true]) {
        const controller = new AbortController();
        const {batches, usage} = await run(
          async function* () {
            yield [{type: 'usage', ...figures}];
            yield [text('one two three four')];
            if (!stop) yield [{type: 'usage', ...figures}, end];
          },
          {
            signal: controller.signal,
            onBatch: (batch) => void (stop && batch.some(({type}) => type === 'text-delta') && controller.abort()),
          },
        );
        const [usageEvent, ...others] = (batches.at(-1) ?? []).filter(({type}) => type === 'usage');
        assert.ok(usageEvent?.type === 'usage' && usageEvent.estimated && usageEvent.completionTokens > 2);
        assert.deepEqual([others, usageEvent.promptTokens], [[], promptTokens ?? usageEvent.promptTokens]);
        assert.deepEqual(
          usage.map((record) => [record.estimated, record.completionTokens, record.promptTokens > 0]),
          [[true, usageEvent.completionTokens, true]],
        );
      }
    });
  }

  test('is interrupted if its provider ends without an end event', async () => {
    const {batches, saved} = await run(async function* () {
      yield [text('half')];
    });
    const error = batches.at(-1)?.at(-1);
    assert.ok(error?.type === 'error' && error.code === 'interrupted');
    assert.deepEqual([saved.at(-1)?.status, textOf(saved.at(-1)!)], ['interrupted', 'half']);
  });

  test('passes a ChatError on, hides other errors, and reports both', async () => {
    for (const [thrown, code, message] of [
      [new ChatError('rate-limited', undefined, {retryAfter: 7}), 'rate-limited', /Too many/],
      [new Error('secret of the upstream'), 'internal', /^Something went wrong/],
    ] as const) {
      // oxlint-disable-next-line require-yield -- a provider that fails at once
      const {batches, reported, saved} = await run(async function* () {
        throw thrown;
      });
      const error = batches.at(-1)?.at(-1);
      assert.ok(error?.type === 'error');
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(saved.at(-1)?.status, 'failed');
      assert.equal(reported.length, 1);
    }
  });

  test('stops at once even if its provider ignores the signal', async () => {
    const abort = new AbortController();
    const {batches, saved, reported} = await run(
      async function* () {
        yield [text('One ')];
        await new Promise(() => {});
      },
      {signal: abort.signal, onBatch: ([event]) => void (event?.type === 'text-delta' && abort.abort())},
    );
    assert.deepEqual(batches.at(-1)?.at(-1), {type: 'message-end', reason: 'stopped'});
    assert.deepEqual([saved.at(-1)?.status, textOf(saved.at(-1)!)], ['stopped', 'One ']);
    assert.deepEqual(reported, []);
  });

  test('aborts its provider when it stops', async () => {
    const abort = new AbortController();
    const letGo = Promise.withResolvers<void>();
    await run(
      async function* (signal) {
        try {
          yield [text('One ')];
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
        } finally {
          letGo.resolve();
        }
      },
      {signal: abort.signal, onBatch: ([event]) => void (event?.type === 'text-delta' && abort.abort())},
    );
    await letGo.promise;
  });

  test('ends with the error of its abort, and is saved as interrupted', async () => {
    const abort = new AbortController();
    abort.abort(new ChatError('shutting-down'));
    const {batches, saved} = await run(
      async function* () {
        yield [text('never')];
      },
      {signal: abort.signal},
    );
    const error = batches.at(-1)?.at(-1);
    assert.ok(error?.type === 'error' && error.code === 'shutting-down');
    assert.equal(saved.at(-1)?.status, 'interrupted');
  });

  test('gives no event after its end except usage', async () => {
    const {batches} = await run(async function* () {
      yield [text('a'), end, text('b'), {type: 'usage', promptTokens: 1, completionTokens: 1}, end];
    });
    assert.deepEqual(
      batches.flat().map(({type}) => type),
      ['message-start', 'text-delta', 'message-end', 'usage'],
    );
  });

  test('ends at the length limit without splitting a character, and aborts its provider', async () => {
    let letGo = false;
    const {batches, saved} = await run(
      async function* () {
        try {
          yield [text('123')];
          yield [text('4\u{1f600}')];
          yield [text('more')];
        } finally {
          letGo = true;
        }
      },
      {maxAnswerLength: 5},
    );
    assert.equal(textOf(saved.at(-1)!), '1234');
    assert.deepEqual(batches.at(-1)?.at(-1), {type: 'message-end', reason: 'length'});
    assert.ok(letGo);
  });

  test('R-10: is given to the store in pieces while it grows, one at a time, each with all that came by then', async () => {
    const [written, said] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const second = Promise.withResolvers<void>();
    const pieces: (Piece | undefined)[] = [];
    let running = 0;
    const {saved} = await run(
      async function* () {
        yield [text('a'), text('b')];
        yield [text('c')];
        said.resolve();
        await second.promise;
        yield [text('e'), end];
      },
      {
        async append(take) {
          running += 1;
          assert.equal(running, 1);
          if (pieces.length === 0) {
            await said.promise;
            pieces.push(take());
            written.resolve();
          } else {
            pieces.push(take());
            second.resolve();
          }
          running -= 1;
        },
        async onBatch(batch) {
          if (batch.some((event) => 'delta' in event && event.delta === 'c')) void written.promise.then(second.resolve);
        },
      },
    );
    assert.deepEqual(pieces[0], {first: 0, events: [text('abc')]});
    assert.equal(textOf(saved.at(-1)!), 'abce');
    assert.equal(saved.length, 1);
  });

  test('R-10: gives the store a piece again, with what has come since, if it could not be saved; and says so once', async () => {
    const clock = fakeClock();
    const pieces: (Piece | undefined)[] = [];
    const [first, grown, ended] = [0, 1, 2].map(() => Promise.withResolvers<void>());
    assert.ok(first && grown && ended);
    const running = run(
      async function* () {
        yield [text('a')];
        await first.promise;
        yield [text('b')];
        await ended.promise;
        yield [end];
      },
      {
        clock,
        async append(take) {
          const piece = take();
          pieces.push(piece);
          first.resolve();
          if (pieces.length < 3) throw new ChatError('storage-unavailable');
          ended.resolve();
        },
        onBatch(batch) {
          if (batch.some((event) => 'delta' in event && event.delta === 'b')) grown.resolve();
        },
      },
    );
    await grown.promise;
    await clock.pass(await clock.someoneWaits());
    await clock.pass(await clock.someoneWaits());
    const {reported} = await running;
    assert.deepEqual(
      pieces.map((piece) => [piece?.first, piece?.events]),
      [
        [0, [text('a')]],
        [0, [text('ab')]],
        [0, [text('ab')]],
      ],
    );
    assert.equal(reported.length, 1);
  });

  test('R-10: gives the store no piece any more once it has ended: it would stay behind the saved answer', async () => {
    let take: (() => Piece | undefined) | undefined;
    await run(
      async function* () {
        yield [text('a')];
        yield [text('b'), end];
      },
      {
        append: (given) =>
          new Promise(() => {
            take = given;
          }),
      },
    );
    assert.ok(take);
    assert.equal(take(), undefined);
  });

  test('R-5: is handed on for later if it could not be saved, unless its chat is gone', async () => {
    const kept: string[] = [];
    const keepUnsaved = (message: Message) => void kept.push(textOf(message));
    const answer = async function* () {
      yield [text('a'), end];
    };
    const clock = fakeClock();
    const full = () => Promise.reject(new ChatError('storage-unavailable'));
    const running = run(answer, {clock, keepUnsaved, save: full});
    for (let tries = 0; tries < 3; tries++) await clock.pass(await clock.someoneWaits());
    await running;
    assert.deepEqual(kept, ['a']);
    await run(answer, {clock, keepUnsaved, save: () => Promise.reject(new ChatError('not-found'))});
    assert.deepEqual(kept, ['a']);
  });

  test('saves its last state again if the store was busy for a moment', async () => {
    const clock = fakeClock();
    let tries = 0;
    const running = run(
      async function* () {
        yield [text('a'), end];
      },
      {
        clock,
        async save() {
          tries += 1;
          if (tries < 3) throw new Error('database is locked');
        },
      },
    );
    await clock.pass(await clock.someoneWaits());
    await clock.pass(await clock.someoneWaits());
    const {batches, saved, reported} = await running;
    assert.deepEqual(batches.at(-1)?.at(-1), end);
    assert.deepEqual([tries, saved.at(-1)?.status, reported], [3, 'done', []]);
  });

  test('ends normally and reports once if the store fails for good', async () => {
    const clock = fakeClock();
    const running = run(
      async function* () {
        yield [text('a'), end];
      },
      {clock, save: () => Promise.reject(new Error('disk full'))},
    );
    for (let tries = 0; tries < 3; tries++) await clock.pass(await clock.someoneWaits());
    const {batches, reported} = await running;
    assert.deepEqual(batches.at(-1)?.at(-1), end);
    assert.equal(reported.length, 1);
  });

  test('does not retry its last save if its chat is gone', async () => {
    const {saved, reported} = await run(
      async function* () {
        yield [text('a'), end];
      },
      {clock: fakeClock(), save: () => Promise.reject(new ChatError('not-found'))},
    );
    assert.deepEqual([saved.length, reported.length], [1, 1]);
  });
});
