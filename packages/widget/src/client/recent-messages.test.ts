/** Which messages of a long conversation go with a question. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {textOf} from '@chatlet/protocol';
import type {Role} from '@chatlet/protocol';
import {recentMessages} from './recent-messages.ts';
import {storedMessage} from './testing/chat.ts';

const roles = new Map<string, Role>([
  ['s', 'system'],
  ['q', 'user'],
  ['a', 'assistant'],
]);

/** Messages that are named by the letter of their role (`s`ystem, `q`uestion, `a`nswer) and a number. */
const said = (names: string) =>
  names.split(' ').map((name) => storedMessage(roles.get(name.charAt(0)) ?? 'user', name));

for (const [name, limit, before, after] of [
  ['all messages are kept without a limit', undefined, 'a0 q1 a1 q2', 'a0 q1 a1 q2'],
  [
    'all messages are kept if there are as many as the limit, also before the first question',
    4,
    'a0 q1 a1 q2',
    'a0 q1 a1 q2',
  ],
  ['one message too many takes all before the next question', 4, 'q0 a0 q1 a1 q2', 'q1 a1 q2'],
  ['system messages are kept, go first, and count', 3, 'q0 a0 s1 q1 a1 q2', 's1 q2'],
  ['the last message is kept even if the system messages reach the limit', 2, 's1 s2 q0 q1', 's1 s2 q1'],
  ['the last message is kept even if the limit is 0', 0, 'q0 q1', 'q1'],
  ['answers without any question are the newest ones', 2, 'a0 a1 a2', 'a1 a2'],
] as const) {
  test(name, () => {
    const messages = said(before);
    assert.deepEqual(recentMessages(messages, limit).map(textOf).join(' '), after);
  });
}
