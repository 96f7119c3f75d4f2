/** The exact bytes of dialects that are written by hand on the other side too, so that no field can change unseen. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {dialects} from '../index.ts';
import type {ChatEvent} from '../index.ts';

const answer: readonly ChatEvent[] = [
  {type: 'message-start', messageId: 'msg_1', model: 'm'},
  {type: 'reasoning-delta', delta: 'Hm'},
  {type: 'text-delta', delta: 'Hi'},
  {type: 'tool-call', callId: 'c1', name: 'find', input: {a: 1}},
  {type: 'tool-result', callId: 'c1', output: 'found'},
  {type: 'source', id: 's1', title: 'A', url: 'https://example.com/a'},
  {type: 'usage', promptTokens: 9, completionTokens: 3},
  {type: 'message-end', reason: 'stop'},
];

function write(name: 'content-delta' | 'typed-events' | 'ollama', events: readonly ChatEvent[]): readonly string[] {
  const {encoder} = dialects[name];
  assert.ok(encoder);
  const writer = encoder({id: 'msg_1', model: 'm', created: 1_750_000_000});
  return (writer.encode(events) + writer.end()).trimEnd().split(/\n+/);
}

suite('streams as they are written', () => {
  test('content events hold text and sources, and a finish reason only if it is not stop', () => {
    assert.deepEqual(write('content-delta', answer), [
      'data: {"content":"Hi"}',
      'data: {"content":"","sources":[{"id":"s1","title":"A","url":"https://example.com/a"}]}',
      'data: [DONE]',
    ]);
    assert.deepEqual(write('content-delta', [{type: 'message-end', reason: 'length'}]), [
      'data: {"content":"","finishReason":"length"}',
      'data: [DONE]',
    ]);
  });

  test('typed events have a type each, and finish with usage', () => {
    assert.deepEqual(write('typed-events', answer), [
      'data: {"type":"reasoning","textDelta":"Hm"}',
      'data: {"type":"text-delta","textDelta":"Hi"}',
      'data: {"type":"tool-call","toolCallId":"c1","toolName":"find","args":{"a":1}}',
      'data: {"type":"tool-result","toolCallId":"c1","result":"found"}',
      'data: {"type":"source","id":"s1","title":"A","url":"https://example.com/a"}',
      'data: {"type":"finish","finishReason":"stop","usage":{"promptTokens":9,"completionTokens":3,"totalTokens":12}}',
    ]);
  });

  test("Ollama's lines are messages of the assistant, and the last one is done", () => {
    const head = '{"model":"m","created_at":"2025-06-15T15:06:40.000Z","message":{"role":"assistant","content":';
    assert.deepEqual(write('ollama', answer), [
      `${head}"","thinking":"Hm"},"done":false}`,
      `${head}"Hi"},"done":false}`,
      `${head}"","tool_calls":[{"function":{"name":"find","arguments":{"a":1}}}]},"done":false}`,
      `${head}""},"done":true,"done_reason":"stop","total_duration":0,"load_duration":0,"prompt_eval_count":9,"prompt_eval_duration":0,"eval_count":3,"eval_duration":0}`,
    ]);
  });
});
