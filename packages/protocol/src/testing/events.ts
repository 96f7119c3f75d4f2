/** Arbitrary answers for property tests: whole turns, as a server runs them. */
import fc from 'fast-check';
import {ChatError} from '../index.ts';
import type {ChatEvent, EndReason, ErrorCode, NearestPage} from '../index.ts';

// Any Unicode, unpaired surrogates included. Answers that begin with a tag have tests of their own.
const words = fc.oneof(
  fc.string({unit: 'binary', minLength: 1, maxLength: 12}),
  fc.constantFrom('Hello', ' there', '\n', '\r\n\r\n', 'data: [DONE]', '{"a":1}', 'ü', '😀', '\u2028', '…</think>'),
);
const id = fc.stringMatching(/^[a-z]{1,6}$/);
const input = fc.dictionary(id, fc.oneof(fc.string(), fc.integer(), fc.constant(null)), {
  maxKeys: 3,
  noNullPrototype: true,
});

const textDelta = words.map((delta): ChatEvent => ({type: 'text-delta', delta}));
const reasoningDelta = words.map((delta): ChatEvent => ({type: 'reasoning-delta', delta}));
const page = fc.constantFrom('a', 'b', 'c').map((name) => `https://example.com/${name}`);
const source = fc.tuple(page, words).map(([url, title]): ChatEvent => ({type: 'source', id: url, title, url}));
const citation = fc.tuple(page, words).map(([sourceId, quote]): ChatEvent => ({type: 'citation', sourceId, quote}));
const detail = fc.option(fc.integer({min: 1, max: 99}), {nil: undefined});
const usage = fc
  .tuple(fc.nat(9999), fc.nat(9999), detail, detail, detail)
  .map(([promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens]): ChatEvent => ({
    type: 'usage',
    promptTokens,
    completionTokens,
    ...(cachedTokens === undefined ? {} : {cachedTokens}),
    ...(cacheWriteTokens === undefined ? {} : {cacheWriteTokens}),
    ...(reasoningTokens === undefined ? {} : {reasoningTokens}),
  }));
const textReset = fc.constantFrom<ChatEvent>({type: 'text-reset'}, {type: 'text-reset', asReasoning: true});
const calls = fc
  .tuple(id, id, input, fc.option(fc.tuple(fc.string(), fc.boolean())), fc.nat(8))
  .map(([callId, name, anyInput, result, waits]): readonly ChatEvent[] => [
    {type: 'tool-call', callId, name, input: anyInput},
    ...waitEvents(callId).slice(0, waits),
    ...(result === null ? [] : [toolResult(callId, ...result)]),
  ]);

/** A call that waits, and then is answered. */
function waitEvents(callId: string): readonly ChatEvent[] {
  const terms = {definition: 'abc', expiresAt: '2026-01-02T00:00:00.000Z'};
  const schema = {type: 'object', properties: {city: {type: 'string'}}};
  return [
    {type: 'tool-wait', callId, wait: {ask: 'approval', ...terms}},
    {type: 'tool-approval', callId, approval: 'chat'},
    {type: 'tool-wait', callId, wait: {ask: 'form', ...terms, message: 'Where?', schema}},
    {type: 'tool-reply', callId, reply: {action: 'accept', content: {city: 'Oslo'}}},
    {type: 'tool-wait', callId, wait: {ask: 'url', ...terms, message: 'Sign in.', url: 'https://example.com/'}},
    {type: 'tool-reply', callId, reply: {action: 'decline'}},
    {type: 'tool-progress', callId, done: 1, total: 3, message: 'Looks.'},
  ];
}

function toolResult(callId: string, output: string, failed: boolean): ChatEvent {
  return {type: 'tool-result', callId, output, ...(failed ? {failed} : {})};
}

const reason = fc.constantFrom<EndReason>('stop', 'length', 'tool-calls', 'content-filter', 'stopped');
const codes: readonly ErrorCode[] = [
  'rate-limited',
  'provider-error',
  'provider-timeout',
  'context-too-long',
  'model-not-found',
  'internal',
];
const nearestPage = fc
  .tuple(words, fc.option(page, {nil: undefined}))
  .map(([title, url]): NearestPage => ({title, ...(url === undefined ? {} : {url})}));
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, {nil: undefined});
const end = fc.oneof(
  fc
    .tuple(reason, maybe(fc.boolean()), fc.array(words, {maxLength: 3}), maybe(nearestPage))
    .map(([endReason, grounded, followUps, nearest]): ChatEvent => ({
      type: 'message-end',
      reason: endReason,
      ...(grounded === undefined ? {} : {grounded}),
      ...(followUps.length === 0 ? {} : {followUps}),
      ...(nearest === undefined ? {} : {nearestPage: nearest}),
    })),
  fc.constantFrom(...codes).map((code): ChatEvent => new ChatError(code, 'It went wrong.').toEvent()),
);

/** A whole answer: a start, some of everything, at most one usage, an end. */
export const anyEvents: fc.Arbitrary<readonly ChatEvent[]> = fc
  .tuple(
    fc.array(fc.oneof({arbitrary: textDelta, weight: 6}, reasoningDelta, source, citation, textReset), {maxLength: 12}),
    fc.uniqueArray(calls, {
      maxLength: 3,
      selector: ([call]) => JSON.stringify(call?.type === 'tool-call' && call.callId),
    }),
    fc.array(textDelta, {maxLength: 4}),
    fc.option(usage),
    end,
  )
  .map(([before, called, after, counted, last]): readonly ChatEvent[] => [
    {type: 'message-start', messageId: 'msg_7', model: 'm'},
    ...before,
    ...called.flat(),
    ...after,
    ...(counted === null ? [] : [counted]),
    last,
  ]);
