/** The small pure parts of the engine. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {type Message, applyEvent, emptyAnswer} from '@chatlet/protocol';
import {chatIdOf, derivedId, newId} from './ids.ts';
import {savedEvents} from './turns/replay.ts';
import {titleOf} from './title.ts';

suite('a title', () => {
  const title = (text: string) => titleOf({parts: [{type: 'text', text}]});

  test('is the question on one line', () => {
    assert.equal(title('  What is\n\tthis? '), 'What is this?');
  });

  test('is cut between two words', () => {
    const cut = title('How many roads must a man walk down before you can call him a man at all?');
    assert.equal(cut, 'How many roads must a man walk down before you can call him…');
  });

  test('cuts a long first word, but no character', () => {
    assert.equal(title('\u{1f600}'.repeat(100)), `${'\u{1f600}'.repeat(60)}…`);
  });

  test('is the name of the file if the question has no text', () => {
    const file = {type: 'file', url: 'data:,x', mediaType: 'text/plain', name: 'notes.txt'} as const;
    assert.equal(titleOf({parts: [file]}), 'notes.txt');
    assert.equal(titleOf({parts: []}), 'New chat');
  });
});

suite('ids', () => {
  test('differ each time if they are new, and are equal if they derive from equal words', () => {
    assert.notEqual(newId('chat'), newId('chat'));
    // Every later version must find the rows that are stored under such an id.
    assert.equal(derivedId('msg', 'a', 'b'), 'msg_BHPvLcDTJKtlnTWAwRNO');
    assert.notEqual(derivedId('msg', 'a', 'b'), derivedId('msg', 'ab'));
    assert.match(newId('msg'), /^msg_[\w-]{20}$/);
  });

  test('of chats that a client has named depend on the owner', () => {
    assert.equal(chatIdOf('visitor:a', 'chat_x'), 'chat_x');
    assert.notEqual(chatIdOf('visitor:a', 'main'), chatIdOf('visitor:b', 'main'));
  });
});

suite('a replay', () => {
  test('makes the answer that was saved', () => {
    const answer: Message = {
      id: 'msg_1',
      role: 'assistant',
      status: 'done',
      endReason: 'stop',
      createdAt: '2026-01-01T00:00:00.000Z',
      model: 'm',
      usage: {promptTokens: 1, completionTokens: 2},
      parts: [
        {type: 'reasoning', text: 'Hm.', providerMetadata: {anthropic: {signature: 's'}}},
        {type: 'reasoning', text: '', providerMetadata: {anthropic: {data: 'd'}}},
        {type: 'reasoning', text: 'So.'},
        {type: 'text', text: 'Look:'},
        {
          type: 'tool',
          callId: 'c1',
          name: 'look',
          input: {at: 1},
          inputText: '{ "at": 1 }',
          providerMetadata: {'openai-chat': {extra_content: {google: {thought_signature: 's'}}}},
          state: 'done',
          output: 'seen',
        },
        {type: 'tool', callId: 'c2', name: 'look', input: {}, state: 'failed', output: 'dark'},
        {type: 'source', id: 's', title: 'S'},
        {type: 'text', text: 'There.'},
      ],
    };
    const empty = emptyAnswer({id: 'msg_1', createdAt: answer.createdAt});
    for (const saved of [
      answer,
      {...answer, status: 'stopped', endReason: 'stopped'},
      {...answer, status: 'failed', error: {code: 'provider-error', message: 'No.', retryable: true}},
    ] as const satisfies readonly Message[]) {
      const {endReason: _, ...failed} = saved;
      const expected = 'error' in saved ? failed : saved;
      const events = savedEvents(expected, {chatId: 'chat_1', questionId: 'msg_0'});
      assert.deepEqual(events.reduce(applyEvent, empty), expected);
    }
  });
});
