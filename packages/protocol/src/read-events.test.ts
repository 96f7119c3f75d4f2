import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {openaiChat, readEvents} from './index.ts';
import type {ChatEvent, ReadOptions} from './index.ts';

const utf8 = new TextEncoder();

/** Text, an error, or `hang`. */
type Step = string | Error;

/** A body of these pieces: an error breaks it, and `hang` waits for ever. */
function bodyOf(steps: readonly Step[]): {body: ReadableStream<Uint8Array>; cancelled: Promise<void>} {
  const {promise: cancelled, resolve: onCancel} = Promise.withResolvers<void>();
  const rest = [...steps];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const step = rest.shift();
      if (step === undefined) controller.close();
      else if (step instanceof Error) controller.error(step);
      else if (step === 'hang') return new Promise<void>(() => {});
      else controller.enqueue(utf8.encode(step));
      return undefined;
    },
    cancel: () => onCancel(),
  });
  return {body, cancelled};
}

async function* iterableOf(steps: readonly Step[]): AsyncGenerator<Uint8Array> {
  for (const step of steps) {
    if (step instanceof Error) throw step;
    if (step === 'hang') await new Promise<void>(() => {});
    else yield utf8.encode(step);
  }
}

async function batchesOf(
  steps: readonly Step[],
  options: ReadOptions = {},
): Promise<readonly (readonly ChatEvent[])[]> {
  const batches: (readonly ChatEvent[])[] = [];
  for await (const batch of readEvents(bodyOf(steps).body, options)) batches.push(batch);
  const again: (readonly ChatEvent[])[] = [];
  for await (const batch of readEvents(iterableOf(steps), options)) again.push(batch);
  assert.deepEqual(again, batches, 'streams and iterables are read alike');
  return batches;
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({object: 'chat.completion.chunk', choices: [{index: 0, delta, finish_reason: finish}]})}\n\n`;
const interrupted = {type: 'error', code: 'interrupted', message: 'The answer was cut off.', retryable: true};

suite('batches', () => {
  test('each chunk with events gives one batch, and a chunk without events gives none', async () => {
    const batches = await batchesOf([
      ': OPENROUTER PROCESSING\n\n',
      chunk({role: 'assistant', content: ''}),
      chunk({content: 'Hel'}) + chunk({content: 'lo'}),
      chunk({}, 'stop'),
      'data: [DONE]\n\n',
    ]);
    assert.deepEqual(batches, [
      [
        {type: 'text-delta', delta: 'Hel'},
        {type: 'text-delta', delta: 'lo'},
      ],
      [{type: 'message-end', reason: 'stop'}],
    ]);
  });

  test('usage that arrives after the finish reason is read before the end', async () => {
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}\n\n';
    const batches = await batchesOf([chunk({content: 'Hi'}), chunk({}, 'length'), usage, 'data: [DONE]\n\n']);
    assert.deepEqual(batches.flat(), [
      {type: 'text-delta', delta: 'Hi'},
      {type: 'usage', promptTokens: 9, completionTokens: 1},
      {type: 'message-end', reason: 'length'},
    ]);
  });
});

test('no text delta ends with half of a surrogate pair', async () => {
  const halves = (before: string, after: string): string => chunk({content: before}) + chunk({content: after});
  const batches = await batchesOf([halves('a\uD83D', '\uDE00b'), halves('\uD83D', '!'), 'data: [DONE]\n\n']);
  const deltas = batches.flat().map((event) => (event.type === 'text-delta' ? event.delta : ''));
  assert.deepEqual(deltas, ['a', '😀b', '\uD83D!', '']);
});

test('characters that are cut between chunks are read whole', async () => {
  const bytes = utf8.encode(`${chunk({content: 'ü😀…'})}data: [DONE]\n\n`);
  async function* singly(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  const events: ChatEvent[] = [];
  for await (const batch of readEvents(singly(), {dialect: openaiChat})) events.push(...batch);
  assert.deepEqual(events[0], {type: 'text-delta', delta: 'ü😀…'});
});

suite('a cut answer is interrupted, a finished one is not', () => {
  const said = {type: 'text-delta', delta: 'Hi'};
  const cases: Readonly<Record<string, readonly [readonly Step[], readonly object[]]>> = {
    'no [DONE] after a finish reason': [
      [chunk({content: 'Hi'}), chunk({}, 'stop')],
      [said, {type: 'message-end', reason: 'stop'}],
    ],
    'no finish reason before [DONE]': [
      [chunk({content: 'Hi'}), 'data: [DONE]\n\n'],
      [said, {type: 'message-end', reason: 'stop'}],
    ],
    'neither finish reason nor [DONE]': [[chunk({content: 'Hi'})], [said, interrupted]],
    'an end in the middle of a frame': [
      [chunk({content: 'Hi'}), 'data: {"choices":[{"delta":{"con'],
      [said, interrupted],
    ],
    'an end in the middle of [DONE]': [
      [chunk({content: 'Hi'}), 'data: [DO'],
      [said, interrupted],
    ],
    'a connection that breaks': [
      [chunk({content: 'Hi'}), new TypeError('Load failed')],
      [said, interrupted],
    ],
    'no bytes at all': [[], [interrupted]],
    'half a tool call at its end': [
      [chunk({tool_calls: [{index: 0, id: 'c', function: {name: 'pay', arguments: '{"sum":1'}}]})],
      [interrupted],
    ],
  };
  for (const [name, [steps, expected]] of Object.entries(cases)) {
    const outcome = expected.at(-1) === interrupted ? 'interrupted' : 'finished';
    test(`an answer is ${outcome} if its stream has ${name}`, async () => {
      assert.deepEqual((await batchesOf(steps)).flat(), expected);
    });
  }
});

test('the body is cancelled after the event that ends the answer', async () => {
  const {body, cancelled} = bodyOf([chunk({content: 'Hi'}), 'data: [DONE]\n\n', 'hang']);
  const events: ChatEvent[] = [];
  for await (const batch of readEvents(body)) events.push(...batch);
  await cancelled;
  assert.equal(events.at(-1)?.type, 'message-end');
});

test('leaving the loop over the events cancels the body', async () => {
  const {body, cancelled} = bodyOf([chunk({content: 'Hi'}), 'hang']);
  for await (const batch of readEvents(body)) if (batch.length > 0) break;
  await cancelled;
});

for (const kind of ['stream', 'iterable'] as const) {
  test(`an abort ends the events of a ${kind} at once and without a further one`, async () => {
    const controller = new AbortController();
    const steps = [chunk({content: 'Hi'}), 'hang'] as const;
    const body = kind === 'stream' ? bodyOf(steps).body : iterableOf(steps);
    const events: ChatEvent[] = [];
    for await (const batch of readEvents(body, {signal: controller.signal})) {
      events.push(...batch);
      queueMicrotask(() => controller.abort());
    }
    assert.deepEqual(events, [{type: 'text-delta', delta: 'Hi'}]);
  });
}

test('an aborted signal reads no events', async () => {
  const events: ChatEvent[] = [];
  const options = {signal: AbortSignal.abort()};
  for await (const batch of readEvents(bodyOf([chunk({content: 'Hi'})]).body, options)) events.push(...batch);
  assert.deepEqual(events, []);
});

test('the number of the last event that was read is known, also after the connection broke', async () => {
  const steps = ['id: 7\ndata: {"type":"text-delta","delta":"Hi"}\n\n', new Error('reset')];
  const events = readEvents(bodyOf(steps).body, {headers: new Headers({'x-chatlet-stream': 'v1'})});
  const numbers: number[] = [];
  for await (const batch of events) if (batch.length > 0) numbers.push(events.lastNumber);
  assert.deepEqual(numbers, [7, 7]);
});

suite('bodies that are not streams', () => {
  const end = {type: 'message-end', reason: 'stop'};
  const answer = [{type: 'text-delta', delta: 'Hi'}, end];
  const json = {'content-type': 'application/json'};
  const cases: Readonly<Record<string, readonly [string, ReadOptions['headers'], readonly object[]]>> = {
    'a completion': [
      '{"object":"chat.completion","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}',
      json,
      answer,
    ],
    'a printed completion, after keep-alive lines': [
      '\n\n{\n  "choices": [\n    {"message": {"content": "Hi"}}\n  ]\n}',
      json,
      answer,
    ],
    content: ['{"content":"Hi"}', json, answer],
    text: ['{"text":"Hi"}', json, answer],
    'an Anthropic message': [
      '{"type":"message","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}',
      json,
      answer,
    ],
    'a Gemini array': [
      '[{"candidates":[{"content":{"parts":[{"text":"H"}]}}]}\n,\n{"candidates":[{"content":{"parts":[{"text":"i"}]},"finishReason":"STOP"}]}]',
      json,
      [{type: 'text-delta', delta: 'H'}, {type: 'text-delta', delta: 'i'}, end],
    ],
    'an error': [
      '{"error":"No such model","code":"INVALID_MODEL"}',
      json,
      [{type: 'error', code: 'model-not-found', message: 'No such model', retryable: false}],
    ],
    'JSON of an unknown API': [
      '{"hello":1}',
      json,
      [
        {
          type: 'error',
          code: 'unreadable',
          message: 'The server sent something this chat cannot read.',
          retryable: false,
        },
      ],
    ],
    'half a document': ['{"content":"H', json, [interrupted]],
    'a broken document': [
      '{"content":"H}',
      json,
      [
        {
          type: 'error',
          code: 'unreadable',
          message: 'The server sent something this chat cannot read.',
          retryable: false,
        },
      ],
    ],
    'a web page': [
      '<!doctype html><p>Hi',
      {'content-type': 'text/html'},
      [
        {
          type: 'error',
          code: 'unreadable',
          message: 'The server sent a web page instead of an answer.',
          retryable: false,
        },
      ],
    ],
    'a web page with the content type of a stream': [
      '<html>',
      {'content-type': 'text/event-stream'},
      [
        {
          type: 'error',
          code: 'unreadable',
          message: 'The server sent a web page instead of an answer.',
          retryable: false,
        },
      ],
    ],
  };
  for (const [name, [body, headers, expected]] of Object.entries(cases)) {
    test(`a body that is no stream is read: ${name}`, async () => {
      assert.deepEqual((await batchesOf([body.slice(0, 9), body.slice(9)], {headers})).flat(), expected);
    });
  }

  test('a JSON document is read as a document even if a dialect was set', async () => {
    const events = await batchesOf(['{"choices":[{"message":{"content":"Hi"}}]}'], {dialect: openaiChat});
    assert.deepEqual(events.flat(), answer);
  });
});
