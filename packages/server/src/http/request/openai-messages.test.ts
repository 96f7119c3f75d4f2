/** Parsing messages in OpenAI's form. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {foldMessages, openaiMessages} from './openai-messages.ts';

const user = {role: 'user', content: 'Hi'};
const fold = (...messages: object[]) => foldMessages(openaiMessages.parse(messages));

suite('messages', () => {
  test('developer messages are instructions, and text parts are joined', () => {
    assert.deepEqual(
      fold(
        {
          role: 'developer',
          content: [
            {type: 'text', text: 'Be '},
            {type: 'text', text: 'brief.'},
          ],
        },
        user,
      ),
      [
        {role: 'system', parts: [{type: 'text', text: 'Be brief.'}]},
        {role: 'user', parts: [{type: 'text', text: 'Hi'}]},
      ],
    );
  });

  test('images, audio and files of a message become file parts', () => {
    const content = [
      {type: 'text', text: 'Look'},
      {type: 'image_url', image_url: {url: 'data:image/png;base64,AA==', detail: 'low'}},
      {type: 'image_url', image_url: {url: 'https://example.com/a'}},
      {type: 'input_audio', input_audio: {data: 'AA==', format: 'wav'}},
      {type: 'file', file: {filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA=='}},
    ];
    assert.deepEqual(fold({role: 'user', content})[0]?.parts, [
      {type: 'text', text: 'Look'},
      {type: 'file', url: 'data:image/png;base64,AA==', mediaType: 'image/png', detail: 'low'},
      {type: 'file', url: 'https://example.com/a', mediaType: 'image/*'},
      {type: 'file', url: 'data:audio/wav;base64,AA==', mediaType: 'audio/wav'},
      {type: 'file', url: 'data:application/pdf;base64,AA==', mediaType: 'application/pdf', name: 'a.pdf'},
    ]);
  });

  test('T2-23: an id of a call may have 2000 characters, since some hold a signature, but not more', () => {
    const call = (id: string) => [
      user,
      {role: 'assistant', tool_calls: [{id, function: {name: 'find', arguments: '{}'}}]},
      {role: 'tool', tool_call_id: id, content: 'found'},
    ];
    const id = 'x'.repeat(2000);
    assert.deepEqual(fold(...call(id))[1]?.parts, [
      {type: 'tool', callId: id, name: 'find', input: {}, state: 'done', output: 'found'},
    ]);
    assert.equal(openaiMessages.safeParse(call(`${id}x`)).success, false);
    assert.equal(openaiMessages.safeParse(call('')).success, false);
  });

  test('tool results become parts of the answers that called the tools', () => {
    const call = (id: string, input: string) => ({id, type: 'function', function: {name: 'sum', arguments: input}});
    const answered = fold(
      user,
      {role: 'assistant', content: null, tool_calls: [call('c1', '{"a":1}'), call('c2', 'not json')]},
      {role: 'tool', tool_call_id: 'c2', content: [{type: 'text', text: 'two'}]},
      {role: 'tool', tool_call_id: 'c1', content: 'one'},
    );
    assert.deepEqual(answered[1]?.parts, [
      {type: 'tool', callId: 'c1', name: 'sum', input: {a: 1}, state: 'done', output: 'one'},
      {type: 'tool', callId: 'c2', name: 'sum', input: 'not json', state: 'done', output: 'two'},
    ]);
    assert.equal(answered.length, 2);
  });

  test('refusals of the model become text of its answer', () => {
    const [, refused, answered] = fold(
      user,
      {role: 'assistant', content: null, refusal: 'I cannot.'},
      {role: 'assistant', content: 'I can.', refusal: null},
    );
    assert.deepEqual(refused?.parts, [{type: 'text', text: 'I cannot.'}]);
    assert.deepEqual(answered?.parts, [{type: 'text', text: 'I can.'}]);
  });

  test('a tool result without an id is refused, although a call has its name', () => {
    const called = {role: 'assistant', content: null, function_call: {name: 'find', arguments: '{}'}};
    assert.throws(() => fold(user, called, {role: 'tool', name: 'find', content: '5'}), /by its tool_call_id/);
  });

  test('old function calls are understood, too', () => {
    const [, answer] = fold(
      user,
      {role: 'assistant', content: null, function_call: {name: 'sum', arguments: '{}'}},
      {role: 'function', name: 'sum', content: '3'},
    );
    assert.deepEqual(answer?.parts, [
      {type: 'tool', callId: 'call_sum', name: 'sum', input: {}, state: 'done', output: '3'},
    ]);
  });
});
