import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type ChatEvent,
  type JsonObject,
  type Message,
  applyEvent,
  asString,
  emptyAnswer,
  isObject,
} from '@chatlet/protocol';
import {seededRandom} from '../../../../../bench/widget/statistics.ts';
import {handOverCalls} from '../../../engine/tool-waits.ts';
import {savedEvents} from '../../../engine/turns/replay.ts';
import {seal} from './reasoning-seal.ts';
import {type ResponseFacts, responseEvents} from './response-events.ts';

const facts: ResponseFacts = {
  id: 'resp_abcdefghijklmnopqrst',
  model: 'm',
  created: 1,
  settings: {background: false},
  sealsReasoning: true,
};
const start: ChatEvent = {type: 'message-start', messageId: 'msg_1', model: 'm'};

interface Frame extends JsonObject {
  readonly type: string;
  readonly sequence_number: number;
}

function framesIn(text: string): readonly Frame[] {
  return text.split('\n\n').flatMap((frame) => {
    if (frame === '') return [];
    const [, name, data = ''] = /^event: (.+)\ndata: (.+)$/.exec(frame) ?? [];
    const fields = JSON.parse(data) as Frame;
    assert.equal(fields.type, name);
    return [fields];
  });
}

/** The response as it is printed from the message that the store has. */
function stored(
  events: readonly ChatEvent[],
  {of = facts, change = (answer) => answer}: {of?: ResponseFacts; change?: (answer: Message) => Message} = {},
): JsonObject {
  const answer = change(events.reduce(applyEvent, emptyAnswer({id: 'msg_1', createdAt: '2026-01-01T00:00:00.000Z'})));
  const encoder = responseEvents(of, Infinity);
  assert.equal(encoder.encode(savedEvents(answer, {chatId: of.id, questionId: ''})), '');
  return encoder.response();
}

/** Everything that a model may do, in any order. */
function randomEvents(random: () => number): readonly ChatEvent[] {
  const pick = <Value>(values: readonly [Value, ...Value[]]): Value =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const events: ChatEvent[] = [start];
  const count = Math.floor(random() * 12);
  for (let index = 0; index < count; index++) {
    const id = String(index);
    events.push(
      pick<ChatEvent>([
        {type: 'text-delta', delta: `word ${id} `},
        {type: 'text-delta', delta: '😀"\n'},
        {type: 'reasoning-delta', delta: `thought ${id} `},
        {type: 'reasoning-metadata', providerMetadata: {anthropic: {signature: id}}},
        {type: 'source', id, title: 'A', url: `https://example.com/${id}`},
        {type: 'source', id, title: 'Without an address'},
        {type: 'citation', sourceId: 'cited', quote: 'its other words'},
        {type: 'tool-call', callId: id, name: 'look', input: {at: id}},
        {type: 'tool-call', callId: id, name: 'look', input: {}, providerMetadata: {gemini: {sign: id}}},
        {type: 'text-reset'},
        {type: 'usage', promptTokens: index, completionTokens: 2, cachedTokens: 1, reasoningTokens: 1},
      ]),
    );
  }
  // A first mark comes right behind its source, and sources without marks come from other upstreams.
  const cited = events.findIndex(({type}) => type === 'text-delta');
  const told = random() < 0.5 || cited < 0 ? events : events.filter(({type}) => type !== 'source');
  if (told !== events) {
    told.splice(
      told.findIndex(({type}) => type === 'text-delta') + 1,
      0,
      {type: 'source', id: 'cited', title: 'B', url: 'https://example.com/cited'},
      {type: 'citation', sourceId: 'cited', quote: 'its words'},
    );
  }
  told.push(
    pick<ChatEvent>([
      {type: 'message-end', reason: 'stop'},
      {type: 'message-end', reason: 'length'},
      {type: 'message-end', reason: 'content-filter'},
      {type: 'message-end', reason: 'stopped'},
      {type: 'error', code: 'provider-error', message: 'It failed.', retryable: true},
    ]),
  );
  return told;
}

test('a stream has the same bytes however its events arrive, from any number on, and ends with the stored response', () => {
  const seed = Number(process.env['CHATLET_SEED'] ?? Date.now() % 1_000_000);
  const random = seededRandom(seed);
  for (let run = 0; run < 2_000; run++) {
    const about = `CHATLET_SEED=${seed}, run ${run}`;
    const events = randomEvents(random);
    const whole = responseEvents(facts).encode(events);
    const single = responseEvents(facts);
    assert.equal(events.map((event) => single.encode([event])).join(''), whole, about);

    const frames = framesIn(whole);
    assert.deepEqual(
      frames.map((frame) => frame.sequence_number),
      frames.map((_, number) => number),
    );
    const after = Math.floor(random() * frames.length);
    const rest = responseEvents(facts, after).encode(events);
    assert.deepEqual(framesIn(rest), frames.slice(after + 1), about);
    assert.ok(whole.endsWith(rest));

    const last = frames.at(-1);
    assert.deepEqual(last?.['response'], JSON.parse(JSON.stringify(single.response())), about);
    assert.equal(last?.type, `response.${asString(single.response()['status'])}`);
    assert.deepEqual(stored(events), single.response(), `${about}: ${JSON.stringify(events)}`);
  }
});

const withTools: ResponseFacts = {
  ...facts,
  settings: {background: false, tools: [{type: 'mcp', server_label: 'site'}]},
};
const wait = {ask: 'approval', definition: 'd', expiresAt: '2126-01-01T00:00:00.000Z'} as const;

/** Rounds of tools that the server runs: their ends come in any order, and the last ones may wait or be stopped. */
function randomRounds(random: () => number): readonly ChatEvent[] {
  const events: ChatEvent[] = [start];
  const isLikely = () => random() < 0.5;
  for (let round = 0; round < 3; round++) {
    if (isLikely()) events.push({type: 'text-delta', delta: `Round ${round}. `});
    const calls = Array.from({length: Math.floor(random() * 4)}, (_, index) => `call_${round}_${index}`);
    for (const callId of calls) events.push({type: 'tool-call', callId, name: 'look', input: {at: callId}});
    if (calls.length > 0 && isLikely()) events.push({type: 'text-delta', delta: 'Wait. '});
    const isLast = round === 2 || random() < 0.3;
    const ends = calls.map((callId): ChatEvent | undefined => {
      const how = random();
      if (isLast && how < 0.3) return {type: 'tool-wait', callId, wait};
      if (isLast && how < 0.4) return undefined;
      return {type: 'tool-result', callId, output: how < 0.7 ? {seen: true} : 'It failed.', failed: how >= 0.7};
    });
    const inAnyOrder = ends
      .filter((end) => end !== undefined)
      .map((end) => ({end, at: random()}))
      .toSorted((one, other) => one.at - other.at);
    for (const {end} of inAnyOrder) events.push(end, ...(isLikely() ? [sourceOf(end)] : []));
    if (ends.some((end) => end?.type !== 'tool-result')) {
      const isStopped = ends.includes(undefined);
      return [...events, {type: 'message-end', reason: isStopped ? 'stopped' : 'tool-calls'}];
    }
  }
  return [...events, {type: 'text-delta', delta: 'Done.'}, {type: 'message-end', reason: 'stop'}];
}

function sourceOf(end: ChatEvent): ChatEvent {
  const id = 'callId' in end ? end.callId : '';
  return {type: 'source', id, title: id, url: `https://example.com/${id}`};
}

test('a stream with tools of the server ends with the stored response, and stays so when its calls are answered', () => {
  const seed = Number(process.env['CHATLET_SEED'] ?? Date.now() % 1_000_000);
  const random = seededRandom(seed);
  const counts = {mcp_call: 0, mcp_approval_request: 0};
  for (let run = 0; run < 500; run++) {
    const events = randomRounds(random);
    const about = `CHATLET_SEED=${seed}, run ${run}: ${JSON.stringify(events)}`;
    const whole = responseEvents(withTools).encode(events);
    const single = responseEvents(withTools);
    assert.equal(events.map((event) => single.encode([event])).join(''), whole, about);
    const response = single.response();
    const frames = framesIn(whole);
    const items = frames.filter(({type}) => type === 'response.output_item.done').map(({item}) => item);
    assert.deepEqual(items, response['output'], about);
    const added = frames.filter(({type}) => type === 'response.output_item.added');
    assert.deepEqual(
      added.map(({output_index: index}) => index),
      [...added.keys()],
      about,
    );
    assert.deepEqual(stored(events, {of: withTools}), response, about);
    const waiting = events.flatMap((event) => (event.type === 'tool-wait' ? [event.callId] : []));
    assert.deepEqual([...single.requests().values()].toSorted(), waiting.toSorted(), about);
    for (const item of items) {
      const type = isObject(item) ? item['type'] : undefined;
      if (type === 'mcp_call' || type === 'mcp_approval_request') counts[type]++;
    }
    if (waiting.length === 0) continue;
    const replies = waiting.map((callId) => ({callId, approval: random() < 0.5 ? 'once' : 'refused'}) as const);
    const change = (answer: Message) => handOverCalls(answer, replies, 0);
    // A stopped answer waits for nobody.
    if (!events.some((event) => event.type === 'message-end' && event.reason === 'stopped')) {
      assert.deepEqual(stored(events, {of: withTools, change}), response, about);
    }
  }
  assert.ok(counts.mcp_call > 200 && counts.mcp_approval_request > 50, JSON.stringify(counts));
});

test('T2-21: text that is taken back is in no end of an item and not in the response', () => {
  const encoder = responseEvents(facts);
  const frames = framesIn(
    encoder.encode([
      start,
      {type: 'text-delta', delta: 'bad words'},
      {type: 'text-reset'},
      {type: 'text-delta', delta: 'Removed.'},
      {type: 'message-end', reason: 'stop'},
    ]),
  );
  const done = frames.find(({type}) => type === 'response.output_text.done');
  assert.equal(done?.['text'], 'Removed.');
  assert.doesNotMatch(JSON.stringify(encoder.response()), /bad/);
});

test('a thought after the text is an item of its own, in order, in the stream and in the response', () => {
  const encoder = responseEvents(facts);
  const frames = framesIn(
    encoder.encode([
      start,
      {type: 'text-delta', delta: 'Rome.'},
      {type: 'reasoning-delta', delta: 'Or Paris?'},
      {type: 'reasoning-metadata', providerMetadata: {anthropic: {signature: 'SIG=='}}},
      {type: 'text-delta', delta: 'No, Paris.'},
      {type: 'message-end', reason: 'stop'},
    ]),
  );
  const items = frames.filter(({type}) => type === 'response.output_item.done').map(({item}) => item);
  assert.partialDeepStrictEqual(items, [
    {type: 'message', content: [{text: 'Rome.'}]},
    {type: 'reasoning', summary: [{text: 'Or Paris?'}], encrypted_content: seal({anthropic: {signature: 'SIG=='}})},
    {type: 'message', content: [{text: 'No, Paris.'}]},
  ]);
  assert.deepEqual(encoder.response()['output'], items);
});

test('T2-19: cached and reasoning tokens are told apart', () => {
  const encoder = responseEvents(facts);
  encoder.encode([
    start,
    {type: 'usage', promptTokens: 10, completionTokens: 5, cachedTokens: 4, reasoningTokens: 3},
    {type: 'message-end', reason: 'stop'},
  ]);
  assert.partialDeepStrictEqual(encoder.response()['usage'], {
    input_tokens: 10,
    input_tokens_details: {cached_tokens: 4},
    output_tokens: 5,
    output_tokens_details: {reasoning_tokens: 3},
    total_tokens: 15,
  });
});
