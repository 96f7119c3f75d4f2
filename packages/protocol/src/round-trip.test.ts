import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import fc from 'fast-check';
import {applyEvent, ChatError, createOwnReader, createReader, dialects, emptyAnswer} from './index.ts';
import type {ChatEvent, Dialect, EncodeContext, EndReason, Message, ToolWait} from './index.ts';
import {anyEvents} from './testing/events.ts';
import {cutAt} from './testing/transcripts.ts';

const context: EncodeContext = {id: 'msg_7', model: 'm', created: 1_750_000_000, includeUsage: true};
const utf8 = new TextEncoder();

function encode(dialect: Dialect, batches: readonly (readonly ChatEvent[])[]): string {
  const encoder = dialect.encoder?.(context);
  assert.ok(encoder);
  return batches.map((batch) => encoder.encode(batch)).join('') + encoder.end();
}

function decode(dialect: Dialect, text: string, places: readonly number[] = []): readonly ChatEvent[] {
  const reader = createReader({dialect});
  const events: ChatEvent[] = [];
  for (const piece of cutAt(utf8.encode(text), places)) events.push(...reader.push(piece));
  return [...events, ...reader.end()];
}

function message(events: readonly ChatEvent[]): Message {
  return events.reduce(applyEvent, emptyAnswer({id: 'msg_7', createdAt: '2026-01-01T00:00:00.000Z', model: 'm'}));
}

/** Removes the events that a dialect cannot express. */
type Keeps = (events: readonly ChatEvent[]) => readonly ChatEvent[];

const without =
  (...types: readonly ChatEvent['type'][]): Keeps =>
  (events) =>
    events.filter(({type}) => !types.includes(type));

/** Usage is written together with the end, so a failed answer loses it. */
const usageAtTheEnd: Keeps = (events) =>
  events.some(({type}) => type === 'message-end') ? events : without('usage')(events);

/** The stream begins with figures of zero. */
const usageAlways: Keeps = (events) => [
  {type: 'usage', promptTokens: 0, completionTokens: 0},
  ...usageAtTheEnd(events),
];

/** The cache is a part of the question. */
const cachedIsPart: Keeps = (events) =>
  events.map((event) => {
    if (event.type !== 'usage') return event;
    const {promptTokens, cachedTokens = 0, cacheWriteTokens = 0} = event;
    return {...event, promptTokens: Math.max(promptTokens, cachedTokens + cacheWriteTokens)};
  });

/** Anthropic has one name for our other codes. */
const fewErrors: Keeps = (events) =>
  events.map((event) => {
    if (event.type !== 'error') return event;
    if (event.code === 'context-too-long') return new ChatError('invalid-request', event.message).toEvent();
    if (event.code === 'model-not-found') return new ChatError('not-found', event.message).toEvent();
    return event.code === 'internal' ? new ChatError('provider-error', event.message).toEvent() : event;
  });

const errorWithoutCode: Keeps = (events) =>
  events.map((event) => (event.type === 'error' ? new ChatError('provider-error', event.message).toEvent() : event));

/** OpenAI has one name for failures of the provider and our own, so ours are read as the provider's. */
const internalIsTheProviders: Keeps = (events) =>
  events.map((event) =>
    event.type === 'error' && event.code === 'internal' ? {...event, code: 'provider-error'} : event,
  );

const timeoutIsAnError: Keeps = (events) =>
  events.map((event) =>
    event.type === 'error' && event.code === 'provider-timeout' ? {...event, code: 'provider-error'} : event,
  );

const fewReasons =
  (...reasons: readonly EndReason[]): Keeps =>
  (events) =>
    events.map((event) =>
      event.type === 'message-end' && !reasons.includes(event.reason) ? {...event, reason: 'stop'} : event,
    );

/** An answer with tool calls has the end reason `tool-calls`. */
const callsEndIt: Keeps = (events) =>
  events.map((event) =>
    event.type === 'message-end' && event.reason === 'stop' && events.some(({type}) => type === 'tool-call')
      ? {...event, reason: 'tool-calls'}
      : event,
  );

/** Calls are emitted at the end, or not at all if the answer fails. */
const callsLast: Keeps = (events) => {
  const calls = events.some(({type}) => type === 'error') ? [] : events.filter(({type}) => type === 'tool-call');
  const others = events.filter(({type}) => type !== 'tool-call');
  return [...others.slice(0, -1), ...calls, ...others.slice(-1)];
};

/** The reader of an answer with calls knows the field in which its reasoning came. */
const namedReasoning: Keeps = (events) => {
  const has = (type: ChatEvent['type']): boolean => events.some((event) => event.type === type);
  if (!has('reasoning-delta') || !has('tool-call')) return events;
  const at = events.findIndex(({type}) => type === 'tool-call');
  const providerMetadata = {'openai-chat': {field: 'reasoning_content'}};
  return [...events.slice(0, at), {type: 'reasoning-metadata', providerMetadata}, ...events.slice(at)];
};

const numberedCalls: Keeps = (events) => {
  let calls = 0;
  return events.map((event) => (event.type === 'tool-call' ? {...event, callId: `call_${(calls += 1)}`} : event));
};

const failedLooksDone: Keeps = (events) =>
  events.map((event) => {
    if (event.type !== 'tool-result') return event;
    const {failed: _, ...result} = event;
    return result;
  });

/** Text cannot be taken back, so a new paragraph follows. */
const resetIsParagraph: Keeps = (events) =>
  events.map((event) => (event.type === 'text-reset' ? {type: 'text-delta', delta: '\n\n'} : event));

/** What turns out to be a thought is taken back. */
const thoughtsAreTakenBack: Keeps = (events) =>
  events.map((event) => (event.type === 'text-reset' ? {type: 'text-reset'} : event));

/** Usage without these details. */
const lessUsage =
  (...names: readonly ('cachedTokens' | 'cacheWriteTokens' | 'reasoningTokens')[]): Keeps =>
  (events) =>
    events.map((event) => {
      if (event.type !== 'usage') return event;
      const kept = {...event};
      for (const name of names) delete kept[name];
      return kept;
    });
const plainUsage = lessUsage('cachedTokens', 'cacheWriteTokens', 'reasoningTokens');

const inTurn =
  (...all: readonly Keeps[]): Keeps =>
  (events) =>
    all.reduce((kept, keeps) => keeps(kept), events);

/** These dialects carry no calls that wait. */
const unwaiting = without('tool-wait', 'tool-approval', 'tool-reply', 'tool-progress');

/** Marks behind no text are left out. */
const marksBehindText: Keeps = (events) => {
  let isBehindText = false;
  return events.filter(({type}) => {
    if (type === 'text-delta') isBehindText = true;
    else if (
      ![
        'citation',
        'source',
        'usage',
        'tool-result',
        'tool-wait',
        'tool-approval',
        'tool-reply',
        'tool-progress',
      ].includes(type)
    )
      isBehindText = false;
    return type !== 'citation' || isBehindText;
  });
};

/** Marks without a source are left out, and so is a source that is repeated. */
const knownSources: Keeps = (events) => {
  const sources = new Set<string>();
  return events.filter((event) => {
    if (event.type === 'citation') return sources.has(event.sourceId);
    const isRepeated = event.type === 'source' && sources.has(event.id);
    if (event.type === 'source') sources.add(event.id);
    return !isRepeated;
  });
};

/** A source that comes with its first mark is told with the words of the mark. */
const quotedSources: Keeps = (events) =>
  events.map((event, index) => {
    const next = events[index + 1];
    const isCited = event.type === 'source' && next?.type === 'citation' && next.sourceId === event.id;
    return isCited ? {...event, quote: next.quote} : event;
  });

/** The end has no more than its reason. */
const bareEnd: Keeps = (events) =>
  events.map((event) => (event.type === 'message-end' ? {type: 'message-end', reason: event.reason} : event));

const marksWithSources: Keeps = (events) => quotedSources(knownSources(marksBehindText(bareEnd(events))));

/** What still waits when the answer ends is asked then, in the words of an agent, and that is its end. */
const waitsAreAsked: Keeps = (events) => {
  const names = new Map<string, string>();
  const waits = new Map<string, ToolWait>();
  return events.flatMap((event): readonly ChatEvent[] => {
    if (event.type === 'tool-call') names.set(event.callId, event.name);
    if (event.type === 'tool-wait') waits.set(event.callId, event.wait);
    if (event.type === 'tool-approval' || event.type === 'tool-reply' || event.type === 'tool-result') {
      waits.delete(event.callId);
    }
    if (event.type !== 'message-end' || event.reason === 'stopped' || waits.size === 0) return unwaiting([event]);
    const asked = [...waits].map(([callId, wait]): ChatEvent => {
      const {definition: _, ...rest} = wait;
      const question = {
        message: `May the tool "${names.get(callId) ?? ''}" run with this input?`,
        options: ['input', 'reason'],
      } as const;
      const asks = wait.ask === 'approval' ? {...rest, ...question} : rest;
      return {type: 'tool-wait', callId, wait: {...asks, definition: ''} as ToolWait};
    });
    return [...asked, {...event, reason: 'tool-calls'}];
  });
};

const written: Readonly<Record<string, Keeps>> = {
  chatlet: (events) => events,
  'typed-events': inTurn(unwaiting, thoughtsAreTakenBack, usageAtTheEnd, timeoutIsAnError),
  'ui-message-stream': inTurn(
    unwaiting,
    marksBehindText,
    without('text-reset'),
    lessUsage('cacheWriteTokens'),
    usageAtTheEnd,
    errorWithoutCode,
    (events) =>
      events.some((event) => event.type === 'message-end' && event.reason === 'stopped')
        ? bareEnd(without('usage')(events))
        : events,
  ),
  'ai-sdk-data-stream-v4': inTurn(
    unwaiting,
    bareEnd,
    resetIsParagraph,
    plainUsage,
    usageAtTheEnd,
    errorWithoutCode,
    fewReasons('length', 'tool-calls', 'content-filter'),
    failedLooksDone,
  ),
  'openai-chat': inTurn(
    unwaiting,
    marksWithSources,
    resetIsParagraph,
    usageAtTheEnd,
    fewReasons('length', 'tool-calls', 'content-filter'),
    callsEndIt,
    callsLast,
    namedReasoning,
    internalIsTheProviders,
    without('tool-result'),
  ),
  'content-delta': inTurn(
    unwaiting,
    thoughtsAreTakenBack,
    without('reasoning-delta', 'tool-call', 'tool-result', 'usage'),
  ),
  ollama: inTurn(
    unwaiting,
    without('citation'),
    bareEnd,
    resetIsParagraph,
    plainUsage,
    usageAtTheEnd,
    errorWithoutCode,
    fewReasons('length'),
    callsEndIt,
    numberedCalls,
    without('source', 'tool-result'),
  ),
  anthropic: inTurn(
    unwaiting,
    marksWithSources,
    resetIsParagraph,
    lessUsage('reasoningTokens'),
    cachedIsPart,
    usageAlways,
    fewReasons('length', 'tool-calls', 'content-filter'),
    fewErrors,
    without('tool-result'),
  ),
  'ag-ui': inTurn(resetIsParagraph, fewReasons('stopped'), waitsAreAsked, fewReasons('tool-calls'), failedLooksDone),
};

/** AG-UI's reader adds what the agent wants back. */
const added: Readonly<Record<string, Keeps>> = {'ag-ui': without('reasoning-metadata')};

suite('round trips through encoder and decoder', () => {
  for (const [name, keeps] of Object.entries(written)) {
    const dialect: Dialect = dialects[name as keyof typeof dialects];
    test(`events survive a round trip through ${name}`, () => {
      const cuts = fc.array(fc.nat(), {maxLength: 6});
      fc.assert(
        fc.property(anyEvents, fc.nat(20), cuts, (events, middle, places) => {
          const text = encode(dialect, [events.slice(0, middle), events.slice(middle)]);
          const removeAdded = added[name] ?? without();
          assert.deepEqual(message(removeAdded(decode(dialect, text, places))), message(keeps(events)), text);
        }),
        {seed: 1, numRuns: 500},
      );
    });
  }

  test('every dialect with an encoder has a round-trip test', () => {
    const names = Object.values(dialects)
      .filter((dialect: Dialect) => dialect.encoder !== undefined)
      .map(({name}) => name);
    assert.deepEqual(names.sort(), Object.keys(written).sort());
  });
});

suite('simple readers, which split at line ends and parse every line, read our streams', () => {
  const events: readonly ChatEvent[] = [
    {type: 'message-start', messageId: 'msg_7', model: 'm'},
    {type: 'reasoning-delta', delta: 'Hm'},
    {type: 'text-delta', delta: 'One\n\ntwo '},
    {type: 'source', id: '1', title: 'Manual', url: 'https://example.com/'},
    {type: 'text-delta', delta: '\u2028 three'},
    {type: 'usage', promptTokens: 9, completionTokens: 3},
    {type: 'message-end', reason: 'stop'},
  ];
  const batches = events.map((event) => [event]);
  const said = 'One\n\ntwo \u2028 three';

  /** Parses the data of a stream, with each write as one chunk. */
  function parsed(dialect: Dialect): readonly unknown[] {
    const encoder = dialect.encoder?.({...context, includeUsage: false});
    assert.ok(encoder);
    const chunks = [...batches.map((batch) => encoder.encode(batch)), encoder.end()];
    return chunks.flatMap((chunk) =>
      chunk
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => line.slice(6))
        .filter((data) => data !== '[DONE]')
        .map((data): unknown => JSON.parse(data)),
    );
  }

  test('simple readers read content events (S0.11)', () => {
    let text = '';
    for (const event of parsed(dialects['content-delta'])) text += (event as {content: string}).content;
    assert.equal(text, said);
    assert.ok(encode(dialects['content-delta'], batches).endsWith('data: [DONE]\n\n'));
  });

  test('simple readers read completion chunks, which always hold a content string (S1.8, S1.10)', () => {
    let text = '';
    for (const event of parsed(dialects['openai-chat'])) {
      const [choice] = (event as {choices: readonly {delta: {content: string}}[]}).choices;
      assert.equal(typeof choice?.delta.content, 'string');
      text += choice?.delta.content;
    }
    assert.equal(text, said);
  });

  test('simple readers read typed events (S2.3)', () => {
    const typed = parsed(dialects['typed-events']) as readonly {type: string; textDelta?: string}[];
    assert.equal(typed.map(({type, textDelta}) => (type === 'text-delta' ? textDelta : '')).join(''), said);
    assert.deepEqual(typed.at(-1), {
      type: 'finish',
      finishReason: 'stop',
      usage: {promptTokens: 9, completionTokens: 3, totalTokens: 12},
    });
    assert.ok(!encode(dialects['typed-events'], batches).includes('[DONE]'));
  });
});

test('completion chunks have one role, one finish reason, and usage at the end only if it was requested', () => {
  const events: readonly ChatEvent[] = [
    {type: 'text-delta', delta: 'Hi'},
    {type: 'usage', promptTokens: 9, completionTokens: 1},
    {type: 'message-end', reason: 'length'},
  ];
  const chunks = (includeUsage: boolean): readonly unknown[] => {
    const encoder = dialects['openai-chat'].encoder?.({...context, includeUsage});
    return [...(encoder?.encode(events) ?? '').matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
  };
  const head = {id: 'msg_7', object: 'chat.completion.chunk', created: 1_750_000_000, model: 'm'};
  const choice = (delta: object, finish_reason: string | null = null): object => ({
    choices: [{index: 0, delta, logprobs: null, finish_reason}],
  });
  const plain = [
    {...head, ...choice({role: 'assistant', content: '', refusal: null})},
    {...head, ...choice({content: 'Hi'})},
    {...head, ...choice({content: ''}, 'length')},
  ];
  assert.deepEqual(chunks(false), plain);
  const usage = {prompt_tokens: 9, completion_tokens: 1, total_tokens: 10};
  assert.deepEqual(chunks(true), [...plain.map((chunk) => ({...chunk, usage: null})), {...head, choices: [], usage}]);
});

test('our own dialect numbers its events, and the reader knows the last number', () => {
  const encoder = dialects.chatlet.encoder?.(context);
  assert.ok(encoder);
  const first = encoder.encode([{type: 'text-delta', delta: 'a'}], 41);
  const second = encoder.encode([
    {type: 'text-delta', delta: 'b'},
    {type: 'message-end', reason: 'stop'},
  ]);
  assert.equal(first, 'id: 41\ndata: {"type":"text-delta","delta":"a"}\n\n');
  const reader = createReader({headers: {'x-chatlet-stream': 'v1'}});
  assert.equal(reader.lastNumber, 0);
  reader.push(utf8.encode(first));
  assert.equal(reader.lastNumber, 41);
  reader.push(utf8.encode('id: 42\ndata: {"type":"from-the-future"}\n\n'));
  assert.equal(reader.lastNumber, 42);
  reader.push(utf8.encode(second));
  assert.deepEqual([reader.lastNumber, reader.ended], [43, true]);
});

for (const [name, open] of [
  ['all dialects', () => createReader({headers: {'x-chatlet-stream': 'v1'}})],
  ['our own dialect', createOwnReader],
] as const) {
  test(`a frame that a broken connection has cut does not count as read by the reader of ${name}`, () => {
    const whole = 'id: 41\ndata: {"type":"text-delta","delta":"a"}\n\n';
    const next = 'id: 42\ndata: {"type":"text-delta","delta":"b"}';
    for (let length = 0; length < next.length; length++) {
      const reader = open();
      const events = [...reader.push(utf8.encode(whole + next.slice(0, length))), ...reader.end()];
      assert.deepEqual([reader.lastNumber, events.length], [41, 2], next.slice(0, length));
    }
  });
}
