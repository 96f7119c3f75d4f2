/** AG-UI's tool calls in chunks, which have no end of their own. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createReader} from '../index.ts';

test('M-91: a tool call in chunks, which has no end of its own, is called when the run finishes', () => {
  const events = [
    {type: 'RUN_STARTED', threadId: 'th', runId: 'ru'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c1', toolCallName: 'weather', delta: '{"city":'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c2', toolCallName: 'time', delta: '{}'},
    {type: 'TOOL_CALL_CHUNK', toolCallId: 'c1', delta: '"Bern"}'},
    {type: 'RUN_FINISHED', threadId: 'th', runId: 'ru'},
  ];
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  assert.deepEqual(createReader().push(new TextEncoder().encode(body)), [
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
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  assert.deepEqual(createReader().push(new TextEncoder().encode(body)), [
    {type: 'tool-call', callId: 'c1', name: 'weather', input: {city: 'Bern'}, inputText: '{"city":"Bern"} '},
    {type: 'tool-call', callId: 'c2', name: 'time', input: {}},
    {type: 'message-end', reason: 'stop'},
  ]);
});
