/** How a conversation is written for each foreign API: turns, calls with their results, and files. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {Message, Part} from '@chatlet/protocol';
import type {ChatRequest} from '../transport.ts';
import {writeBody as agUiBody} from './ag-ui.ts';
import {writeBody as ollamaBody} from './ollama.ts';
import {writeBody as responsesBody} from './responses.ts';

const message = (id: string, role: Message['role'], ...parts: readonly Part[]): Message => ({
  id,
  role,
  parts,
  status: 'done',
  createdAt: '',
});
const said = (text: string): Part => ({type: 'text', text});
const call = {
  type: 'tool',
  callId: 'c1',
  name: 'weather',
  input: {city: 'Bern'},
  state: 'done',
  output: {t: 20},
} as const;

const request: ChatRequest = {
  trigger: 'send',
  chatId: 'chat_1',
  messages: [
    message('s', 'system', said('Be brief')),
    message('q1', 'user', said('Weather?')),
    message(
      'a1',
      'assistant',
      {type: 'reasoning', text: 'Hm'},
      said('Let me see.'),
      call,
      {...call, callId: 'c2', inputText: '{"city": "Bern"}', output: 'wet'},
      {type: 'tool', callId: 'c3', name: 'weather', input: {}, state: 'running'},
      said('20 '),
      {type: 'source', id: '1', title: 'A'},
      said('degrees'),
    ),
    message('a2', 'assistant'),
    message(
      'q2',
      'user',
      said('And these?'),
      {type: 'file', url: 'data:image/png;base64,AAAA', mediaType: 'image/png', detail: 'low'},
      {type: 'file', url: 'https://example.com/b.jpg', mediaType: 'image/jpeg'},
      {type: 'file', url: 'data:application/pdf;base64,BBBB', mediaType: 'application/pdf', name: 'plan.pdf'},
    ),
  ],
};

const noModel = {model: undefined};

suite('a conversation for a foreign API', () => {
  test('has calls and their results as items of their own in the Responses API', () => {
    assert.deepEqual(responsesBody(request), {
      ...noModel,
      stream: true,
      store: false,
      input: [
        {role: 'system', content: 'Be brief'},
        {role: 'user', content: 'Weather?'},
        {role: 'assistant', content: 'Let me see.'},
        {type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Bern"}'},
        {type: 'function_call_output', call_id: 'c1', output: '{"t":20}'},
        {type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{"city": "Bern"}'},
        {type: 'function_call_output', call_id: 'c2', output: 'wet'},
        {role: 'assistant', content: '20 degrees'},
        {
          role: 'user',
          content: [
            {type: 'input_text', text: 'And these?'},
            {type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low'},
            {type: 'input_image', image_url: 'https://example.com/b.jpg', detail: 'auto'},
            {type: 'input_file', filename: 'plan.pdf', file_data: 'data:application/pdf;base64,BBBB'},
          ],
        },
      ],
    });
  });

  test('has calls without ids in Ollama’s, and names the files that Ollama does not take', () => {
    const called = {function: {name: 'weather', arguments: {city: 'Bern'}}};
    assert.deepEqual(ollamaBody(request), {
      ...noModel,
      stream: true,
      messages: [
        {role: 'system', content: 'Be brief'},
        {role: 'user', content: 'Weather?'},
        {role: 'assistant', content: 'Let me see.', tool_calls: [called, called]},
        {role: 'tool', tool_name: 'weather', content: '{"t":20}'},
        {role: 'tool', tool_name: 'weather', content: 'wet'},
        {role: 'assistant', content: '20 degrees'},
        {role: 'user', content: 'And these?\n[https://example.com/b.jpg]\n[plan.pdf]', images: ['AAAA']},
      ],
    });
  });

  test('has messages with ids in AG-UI, and each run has an id', () => {
    const {runId, ...body} = Object(agUiBody(request)) as Record<string, unknown>;
    assert.match(String(runId), /^run_[0-9a-z]{24}$/);
    const toolCall = (id: string, args: string) => ({
      id,
      type: 'function',
      function: {name: 'weather', arguments: args},
    });
    assert.deepEqual(body, {
      threadId: 'chat_1',
      state: {},
      tools: [],
      context: [],
      forwardedProps: noModel,
      messages: [
        {id: 's', role: 'system', content: 'Be brief'},
        {id: 'q1', role: 'user', content: 'Weather?'},
        {
          id: 'a1',
          role: 'assistant',
          content: 'Let me see.',
          toolCalls: [toolCall('c1', '{"city":"Bern"}'), toolCall('c2', '{"city": "Bern"}')],
        },
        {id: 'c1_result', role: 'tool', toolCallId: 'c1', content: '{"t":20}'},
        {id: 'c2_result', role: 'tool', toolCallId: 'c2', content: 'wet'},
        {id: 'a1_2', role: 'assistant', content: '20 degrees'},
        {
          id: 'q2',
          role: 'user',
          content: [
            {type: 'text', text: 'And these?'},
            {type: 'image', source: {type: 'data', value: 'AAAA', mimeType: 'image/png'}},
            {type: 'image', source: {type: 'url', value: 'https://example.com/b.jpg', mimeType: 'image/jpeg'}},
            {type: 'document', source: {type: 'data', value: 'BBBB', mimeType: 'application/pdf'}},
          ],
        },
      ],
    });
  });
});
