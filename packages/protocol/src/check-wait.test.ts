import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {applyEvent, checkReply, checkWait, emptyAnswer} from './index.ts';
import type {ChatEvent} from './index.ts';

const terms = {definition: 'd', expiresAt: '2026-01-01T00:00:00.000Z'};
const form = {ask: 'form', ...terms, message: 'Where?', schema: {type: 'object'}} as const;
const url = {ask: 'url', ...terms, message: 'Sign in.', url: 'https://example.com/'} as const;

suite('what a call waits for', () => {
  test('is read with its own fields and no others', () => {
    for (const wait of [form, url, ...(['approval', 'page', 'person'] as const).map((ask) => ({ask, ...terms}))]) {
      assert.deepEqual(checkWait({...wait, other: 1, destructive: 'yes'}), wait);
      assert.deepEqual(checkWait({...wait, destructive: true}), {...wait, destructive: true});
      assert.equal(checkWait({...wait, definition: 1}), undefined);
      assert.equal(checkWait({...wait, expiresAt: undefined}), undefined);
    }
  });

  test('of an approval is read with a question and options, those of a newer kind left out', () => {
    const wait = {ask: 'approval', ...terms, message: 'Send it?', options: ['input', 'reason']} as const;
    assert.deepEqual(checkWait(wait), wait);
    assert.deepEqual(checkWait({...wait, message: 1, options: ['later', 'chat']}), {
      ask: 'approval',
      ...terms,
      options: ['chat'],
    });
  });

  test('is not read if it is of a newer kind, has no question, or leads to an address that is not https or none', () => {
    for (const wait of [
      null,
      {...form, ask: 'sign'},
      {...form, message: undefined},
      {...form, schema: []},
      {...url, url: 'http://example.com/'},
      {...url, url: 'javascript:alert(1)'},
      {...url, url: 'https://'},
      {...url, url: 'https://example.com:port/'},
      {...url, url: undefined},
    ]) {
      assert.equal(checkWait(wait), undefined);
    }
  });

  test('is answered by accepting, with fields or without, or by declining', () => {
    assert.deepEqual(checkReply({action: 'accept', content: {a: 1}, more: 1}), {action: 'accept', content: {a: 1}});
    assert.deepEqual(checkReply({action: 'decline', content: []}), {action: 'decline'});
    for (const reply of [undefined, {}, {action: 'cancel'}]) assert.equal(checkReply(reply), undefined);
  });

  test('stands in the message: an approval is kept while the call asks for more, and an older reply is not', () => {
    const events: readonly ChatEvent[] = [
      {type: 'tool-call', callId: 'c', name: 'book', input: {}},
      {type: 'tool-wait', callId: 'c', wait: {ask: 'approval', ...terms}},
      {type: 'tool-approval', callId: 'c', approval: 'once'},
      {type: 'tool-wait', callId: 'c', wait: form, kept: 1},
      {type: 'tool-reply', callId: 'c', reply: {action: 'accept', content: {city: 'Oslo'}}},
      {type: 'tool-wait', callId: 'c', wait: url},
    ];
    const messages = events.map((_, index) =>
      events.slice(0, index + 1).reduce(applyEvent, emptyAnswer({id: '', createdAt: ''})),
    );
    const calls = messages.map(({parts: [part]}) => part);
    const call = {type: 'tool', callId: 'c', name: 'book', input: {}, approval: 'once'};
    assert.deepEqual(calls[3], {...call, state: 'waiting', wait: form, kept: 1});
    assert.deepEqual(calls[4], {
      ...call,
      state: 'running',
      wait: form,
      kept: 1,
      reply: {action: 'accept', content: {city: 'Oslo'}},
    });
    assert.deepEqual(calls[5], {...call, state: 'waiting', wait: url});
  });
});
