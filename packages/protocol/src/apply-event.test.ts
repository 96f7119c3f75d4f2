import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {applyEvent, emptyAnswer, joinDeltas, textOf} from './index.ts';
import type {ChatEvent, Message} from './index.ts';
import {anyEvents} from './testing/events.ts';

const empty = emptyAnswer({id: 'local', createdAt: '2026-01-01T00:00:00.000Z'});

function after(events: readonly ChatEvent[]): Message {
  return events.reduce(applyEvent, empty);
}

test('text and reasoning are appended in the order of their deltas', () => {
  const {parts} = after([
    {type: 'reasoning-delta', delta: 'Hm'},
    {type: 'reasoning-delta', delta: '.'},
    {type: 'text-delta', delta: 'Hel'},
    {type: 'text-delta', delta: 'lo'},
    {type: 'reasoning-delta', delta: 'More?'},
  ]);
  assert.deepEqual(parts, [
    {type: 'reasoning', text: 'Hm.'},
    {type: 'text', text: 'Hello'},
    {type: 'reasoning', text: 'More?'},
  ]);
});

test('message-start sets the id of the answer, and its model unless that is empty', () => {
  const named = applyEvent({...empty, model: 'asked'}, {type: 'message-start', messageId: 'msg_1', model: ''});
  assert.deepEqual({id: named.id, model: named.model}, {id: 'msg_1', model: 'asked'});
  assert.equal(applyEvent(named, {type: 'message-start', messageId: 'msg_1', model: 'm'}).model, 'm');
});

test('a tool result completes its call and no other', () => {
  const {parts} = after([
    {type: 'tool-call', callId: 'a', name: 'weather', input: {city: 'Bern'}},
    {type: 'tool-call', callId: 'b', name: 'weather', input: {}},
    {type: 'tool-result', callId: 'b', output: 'no such city', failed: true},
    {type: 'tool-result', callId: 'c', output: 1},
    {type: 'tool-result', callId: 'a', output: {t: 20}},
  ]);
  assert.deepEqual(parts, [
    {type: 'tool', callId: 'a', name: 'weather', input: {city: 'Bern'}, state: 'done', output: {t: 20}},
    {type: 'tool', callId: 'b', name: 'weather', input: {}, state: 'failed', output: 'no such city'},
  ]);
});

test('a source with a known id is not added again', () => {
  const source = {type: 'source', id: '1', title: 'Manual', url: 'https://example.com/'} as const;
  assert.deepEqual(after([source, {...source, title: 'again'}]).parts, [source]);
});

test('sources and marks in the middle of a text do not divide it, and a mark stands behind the text before it', () => {
  const source = {type: 'source', id: 's1', title: 'Manual', section: 'Tea', updatedAt: '2026-01-01'} as const;
  const {parts} = after([
    {type: 'text-delta', delta: 'Tea is hot'},
    source,
    {type: 'citation', sourceId: 's1', quote: 'hot'},
    {type: 'text-delta', delta: '. So'},
    {type: 'text-delta', delta: ' wait.'},
    {type: 'citation', sourceId: 's1', quote: 'wait'},
  ]);
  assert.deepEqual(parts, [
    {
      type: 'text',
      text: 'Tea is hot. So wait.',
      citations: [
        {at: 10, sourceId: 's1', quote: 'hot'},
        {at: 20, sourceId: 's1', quote: 'wait'},
      ],
    },
    source,
  ]);
});

test('a mark without text before it is ignored, and text that is taken back takes its marks along', () => {
  const citation = {type: 'citation', sourceId: 's1', quote: 'hot'} as const;
  assert.deepEqual(after([citation]).parts, []);
  assert.deepEqual(after([{type: 'reasoning-delta', delta: 'Hm'}, citation]).parts, [{type: 'reasoning', text: 'Hm'}]);
  const {parts} = after([
    {type: 'text-delta', delta: 'Old'},
    citation,
    {type: 'text-reset'},
    {type: 'text-delta', delta: 'New'},
  ]);
  assert.deepEqual(parts, [{type: 'text', text: 'New'}]);
});

test('the end says whether the answer has citations, which questions could follow, and which page is nearest', () => {
  const told = {grounded: false, followUps: ['And?'], nearestPage: {title: 'Tea', url: 'https://example.com/tea'}};
  const {grounded, followUps, nearestPage} = after([{type: 'message-end', reason: 'stop', ...told}]);
  assert.deepEqual({grounded, followUps, nearestPage}, told);
  assert.ok(!('grounded' in after([{type: 'message-end', reason: 'stop'}])));
});

test('a later usage replaces an earlier one', () => {
  const {usage} = after([
    {type: 'usage', promptTokens: 9, completionTokens: 1, estimated: true},
    {type: 'usage', promptTokens: 9, completionTokens: 3},
  ]);
  assert.deepEqual(usage, {promptTokens: 9, completionTokens: 3});
});

for (const [event, status] of [
  [{type: 'message-end', reason: 'stop'}, 'done'],
  [{type: 'message-end', reason: 'length'}, 'done'],
  [{type: 'message-end', reason: 'stopped'}, 'stopped'],
  [{type: 'error', code: 'interrupted', message: 'Cut.', retryable: true}, 'interrupted'],
  [{type: 'error', code: 'provider-error', message: 'No.', retryable: true}, 'failed'],
] as const) {
  test(`after ${JSON.stringify(event)} the answer is ${status}, and its text stays`, () => {
    const answer = after([{type: 'text-delta', delta: 'One '}, event]);
    assert.deepEqual({status: answer.status, text: textOf(answer)}, {status, text: 'One '});
  });
}

test('an event of an unknown type leaves the message unchanged', () => {
  const event = JSON.parse('{"type": "weather-report"}') as ChatEvent;
  assert.equal(applyEvent(empty, event), empty);
});

test('a burst of deltas of one type is joined to one event, and nothing else is', () => {
  const text = (delta: string) => ({type: 'text-delta', delta}) as const;
  const reasoning = (delta: string) => ({type: 'reasoning-delta', delta}) as const;
  const usage = {type: 'usage', promptTokens: 1, completionTokens: 2} as const;
  const burst = [reasoning('H'), reasoning('m'), text('One'), text(' '), text('two'), usage, usage, text('.')];
  assert.deepEqual(joinDeltas(burst), [reasoning('Hm'), text('One two'), usage, usage, text('.')]);
});

test('joined deltas make the same message as single ones', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      assert.deepEqual(after(joinDeltas(events)), after(events));
    }),
    {seed: 1},
  );
});

test('T2-21: a reset takes back text and reasoning since the last tool call, and keeps everything else', () => {
  const events: readonly ChatEvent[] = [
    {type: 'text-delta', delta: 'I look.'},
    {type: 'tool-call', callId: 'c', name: 'look', input: {}},
    {type: 'reasoning-delta', delta: 'Hm'},
    {type: 'source', id: 's', title: 'S'},
    {type: 'text-delta', delta: 'bad words'},
    {type: 'text-reset'},
    {type: 'text-delta', delta: 'Removed.'},
  ];
  const {parts} = events.reduce(applyEvent, emptyAnswer({id: 'a', createdAt: ''}));
  assert.deepEqual(
    parts.map((part) => (part.type === 'text' ? part.text : part.type)),
    ['I look.', 'tool', 'source', 'Removed.'],
  );
});

test('T2-18: text since the last tool call that was a thought becomes reasoning', () => {
  const events: readonly ChatEvent[] = [
    {type: 'text-delta', delta: 'I look.'},
    {type: 'tool-call', callId: 'c', name: 'look', input: {}},
    {type: 'text-delta', delta: 'Hm.'},
    {type: 'source', id: 's', title: 'S'},
    {type: 'text-reset', asReasoning: true},
    {type: 'text-delta', delta: 'Noon.'},
  ];
  const {parts} = events.reduce(applyEvent, emptyAnswer({id: 'a', createdAt: ''}));
  assert.deepEqual(
    parts.map((part) => ('text' in part ? [part.type, part.text] : part.type)),
    [['text', 'I look.'], 'tool', ['reasoning', 'Hm.'], 'source', ['text', 'Noon.']],
  );
});

test('T2-04: each reasoning keeps what its upstream wants back', () => {
  const signature = (text: string) => ({anthropic: {signature: text}});
  const events: readonly ChatEvent[] = [
    {type: 'reasoning-delta', delta: 'One'},
    {type: 'reasoning-metadata', providerMetadata: signature('1')},
    {type: 'reasoning-delta', delta: 'Two'},
    {type: 'text-delta', delta: 'Hi'},
    {type: 'reasoning-metadata', providerMetadata: signature('2')},
    {type: 'reasoning-metadata', providerMetadata: signature('3')},
    {type: 'tool-call', callId: 'c', name: 'look', input: {}},
    {type: 'reasoning-metadata', providerMetadata: signature('4')},
  ];
  const {parts} = events.reduce(applyEvent, emptyAnswer({id: 'a', createdAt: ''}));
  assert.deepEqual(
    parts.flatMap((part) => (part.type === 'reasoning' ? [[part.text, part.providerMetadata]] : [])),
    [
      ['One', signature('1')],
      ['Two', signature('2')],
      ['', signature('3')],
      ['', signature('4')],
    ],
  );
});
