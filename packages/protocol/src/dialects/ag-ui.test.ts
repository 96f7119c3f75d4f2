/** AG-UI's calls in chunks, snapshots of messages, and what an agent wants back. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createReader} from '../index.ts';
import type {ChatEvent, JsonObject, ToolWait} from '../index.ts';

function readAll(events: readonly object[]): readonly ChatEvent[] {
  const reader = createReader();
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  return [...reader.push(new TextEncoder().encode(body)), ...reader.end()];
}

/** Without the events whose only reader is the agent. */
const read = (events: readonly object[]) => readAll(events).filter(({type}) => type !== 'reasoning-metadata');

/** What the agent gets back. */
function readMetadata(events: readonly object[]): JsonObject | undefined {
  const found = readAll(events).find((event) => event.type === 'reasoning-metadata');
  return found?.providerMetadata['ag-ui'];
}

const started = {type: 'RUN_STARTED', threadId: 'th', runId: 'ru'};
const finished = {type: 'RUN_FINISHED', threadId: 'th', runId: 'ru'};
const textOf = (messageId: string, ...deltas: readonly string[]) => [
  {type: 'TEXT_MESSAGE_START', messageId, role: 'assistant'},
  ...deltas.map((delta) => ({type: 'TEXT_MESSAGE_CONTENT', messageId, delta})),
  {type: 'TEXT_MESSAGE_END', messageId},
];
const end = {type: 'message-end', reason: 'stop'};
const shown = (id: string, ...texts: readonly string[]) => [
  {type: 'message-start', messageId: id, model: ''},
  ...texts.map((delta) => ({type: 'text-delta', delta})),
];

test('M-91: a tool call in chunks, which has no end of its own, is called when the run finishes', () => {
  const events = [
    {type: 'RUN_STARTED', threadId: 'th', runId: 'ru'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c1', toolCallName: 'weather', delta: '{"city":'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c2', toolCallName: 'time', delta: '{}'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c1', delta: '"Bern"}'},
    {type: 'RUN_FINISHED', threadId: 'th', runId: 'ru'},
  ];
  assert.deepEqual(read(events), [
    {type: 'tool-call', callId: 'c1', name: 'weather', input: {city: 'Bern'}},
    {type: 'tool-call', callId: 'c2', name: 'time', input: {}},
    {type: 'message-end', reason: 'stop'},
  ]);
});

test('chunks of a tool call belong to the call before them if they have no id', () => {
  const events = [
    {type: 'RUN_STARTED', threadId: 'th', runId: 'ru'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c1', toolCallName: 'weather', delta: '{"city":'},
    {type: 'TOOL_CALL_CHUNK', delta: '"Be'},
    {type: 'TOOL_CALL_CHUNK', delta: 'rn"}'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c2', toolCallName: 'time', delta: '{'},
    {type: 'TOOL_CALL_CHUNK', delta: '}'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c1', delta: ' '},
    {type: 'RUN_FINISHED', threadId: 'th', runId: 'ru'},
  ];
  assert.deepEqual(read(events), [
    {type: 'tool-call', callId: 'c1', name: 'weather', input: {city: 'Bern'}, inputText: '{"city":"Bern"} '},
    {type: 'tool-call', callId: 'c2', name: 'time', input: {}},
    {type: 'message-end', reason: 'stop'},
  ]);
});

test('messages of one run are paragraphs, and the question of somebody else is not shown as an answer', () => {
  const user = [
    {type: 'TEXT_MESSAGE_START', messageId: 'q', role: 'user'},
    {type: 'TEXT_MESSAGE_CONTENT', messageId: 'q', delta: 'Weather?'},
  ];
  assert.deepEqual(read([started, ...user, ...textOf('m1', 'Wet', '.'), ...textOf('m2', 'Cold.'), finished]), [
    ...shown('m1', 'Wet', '.', '\n\n', 'Cold.'),
    end,
  ]);
});

const question = {id: 'q', role: 'user', content: 'Weather?'};
const earlier = {id: 'a0', role: 'assistant', content: 'Earlier'};
const call = {id: 'c1', type: 'function', function: {name: 'weather', arguments: '{"city":"Bern"}'}};
const whole = [
  {id: 'm1', role: 'assistant', content: 'Let me see.', toolCalls: [call]},
  {id: 'm2', role: 'tool', toolCallId: 'c1', content: 'wet'},
  {id: 'm3', role: 'assistant', content: 'It is wet.'},
];
const snapshotOf = (...messages: readonly object[]) => ({type: 'MESSAGES_SNAPSHOT', messages});

test('a snapshot of messages says what an agent has not streamed, since the last question', () => {
  assert.deepEqual(read([started, snapshotOf(earlier, question, ...whole), finished]), [
    ...shown('m1', 'Let me see.'),
    {type: 'tool-call', callId: 'c1', name: 'weather', input: {city: 'Bern'}},
    {type: 'tool-result', callId: 'c1', output: 'wet'},
    {type: 'text-delta', delta: 'It is wet.'},
    end,
  ]);
});

test('a snapshot of messages repeats nothing that was streamed, under whatever id', () => {
  const streamed = [
    ...textOf('m1', 'Let me see.'),
    {type: 'TOOL_CALL_START', toolCallId: 'c1', toolCallName: 'weather', parentMessageId: 'm1'},
    {type: 'TOOL_CALL_ARGS', toolCallId: 'c1', delta: '{"city":"Bern"}'},
    {type: 'TOOL_CALL_END', toolCallId: 'c1'},
    {type: 'TOOL_CALL_RESULT', messageId: 'm2', toolCallId: 'c1', content: 'wet'},
    ...textOf('run-7', 'It is', ' wet.'),
  ];
  const alone = read([started, ...streamed, finished]);
  assert.deepEqual(
    read([started, snapshotOf(earlier, question), ...streamed, snapshotOf(question, ...whole), finished]),
    alone,
  );
  // Half of the last text was streamed.
  const half = [...streamed.slice(0, -2), snapshotOf(question, ...whole)];
  assert.deepEqual(read([started, ...half, finished]), [
    ...alone.slice(0, -2),
    {type: 'text-delta', delta: ' wet.'},
    end,
  ]);
});

test('a snapshot that changes the last text takes it back', () => {
  const changed = {id: 'm1', role: 'assistant', content: 'Dry.'};
  assert.deepEqual(read([started, ...textOf('m1', 'Wet.'), snapshotOf(question, changed), finished]), [
    ...shown('m1', 'Wet.'),
    {type: 'text-reset'},
    {type: 'text-delta', delta: 'Dry.'},
    end,
  ]);
});

test('an agent gets its messages back under its own ids, with their signatures', () => {
  const events = [
    started,
    {type: 'REASONING_MESSAGE_CONTENT', messageId: 'r1', delta: 'Hm'},
    {type: 'REASONING_ENCRYPTED_VALUE', subtype: 'message', entityId: 'r1', encryptedValue: 'S1'},
    ...textOf('m1', 'Let me', ' see.'),
    {
      type: 'TOOL_CALL_CHUNK',
      toolCallId: 'c1',
      toolCallName: 'weather',
      parentMessageId: 'm1',
      delta: '{"city":"Bern"}',
    },
    {type: 'TOOL_CALL_RESULT', messageId: 'm2', toolCallId: 'c1', content: 'wet'},
    {type: 'REASONING_ENCRYPTED_VALUE', subtype: 'tool-call', entityId: 'c1', encryptedValue: 'S2'},
    ...textOf('m3', 'It is wet.'),
  ];
  const [first, ...others] = whole;
  const messages = [
    {id: 'r1', role: 'reasoning', content: 'Hm', encryptedValue: 'S1'},
    {...first, toolCalls: [{...call, encryptedValue: 'S2'}]},
    ...others,
  ];
  assert.deepEqual(readMetadata([...events, finished]), {messages});
  assert.deepEqual(readMetadata(events), {messages}, 'also if the run is cut off');
  assert.deepEqual(readMetadata([started, snapshotOf(question, ...whole), finished]), {messages: whole});
  assert.equal(readMetadata([started, ...textOf('m1', 'Hi'), finished]), undefined, 'one message says its id itself');
});

test('an agent gets its state back: the newest snapshot, and the changes after it', () => {
  const delta = [{op: 'add', path: '/b', value: 1}];
  const events = [
    started,
    {type: 'STATE_DELTA', delta: [{op: 'remove', path: '/old'}]},
    {type: 'STATE_SNAPSHOT', snapshot: {a: 1}},
    {type: 'STATE_DELTA', delta},
    ...textOf('m1', 'Hi'),
  ];
  const changes = [{snapshot: {a: 1}}, {delta}];
  assert.deepEqual(readMetadata([...events, finished]), {changes});
  assert.deepEqual(readMetadata([...events, {type: 'RUN_ERROR', message: 'boom'}]), {changes});
});

test('a run whose question no card can answer says it in words, and a run that was cancelled is stopped', () => {
  const interrupts = [{id: 'i1', reason: 'approval', message: 'Send the mail?'}];
  const interrupted = {...finished, outcome: {type: 'interrupt', interrupts}};
  assert.deepEqual(read([started, ...textOf('m1', 'Hi'), interrupted]), [
    ...shown('m1', 'Hi', '\n\nSend the mail?'),
    end,
  ]);
  assert.deepEqual(readMetadata([started, interrupted]), {interrupts: [{id: 'i1'}]});
  assert.deepEqual(read([started, {...finished, outcome: {type: 'cancelled'}}]), [
    {type: 'message-end', reason: 'stopped'},
  ]);
  const pending = {...finished, outcome: {type: 'success', pendingToolCallIds: ['c1']}};
  assert.deepEqual(read([started, pending]), [{type: 'message-end', reason: 'tool-calls'}]);
});

const approval = {
  type: 'object',
  properties: {approved: {type: 'boolean'}, editedArgs: {type: 'object'}},
  required: ['approved'],
};
const terms = {definition: '', expiresAt: ''};

test('an interrupt of a call waits for an approval of it, and its run is kept whole for the next one', () => {
  const interrupt = {
    id: 'i1',
    reason: 'tool_call',
    toolCallId: 'c1',
    message: 'Send the mail?',
    responseSchema: approval,
    expiresAt: '2026-03-01T10:00:00+02:00',
    metadata: {destructive: true},
  };
  const events = [
    started,
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c1', toolCallName: 'send', delta: '{"to":"Bo"}'},
    {type: 'TOOL_CALL_END', toolCallId: 'c1'},
    {type: 'REASONING_MESSAGE_CONTENT', messageId: 'r1', delta: 'Hm'},
    ...textOf('m1', 'Wait.'),
    {...finished, outcome: {type: 'interrupt', interrupts: [interrupt]}},
  ];
  const wait = {
    ...terms,
    ask: 'approval',
    message: 'Send the mail?',
    options: ['input', 'reason'],
    expiresAt: '2026-03-01T08:00:00.000Z',
    destructive: true,
  };
  const [asked, kept, open, ended] = readAll(events).slice(-4);
  assert.deepEqual(asked, {type: 'tool-wait', callId: 'c1', wait});
  assert.ok(kept?.type === 'reasoning-metadata');
  assert.deepEqual(
    Object(kept.providerMetadata['ag-ui']?.['messages']).map(({id}: {id: string}) => id),
    ['c1', 'r1', 'm1'],
  );
  // Stands behind all that the run has said.
  const interrupts = [{id: 'i1', callId: 'c1'}];
  assert.deepEqual(open, {type: 'reasoning-metadata', providerMetadata: {'ag-ui': {interrupts}}});
  assert.deepEqual(ended, {type: 'message-end', reason: 'tool-calls'});
});

test('an interrupt without a call waits in a call of its own, for what its schema can hold', () => {
  const form = {type: 'object', properties: {city: {type: 'string'}, days: {type: 'integer'}}, required: ['city']};
  const closed = {type: 'object', properties: {approved: {type: 'boolean'}}, additionalProperties: false};
  const url = 'https://example.com/in';
  const cases: readonly (readonly [object, Partial<ToolWait> & object, JsonObject?])[] = [
    [{reason: 'confirmation'}, {ask: 'approval', options: []}, {payload: 'boolean'}],
    [{reason: 'x:y', responseSchema: {type: 'boolean'}}, {ask: 'approval', options: []}, {payload: 'boolean'}],
    [
      {reason: 'tool_call', toolCallId: 'gone'},
      {ask: 'approval', options: ['reason']},
    ],
    [
      {reason: 'x:y', responseSchema: closed},
      {ask: 'approval', options: []},
    ],
    [
      {reason: 'input_required', message: 'Where?', responseSchema: form},
      {ask: 'form', message: 'Where?', schema: form},
    ],
    [
      {reason: 'chatlet:url', message: `Sign in.\n${url}`, metadata: {url}},
      {ask: 'url', message: 'Sign in.', url},
    ],
  ];
  for (const [fields, asks, kept] of cases) {
    const interrupted = {...finished, outcome: {type: 'interrupt', interrupts: [{id: 'i1', ...fields}]}};
    const {reason: name} = fields as {reason: string};
    assert.deepEqual(read([started, interrupted]), [
      {type: 'tool-call', callId: 'i1', name, input: {}},
      {type: 'tool-wait', callId: 'i1', wait: {...asks, ...terms}},
      {type: 'message-end', reason: 'tool-calls'},
    ]);
    assert.deepEqual(readMetadata([started, interrupted]), {interrupts: [{id: 'i1', callId: 'i1', ...kept}]});
  }
  // Nothing that a card has could answer these.
  for (const fields of [
    {reason: 'input_required'},
    {reason: 'x:y', responseSchema: {type: 'object', properties: {list: {type: 'array', items: {type: 'object'}}}}},
    {reason: 'chatlet:url', metadata: {url: 'http://example.com/'}},
  ]) {
    const interrupted = {...finished, outcome: {type: 'interrupt', interrupts: [{id: 'i1', ...fields}]}};
    assert.deepEqual(read([started, interrupted]), [{type: 'text-delta', delta: fields.reason}, end]);
  }
});

test('a result with more than text is kept whole', () => {
  const content = [{type: 'image', source: {type: 'url', value: 'https://example.com/a.png'}}];
  assert.deepEqual(read([started, {type: 'TOOL_CALL_RESULT', messageId: 'm', toolCallId: 'c1', content}, finished]), [
    {type: 'tool-result', callId: 'c1', output: content},
    end,
  ]);
});
