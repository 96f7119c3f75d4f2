import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type Message, type ToolPart, emptyAnswer} from '@chatlet/protocol';
import {z} from 'zod';
import {defineTool} from '../tools/define-tool.ts';
import {applyReply, definitionOf, isAllowedInChat, toWait} from './tool-waits.ts';

const send = defineTool({
  name: 'send',
  description: 'Sends.',
  input: z.object({to: z.string()}),
  run: async () => 'sent',
});
const now = Date.parse('2026-01-01T00:00:00Z');
const hour = 3_600_000;

function waiting(...parts: readonly Partial<ToolPart>[]): Message {
  return {
    ...emptyAnswer({id: 'msg_1', createdAt: ''}),
    status: 'waiting',
    endReason: 'tool-calls',
    parts: parts.map((part, index) => ({
      type: 'tool',
      callId: `call_${index + 1}`,
      name: 'send',
      input: {to: 'Ada'},
      inputText: '{"to":  "Ada"}',
      state: 'waiting',
      wait: toWait(send, now),
      ...part,
    })),
  };
}

suite('a reply to a call that waits', () => {
  test('lets the answer be written again when no other call waits', () => {
    const one = applyReply(waiting({}, {}), {callId: 'call_1', approval: 'once'}, now);
    assert.equal(one.status, 'waiting');
    const both = applyReply(one, {callId: 'call_2', approval: 'refused'}, now);
    assert.deepEqual([both.status, both.endReason], ['answering', undefined]);
    assert.deepEqual(
      both.parts.map((part) => part.type === 'tool' && [part.state, part.approval]),
      [
        ['running', 'once'],
        ['failed', 'refused'],
      ],
    );
  });

  test('keeps the model’s own text of the input unless a person has corrected the input', () => {
    const [same] = applyReply(waiting({}), {callId: 'call_1', approval: 'once'}, now).parts;
    assert.ok(same?.type === 'tool' && same.inputText === '{"to":  "Ada"}');
    const [edited] = applyReply(waiting({}), {callId: 'call_1', approval: 'once', input: {to: 'Bob'}}, now).parts;
    assert.ok(edited?.type === 'tool');
    assert.deepEqual([edited.input, edited.inputText], [{to: 'Bob'}, undefined]);
  });

  test('comes too late after a day, and is no reply to a call that runs, is done or never waited', () => {
    const reply = {callId: 'call_1', approval: 'once'} as const;
    assert.equal(applyReply(waiting({}), reply, now + 23 * hour).status, 'answering');
    assert.throws(() => applyReply(waiting({}), reply, now + 24 * hour), {code: 'conflict', message: /in time/});
    assert.throws(() => applyReply(waiting({state: 'running', approval: 'once'}), reply, now), {code: 'conflict'});
    assert.throws(() => applyReply(waiting({state: 'done', approval: 'once'}), reply, now), {code: 'conflict'});
    const {wait: _, ...plain} = waiting({}).parts[0] as ToolPart;
    assert.throws(() => applyReply({...waiting(), parts: [plain]}, reply, now), {code: 'conflict'});
  });

  test('counts for the tool as it was: its name, description, schema and annotations', () => {
    const changed = [
      {...send, description: 'Sends, and deletes.'},
      {...send, inputSchema: {type: 'object'}},
      {...send, annotations: {destructiveHint: true}},
      {...send, name: 'other'},
    ];
    const allowed = [waiting({state: 'done', approval: 'chat'})];
    assert.equal(isAllowedInChat(send, allowed), true);
    assert.equal(isAllowedInChat(send, [waiting({state: 'done', approval: 'once'})]), false);
    for (const tool of changed) {
      assert.notEqual(definitionOf(tool), definitionOf(send));
      assert.equal(isAllowedInChat(tool, allowed), false);
    }
  });
});
