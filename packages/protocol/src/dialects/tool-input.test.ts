/** The input of a tool, from the model's text to the client's text. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {applyEvent} from '../apply-event.ts';
import {createReader} from '../create-reader.ts';
import type {ChatEvent} from '../event.ts';
import {emptyAnswer} from '../message.ts';
import {chatlet} from './chatlet.ts';
import {openaiChat} from './openai-chat/openai-chat.ts';
import {inputTextOf, toolInput} from './tool-input.ts';

const precise = '{"id": 12345678901234567890, "f": 1.0}';

suite('the input of a tool', () => {
  test('tool input that JSON.parse would round keeps its text from upstream to client, and in the message', () => {
    const [call] = callsIn(upstreamBody(precise));
    assert.ok(call);
    assert.deepEqual(call.input, {id: 12345678901234567000, f: 1});
    assert.equal(argumentsIn(written(openaiChat, call)), precise);
    const [again] = callsIn(written(chatlet, call));
    assert.deepEqual(again, call);
    const [part] = applyEvent(emptyAnswer({id: 'a', createdAt: ''}), call).parts;
    assert.ok(part?.type === 'tool');
    assert.equal(inputTextOf(part), precise);
  });

  test('tool input that JSON.stringify reproduces is kept once', () => {
    assert.deepEqual(toolInput('{"city":"Rome"}'), {input: {city: 'Rome'}});
  });

  test('tool input that is no object stays a string: invalid JSON, a bare value, too deep nesting', () => {
    const deep = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);
    for (const text of ['{"city":', '12', deep]) {
      assert.deepEqual(toolInput(text), {input: text});
      assert.equal(inputTextOf(toolInput(text)), text);
    }
    assert.deepEqual(toolInput(' '), {input: {}});
  });
});

function upstreamBody(text: string): string {
  const call = {index: 0, id: 'c', type: 'function', function: {name: 'find', arguments: text}};
  const chunk = {choices: [{index: 0, delta: {role: 'assistant', tool_calls: [call]}, finish_reason: 'tool_calls'}]};
  return `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
}

function callsIn(body: string): readonly Extract<ChatEvent, {type: 'tool-call'}>[] {
  const events = createReader().push(new TextEncoder().encode(body));
  return events.filter((event) => event.type === 'tool-call');
}

function written({encoder}: typeof openaiChat, call: ChatEvent): string {
  const writer = encoder?.({id: 'c', model: 'm', created: 1});
  return writer ? writer.encode([call, {type: 'message-end', reason: 'tool-calls'}], 1) + writer.end() : '';
}

function argumentsIn(body: string): string | undefined {
  return /"arguments":("(?:[^"\\]|\\.)*")/
    .exec(body)
    ?.slice(1)
    .map((text): string => JSON.parse(text))[0];
}
