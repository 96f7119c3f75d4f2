/** Following one answer through lost connections and refusals. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError} from '@chatlet/protocol';
import type {ChatEvent, ErrorCode} from '@chatlet/protocol';
import {followTurn} from './follow-turn.ts';
import {end, say, settled, start} from './testing/chat.ts';
import {fakeEnvironment} from './testing/fake-environment.ts';
import {fakeTransport} from './testing/fake-transport.ts';
import type {FakeStream, FakeTransportOptions} from './testing/fake-transport.ts';
import type {ChatRequest} from './transport.ts';

const request: ChatRequest = {trigger: 'send', message: {id: 'msg_q', text: 'Count'}, messages: []};
const network = () => new ChatError('network');

/** Follows a turn, and logs its callbacks. */
function follow(
  options: FakeTransportOptions & {random?: number} = {},
  begin: {request: ChatRequest} | {chatId: string} = {request},
) {
  const transport = fakeTransport(options);
  const environment = fakeEnvironment(options);
  const abort = new AbortController();
  const events: ChatEvent[] = [];
  const log: (string | number)[] = [];
  const turn = followTurn(
    {
      transport,
      begin,
      environment,
      onConnection: (connected) => log.push(connected ? 'connected' : 'lost'),
      onRefusal: ({code}, milliseconds) => log.push(code, milliseconds),
    },
    {signal: abort.signal},
  );
  const ended = (async () => {
    for await (const batch of turn) events.push(...batch);
  })();
  // A test that expects a failure awaits it; until then it is not unhandled.
  ended.catch(() => {});
  /** Waits for the backoff, notes how long it is, and lets it pass. */
  const passBackoff = async (): Promise<number> => {
    await settled();
    const [wait = 0] = environment.waits;
    environment.pass(wait);
    await settled();
    return wait;
  };
  const opened = () => transport.opened.length;
  return {transport, environment, abort, events, log, ended, passBackoff, opened};
}

const text = (events: readonly ChatEvent[]) =>
  events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join('');

/** The ways in which a stream is cut after its last event. */
const cuts: Readonly<Record<string, (stream: FakeStream) => void>> = {
  'the network fails': (stream) => stream.fail(network()),
  'the stream ends': (stream) => stream.end(),
  'the transport says interrupted': (stream) => stream.fail(new ChatError('interrupted')),
  'the server shuts down': (stream) => stream.fail(new ChatError('shutting-down')),
};

suite('a stream that is cut', () => {
  for (const [name, cut] of Object.entries(cuts)) {
    test(`M-122: a resumed stream that is cut again, and again, is resumed each time: ${name}`, async () => {
      const {transport, environment, events, log, ended} = follow();
      const first = await transport.next();
      await first.give({events: [start, say('1')], last: 2});
      cut(first);
      for (const [number, after] of [
        [2, 2],
        [3, 3],
        [4, 4],
      ] as const) {
        await settled();
        environment.comeBack();
        const resumed = await transport.next();
        assert.deepEqual(resumed.request, {chatId: 'chat_1', after});
        await resumed.give({events: [say(`${number}`)], last: after + 1});
        cut(resumed);
      }
      await settled();
      environment.comeBack();
      void (await transport.next()).give({events: [end], last: 6});
      await ended;
      assert.equal(text(events), '1234');
      assert.deepEqual(events.at(-1), end);
      assert.deepEqual(log, Array.from({length: 4}, () => ['lost', 'connected']).flat());
    });
  }

  test('M-118: a lost server is looked for twelve times in about two minutes, with an exponential backoff', async () => {
    const {transport, ended, log, passBackoff, opened} = follow();
    const first = await transport.next();
    await first.give(start);
    first.fail(network());
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt++) {
      waits.push(await passBackoff());
      (await transport.next()).fail(network());
    }
    await assert.rejects(ended, {code: 'interrupted'});
    assert.equal(opened(), 13);
    assert.deepEqual(waits, [375, 750, 1500, 3000, 6000, ...Array.from({length: 7}, () => 11_250)]);
    assert.deepEqual(log, ['lost']);
  });

  test('half of the backoff is random, so that many pages do not come back in one moment', async () => {
    for (const [random, first, last] of [
      [0, 250, 7500],
      [1, 500, 15_000],
    ] as const) {
      const {transport, passBackoff} = follow({random}, {chatId: 'chat_1'});
      const waits: number[] = [];
      for (let attempt = 0; attempt < 7; attempt++) {
        (await transport.next()).fail(network());
        waits.push(await passBackoff());
      }
      assert.deepEqual([waits[0], waits.at(-1)], [first, last]);
    }
  });

  for (const [name, breakStream] of [
    ['the network fails', (stream: FakeStream) => stream.fail(network())],
    ['the transport says interrupted', (stream: FakeStream) => stream.fail(new ChatError('interrupted'))],
  ] as const) {
    test(`R-2: resumed streams that break before their next event are attempts and no verdict: ${name}`, async () => {
      const {transport, events, ended, passBackoff} = follow();
      const first = await transport.next();
      await first.give({events: [start, say('1')], last: 2});
      breakStream(first);
      // Three cuts within one silence of the model.
      for (let cut = 0; cut < 3; cut += 1) {
        await passBackoff();
        breakStream(await transport.next());
      }
      await passBackoff();
      const last = await transport.next();
      void last.give({events: [say('2'), end], last: 4});
      await ended;
      assert.equal(text(events), '12');
    });
  }

  test('R-2: the headers of an answer show that it is accepted, so that it is resumed even if no event came', async () => {
    const {transport, environment} = follow();
    const stream = await transport.next();
    await stream.give({events: [], chatId: 'chat_7'});
    stream.fail(network());
    await settled();
    environment.comeBack();
    assert.deepEqual((await transport.next()).request, {chatId: 'chat_7', after: 0});
  });

  test('P17, K25: a request that nobody has accepted is tried a few times and then fails, and no answer goes on', async () => {
    const {transport, log, ended, passBackoff, opened} = follow();
    let waited = 0;
    for (let attempt = 0; attempt < 6; attempt += 1) {
      (await transport.next()).fail(network());
      waited += await passBackoff();
    }
    await assert.rejects(ended, {code: 'network'});
    assert.deepEqual([opened(), log], [6, []]);
    assert.ok(waited < 13_000, `${waited} ms`);
  });

  test('E1: a refused origin is no lost connection: it ends the turn at once', async () => {
    const {transport, ended, opened} = follow();
    (await transport.next()).fail(new ChatError('forbidden'));
    await assert.rejects(ended, {code: 'forbidden'});
    assert.equal(opened(), 1);
  });

  test('the count of attempts begins anew after an event', async () => {
    const {transport, events, ended, passBackoff} = follow();
    const first = await transport.next();
    await first.give(start);
    first.fail(network());
    for (const delta of ['1', '2']) {
      for (let attempt = 1; attempt <= 11; attempt++) {
        await passBackoff();
        (await transport.next()).fail(network());
      }
      await passBackoff();
      const found = await transport.next();
      await found.give(say(delta));
      found.fail(network());
    }
    assert.equal(await passBackoff(), 375);
    void (await transport.next()).give(end);
    await ended;
    assert.equal(text(events), '12');
  });

  test('a server that is shutting down is not asked again before its Retry-After', async () => {
    const {transport, environment, passBackoff} = follow();
    const stream = await transport.next();
    await stream.give(start);
    stream.fail(new ChatError('shutting-down', undefined, {retryAfter: 30}));
    await settled();
    assert.deepEqual(environment.waits, [30_000]);
    await passBackoff();
    assert.deepEqual((await transport.next()).request, {chatId: 'chat_1', after: 1});
  });

  test('events without numbers are counted, so that resuming asks for those after them', async () => {
    const {transport, environment} = follow();
    const stream = await transport.next();
    await stream.give(start, say('1'), {events: [say('2'), say('3')]});
    stream.end();
    await settled();
    environment.comeBack();
    assert.deepEqual((await transport.next()).request, {chatId: 'chat_1', after: 4});
  });

  test('events that were seen before the cut are not yielded twice', async () => {
    const {transport, environment, events, ended} = follow();
    const stream = await transport.next();
    await stream.give({events: [start, say('1')], last: 2});
    stream.end();
    await settled();
    environment.comeBack();
    const resumed = await transport.next();
    await resumed.give({events: [start], last: 1}, {events: [say('1')], last: 2}, {events: [say('2')], last: 3});
    void resumed.give(end);
    await ended;
    assert.deepEqual(events, [start, say('1'), say('2'), end]);
  });

  test('an answer that was found being written is read from its first event, and resumed if it is cut', async () => {
    const {transport, environment, events, ended} = follow({}, {chatId: 'chat_9'});
    const stream = await transport.next();
    assert.deepEqual(stream.request, {chatId: 'chat_9', after: 0});
    await stream.give({events: [say('1')], last: 3});
    stream.end();
    await settled();
    environment.comeBack();
    const resumed = await transport.next();
    assert.deepEqual(resumed.request, {chatId: 'chat_9', after: 3});
    void resumed.give({events: [end], last: 4});
    await ended;
    assert.deepEqual(events, [say('1'), end]);
  });

  test('a server that is not there yet when an answer is resumed is looked for', async () => {
    const {transport, environment, ended, log} = follow({}, {chatId: 'chat_9'});
    (await transport.next()).fail(network());
    await settled();
    environment.comeBack();
    void (await transport.next()).give(end);
    await ended;
    assert.deepEqual(log, ['lost', 'connected']);
  });

  for (const [name, finish] of [['ends', cuts['the stream ends']]] as const) {
    test(`a resumed stream that ${name} without an event is the end: no answer is being written`, async () => {
      const {transport, environment, ended, opened} = follow();
      const stream = await transport.next();
      await stream.give(start);
      stream.end();
      await settled();
      environment.comeBack();
      finish?.(await transport.next());
      await assert.rejects(ended, {code: 'interrupted'});
      assert.equal(opened(), 2);
      assert.deepEqual(environment.waits, []);
    });
  }

  test('a resumed stream that ends without an event is an error that may be retried', async () => {
    const {transport, ended} = follow({}, {chatId: 'chat_9'});
    (await transport.next()).end();
    await assert.rejects(ended, {code: 'interrupted', retryable: true});
  });

  for (const [name, cut] of Object.entries(cuts)) {
    test(`a request whose stream is cut before its first event is sent again as it was: ${name}`, async () => {
      const {transport, environment, ended} = follow();
      cut(await transport.next());
      await settled();
      environment.comeBack();
      const second = await transport.next();
      assert.equal(second.request, request);
      void second.give(start, end);
      await ended;
    });
  }

  test('without resume, a stream that is cut is interrupted at once', async () => {
    const {transport, ended, log, opened} = follow({resumes: false});
    const stream = await transport.next();
    await stream.give(start, say('1'));
    stream.end();
    await assert.rejects(ended, {code: 'interrupted'});
    assert.deepEqual([opened(), log], [1, []]);
  });

  test('without resume, a request that did not get through is not sent again by itself', async () => {
    const {transport, ended, opened} = follow({resumes: false});
    (await transport.next()).fail(network());
    await assert.rejects(ended, {code: 'network'});
    assert.equal(opened(), 1);
  });

  test('an answer that was found being written is interrupted without resume', async () => {
    const {ended, opened} = follow({resumes: false}, {chatId: 'chat_9'});
    await assert.rejects(ended, {code: 'interrupted'});
    assert.equal(opened(), 0);
  });

  test('a stream that is cut before it names its chat is interrupted, since nothing can be resumed', async () => {
    const {transport, ended, opened} = follow();
    const stream = await transport.next();
    await stream.give({type: 'message-start', messageId: 'msg_a', model: 'm'}, say('1'));
    stream.end();
    await assert.rejects(ended, {code: 'interrupted'});
    assert.equal(opened(), 1);
  });

  test('a chat that exists is resumed even if the stream does not name it', async () => {
    const {transport, environment} = follow({}, {request: {...request, chatId: 'chat_7'}});
    const stream = await transport.next();
    await stream.give({type: 'message-start', messageId: 'msg_a', model: 'm'});
    stream.end();
    await settled();
    environment.comeBack();
    assert.deepEqual((await transport.next()).request, {chatId: 'chat_7', after: 1});
  });

  test('an answer that ends with an error is complete: nobody reconnects', async () => {
    const failure: ChatEvent = {type: 'error', code: 'provider-error', message: 'No.', retryable: true};
    const {transport, events, ended, opened} = follow();
    void (await transport.next()).give(start, failure);
    await ended;
    assert.deepEqual(events, [start, failure]);
    assert.equal(opened(), 1);
  });

  test('an error of the server in the middle of an answer ends it', async () => {
    const {transport, ended, opened} = follow();
    const stream = await transport.next();
    await stream.give(start);
    stream.fail(new ChatError('provider-error'));
    await assert.rejects(ended, {code: 'provider-error'});
    assert.equal(opened(), 1);
  });
});

suite('a request that is refused', () => {
  const refusal = (code: ErrorCode, retryAfter?: number) =>
    new ChatError(code, undefined, retryAfter === undefined ? {} : {retryAfter});

  for (const code of ['rate-limited', 'provider-unavailable', 'shutting-down'] as const) {
    test(`S0.27: a request refused with ${code} is sent again after its Retry-After`, async () => {
      const {transport, environment, ended, log, opened} = follow();
      const first = await transport.next();
      first.fail(refusal(code, 10));
      await settled();
      assert.deepEqual(log, [code, 10_000]);
      environment.comeBack();
      environment.pass(9999);
      await settled();
      assert.equal(opened(), 1);
      environment.pass(1);
      const second = await transport.next();
      assert.deepEqual(second.request, first.request);
      void second.give(start, end);
      await ended;
    });
  }

  for (const [code, retryAfter] of [
    ['rate-limited', 11],
    ['rate-limited', undefined],
    ['provider-error', 1],
  ] as const) {
    test(`S0.27: a request refused with ${code} and Retry-After ${retryAfter} is not sent again by itself`, async () => {
      const {transport, ended, log, opened} = follow();
      (await transport.next()).fail(refusal(code, retryAfter));
      await assert.rejects(ended, {code});
      assert.deepEqual([opened(), log], [1, []]);
    });
  }

  test('S0.27: a request is sent again after two refusals and not after a third', async () => {
    const {transport, environment, ended, opened} = follow();
    for (let attempt = 0; attempt < 3; attempt++) {
      (await transport.next()).fail(refusal('rate-limited', 1));
      await settled();
      environment.pass(1000);
    }
    await assert.rejects(ended, {code: 'rate-limited'});
    assert.equal(opened(), 3);
  });
});

suite('aborting', () => {
  test('aborting while it reads ends the turn with the reason of the signal, and yields no later event', async () => {
    const {transport, abort, events, ended} = follow();
    const stream = await transport.next();
    await stream.give(start);
    abort.abort(new Error('Stopped'));
    void stream.give(say('late'));
    await assert.rejects(ended, /Stopped/);
    await stream.left;
    assert.deepEqual(events, [start]);
  });

  test('aborting yields no later event, even if the transport ignores its signal', async () => {
    const late = Promise.withResolvers<void>();
    const abort = new AbortController();
    const events: ChatEvent[] = [];
    const turn = followTurn(
      {
        transport: {
          async *send() {
            yield start;
            await late.promise;
            yield say('late');
          },
        },
        begin: {request},
        environment: fakeEnvironment(),
        onConnection: () => {},
        onRefusal: () => {},
      },
      {signal: abort.signal},
    );
    const reading = async () => {
      for await (const batch of turn) {
        events.push(...batch);
        abort.abort(new Error('Stopped'));
        late.resolve();
      }
    };
    await assert.rejects(reading(), /Stopped/);
    assert.deepEqual(events, [start]);
  });

  test('aborting during the backoff ends the turn with the reason of the signal, and leaves no timer', async () => {
    const {transport, environment, abort, ended, opened} = follow();
    (await transport.next()).fail(network());
    await settled();
    abort.abort(new Error('Stopped'));
    await assert.rejects(ended, /Stopped/);
    assert.deepEqual(environment.waits, []);
    environment.comeBack();
    await settled();
    assert.equal(opened(), 1);
  });

  test('aborting while a refusal is waited out ends the turn with the reason of the signal', async () => {
    const {transport, environment, abort, ended} = follow();
    (await transport.next()).fail(new ChatError('rate-limited', undefined, {retryAfter: 5}));
    await settled();
    abort.abort(new Error('Stopped'));
    await assert.rejects(ended, /Stopped/);
    assert.deepEqual(environment.waits, []);
  });

  test('a signal that was aborted before ends the turn with its reason', async () => {
    const {abort, ended} = follow();
    abort.abort(new Error('Stopped'));
    await assert.rejects(ended, /Stopped/);
  });
});
