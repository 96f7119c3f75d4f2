import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type JsonObject, type Message, type ToolPart, emptyAnswer} from '@chatlet/protocol';
import {z} from 'zod';
import {defineTool} from '../tools/define-tool.ts';
import type {ToolQuestion} from './tool.ts';
import {type ToolAnswer, applyReply, definitionOf, isAllowedInChat, toWait} from './tool-waits.ts';

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
      wait: toWait(send, {ask: 'approval'}, now),
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

  test('to another question than the one that waits now is refused: a call may ask one thing after the other', () => {
    const form: ToolQuestion = {ask: 'form', message: 'Where?', schema: {type: 'object', properties: {}}};
    const first = toWait(send, form, now);
    const second = toWait(send, {ask: 'url', message: 'Pay.', url: 'https://pay.example/'}, now + 1);
    const reply = {callId: 'call_1', action: 'accept', content: {}} as const;
    const asked = waiting({wait: second});
    assert.throws(() => applyReply(asked, {...reply, expiresAt: first.expiresAt}, now), {code: 'conflict'});
    assert.equal(applyReply(asked, {...reply, expiresAt: second.expiresAt}, now).status, 'answering');
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

suite('a reply to a call that asks for more than an approval', () => {
  const schema: JsonObject = {
    type: 'object',
    properties: {
      city: {type: 'string', minLength: 2},
      nights: {type: 'integer', maximum: 30},
      size: {type: 'string', enum: ['small', 'large'], default: 'small'},
    },
    required: ['city'],
  };

  /** The call after the reply, and whether the answer goes on. */
  function replied(question: ToolQuestion, reply: ToolAnswer) {
    const before = waiting({wait: toWait(send, question, now), kept: {step: 1}});
    const after = applyReply(before, {callId: 'call_1', ...reply}, now);
    const [part] = after.parts;
    assert.ok(part?.type === 'tool' && after.status === 'answering');
    return part;
  }

  test('fills in a form: the tool runs again with what fits, and with what it has kept', () => {
    const form = {ask: 'form', message: 'Where to?', schema} as const;
    const part = replied(form, {action: 'accept', content: {city: 'Oslo', nights: 2}});
    assert.deepEqual(part.reply, {action: 'accept', content: {city: 'Oslo', nights: 2, size: 'small'}});
    assert.deepEqual([part.state, part.kept], ['running', {step: 1}]);
    assert.deepEqual(replied(form, {action: 'decline', content: {city: 1}}).reply, {action: 'decline'});
    for (const [content, message] of [
      [{}, /^city /],
      [{city: 'O'}, /^city /],
      [{city: 'Oslo', nights: 31}, /^nights must not be more than 30/],
      [{city: 'Oslo', nights: 1.5}, /^nights must be a whole number/],
      [{city: 'Oslo', size: 'huge'}, /^size must be "small" or "large"/],
      [{city: 'Oslo', more: 1}, /has no "more"/],
    ] as const) {
      assert.throws(() => replied(form, {action: 'accept', content}), {code: 'invalid-request', message});
    }
  });

  test('opens an address, or does not', () => {
    const url = {ask: 'url', message: 'Sign in.', url: 'https://example.com/in'} as const;
    assert.deepEqual(replied(url, {action: 'accept'}).reply, {action: 'accept'});
    assert.deepEqual(replied(url, {action: 'decline'}).reply, {action: 'decline'});
  });

  test('is the result of a function of the page, or of a person of the site', () => {
    for (const ask of ['page', 'person'] as const) {
      const done = replied({ask}, {output: {found: 2}});
      assert.deepEqual([done.state, done.output], ['done', {found: 2}]);
      const failed = replied({ask}, {error: 'There is no such page.'});
      assert.deepEqual([failed.state, failed.output], ['failed', 'There is no such page.']);
    }
  });

  test('of another kind than the question changes nothing, and the call still waits', () => {
    const replies = {
      approval: {approval: 'once'},
      form: {action: 'accept', content: {city: 'Oslo'}},
      page: {output: 1},
    } as const;
    const form = {ask: 'form', message: '', schema} as const;
    assert.throws(() => replied(form, replies.approval), {code: 'invalid-request'});
    assert.throws(() => replied(form, replies.page), {code: 'invalid-request'});
    assert.throws(() => replied({ask: 'page'}, replies.approval), {code: 'invalid-request'});
    assert.throws(() => replied({ask: 'page'}, replies.form), {code: 'invalid-request'});
    for (const reply of [replies.form, replies.page]) {
      assert.throws(() => applyReply(waiting({}), {callId: 'call_1', ...reply}, now), {code: 'invalid-request'});
    }
  });

  test('may come within a day, from the page within a minute', () => {
    const after = (question: ToolQuestion) => Date.parse(toWait(send, question, now).expiresAt) - now;
    assert.equal(after({ask: 'page'}), 60_000);
    assert.equal(after({ask: 'form', message: '', schema}), 24 * hour);
  });

  test('is not asked for what nobody should be asked: secrets, endless forms, addresses that are not https', () => {
    const ask = (properties: JsonObject) =>
      toWait(send, {ask: 'form', message: '', schema: {type: 'object', properties}}, now);
    const text = {type: 'string'};
    for (const properties of [
      {password: text},
      {user_passphrase: text},
      {value: {...text, title: 'Your PIN'}},
      {value: {...text, description: 'The API key of your account'}},
      {cardNumber: text},
    ]) {
      assert.throws(() => ask(properties), {code: 'forbidden', message: /secret/});
    }
    const many = Object.fromEntries(Array.from({length: 10_000}, (_, index) => [`f${index}`, text]));
    assert.throws(() => ask(many), {code: 'forbidden', message: /at most 20 fields/});
    assert.throws(() => ask({deep: {type: 'object', properties: {}}}), {code: 'forbidden'});
    assert.throws(() => ask({one: {...text, enum: Array.from({length: 101}, (_, index) => `${index}`)}}), {
      code: 'forbidden',
    });
    assert.doesNotMatch(JSON.stringify(ask({pinned: {...text, pattern: '(a+)+$'}})), /pattern/);
    for (const url of [
      'http://example.com/',
      'javascript:alert(1)',
      'data:text/html,x',
      'example.com',
      'https://bank.example@thief.example/',
      '',
    ]) {
      assert.throws(() => toWait(send, {ask: 'url', message: '', url}, now), {code: 'forbidden'});
    }
  });
});
