import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readResponsesDocument} from './openai-responses.ts';
import type {ChatEvent} from '../event.ts';

test('calls of tools that the API has run come with their results, and are not calls for the reader to run', () => {
  const call = {type: 'mcp_call', name: 'look', arguments: '{"at":"x"}', server_label: 'site'};
  const error = {type: 'mcp_tool_execution_error', content: [{type: 'text', text: 'Too dark.'}]};
  const events: ChatEvent[] = [];
  const output = [
    {...call, id: 'mcp_1', output: 'seen', error: null},
    {...call, id: 'mcp_2', output: null, error},
    {type: 'message', content: [{type: 'output_text', text: 'Done.'}]},
  ];
  readResponsesDocument({status: 'completed', output}, events);
  assert.deepEqual(events, [
    {type: 'tool-call', callId: 'mcp_1', name: 'look', input: {at: 'x'}},
    {type: 'tool-result', callId: 'mcp_1', output: 'seen'},
    {type: 'tool-call', callId: 'mcp_2', name: 'look', input: {at: 'x'}},
    {type: 'tool-result', callId: 'mcp_2', output: error, failed: true},
    {type: 'text-delta', delta: 'Done.'},
    {type: 'message-end', reason: 'stop'},
  ]);
});
