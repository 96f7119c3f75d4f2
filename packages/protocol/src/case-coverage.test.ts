/** Whether the recordings hold every kind of event that the dialects read, and the round trips every kind that they write. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {ChatEvent, Dialect, EndReason, ToolWait} from './index.ts';
import {startCaseCoverage} from './testing/case-coverage.ts';
import {errorStatuses} from './testing/error-statuses.ts';

test('every case of every switch in the protocol is reached by a recording or a round trip', async () => {
  const coverage = await startCaseCoverage();
  const {applyEvent, ChatError, createReader, dialects, emptyAnswer, isErrorCode} = await import('./index.ts');
  const {read, transcripts} = await import('./testing/transcripts.ts');
  const utf8 = new TextEncoder();

  for (const transcript of transcripts()) read([utf8.encode(transcript.body)], transcript);

  const reasons: readonly EndReason[] = ['stop', 'length', 'tool-calls', 'content-filter', 'stopped'];
  const events: readonly ChatEvent[] = [
    {type: 'message-start', messageId: 'msg_7', model: 'm'},
    {type: 'reasoning-delta', delta: 'Hm'},
    {type: 'reasoning-metadata', providerMetadata: {anthropic: {signature: 's'}}},
    {type: 'text-delta', delta: 'Hello'},
    {type: 'logprobs', logprobs: {content: []}},
    {type: 'text-reset'},
    {type: 'tool-call', callId: 'c', name: 'find', input: {}},
    {type: 'tool-wait', callId: 'c', wait: {ask: 'approval', definition: 'd', expiresAt: ''}},
    {type: 'tool-approval', callId: 'c', approval: 'once'},
    {type: 'tool-reply', callId: 'c', reply: {action: 'accept'}},
    {type: 'tool-progress', callId: 'c', done: 1},
    {type: 'tool-result', callId: 'c', output: 'found'},
    {type: 'source', id: 's', title: 'Manual', url: 'https://example.com/'},
    {type: 'usage', promptTokens: 9, completionTokens: 1},
    ...reasons.map((reason) => ({type: 'message-end', reason}) as const),
    ...Object.keys(errorStatuses)
      .filter(isErrorCode)
      .map((code) => new ChatError(code).toEvent()),
  ];
  const cited: readonly ChatEvent[] = [
    {type: 'text-delta', delta: 'Tea.'},
    {type: 'source', id: 's', title: 'Manual', url: 'https://example.com/'},
    {type: 'citation', sourceId: 's', quote: 'Tea'},
    {type: 'source', id: 't', title: 'Guide', url: 'https://example.com/guide'},
    {type: 'message-end', reason: 'stop'},
  ];
  const terms = {definition: 'd', expiresAt: ''} as const;
  const waits: readonly ToolWait[] = [
    {...terms, ask: 'approval'},
    {...terms, ask: 'form', message: 'Which?', schema: {}},
    {...terms, ask: 'url', message: 'Sign in', url: 'https://example.com/'},
    {...terms, ask: 'page'},
    {...terms, ask: 'person'},
  ];
  const waiting: readonly ChatEvent[] = [
    ...waits.flatMap((wait): readonly ChatEvent[] => [
      {type: 'tool-call', callId: wait.ask, name: 'find', input: {}},
      {type: 'tool-wait', callId: wait.ask, wait},
    ]),
    {type: 'message-end', reason: 'tool-calls'},
  ];
  // No recording has marks, or calls that wait.
  [...events, ...cited].reduce(applyEvent, emptyAnswer({id: 'msg_7', createdAt: '2026-01-01T00:00:00.000Z'}));
  for (const dialect of Object.values<Dialect>(dialects)) {
    for (const stream of [...events.map((event) => [event]), cited, waiting]) {
      // Each event begins a stream once, since a reader detects the dialect by the first event.
      const encoder = dialect.encoder?.({id: 'msg_7', model: 'm', created: 1});
      const body = utf8.encode(encoder?.encode(stream));
      createReader().push(body);
      createReader({dialect}).push(body);
    }
  }
  assert.deepEqual(await coverage.stop(), []);
});
