import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {ChatError, type Message} from '@chatlet/protocol';
import type {Turns} from '../../../engine/turns/turns.ts';
import {answerCalls} from './approvals.ts';

const answer: Message = {
  id: 'answer',
  role: 'assistant',
  createdAt: '2026-01-02T03:04:05.000Z',
  status: 'waiting',
  parts: [],
};

/** Replies to a call that waits, and to one whose reply fails with this error. */
function answerTwo(error: Error) {
  const turns: Pick<Turns, 'answerTool' | 'find'> = {
    async answerTool(_owner, _chatId, {callId}) {
      if (callId === 'second') throw error;
      return {goesOn: false, answer};
    },
    find: async () => undefined,
  };
  const replies = ['first', 'second'].map((callId) => ({callId, approval: 'once'}) as const);
  return answerCalls(turns, {
    owner: 'ada',
    chatId: 'chat',
    replies,
    asker: {plan: {name: 'default'}, payer: {owner: 'ada'}},
  });
}

suite('several approvals in one message', () => {
  test('count although one of the calls was answered before', async () => {
    assert.equal((await answerTwo(new ChatError('conflict'))).answerId, 'answer');
  });

  for (const error of [new Error('The disk is full.'), new ChatError('shutting-down')]) {
    test(`fail if one of them cannot be taken: ${error.message}`, async () => {
      await assert.rejects(answerTwo(error), error);
    });
  }
});
